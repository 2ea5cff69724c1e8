//! What the UI shows: the replies to its commands and the state that events carry.

mod library;
mod offline;
mod player;
mod settings;
mod statistics;

pub use library::{
    ContinueItem, EpisodeCard, HomeView, Notice, Presence, ScanProgress, SeriesCard, SeriesView, SourceInfo,
};
pub use offline::{CacheView, DownloadItem, DownloadState, DownloadsView};
pub use player::{Direction, Phase, PlayerState, SeekMode, Stretch, VariantCard};
pub use settings::{LanguageSetting, Quality, Settings};
pub use statistics::{NetworkStatistics, Statistics, SwipeOrigin, SwipeReadiness, SwipeReport};
