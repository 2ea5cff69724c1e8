//! The one task that owns the player's state.
//!
//! Commands, deck events and stage events come in through one channel and are handled one after another; nothing here
//! waits for a disk, a pipeline or the database. Decks are told to load only after the slide has settled, except the one
//! that the viewer is looking at.

mod again;
mod ahead;
mod fetches;
mod hearing;
mod marks;
mod moving;
mod pins;
mod streams;
mod telling;
mod wishes;

use crate::api::Event;
use crate::downloads::Downloads;
use crate::feed::Feed;
use crate::network::Net;
use crate::pictures::Pictures;
use crate::pool::{DECKS, Slot};
use crate::shelf::Shelf;
use crate::stage::{Stage, StageEvent};
use crate::streams::Stream;
use ahead::Ahead;
use library::LibraryError;
use marks::Marks;
use model::*;
use playback::{Deck, DeckMessage, LoadId};
use prefetch::Viewing;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How often the position is saved while an episode plays. A kill loses at most this much.
const SAVE_EVERY: Duration = Duration::from_secs(3);

/// A slide counts as settled after this time even if the stage says nothing (a stage without a window, a hidden window).
const SETTLE_AT_LATEST: Duration = Duration::from_millis(450);

/// Stills of the episodes around are decoded when the viewer has rested so long: who zaps needs the processor for the decks.
const STILLS_AFTER: Duration = Duration::from_secs(3);

/// For so long, at most, what plays is favoured over the loading of its neighbours: less than anybody stays who wants to see
/// something of an episode. Before it moves, that time does not begin, …
const HOLD: Duration = Duration::from_millis(1500);
/// … except where it does not move for so long.
const HOLD_AT_MOST: Duration = Duration::from_secs(10);

/// Whether the neighbours of what plays may load.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hold {
    /// Not decided yet.
    Before,
    /// Not before the first time, unless enough lies ahead sooner, and in any case at the second.
    Until(Instant, Instant),
    /// They may.
    Over,
}

/// What the session can be told.
pub(crate) enum Msg {
    Deck(DeckMessage),
    Stage(StageEvent),
    Pool(Vec<Deck>),
    /// A fresh deck for a slot whose deck hangs in this load.
    Replacement(usize, LoadId, Deck),
    Open(Box<Feed>, oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
    State(oneshot::Sender<Option<PlayerState>>),
    Step(Direction),
    SetPlaying(bool),
    Seek(u64, SeekMode),
    StepFrame(Direction),
    Speed(f64),
    Volume(f64),
    Muted(bool),
    Audio(TrackId),
    Subtitle(Option<TrackId>),
    Retry,
    PointAt(Option<EpisodeId>),
    Watched(EpisodeId, bool),
    Favourite(SeriesId, bool),
    Settings(Box<Settings>),
    Cues(LoadId, TrackId, Vec<Cue>),
    /// Something was fetched, kept or failed.
    Media,
    /// The network or the power changed. `back`: there was no network, and now there is one.
    Surroundings {
        back: bool,
    },
    /// Where the demuxer of an episode looks first.
    Head(EpisodeId, Vec<std::ops::Range<u64>>),
    /// The playlists of an episode, or why there are none.
    Stream(EpisodeId, Result<Box<Stream>, String>),
    /// Forget the viewer's habits, here and in the library, and then say how it went.
    ForgetHabits(oneshot::Sender<Result<(), LibraryError>>),
    Statistics(oneshot::Sender<Statistics>),
    Quit(oneshot::Sender<Vec<Deck>>),
}

/// What the session works with.
pub(crate) struct Tools {
    pub(crate) inbox: mpsc::UnboundedSender<Msg>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) stage: Arc<dyn Stage>,
    pub(crate) shelf: Shelf,
    pub(crate) pictures: Pictures,
    pub(crate) net: Net,
    pub(crate) downloads: Downloads,
    /// Makes a deck; blocks.
    pub(crate) make_deck: Arc<dyn Fn() -> Result<Deck, ApiError> + Send + Sync>,
}

struct Swipe {
    at: Instant,
    load: LoadId,
    report: SwipeReport,
}

pub(crate) struct Session {
    tools: Tools,
    slots: Vec<Slot>,
    feed: Option<Feed>,
    settings: Settings,
    /// What a sound is called that was chosen where its language has several.
    sound_name: Option<String>,
    wants_to_play: bool,
    next_load: u64,
    swipe_number: u64,
    moving_until: Option<Instant>,
    saved_at: Instant,
    hold: Hold,
    stills_due: Option<Instant>,
    stills: Option<JoinHandle<()>>,
    last_swipe: Option<Swipe>,
    fps: (Instant, LoadId, u64),
    ahead: Ahead,
    marks: Marks,
    network: NetworkCounts,
}

/// What playing from the network was like.
#[derive(Default)]
struct NetworkCounts {
    swipes: u32,
    ready: u32,
    waited: Duration,
    waits_since: Option<Instant>,
}

