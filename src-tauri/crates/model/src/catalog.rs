//! What a source offers: series, their episodes, and the files beside them.

use crate::{EpisodeId, MediaRef, SeriesId, SourceId};

/// A series as its source describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Derived from the source and the series' folder.
    pub id: SeriesId,
    /// The source that it was found in.
    pub source: SourceId,
    /// Title for people; never empty.
    pub title: String,
    /// First year of release.
    pub year: Option<u16>,
    /// Genres in the source's own words.
    pub genres: Vec<String>,
    /// What it is about; plain text.
    pub synopsis: Option<String>,
    /// A portrait picture beside the episodes.
    pub poster: Option<MediaRef>,
    /// In viewing order: season, then number, then file name in natural order. Duplicated numbers stand side by side.
    pub episodes: Vec<Episode>,
}

/// The place of an episode in its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EpisodeKey {
    /// Season, 1 where the source names none, 0 for specials.
    pub season: u16,
    /// Number within the season; `None` where nothing in the name tells one.
    pub number: Option<u32>,
}

/// One playable piece of media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// Derived from the source and the place in it.
    pub id: EpisodeId,
    /// Season and number.
    pub key: EpisodeKey,
    /// The last number of a file that holds several episodes (`S01E01-E03`).
    pub number_end: Option<u32>,
    /// The episode's own title; absent where nothing names one.
    pub title: Option<String>,
    /// What happens in it; plain text.
    pub synopsis: Option<String>,
    /// The media.
    pub media: MediaRef,
    /// Subtitle files that belong to it, in natural order.
    pub sidecars: Vec<Sidecar>,
    /// A still picture of its own.
    pub picture: Option<MediaRef>,
    /// Running time that the source claims, in milliseconds.
    pub duration_ms: Option<u64>,
}

/// Subtitles beside an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sidecar {
    /// The text: SubRip, WebVTT or (Advanced) SubStation Alpha, told apart by content.
    pub media: MediaRef,
    /// BCP 47 tag from the name's suffix (`.zh-Hans.srt`), lower-case language and canonical script and region.
    pub language: Option<String>,
    /// What is left of the suffix, for people.
    pub title: Option<String>,
    /// Only for passages in a foreign language.
    pub forced: bool,
    /// Preferred by whoever named it.
    pub default: bool,
    /// Describes sounds as well (`sdh`, `cc`, `hi`).
    pub hearing_impaired: bool,
}
