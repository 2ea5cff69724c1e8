//! What is on this machine or will be: downloads and the cache.

use crate::{ApiError, EpisodeCard, SeriesId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is being downloaded or is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
pub struct DownloadsView {
    /// In the order in which they are fetched; what is done comes last.
    pub items: Vec<DownloadItem>,
    /// The user holds all of them, but for those that he let go on.
    pub paused: bool,
    /// They wait for a network where the user does not pay by the byte.
    pub waits_for_unmetered: bool,
    /// Nothing could be had, and the system knows of no network.
    pub waits_for_network: bool,
    /// Bytes that all of them have.
    pub done_bytes: u64,
    /// Bytes that all of them will have, as far as that is known.
    pub total_bytes: u64,
    /// Bytes that are free on the disk.
    pub free_bytes: Option<u64>,
    /// By about how many bytes what is still to come does not fit; 0: it fits.
    pub short_bytes: u64,
}

/// One episode that is being downloaded or is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DownloadItem {
    /// Its series.
    pub series: SeriesId,
    /// The series' title.
    pub series_title: String,
    /// The episode.
    pub episode: EpisodeCard,
    /// How far it is.
    pub state: DownloadState,
    /// Bytes that are there.
    pub done_bytes: u64,
    /// Bytes of the whole, once known.
    pub total_bytes: Option<u64>,
    /// It is here because its series keeps the next episodes, and goes when it was watched.
    pub kept: bool,
    /// Why it failed; of one that is queued: why it is tried again later, by itself.
    pub error: Option<ApiError>,
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DownloadState {
    /// It waits for its turn.
    Queued,
    /// It is being fetched.
    Running,
    /// The user holds it.
    Paused,
    /// It failed; `error` says why.
    Failed,
    /// It is there as a whole and was verified.
    Done,
}

/// The cache of media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CacheView {
    /// Bytes that it takes.
    pub bytes: u64,
    /// Bytes of those that must stay: downloads and what is played.
    pub pinned_bytes: u64,
    /// Bytes that it may take.
    pub limit_bytes: u64,
    /// Bytes that are free on the disk.
    pub free_bytes: Option<u64>,
}
