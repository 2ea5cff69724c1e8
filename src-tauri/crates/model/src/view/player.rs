//! The player: what plays, and how it is told what to do.

use crate::{ApiError, EpisodeCard, SeriesCard, Track, TrackId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which way the feed moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the next episode; the picture moves up.
    Next,
    /// Back to the previous one.
    Previous,
}

/// How exact a seek must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SeekMode {
    /// To the frame.
    Accurate,
    /// To the key frame near it: for scrubbing.
    KeyUnit,
}

/// What the playing episode is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No frame yet.
    Loading,
    /// The picture moves.
    Playing,
    /// It stands because the viewer wants it to.
    Paused,
    /// It stands because data is missing.
    Rebuffering,
    /// It is over and nothing follows.
    Ended,
    /// It cannot be played; `error` says why.
    Failed,
}

/// Everything that the player's chrome shows, except the moving position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PlayerState {
    /// The series.
    pub series: SeriesCard,
    /// The episode in the middle.
    pub episode: EpisodeCard,
    /// Its place in the feed, from 0.
    pub index: u32,
    /// How many episodes the feed has.
    pub count: u32,
    /// There is an episode after it.
    pub has_next: bool,
    /// There is one before it.
    pub has_previous: bool,
    /// What it is doing.
    pub phase: Phase,
    /// The viewer wants it to play (the play button's state; stays true while it loads).
    pub wants_to_play: bool,
    /// Why it failed.
    pub error: Option<ApiError>,
    /// Position when this was sent.
    pub position_ms: u64,
    /// Length, once known.
    pub duration_ms: Option<u64>,
    /// It can be sought.
    pub seekable: bool,
    /// 0.5 to 3.
    pub speed: f64,
    /// 0 to 1, perceived (cubic).
    pub volume: f64,
    /// Silent, whatever the volume.
    pub muted: bool,
    /// Audio tracks.
    pub audio_tracks: Vec<Track>,
    /// Subtitle tracks, embedded and beside the file.
    pub subtitle_tracks: Vec<Track>,
    /// Chosen audio track.
    pub audio: Option<TrackId>,
    /// Chosen subtitle track.
    pub subtitle: Option<TrackId>,
    /// What the stream offers, the best first; fewer than two: there is nothing to choose.
    pub variants: Vec<VariantCard>,
    /// There is sound and no picture: the poster is shown.
    pub audio_only: bool,
    /// Size of the picture as it should be seen (after rotation and pixel aspect), if any.
    pub width: Option<u32>,
    /// See `width`.
    pub height: Option<u32>,
}

/// A stretch of an episode, as parts of it from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
pub struct Stretch {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

/// A variant of the stream that plays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VariantCard {
    /// What it needs of the link.
    pub bits_per_second: u64,
    /// The shorter side of its picture ("1080p"), if told.
    pub lines: Option<u32>,
    /// It plays, or will from the next segment on.
    pub chosen: bool,
}
