//! What a deck tells: states, tracks, positions, errors.

use model::{ApiError, Track};
use std::time::Duration;

/// One of the pool's decks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeckId(pub usize);

/// Numbers the loads of all decks, so that what a deck still says of an earlier episode can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct LoadId(pub u64);

/// The tracks inside a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaTracks {
    /// Audio tracks in the file's order; the ids are `a0`, `a1`, …
    pub audio: Vec<Track>,
    /// Embedded text tracks; the ids are `t0`, `t1`, …
    pub text: Vec<Track>,
    /// There is a picture.
    pub has_video: bool,
    /// Index in `audio` of the track that is heard.
    pub selected_audio: Option<usize>,
}

/// Something that happened in a deck.
#[derive(Debug, Clone, PartialEq)]
pub enum DeckEvent {
    /// The first frame is decoded (or, where there is no picture, the first sound): the deck is Ready.
    FirstFrame,
    /// It began to play.
    Playing,
    /// It stands.
    Paused,
    /// What can be chosen.
    Tracks(MediaTracks),
    /// Length; `None` while unknown.
    Duration(Option<Duration>),
    /// Whether it can be sought.
    Seekable(bool),
    /// Size of the picture as it should be seen.
    PictureSize(u32, u32),
    /// The position moved; at most ten times a second, never while paused.
    Position(Duration),
    /// A seek (or a step) has arrived here.
    Seeked(Duration),
    /// Data is missing (`true`) or came back.
    Rebuffering(bool),
    /// The end was reached.
    Ended,
    /// It cannot go on.
    Failed(ApiError),
}

/// An event with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct DeckMessage {
    /// Which deck.
    pub deck: DeckId,
    /// Which of its loads.
    pub load: LoadId,
    /// What.
    pub event: DeckEvent,
}

/// Numbers for the statistics overlay.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeckStats {
    /// Name of the video decoder.
    pub decoder: Option<String>,
    /// Size of the coded picture.
    pub coded_size: Option<(u32, u32)>,
    /// Frames per second that the file claims.
    pub nominal_fps: Option<f64>,
    /// Frames that reached the output since the load.
    pub presented: u64,
    /// Frames that came too late and were dropped since the load.
    pub dropped: u64,
}
