// Written by the engine's test `bindings_are_current` (run it with UPDATE_BINDINGS=1). Do not edit.

/**
 * A place that episodes come from: a folder that the user added.
 */
export type SourceId = string;

/**
 * A series in one source.
 */
export type SeriesId = string;

/**
 * One episode of a series. It outlives a rescan as long as the file keeps its place.
 */
export type EpisodeId = string;

/**
 * Names a track within one episode: `a0`, `a1` for audio and `t0` for text inside the file, `l0` for audio and `h0` for
 * subtitles that a stream lists, `s0` for sidecar files.
 */
export type TrackId = string;

/**
 * What went wrong, for programs. The UI decides by this code and never by text.
 */
export type ErrorCode = "not_found" | "forbidden" | "empty" | "not_media" | "damaged" | "unsupported_codec" | "encrypted" | "decoder_failed" | "timed_out" | "io" | "unreachable" | "server_refused" | "server_failed" | "changed" | "no_video" | "library_set_aside" | "library_write" | "cache_unusable" | "cache_shared" | "no_space" | "unknown" | "bad_request" | "live" | "offline" | "internal";

/**
 * An error as it crosses to the UI.
 */
export type ApiError = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * One English sentence that names the thing; the UI shows its own words for the code first.
 */
message: string, 
/**
 * What the failing part said, for a bug report.
 */
detail: string | null, };

/**
 * Which menu a track belongs to.
 */
export type TrackKind = "audio" | "subtitle";

/**
 * An audio track or a subtitle track.
 */
export type Track = { 
/**
 * Its name within the episode.
 */
id: TrackId, 
/**
 * Which menu it belongs to.
 */
kind: TrackKind, 
/**
 * BCP 47 tag, where known.
 */
language: string | null, 
/**
 * A title that the file gives it.
 */
title: string | null, 
/**
 * Only for passages in a foreign language.
 */
forced: boolean, 
/**
 * Describes sounds as well.
 */
hearing_impaired: boolean, };

/**
 * A stretch of text with one style.
 */
export type CueSpan = { 
/**
 * Plain text; may hold line breaks. Never markup.
 */
text: string, 
/**
 * Bold.
 */
bold: boolean, 
/**
 * Italic.
 */
italic: boolean, 
/**
 * Underlined.
 */
underline: boolean, };

/**
 * Horizontal alignment of a cue's lines.
 */
export type CueAlign = "start" | "center" | "end";

/**
 * Where a cue wants to stand. Percentages of the picture, 0 to 100, from its top left corner.
 */
export type CuePosition = { 
/**
 * Distance of the text from the top; `None`: at the bottom, above the chrome.
 */
line_percent: number | null, 
/**
 * Where the text's anchor stands horizontally; `None`: by the alignment.
 */
position_percent: number | null, 
/**
 * How the lines are aligned.
 */
align: CueAlign, };

/**
 * One subtitle: text that is shown from `start_ms` until `end_ms` of the episode.
 */
export type Cue = { 
/**
 * First moment, in milliseconds from the episode's start.
 */
start_ms: number, 
/**
 * First moment at which it is gone.
 */
end_ms: number, 
/**
 * Its text.
 */
spans: Array<CueSpan>, 
/**
 * Its place.
 */
position: CuePosition, };

/**
 * Which way the feed moves.
 */
export type Direction = "next" | "previous";

/**
 * How exact a seek must be.
 */
export type SeekMode = "accurate" | "key_unit";

/**
 * What the playing episode is doing.
 */
export type Phase = "loading" | "playing" | "paused" | "rebuffering" | "ended" | "failed";

/**
 * An episode in a grid, a panel or the player.
 */
export type EpisodeCard = { 
/**
 * The episode.
 */
id: EpisodeId, 
/**
 * Season; 0 for specials.
 */
season: number, 
/**
 * Number within the season; `None` where the name tells none.
 */
number: number | null, 
/**
 * Last number, where one file holds several episodes.
 */
number_end: number | null, 
/**
 * Its own title.
 */
title: string | null, 
/**
 * What happens in it.
 */
synopsis: string | null, 
/**
 * Picture key, or none.
 */
picture: string | null, 
/**
 * Running time, once known.
 */
duration_ms: number | null, 
/**
 * Where the viewer left it; 0 for untouched.
 */
position_ms: number, 
/**
 * Seen to the end.
 */
watched: boolean, 
/**
 * What of it is on this machine.
 */
presence: Presence, 
/**
 * Another file in this series has the same season and number.
 */
duplicate: boolean, 
/**
 * How many numbers are missing between the episode before and this one.
 */
missing_before: number, };