impl Session {
    pub(crate) fn new(tools: Tools, settings: Settings, viewing: Viewing) -> Self {
        let now = Instant::now();
        Self {
            tools,
            slots: Vec::new(),
            feed: None,
            settings,
            sound_name: None,
            wants_to_play: false,
            next_load: 0,
            swipe_number: 0,
            moving_until: None,
            saved_at: now,
            hold: Hold::Over,
            stills_due: None,
            stills: None,
            last_swipe: None,
            fps: (now, LoadId::default(), 0),
            ahead: Ahead::new(viewing),
            marks: Marks::default(),
            network: NetworkCounts::default(),
        }
    }

    pub(crate) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Msg>) {
        loop {
            let wake = self.next_deadline();
            let msg = tokio::select! {
                msg = inbox.recv() => msg,
                () = async { match wake { Some(at) => tokio::time::sleep_until(at).await, None => std::future::pending().await } } => {
                    self.on_deadline();
                    continue;
                }
            };
            match msg {
                None => break,
                Some(Msg::Quit(done)) => {
                    self.leave();
                    let _ = done.send(self.slots.into_iter().map(|s| s.deck).collect());
                    break;
                }
                Some(msg) => self.handle(msg),
            }
        }
    }

    fn handle(&mut self, msg: Msg) {
        match msg {
            Msg::Deck(message) => self.on_deck(message),
            Msg::Stage(event) => self.on_stage(event),
            Msg::Pool(decks) => {
                for deck in decks {
                    deck.set_volume(self.settings.volume, self.settings.muted);
                    self.slots.push(Slot::new(deck));
                }
                self.fill(true);
            }
            Msg::Replacement(index, load, deck) => self.replace(index, load, deck),
            Msg::Open(feed, done) => {
                self.open(*feed);
                let _ = done.send(());
            }
            Msg::Close(done) => {
                self.close();
                let _ = done.send(());
            }
            Msg::State(reply) => {
                let _ = reply.send(self.state());
                // Who asks may just have come (a page that was loaded again) and has heard no cues yet.
                self.repeat_cues();
            }
            Msg::Step(direction) => self.step(direction, false),
            Msg::SetPlaying(playing) => self.set_playing(playing),
            Msg::Seek(to, mode) => self.seek(Duration::from_millis(to), mode),
            Msg::StepFrame(direction) => {
                self.set_playing(false);
                self.with_current(|slot| slot.deck.step(direction));
            }
            Msg::Speed(speed) => {
                self.settings.speed = speed;
                self.with_current(|slot| {
                    slot.speed = speed;
                    slot.deck.set_speed(speed);
                });
                self.keep_settings();
            }
            Msg::Volume(volume) => {
                self.settings.volume = volume;
                self.settings.muted = false;
                self.apply_volume();
            }
            Msg::Muted(muted) => {
                self.settings.muted = muted;
                self.apply_volume();
            }
            Msg::Audio(track) => self.select_audio(&track),
            Msg::Subtitle(track) => self.select_subtitle(track),
            Msg::Retry => self.retry(),
            Msg::PointAt(episode) => {
                self.ahead.pointed = episode;
                self.replan();
            }
            Msg::Watched(episode, watched) => self.mark_watched(&episode, watched),
            Msg::Favourite(series, favourite) => {
                if let Some(feed) = self.feed.as_mut().filter(|f| f.series.id == series) {
                    feed.series.favourite = favourite;
                    self.tell_state();
                }
            }
            Msg::Settings(settings) => {
                let before = std::mem::replace(&mut self.settings, *settings);
                if before.offline && !self.settings.offline {
                    self.again_now(true);
                }
                if before.audio_language != self.settings.audio_language {
                    self.sound_name = None;
                }
                self.replan();
                self.apply_volume();
                let speed = self.settings.speed;
                self.with_current(|slot| {
                    if (slot.speed - speed).abs() > f64::EPSILON {
                        slot.speed = speed;
                        slot.deck.set_speed(speed);
                    }
                });
            }
            Msg::Cues(load, track, cues) => self.on_cues(load, &track, cues),
            Msg::Surroundings { back } => {
                self.again_now(back);
                self.replan();
            }
            Msg::Media => {
                self.replan();
                self.mark_soon();
            }
            Msg::Head(episode, head) => {
                self.ahead.heads.insert(episode, head);
                self.replan();
            }
            Msg::Stream(episode, stream) => self.on_stream(&episode, stream),
            Msg::ForgetHabits(done) => self.forget_habits(done),
            Msg::Statistics(reply) => drop(reply.send(self.statistics())),
            Msg::Quit(_) => {}
        }
    }
}

/// Makes the pool, off the session's task.
pub(crate) fn make_pool(make: &Arc<dyn Fn() -> Result<Deck, ApiError> + Send + Sync>) -> Result<Vec<Deck>, ApiError> {
    (0..DECKS).map(|_| make()).collect()
}
