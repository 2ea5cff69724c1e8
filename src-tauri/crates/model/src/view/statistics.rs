//! The statistics overlay.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Whether the episode that a swipe went to was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SwipeReadiness {
    /// Its first frame was decoded when the swipe began.
    Ready,
    /// It was still loading: the poster was shown meanwhile.
    Loading,
    /// It could not be played.
    Failed,
}

/// Where the episode of a swipe came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SwipeOrigin {
    /// A file on this machine.
    File,
    /// The network, and its beginning was in the cache.
    Cache,
    /// The network, and it was not.
    Network,
}

/// What the last swipe was like, measured inside the engine. (What a person sees is measured from outside: `make bench`.)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SwipeReport {
    /// Whether the deck was ready.
    pub readiness: SwipeReadiness,
    /// Where the bytes were.
    pub origin: SwipeOrigin,
    /// From the swipe's begin until a frame of the new episode was there to paint; 0 where the deck was ready.
    pub first_frame_ms: Option<f64>,
}

/// The statistics overlay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Statistics {
    /// The last swipe.
    pub last_swipe: Option<SwipeReport>,
    /// Name of the video decoder.
    pub decoder: Option<String>,
    /// Size of the coded picture.
    pub width: Option<u32>,
    /// See `width`.
    pub height: Option<u32>,
    /// Frames per second that the file claims.
    pub nominal_fps: Option<f64>,
    /// Frames per second that reached the stage since the last question.
    pub fps: f64,
    /// Frames that came too late and were dropped, since the episode was loaded.
    pub dropped: u64,
    /// Resident memory of this process, in bytes.
    pub memory_bytes: u64,
    /// What the network is like; `None` before anything was fetched.
    pub network: Option<NetworkStatistics>,
}

/// The network since the program was started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct NetworkStatistics {
    /// Bits a second that the link gave lately.
    pub throughput_bps: u64,
    /// Round trip in milliseconds, once known.
    pub round_trip_ms: Option<f64>,
    /// Swipes to episodes on the network that found their deck ready, as a part of all, 0 to 1; `None` before the first.
    pub ready_rate: Option<f64>,
    /// Time for which playing waited for data, in milliseconds.
    pub rebuffer_ms: u64,
    /// Bytes that were fetched.
    pub fetched_bytes: u64,
    /// Bytes of those that nobody has read (yet).
    pub unread_bytes: u64,
}
