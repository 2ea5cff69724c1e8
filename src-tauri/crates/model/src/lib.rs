//! The domain's types, and nothing else: what a series, an episode, a track and a cue are.
//!
//! Every other crate speaks in these types; the ones that cross to the UI derive [`ts_rs::TS`] and are written to
//! `ui/src/bindings` by the engine's test. No I/O happens here. Times that cross the boundary are whole milliseconds
//! (`*_ms`), because JSON has no duration.

mod catalog;
mod error;
mod id;
mod language;
mod media;
mod view;

pub use catalog::{Episode, EpisodeKey, Series, Sidecar};
pub use error::{ApiError, ErrorCode};
pub use id::{EpisodeId, SeriesId, SourceId};
pub use language::same_language;
pub use media::{Cue, CueAlign, CuePosition, CueSpan, MediaRef, RequestHeaders, Track, TrackId, TrackKind, is_address};
pub use view::*;
