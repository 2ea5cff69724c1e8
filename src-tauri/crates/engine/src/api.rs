//! The boundary between core and front ends, declared once.
//!
//! A front end sends a command by name with its arguments as JSON and gets the reply or an [`ApiError`]; it hears
//! [`Event`]s. The list below is the only one: the desktop shell and the loopback host of the browser tests both call
//! [`dispatch`], and the TypeScript types in `ui/src/bindings` are written from it (see [`typescript`]). What is
//! deliberately not here: the native stage (rectangles, raw input), which belongs to the shell that has one.

use crate::Engine;
use model::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// What happened, for every front end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Series, progress, sources or scans changed: ask again for what is on screen.
    LibraryChanged,
    /// A scan moved on or (absent from the list) ended.
    Scans {
        /// All that are under way.
        scans: Vec<ScanProgress>,
    },
    /// Something of the player changed; `None`: it is closed.
    Player {
        /// All of it.
        state: Option<Box<PlayerState>>,
    },
    /// The position moved: at most ten times a second and never while paused.
    Position {
        /// Of this episode.
        episode: EpisodeId,
        /// Now.
        position_ms: u64,
    },
    /// The cues of the chosen subtitle track; empty when none is chosen.
    Cues {
        /// Of this episode.
        episode: EpisodeId,
        /// Of this track.
        track: Option<TrackId>,
        /// By begin.
        cues: Vec<Cue>,
    },
    /// The stage began to move or came to rest: the chrome fades out and in.
    StageMoving {
        /// It moves.
        moving: bool,
    },
    /// The stage could not go further in this direction.
    FeedEnd {
        /// Which.
        direction: Direction,
    },
    /// Which parts of an episode can be played without waiting for the network.
    Buffered {
        /// Of this episode.
        episode: EpisodeId,
        /// In rising order.
        stretches: Vec<Stretch>,
    },
    /// What of these episodes is on this machine became another kind; at most a few times a second.
    Presence {
        /// Those, with what is here of them now.
        episodes: Vec<(EpisodeId, Presence)>,
    },
    /// Downloads went on, ended or failed; at most a few times a second.
    Downloads {
        /// All of them.
        downloads: DownloadsView,
    },
    /// Nothing is fetched any more, or it is again; or the network went or came.
    Offline {
        /// Nothing is fetched: the user wants it so.
        offline: bool,
        /// The system knows of a network.
        network: bool,
    },
    /// Something that the user must know.
    Notice {
        /// What.
        notice: Notice,
    },
}

