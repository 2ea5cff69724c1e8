//! What the UI shows: the replies to its commands and the state that events carry.

use crate::{ApiError, Episode, EpisodeId, ErrorCode, SeriesId, SourceId, Track, TrackId};
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

/// A stretch of an episode, as parts of it from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
pub struct Stretch {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

/// What is being downloaded or is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
pub struct DownloadsView {
    /// In the order in which they are fetched; what is done comes last.
    pub items: Vec<DownloadItem>,
    /// The user holds all of them.
    pub paused: bool,
    /// They wait for a network where the user does not pay by the byte.
    pub waits_for_unmetered: bool,
    /// Bytes that all of them have.
    pub done_bytes: u64,
    /// Bytes that all of them will have, as far as that is known.
    pub total_bytes: u64,
    /// Bytes that are free on the disk.
    pub free_bytes: Option<u64>,
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
    /// Why it failed.
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

/// Languages that the interface speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub enum LanguageSetting {
    /// As the system says.
    #[default]
    #[serde(rename = "system")]
    System,
    /// English.
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-Hans")]
    Chinese,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

/// What the user set. Unknown or missing fields take their defaults, so that old and new versions can read each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// Of the interface.
    pub language: LanguageSetting,
    /// Go on by itself at an episode's end.
    pub auto_next: bool,
    /// 0 to 1, perceived.
    pub volume: f64,
    /// Silent.
    pub muted: bool,
    /// 0.5 to 3.
    pub speed: f64,
    /// BCP 47 tag of the subtitles that the viewer chose last; empty: switched off; `None`: never chosen, by language.
    pub subtitle_language: Option<String>,
    /// BCP 47 tag of the audio track that the viewer chose last.
    pub audio_language: Option<String>,
    /// Size of the subtitles, 0.5 to 2.
    pub subtitle_scale: f64,
    /// The episode panel is open beside the stage in a wide window.
    pub panel_open: bool,
    /// Which variant of a stream to play.
    pub quality: Quality,
    /// Fetch little in advance, and of streams the least that is good enough.
    pub data_saver: bool,
    /// Fetch nothing: play what is here.
    pub offline: bool,
    /// What the cache may take, in MiB; `None`: 4 GiB or a tenth of the free disk, the smaller.
    pub cache_limit_mib: Option<u32>,
    /// What downloads may take of the link, in KiB a second; `None`: as much as there is.
    pub download_limit_kib: Option<u32>,
    /// Download nothing where bytes are paid for.
    pub downloads_unmetered_only: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: LanguageSetting::System,
            auto_next: true,
            volume: 1.0,
            muted: false,
            speed: 1.0,
            subtitle_language: None,
            audio_language: None,
            subtitle_scale: 1.0,
            panel_open: true,
            quality: Quality::Auto,
            data_saver: false,
            offline: false,
            cache_limit_mib: None,
            download_limit_kib: None,
            downloads_unmetered_only: false,
        }
    }
}

/// Which variant of a stream to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Quality {
    /// The best that link and window have use for.
    #[default]
    Auto,
    /// The one that needs about so much, in every episode.
    Fixed {
        /// Of the link.
        bits_per_second: u64,
    },
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