/**
 * A series on the home screen.
 */
export type SeriesCard = { 
/**
 * The series.
 */
id: SeriesId, 
/**
 * Its title.
 */
title: string, 
/**
 * First year.
 */
year: number | null, 
/**
 * Genres.
 */
genres: Array<string>, 
/**
 * Key of its picture (the backend turns it into an address), or none.
 */
picture: string | null, 
/**
 * How many episodes there are.
 */
episodes: number, 
/**
 * How many of them were watched.
 */
watched: number, 
/**
 * Marked by the user.
 */
favourite: boolean, };

/**
 * A series to go on with.
 */
export type ContinueItem = { 
/**
 * The series.
 */
series: SeriesCard, 
/**
 * The episode that "Resume" opens: the one that was left, or the next one if that was finished.
 */
episode: EpisodeCard, 
/**
 * Where it opens.
 */
position_ms: number, };

/**
 * A place that episodes come from.
 */
export type SourceInfo = { 
/**
 * The source.
 */
id: SourceId, 
/**
 * The folder.
 */
path: string, 
/**
 * How many series the last scan found.
 */
series: number, 
/**
 * How many episodes.
 */
episodes: number, 
/**
 * Why the last scan failed or what it had to leave out.
 */
error: ApiError | null, };

/**
 * How far a scan has come.
 */
export type ScanProgress = { 
/**
 * The source.
 */
source: SourceId, 
/**
 * Its folder.
 */
path: string, 
/**
 * Files looked at.
 */
files: number, 
/**
 * Episodes among them.
 */
episodes: number, };

/**
 * Something that the user must know, shown until it is dismissed.
 */
export type Notice = { 
/**
 * What it is about; the UI has the words.
 */
code: ErrorCode, 
/**
 * The thing: usually a path.
 */
subject: string, };

/**
 * The home screen.
 */
export type HomeView = { 
/**
 * Series that were begun and not finished, latest first.
 */
continue_watching: Array<ContinueItem>, 
/**
 * Every series, by title in natural order.
 */
series: Array<SeriesCard>, 
/**
 * Where they come from.
 */
sources: Array<SourceInfo>, 
/**
 * Nothing is fetched: the user wants it so.
 */
offline: boolean, 
/**
 * The system knows of a network. Where it does not, what can be reached all the same is fetched.
 */
network: boolean, 
/**
 * The series of which nothing plays without a network; known only while there is none, or the user wants none.
 */
away: Array<SeriesId>, 
/**
 * Scans that are under way.
 */
scans: Array<ScanProgress>, 
/**
 * What the user must know about (a library that was set aside, for example).
 */
notices: Array<Notice>, };

/**
 * The series screen.
 */
export type SeriesView = { 
/**
 * What the home screen knows about it.
 */
card: SeriesCard, 
/**
 * What it is about.
 */
synopsis: string | null, 
/**
 * Languages of the subtitles beside the files, as BCP 47 tags.
 */
subtitle_languages: Array<string>, 
/**
 * In viewing order.
 */
episodes: Array<EpisodeCard>, 
/**
 * What "Play" opens: the episode that was left, the next one if that was finished, else the first.
 */
resume: EpisodeId | null, 
/**
 * Where it opens.
 */
resume_ms: number, 
/**
 * Something of this series was already watched: the button says "Resume".
 */
started: boolean, 
/**
 * It comes from the network and can be downloaded.
 */
remote: boolean, 
/**
 * So many unwatched episodes are kept downloaded by themselves; 0: none.
 */
keep_next: number, };

/**
 * A variant of the stream that plays.
 */
export type VariantCard = { 
/**
 * What it needs of the link.
 */
bits_per_second: number, 
/**
 * The shorter side of its picture ("1080p"), if told.
 */
lines: number | null, 
/**
 * It plays, or will from the next segment on.
 */
chosen: boolean, };

/**
 * Everything that the player's chrome shows, except the moving position.
 */
