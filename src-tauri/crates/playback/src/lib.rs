//! Decoding: the only crate that knows GStreamer.
//!
//! A [`Deck`] is one pipeline with a thread of its own. It is never destroyed, only loaded again; commands are sent to it
//! without waiting, and [`DeckEvent`]s come back. Pictures go to a [`VideoOutput`], which the shell's stage implements
//! (tests use [`CountingOutput`]). Nobody outside this crate sees GStreamer's types.

mod audio;
mod bin;
mod deck;
mod decoders;
mod embedded;
mod event;
mod fault;
mod feeder;
mod gathering;
mod output;
mod pipeline;
mod preflight;
mod proxies;
pub mod recorder;
mod remux;
mod source;
pub mod subtitles;
mod thumbnail;
mod variants;
mod worker;

pub use audio::AudioOutput;
pub use deck::{Deck, Load};
pub use embedded::embedded_cues;
pub use event::{DeckEvent, DeckId, DeckMessage, DeckStats, LoadId, MediaTracks};
pub use output::{CountingOutput, Frame, VideoOutput};
pub use preflight::preflight;
pub use remux::{Container, remux};
pub use source::Source;
pub use thumbnail::{preview, thumbnail};

/// Prepares GStreamer; call it once, early.
///
/// # Errors
/// When GStreamer or its registry cannot be loaded.
pub fn init() -> Result<(), model::ApiError> {
    gstreamer::init().map_err(|e| {
        model::ApiError::new(model::ErrorCode::Internal, "GStreamer could not be started.").with_detail(e.to_string())
    })?;
    proxies::watch_sources();
    Ok(())
}
