//! What there is to watch: the home screen and the series screen.

use crate::{ApiError, Episode, EpisodeId, ErrorCode, SeriesId, SourceId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The home screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HomeView {
    /// Series that were begun and not finished, latest first.
    pub continue_watching: Vec<ContinueItem>,
    /// Every series, by title in natural order.
    pub series: Vec<SeriesCard>,
    /// Where they come from.
    pub sources: Vec<SourceInfo>,
    /// Nothing is fetched: the user wants it so.
    pub offline: bool,
    /// The system knows of a network. Where it does not, what can be reached all the same is fetched.
    pub network: bool,
    /// The series of which nothing plays without a network; known only while there is none, or the user wants none.
    pub away: Vec<SeriesId>,
    /// Scans that are under way.
    pub scans: Vec<ScanProgress>,
    /// What the user must know about (a library that was set aside, for example).
    pub notices: Vec<Notice>,
}

/// A series on the home screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SeriesCard {
    /// The series.
    pub id: SeriesId,
    /// Its title.
    pub title: String,
    /// First year.
    pub year: Option<u16>,
    /// Genres.
    pub genres: Vec<String>,
    /// Key of its picture (the backend turns it into an address), or none.
    pub picture: Option<String>,
    /// How many episodes there are.
    pub episodes: u32,
    /// How many of them were watched.
    pub watched: u32,
    /// Marked by the user.
    pub favourite: bool,
}

/// A series to go on with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ContinueItem {
    /// The series.
    pub series: SeriesCard,
    /// The episode that "Resume" opens: the one that was left, or the next one if that was finished.
    pub episode: EpisodeCard,
    /// Where it opens.
    pub position_ms: u64,
}

/// An episode in a grid, a panel or the player.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct EpisodeCard {
    /// The episode.
    pub id: EpisodeId,
    /// Season; 0 for specials.
    pub season: u16,
    /// Number within the season; `None` where the name tells none.
    pub number: Option<u32>,
    /// Last number, where one file holds several episodes.
    pub number_end: Option<u32>,
    /// Its own title.
    pub title: Option<String>,
    /// What happens in it.
    pub synopsis: Option<String>,
    /// Picture key, or none.
    pub picture: Option<String>,
    /// Running time, once known.
    pub duration_ms: Option<u64>,
    /// Where the viewer left it; 0 for untouched.
    pub position_ms: u64,
    /// Seen to the end.
    pub watched: bool,
    /// What of it is on this machine.
    pub presence: Presence,
    /// Another file in this series has the same season and number.
    pub duplicate: bool,
    /// How many numbers are missing between the episode before and this one.
    pub missing_before: u32,
}

/// The series screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SeriesView {
    /// What the home screen knows about it.
    pub card: SeriesCard,
    /// What it is about.
    pub synopsis: Option<String>,
    /// Languages of the subtitles beside the files, as BCP 47 tags.
    pub subtitle_languages: Vec<String>,
    /// In viewing order.
    pub episodes: Vec<EpisodeCard>,
    /// What "Play" opens: the episode that was left, the next one if that was finished, else the first.
    pub resume: Option<EpisodeId>,
    /// Where it opens.
    pub resume_ms: u64,
    /// Something of this series was already watched: the button says "Resume".
    pub started: bool,
    /// It comes from the network and can be downloaded.
    pub remote: bool,
    /// So many unwatched episodes are kept downloaded by themselves; 0: none.
    pub keep_next: u32,
}

/// A place that episodes come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SourceInfo {
    /// The source.
    pub id: SourceId,
    /// The folder.
    pub path: String,
    /// How many series the last scan found.
    pub series: u32,
    /// How many episodes.
    pub episodes: u32,
    /// Why the last scan failed or what it had to leave out.
    pub error: Option<ApiError>,
}

/// How far a scan has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ScanProgress {
    /// The source.
    pub source: SourceId,
    /// Its folder.
    pub path: String,
    /// Files looked at.
    pub files: u32,
    /// Episodes among them.
    pub episodes: u32,
}

/// Something that the user must know, shown until it is dismissed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Notice {
    /// What it is about; the UI has the words.
    pub code: ErrorCode,
    /// The thing: usually a path.
    pub subject: String,
}

/// What of an episode is on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It is a file here.
    #[default]
    Local,
    /// Nothing of it.
    Remote,
    /// Some of it.
    Part,
    /// All of it, as long as the cache has room.
    Whole,
    /// It was downloaded and stays.
    Downloaded,
}

impl EpisodeCard {
    /// An untouched episode's card.
    pub fn untouched(episode: &Episode) -> Self {
        Self {
            id: episode.id.clone(),
            season: episode.key.season,
            number: episode.key.number,
            number_end: episode.number_end,
            title: episode.title.clone(),
            synopsis: episode.synopsis.clone(),
            picture: None,
            duration_ms: episode.duration_ms,
            position_ms: 0,
            watched: false,
            presence: if matches!(episode.media, crate::MediaRef::File(_)) {
                Presence::Local
            } else {
                Presence::Remote
            },
            duplicate: false,
            missing_before: 0,
        }
    }
}