macro_rules! commands {
    ($( $(#[doc = $doc:literal])+ $name:ident ( $($arg:ident : $ty:ty),* ) -> $reply:ty; )*) => {
        /// Runs the command called `name`.
        ///
        /// # Errors
        /// `bad_request` for an unknown name or arguments that do not fit, else what the command says.
        pub async fn dispatch(engine: &Engine, name: &str, args: Value) -> Result<Value, ApiError> {
            match name {
                $( stringify!($name) => {
                    #[derive(Deserialize)]
                    struct Args { $($arg: $ty),* }
                    let Args { $($arg),* } = parse(name, args)?;
                    let reply: $reply = engine.$name($($arg),*).await?;
                    serde_json::to_value(reply)
                        .map_err(|e| ApiError::new(ErrorCode::Internal, "The reply could not be written.").with_detail(e.to_string()))
                } )*
                _ => Err(ApiError::new(ErrorCode::BadRequest, format!("There is no command called {name}."))),
            }
        }

        fn command_types(cfg: &ts_rs::Config) -> String {
            let mut out = String::from("/** Every command: its arguments and its reply. */\nexport interface Commands {\n");
            $(
                for line in [$($doc),+] { out += &format!("  /**{line} */\n"); }
                let args: Vec<String> = vec![$( format!("{}: {}", stringify!($arg), <$ty as TS>::name(cfg)) ),*];
                out += &format!("  {}: {{ args: {{ {} }}; reply: {} }};\n", stringify!($name), args.join("; "), <$reply as TS>::name(cfg));
            )*
            out + "}\n"
        }
    };
}

commands! {
    /// Everything on the home screen.
    home() -> HomeView;
    /// Everything on a series' screen.
    series(id: SeriesId) -> SeriesView;
    /// Opens the player on a series, at an episode or (null) where the viewer left it.
    play(series: SeriesId, episode: Option<EpisodeId>) -> ();
    /// Leaves the player; the position is kept.
    close_player() -> ();
    /// The player's state, for a front end that has just come up; null when it is closed.
    player() -> Option<PlayerState>;
    /// Goes one episode on or back, as a swipe does.
    step(direction: Direction) -> ();
    /// Plays or pauses.
    set_playing(playing: bool) -> ();
    /// Seeks in the playing episode.
    seek(position_ms: u64, mode: SeekMode) -> ();
    /// Pauses and shows the next or the previous frame.
    step_frame(direction: Direction) -> ();
    /// Sets the speed, 0.5 to 3, with the pitch kept.
    set_speed(speed: f64) -> ();
    /// Sets the volume, 0 to 1.
    set_volume(volume: f64) -> ();
    /// Switches the sound off and on.
    set_muted(muted: bool) -> ();
    /// Chooses an audio track.
    select_audio(track: TrackId) -> ();
    /// Chooses a subtitle track or (null) none.
    select_subtitle(track: Option<TrackId>) -> ();
    /// Tries again to play the episode that failed.
    retry() -> ();
    /// The viewer points at an episode of the playing series, or (null) at none any more: it may be opened next.
    point_at(episode: Option<EpisodeId>) -> ();
    /// Marks or unmarks a series.
    set_favourite(series: SeriesId, favourite: bool) -> ();
    /// Marks an episode as seen or not seen.
    set_watched(episode: EpisodeId, watched: bool) -> ();
    /// What the user set.
    settings() -> Settings;
    /// Keeps what the user set.
    save_settings(settings: Settings) -> ();
    /// Adds a folder, or the address of a catalog, and scans it in the background.
    add_source(path: String) -> SourceInfo;
    /// Scans a source again.
    rescan_source(id: SourceId) -> ();
    /// Forgets a source; what was watched is kept.
    remove_source(id: SourceId) -> ();
    /// What is being downloaded or is kept.
    downloads() -> DownloadsView;
    /// Downloads episodes, after those that wait already.
    download(episodes: Vec<EpisodeId>) -> ();
    /// Keeps so many unwatched episodes of a series downloaded, from where the viewer stands; 0 ends that.
    keep_next(series: SeriesId, count: u32) -> ();
    /// Holds all downloads, or lets them go on.
    pause_downloads(paused: bool) -> ();
    /// Holds one download, or lets it go on. What failed begins again.
    pause_download(episode: EpisodeId, paused: bool) -> ();
    /// Puts a download before all others.
    download_first(episode: EpisodeId) -> ();
    /// Puts a download right before another one, or behind all.
    move_download(episode: EpisodeId, before: Option<EpisodeId>) -> ();
    /// Forgets a download; its bytes may go.
    remove_download(episode: EpisodeId) -> ();
    /// The cache of media.
    cache() -> CacheView;
    /// Empties the cache, except for downloads.
    clear_cache() -> ();
    /// Forgets what was learned of this viewer's habits.
    forget_habits() -> ();
    /// The statistics overlay.
    statistics() -> Statistics;
    /// Takes a notice off the home screen.
    dismiss_notice(notice: Notice) -> ();
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, args: Value) -> Result<T, ApiError> {
    let args = if args.is_null() { Value::Object(Default::default()) } else { args };
    serde_json::from_value(args).map_err(|e| {
        ApiError::new(ErrorCode::BadRequest, format!("The arguments of {name} do not fit.")).with_detail(e.to_string())
    })
}

/// The TypeScript file `ui/src/bindings/index.ts`: every type that crosses, the events and the commands.
pub fn typescript() -> String {
    let cfg = ts_rs::Config::new().with_large_int("number");
    let mut out = String::from(
        "// Written by the engine's test `bindings_are_current` (run it with UPDATE_BINDINGS=1). Do not edit.\n\n",
    );
    macro_rules! declare {
        ($($ty:ty),* $(,)?) => { $(
            for line in <$ty as TS>::docs().iter().flat_map(|d| d.lines()) { out += line; out.push('\n'); }
            out += &format!("export {}\n\n", <$ty as TS>::decl(&cfg));
        )* };
    }
    declare!(
        SourceId,
        SeriesId,
        EpisodeId,
        TrackId,
        ErrorCode,
        ApiError,
        TrackKind,
        Track,
        CueSpan,
        CueAlign,
        CuePosition,
        Cue,
        Direction,
        SeekMode,
        Phase,
        EpisodeCard,
        SeriesCard,
        ContinueItem,
        SourceInfo,
        ScanProgress,
        Notice,
        HomeView,
        SeriesView,
        VariantCard,
        PlayerState,
        LanguageSetting,
        Quality,
        Settings,
        Presence,
        Stretch,
        DownloadState,
        DownloadItem,
        DownloadsView,
        CacheView,
        SwipeOrigin,
        NetworkStatistics,
        SwipeReadiness,
        SwipeReport,
        Statistics,
        Event,
    );
    out + &command_types(&cfg)
}
