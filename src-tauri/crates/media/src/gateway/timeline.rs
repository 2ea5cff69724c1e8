//! What a stream's variant consists of, in the order in which it plays: what a planner fetches in advance.

use crate::ResourceKey;
use crate::http::Location;
use reqwest::Url;
use std::ops::Range;
use std::time::Duration;

/// Bytes of a resource: what [`crate::Media::asset`] is asked for, and which part of it.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Where it is, with what its source demands.
    pub location: Location,
    /// Which bytes of it; none: all.
    pub range: Option<Range<u64>>,
}

/// One segment.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Its bytes.
    pub resource: Resource,
    /// Where it begins, from the first segment of the list on.
    pub start: Duration,
    /// How long it plays. An initialization section that comes in the middle of a stream has no duration.
    pub duration: Duration,
    /// Where its key is, if it is encrypted. Keys are small things, not assets.
    pub key: Option<Location>,
    /// It does not continue the one before (another encoding, another clock).
    pub discontinuity: bool,
}

/// The segments of a variant.
#[derive(Debug, Clone)]
pub struct Segments {
    /// How long all of them play.
    pub duration: Duration,
    /// The initialization section of the first segment.
    pub init: Option<Resource>,
    /// All segments that the playlist names.
    pub list: Vec<Segment>,
    /// More will come.
    pub live: bool,
    /// The names under which the playlists that say all this are kept.
    pub playlists: Vec<ResourceKey>,
    /// The sound, where it comes by itself.
    pub audio: Option<Box<Segments>>,
}

/// Subtitles that a stream offers as a playlist of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// What the stream calls them.
    pub name: Option<String>,
    /// Their language (BCP 47).
    pub language: Option<String>,
    /// Only what cannot be understood without them: signs, another language.
    pub forced: bool,
    /// Sounds are described too.
    pub hearing_impaired: bool,
}

/// One segment before it is known how to get at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) url: Url,
    pub(crate) range: Option<Range<u64>>,
    pub(crate) start: Duration,
    pub(crate) duration: Duration,
    pub(crate) key: Option<Url>,
    pub(crate) discontinuity: bool,
}

/// What a playlist says of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Timeline {
    pub(crate) duration: Duration,
    pub(crate) init: Option<(Url, Option<Range<u64>>)>,
    pub(crate) parts: Vec<Part>,
    pub(crate) live: bool,
}

impl Timeline {
    /// Adds a segment at the end.
    pub(crate) fn push(&mut self, mut part: Part) {
        part.start = self.duration;
        self.duration = self.duration.saturating_add(part.duration);
        self.parts.push(part);
    }
}

/// Seconds as a playlist writes them. None for what is no duration.
pub(crate) fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}