export type PlayerState = { 
/**
 * The series.
 */
series: SeriesCard, 
/**
 * The episode in the middle.
 */
episode: EpisodeCard, 
/**
 * Its place in the feed, from 0.
 */
index: number, 
/**
 * How many episodes the feed has.
 */
count: number, 
/**
 * There is an episode after it.
 */
has_next: boolean, 
/**
 * There is one before it.
 */
has_previous: boolean, 
/**
 * What it is doing.
 */
phase: Phase, 
/**
 * The viewer wants it to play (the play button's state; stays true while it loads).
 */
wants_to_play: boolean, 
/**
 * Why it failed.
 */
error: ApiError | null, 
/**
 * Position when this was sent.
 */
position_ms: number, 
/**
 * Length, once known.
 */
duration_ms: number | null, 
/**
 * It can be sought.
 */
seekable: boolean, 
/**
 * 0.5 to 3.
 */
speed: number, 
/**
 * 0 to 1, perceived (cubic).
 */
volume: number, 
/**
 * Silent, whatever the volume.
 */
muted: boolean, 
/**
 * Audio tracks.
 */
audio_tracks: Array<Track>, 
/**
 * Subtitle tracks, embedded and beside the file.
 */
subtitle_tracks: Array<Track>, 
/**
 * Chosen audio track.
 */
audio: TrackId | null, 
/**
 * Chosen subtitle track.
 */
subtitle: TrackId | null, 
/**
 * What the stream offers, the best first; fewer than two: there is nothing to choose.
 */
variants: Array<VariantCard>, 
/**
 * There is sound and no picture: the poster is shown.
 */
audio_only: boolean, 
/**
 * Size of the picture as it should be seen (after rotation and pixel aspect), if any.
 */
width: number | null, 
/**
 * See `width`.
 */
height: number | null, };

/**
 * Languages that the interface speaks.
 */
export type LanguageSetting = "system" | "en" | "zh-Hans" | "es";

/**
 * Which variant of a stream to play.
 */
export type Quality = { "type": "auto" } | { "type": "fixed", 
/**
 * Of the link.
 */
bits_per_second: number, };

/**
 * What the user set. Unknown or missing fields take their defaults, so that old and new versions can read each other.
 */
export type Settings = { 
/**
 * Of the interface.
 */
language: LanguageSetting, 
/**
 * Go on by itself at an episode's end.
 */
auto_next: boolean, 
/**
 * 0 to 1, perceived.
 */
volume: number, 
/**
 * Silent.
 */
muted: boolean, 
/**
 * 0.5 to 3.
 */
speed: number, 
/**
 * BCP 47 tag of the subtitles that the viewer chose last; empty: switched off; `None`: never chosen, by language.
 */
subtitle_language: string | null, 
/**
 * BCP 47 tag of the audio track that the viewer chose last.
 */
audio_language: string | null, 
/**
 * Size of the subtitles, 0.5 to 2.
 */
subtitle_scale: number, 
/**
 * The episode panel is open beside the stage in a wide window.
 */
panel_open: boolean, 
/**
 * Which variant of a stream to play.
 */
quality: Quality, 
/**
 * Fetch little in advance, and of streams the least that is good enough.
 */
data_saver: boolean, 
/**
 * Fetch nothing: play what is here.
 */
offline: boolean, 
/**
 * What the cache may take, in MiB; `None`: 4 GiB or a tenth of the free disk, the smaller.
 */
cache_limit_mib: number | null, 
/**
 * What downloads may take of the link, in KiB a second; `None`: as much as there is.
 */
download_limit_kib: number | null, 
/**
 * Download nothing where bytes are paid for.
 */
downloads_unmetered_only: boolean, };

/**
 * What of an episode is on this machine.
 */
export type Presence = "local" | "remote" | "part" | "whole" | "downloaded";

/**
 * A stretch of an episode, as parts of it from 0 to 1.
 */
export type Stretch = { 
/**
 * Where it begins.
 */
from: number, 
/**
 * Where it ends.
 */
to: number, };

/**
 * How far a download is.
 */
export type DownloadState = "queued" | "running" | "paused" | "failed" | "done";

/**
 * One episode that is being downloaded or is kept.
 */
export type DownloadItem = { 
/**
 * Its series.
 */
series: SeriesId, 
/**
 * The series' title.
 */
series_title: string, 
/**
 * The episode.
 */
episode: EpisodeCard, 
/**
 * How far it is.
 */
state: DownloadState, 
/**
 * Bytes that are there.
 */
done_bytes: number, 
/**
 * Bytes of the whole, once known.
 */
total_bytes: number | null, 
/**
 * It is here because its series keeps the next episodes, and goes when it was watched.
 */
kept: boolean, 
/**
 * Why it failed; of one that is queued: why it is tried again later, by itself.
 */
error: ApiError | null, };

/**
 * What is being downloaded or is kept.
 */
export type DownloadsView = { 
/**
 * In the order in which they are fetched; what is done comes last.
 */
items: Array<DownloadItem>, 
/**
 * The user holds all of them, but for those that he let go on.
 */
paused: boolean, 
/**
 * They wait for a network where the user does not pay by the byte.
 */
waits_for_unmetered: boolean, 
/**
 * Nothing could be had, and the system knows of no network.
 */
waits_for_network: boolean, 
/**
 * Bytes that all of them have.
 */
done_bytes: number, 
/**
 * Bytes that all of them will have, as far as that is known.
 */
total_bytes: number, 
/**
 * Bytes that are free on the disk.
 */
free_bytes: number | null, 
/**
 * By about how many bytes what is still to come does not fit; 0: it fits.
 */
short_bytes: number, };

/**
 * The cache of media.
 */
export type CacheView = { 
/**
 * Bytes that it takes.
 */
bytes: number, 
/**
 * Bytes of those that must stay: downloads and what is played.
 */
pinned_bytes: number, 
/**
 * Bytes that it may take.
 */
limit_bytes: number, 
/**
 * Bytes that are free on the disk.
 */
free_bytes: number | null, };

/**
 * Where the episode of a swipe came from.
 */
export type SwipeOrigin = "file" | "cache" | "network";

/**
 * The network since the program was started.
 */
export type NetworkStatistics = { 
/**
 * Bits a second that the link gave lately.
 */
throughput_bps: number, 
/**
 * Round trip in milliseconds, once known.
 */
round_trip_ms: number | null, 
/**
 * Swipes to episodes on the network that found their deck ready, as a part of all, 0 to 1; `None` before the first.
 */
ready_rate: number | null, 
/**
 * Time for which playing waited for data, in milliseconds.
 */
rebuffer_ms: number, 
/**
 * Bytes that were fetched.
 */
fetched_bytes: number, 
/**
 * Bytes of those that nobody has read (yet).
 */
unread_bytes: number, };

/**
 * Whether the episode that a swipe went to was there already.
 */
export type SwipeReadiness = "ready" | "loading" | "failed";

/**
 * What the last swipe was like, measured inside the engine. (What a person sees is measured from outside: `make bench`.)
 */
export type SwipeReport = { 
/**
 * Whether the deck was ready.
 */
readiness: SwipeReadiness, 
/**
 * Where the bytes were.
 */
origin: SwipeOrigin, 
/**
 * From the swipe's begin until a frame of the new episode was there to paint; 0 where the deck was ready.
 */
first_frame_ms: number | null, };

/**
 * The statistics overlay.
 */
export type Statistics = { 
/**
 * The last swipe.
 */
last_swipe: SwipeReport | null, 
/**
 * Name of the video decoder.
 */
decoder: string | null, 
/**
 * Size of the coded picture.
 */
width: number | null, 
/**
 * See `width`.
 */
height: number | null, 
/**
 * Frames per second that the file claims.
 */
nominal_fps: number | null, 
/**
 * Frames per second that reached the stage since the last question.
 */
fps: number, 
/**
 * Frames that came too late and were dropped, since the episode was loaded.
 */
dropped: number, 
/**
 * Resident memory of this process, in bytes.
 */
memory_bytes: number, 
/**
 * What the network is like; `None` before anything was fetched.
 */
network: NetworkStatistics | null, };

/**
 * What happened, for every front end.
 */
export type Event = { "type": "library_changed" } | { "type": "scans", 
/**
 * All that are under way.
 */
scans: Array<ScanProgress>, } | { "type": "player", 
/**
 * All of it.
 */
state: PlayerState | null, } | { "type": "position", 
/**
 * Of this episode.
 */
episode: EpisodeId, 
/**
 * Now.
 */
position_ms: number, } | { "type": "cues", 
/**
 * Of this episode.
 */
episode: EpisodeId, 
/**
 * Of this track.
 */
track: TrackId | null, 
/**
 * By begin.
 */
cues: Array<Cue>, } | { "type": "stage_moving", 
/**
 * It moves.
 */
moving: boolean, } | { "type": "feed_end", 
/**
 * Which.
 */
direction: Direction, } | { "type": "buffered", 
/**
 * Of this episode.
 */
episode: EpisodeId, 
/**
 * In rising order.
 */
stretches: Array<Stretch>, } | { "type": "presence", 
/**
 * Those, with what is here of them now.
 */
episodes: Array<[EpisodeId, Presence]>, } | { "type": "downloads", 
/**
 * All of them.
 */
downloads: DownloadsView, } | { "type": "offline", 
/**
 * Nothing is fetched: the user wants it so.
 */
offline: boolean, 
/**
 * The system knows of a network.
 */
network: boolean, } | { "type": "notice", 
/**
 * What.
 */
notice: Notice, };

/** Every command: its arguments and its reply. */
export interface Commands {
  /** Everything on the home screen. */
  home: { args: {  }; reply: HomeView };
  /** Everything on a series' screen. */
  series: { args: { id: SeriesId }; reply: SeriesView };
  /** Opens the player on a series, at an episode or (null) where the viewer left it. */
  play: { args: { series: SeriesId; episode: EpisodeId | null }; reply: null };
  /** Leaves the player; the position is kept. */
  close_player: { args: {  }; reply: null };
  /** The player's state, for a front end that has just come up; null when it is closed. */
  player: { args: {  }; reply: PlayerState | null };
  /** Goes one episode on or back, as a swipe does. */
  step: { args: { direction: Direction }; reply: null };
  /** Plays or pauses. */
  set_playing: { args: { playing: boolean }; reply: null };
  /** Seeks in the playing episode. */
  seek: { args: { position_ms: number; mode: SeekMode }; reply: null };
  /** Pauses and shows the next or the previous frame. */
  step_frame: { args: { direction: Direction }; reply: null };
  /** Sets the speed, 0.5 to 3, with the pitch kept. */
  set_speed: { args: { speed: number }; reply: null };
  /** Sets the volume, 0 to 1. */
  set_volume: { args: { volume: number }; reply: null };
  /** Switches the sound off and on. */
  set_muted: { args: { muted: boolean }; reply: null };
  /** Chooses an audio track. */
  select_audio: { args: { track: TrackId }; reply: null };
  /** Chooses a subtitle track or (null) none. */
  select_subtitle: { args: { track: TrackId | null }; reply: null };
  /** Tries again to play the episode that failed. */
  retry: { args: {  }; reply: null };
  /** The viewer points at an episode of the playing series, or (null) at none any more: it may be opened next. */
  point_at: { args: { episode: EpisodeId | null }; reply: null };
  /** Marks or unmarks a series. */
  set_favourite: { args: { series: SeriesId; favourite: boolean }; reply: null };
  /** Marks an episode as seen or not seen. */
  set_watched: { args: { episode: EpisodeId; watched: boolean }; reply: null };
  /** What the user set. */
  settings: { args: {  }; reply: Settings };
  /** Keeps what the user set. */
  save_settings: { args: { settings: Settings }; reply: null };
  /** Adds a folder, or the address of a catalog, and scans it in the background. */
  add_source: { args: { path: string }; reply: SourceInfo };
  /** Scans a source again. */
  rescan_source: { args: { id: SourceId }; reply: null };
  /** Forgets a source; what was watched is kept. */
  remove_source: { args: { id: SourceId }; reply: null };
  /** What is being downloaded or is kept. */
  downloads: { args: {  }; reply: DownloadsView };
  /** Downloads episodes, after those that wait already. */
  download: { args: { episodes: Array<EpisodeId> }; reply: null };
  /** Keeps so many unwatched episodes of a series downloaded, from where the viewer stands; 0 ends that. */
  keep_next: { args: { series: SeriesId; count: number }; reply: null };
  /** Holds all downloads, or lets them go on. */
  pause_downloads: { args: { paused: boolean }; reply: null };
  /** Holds one download, or lets it go on. What failed begins again. */
  pause_download: { args: { episode: EpisodeId; paused: boolean }; reply: null };
  /** Puts a download before all others. */
  download_first: { args: { episode: EpisodeId }; reply: null };
  /** Puts a download right before another one, or behind all. */
  move_download: { args: { episode: EpisodeId; before: EpisodeId | null }; reply: null };
  /** Forgets a download; its bytes may go. */
  remove_download: { args: { episode: EpisodeId }; reply: null };
  /** The cache of media. */
  cache: { args: {  }; reply: CacheView };
  /** Empties the cache, except for downloads. */
  clear_cache: { args: {  }; reply: null };
  /** Forgets what was learned of this viewer's habits. */
  forget_habits: { args: {  }; reply: null };
  /** The statistics overlay. */
  statistics: { args: {  }; reply: Statistics };
  /** Takes a notice off the home screen. */
  dismiss_notice: { args: { notice: Notice }; reply: null };
}
