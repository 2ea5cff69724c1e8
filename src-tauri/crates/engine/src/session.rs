//! The one task that owns the player's state.
//!
//! Commands, deck events and stage events come in through one channel and are handled one after another; nothing here
//! waits for a disk, a pipeline or the database. Decks are told to load only after the slide has settled, except the one
//! that the viewer is looking at.

use crate::api::Event;
use crate::feed::{Feed, assign};
use crate::pool::{DECKS, DeckState, LOAD_DEADLINE, Slot};
use crate::shelf::Shelf;
use crate::stage::{Card, FeedWindow, Stage, StageEvent};
use crate::subtitles::{self, Choice};
use crate::views;
use model::*;
use playback::{Deck, DeckEvent, DeckMessage, Load, LoadId};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::Instant;

/// How often the position is saved while an episode plays. A kill loses at most this much.
const SAVE_EVERY: Duration = Duration::from_secs(3);

/// A slide counts as settled after this time even if the stage says nothing (a stage without a window, a hidden window).
const SETTLE_AT_LATEST: Duration = Duration::from_millis(450);

/// What the session can be told.
pub(crate) enum Msg {
    Deck(DeckMessage),
    Stage(StageEvent),
    Pool(Vec<Deck>),
    Replacement(usize, Deck),
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
    Watched(EpisodeId, bool),
    Favourite(SeriesId, bool),
    Settings(Box<Settings>),
    Cues(LoadId, TrackId, Vec<Cue>),
    Statistics(oneshot::Sender<Statistics>),
    Quit(oneshot::Sender<Vec<Deck>>),
}

/// What the session works with.
pub(crate) struct Tools {
    pub(crate) inbox: mpsc::UnboundedSender<Msg>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) stage: Arc<dyn Stage>,
    pub(crate) shelf: Shelf,
    pub(crate) pictures: PathBuf,
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
    wants_to_play: bool,
    next_load: u64,
    swipe_number: u64,
    moving_until: Option<Instant>,
    saved_at: Instant,
    last_swipe: Option<Swipe>,
    fps: (Instant, LoadId, u64),
}

impl Session {
    pub(crate) fn new(tools: Tools, settings: Settings) -> Self {
        let now = Instant::now();
        Self {
            tools,
            slots: Vec::new(),
            feed: None,
            settings,
            wants_to_play: false,
            next_load: 0,
            swipe_number: 0,
            moving_until: None,
            saved_at: now,
            last_swipe: None,
            fps: (now, LoadId::default(), 0),
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
            Msg::Replacement(index, deck) => {
                deck.set_volume(self.settings.volume, self.settings.muted);
                if let Some(slot) = self.slots.get_mut(index) {
                    std::mem::replace(slot, Slot::new(deck)).deck.abandon();
                }
                self.arrange(None);
            }
            Msg::Open(feed, done) => {
                self.open(*feed);
                let _ = done.send(());
            }
            Msg::Close(done) => {
                self.close();
                let _ = done.send(());
            }
            Msg::State(reply) => drop(reply.send(self.state())),
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
            Msg::Watched(episode, watched) => self.mark_watched(&episode, watched),
            Msg::Favourite(series, favourite) => {
                if let Some(feed) = self.feed.as_mut().filter(|f| f.series.id == series) {
                    feed.series.favourite = favourite;
                    self.tell_state();
                }
            }
            Msg::Settings(settings) => {
                self.settings = *settings;
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
            Msg::Statistics(reply) => drop(reply.send(self.statistics())),
            Msg::Quit(_) => {}
        }
    }

    // ---- opening, moving, leaving -----------------------------------------------------------------------------------

    fn open(&mut self, feed: Feed) {
        self.leave();
        self.feed = Some(feed);
        self.wants_to_play = true;
        self.moving_until = None;
        self.last_swipe = None;
        self.fill(true);
        self.enter(false);
        self.arrange(None);
        self.tell_state();
    }

    fn close(&mut self) {
        self.leave();
        self.feed = None;
        self.wants_to_play = false;
        self.moving_until = None;
        for slot in &mut self.slots {
            slot.deck.unload();
            slot.episode = None;
            slot.state = DeckState::Empty;
        }
        self.tools.stage.arrange(FeedWindow { swipe: self.swipe_number, ..FeedWindow::default() }, None);
        self.emit(Event::Player { state: None });
        self.emit(Event::LibraryChanged);
    }

    /// One episode on or back. `by_stage`: the picture is already on its way.
    fn step(&mut self, direction: Direction, by_stage: bool) {
        let Some(target) = self.feed.as_ref().and_then(|f| f.neighbour(direction)) else {
            self.emit(Event::FeedEnd { direction });
            return self.arrange(None);
        };
        self.leave();
        if let Some(feed) = &mut self.feed {
            feed.index = target;
        }
        self.wants_to_play = true;
        self.moving_until = Some(Instant::now() + SETTLE_AT_LATEST);
        self.enter(true);
        self.arrange((!by_stage).then_some(direction));
        self.emit(Event::StageMoving { moving: true });
        self.tell_state();
    }

    /// Starts the current episode: at once where its deck is prerolled, else as soon as it is.
    fn enter(&mut self, swiped: bool) {
        if self.current_slot().is_none() {
            self.fill(true);
        }
        let speed = self.settings.speed;
        let play = self.wants_to_play;
        let Some(index) = self.current_slot() else { return };
        let slot = &mut self.slots[index];
        let (readiness, first_frame_ms) = match slot.state {
            DeckState::Ready | DeckState::Ended => (SwipeReadiness::Ready, Some(0.0)),
            DeckState::Failed(_) => (SwipeReadiness::Failed, None),
            DeckState::Loading | DeckState::Empty => (SwipeReadiness::Loading, None),
        };
        if play {
            slot.deck.play();
        }
        if (slot.speed - speed).abs() > f64::EPSILON {
            slot.speed = speed;
            slot.deck.set_speed(speed);
        }
        if slot.state == DeckState::Ended {
            slot.state = DeckState::Ready;
        }
        let load = slot.load;
        if swiped {
            let report = SwipeReport { readiness, first_frame_ms };
            self.last_swipe = Some(Swipe { at: Instant::now(), load, report });
        }
        self.saved_at = Instant::now();
        self.show_subtitles();
    }

    /// Leaves the current episode: it stands, and where it stands is saved.
    fn leave(&mut self) {
        self.save();
        self.with_current(|slot| slot.deck.pause());
    }

    /// Loads what ought to be in decks. `urgent`: only what the viewer looks at.
    fn fill(&mut self, urgent: bool) {
        let Some(feed) = &self.feed else { return };
        let held: Vec<Option<usize>> = self
            .slots
            .iter()
            .map(|s| s.episode.as_ref().and_then(|id| feed.entries.iter().position(|e| e.episode.id == *id)))
            .collect();
        let current = feed.index;
        let wanted = feed.wanted();
        let loads: Vec<(usize, usize)> =
            assign(&held, &wanted).into_iter().filter(|(_, entry)| !urgent || *entry == current).collect();
        for (slot, entry) in loads {
            self.load(slot, entry);
        }
    }

    fn load(&mut self, slot: usize, entry: usize) {
        let Some(feed) = &self.feed else { return };
        let Some(entry) = feed.entries.get(entry) else { return };
        self.next_load += 1;
        let start = if entry.card.watched { 0 } else { entry.card.position_ms };
        let load = Load {
            id: LoadId(self.next_load),
            path: entry.episode.path.clone(),
            start: Duration::from_millis(start),
            speed: self.settings.speed,
            audio_language: self.settings.audio_language.clone(),
            play: self.wants_to_play && feed.current().is_some_and(|c| c.episode.id == entry.episode.id),
        };
        let episode = entry.episode.id.clone();
        let slot = &mut self.slots[slot];
        slot.begin(load.id, episode, load.start, load.speed);
        slot.deck.load(load);
    }

    /// The slide is over: now there is time to load the neighbours.
    fn settle(&mut self) {
        if self.moving_until.take().is_some() {
            self.emit(Event::StageMoving { moving: false });
        }
        let current = self.current_slot();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            // An episode that ended begins anew when the viewer comes back.
            if Some(index) != current && slot.state == DeckState::Ended {
                slot.state = DeckState::Ready;
                slot.position = Duration::ZERO;
                slot.deck.seek(Duration::ZERO, SeekMode::Accurate);
            }
        }
        self.fill(false);
        self.arrange(None);
    }

    fn arrange(&self, slide: Option<Direction>) {
        let Some(feed) = &self.feed else { return };
        let card = |index: usize| {
            let entry = feed.entries.get(index)?;
            let slot = self.slots.iter().find(|s| s.episode.as_ref() == Some(&entry.episode.id));
            let poster = views::still(&self.tools.pictures, entry);
            Some(Card { poster, ..slot.map(Slot::card).unwrap_or_default() })
        };
        let window = FeedWindow {
            previous: feed.neighbour(Direction::Previous).and_then(card),
            current: card(feed.index),
            next: feed.neighbour(Direction::Next).and_then(card),
            swipe: self.swipe_number,
        };
        self.tools.stage.arrange(window, slide);
    }

    // ---- events -----------------------------------------------------------------------------------------------------

    fn on_stage(&mut self, event: StageEvent) {
        match event {
            StageEvent::Swiped(direction, number) => {
                self.swipe_number = number;
                self.step(direction, true);
            }
            StageEvent::Moving(true) => self.emit(Event::StageMoving { moving: true }),
            StageEvent::Moving(false) => {
                self.emit(Event::StageMoving { moving: false });
                if self.moving_until.is_some() {
                    self.settle();
                }
            }
            StageEvent::Edge(direction) => self.emit(Event::FeedEnd { direction }),
            StageEvent::Resized => self.slots.iter().for_each(|s| s.deck.output_resized()),
        }
    }

    fn on_deck(&mut self, message: DeckMessage) {
        let Some(index) = self.slots.iter().position(|s| s.id() == message.deck && s.load == message.load) else {
            return;
        };
        let is_current = self.current_slot() == Some(index);
        let slot = &mut self.slots[index];
        match message.event {
            DeckEvent::FirstFrame => {
                slot.state = DeckState::Ready;
                slot.seeking = false;
                if !is_current && self.moving_until.is_none() {
                    self.arrange(None);
                }
                if is_current {
                    if let Some(swipe) = self.last_swipe.as_mut().filter(|s| s.load == message.load) {
                        let since = swipe.at.elapsed().as_secs_f64() * 1e3;
                        swipe.report.first_frame_ms.get_or_insert(since);
                    }
                    if self.moving_until.is_none() {
                        self.fill(false);
                        self.arrange(None);
                    }
                    self.tell_state();
                }
            }
            DeckEvent::Tracks(tracks) => {
                slot.tracks = tracks;
                if is_current {
                    self.show_subtitles();
                    self.tell_state();
                }
            }
            DeckEvent::Duration(duration) => {
                slot.duration = duration;
                self.keep_duration(index);
                if is_current {
                    self.tell_state();
                }
            }
            DeckEvent::Seekable(seekable) => {
                slot.seekable = seekable;
                if is_current {
                    self.tell_state();
                }
            }
            DeckEvent::PictureSize(w, h) => {
                slot.size = Some((w, h));
                if is_current {
                    self.tell_state();
                }
            }
            DeckEvent::Position(_) if slot.seeking => {}
            DeckEvent::Position(position) | DeckEvent::Seeked(position) => {
                slot.seeking = false;
                slot.position = position;
                if is_current {
                    self.tell_position();
                    if self.saved_at.elapsed() >= SAVE_EVERY {
                        self.save();
                    }
                }
            }
            DeckEvent::Playing | DeckEvent::Paused => {
                if is_current {
                    self.tell_state();
                }
            }
            DeckEvent::Rebuffering(waits) => {
                slot.rebuffering = waits;
                if is_current {
                    self.tell_state();
                }
            }
            DeckEvent::Ended => self.on_ended(index, is_current),
            DeckEvent::Failed(error) => {
                tracing::warn!(code = ?error.code, detail = ?error.detail, "{}", error.message);
                slot.state = DeckState::Failed(error);
                if is_current {
                    // Neighbours load nevertheless: the feed goes on.
                    self.fill(self.moving_until.is_some());
                    self.arrange(None);
                    self.tell_state();
                }
            }
        }
    }

    fn on_ended(&mut self, index: usize, is_current: bool) {
        let slot = &mut self.slots[index];
        slot.state = DeckState::Ended;
        if let Some(duration) = slot.duration {
            slot.position = duration;
        }
        if !is_current {
            return;
        }
        self.save();
        let goes_on = self.settings.auto_next
            && self.wants_to_play
            && self.feed.as_ref().is_some_and(|f| f.neighbour(Direction::Next).is_some());
        if goes_on {
            self.step(Direction::Next, false);
        } else {
            self.wants_to_play = false;
            self.tell_state();
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let loads =
            self.slots.iter().filter(|s| s.state == DeckState::Loading).map(|s| s.loading_since + LOAD_DEADLINE);
        loads.chain(self.moving_until).min()
    }

    fn on_deadline(&mut self) {
        let now = Instant::now();
        if self.moving_until.is_some_and(|at| at <= now) {
            self.settle();
        }
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            if slot.state != DeckState::Loading || slot.loading_since + LOAD_DEADLINE > now {
                continue;
            }
            let error = ApiError::new(ErrorCode::TimedOut, "The disk does not answer.");
            slot.state = DeckState::Failed(error);
            // Its thread may hang in the file system: another takes its place, so that the pool stays whole.
            let (make, inbox) = (self.tools.make_deck.clone(), self.tools.inbox.clone());
            let load = slot.load;
            tokio::task::spawn_blocking(move || match make() {
                Ok(deck) => drop(inbox.send(Msg::Replacement(index, deck))),
                Err(e) => tracing::error!(load = load.0, "a deck could not be replaced: {e}"),
            });
            if self.current_slot() == Some(index) {
                self.tell_state();
            }
        }
    }

    // ---- what the viewer wants --------------------------------------------------------------------------------------

    fn set_playing(&mut self, playing: bool) {
        self.wants_to_play = playing;
        self.with_current(|slot| {
            if playing {
                slot.deck.play();
                if slot.state == DeckState::Ended {
                    slot.state = DeckState::Ready;
                    slot.position = Duration::ZERO;
                }
            } else {
                slot.deck.pause();
            }
        });
        if !playing {
            self.save();
        }
        self.tell_state();
    }

    fn seek(&mut self, to: Duration, mode: SeekMode) {
        let resume = self.wants_to_play;
        self.with_current(|slot| {
            let to = slot.duration.map_or(to, |d| to.min(d));
            slot.deck.seek(to, mode);
            slot.seeking = slot.state != DeckState::Loading;
            slot.position = to;
            if slot.state == DeckState::Ended {
                slot.state = DeckState::Ready;
                if resume {
                    slot.deck.play();
                }
            }
        });
        self.tell_position();
    }

    fn retry(&mut self) {
        let (Some(slot), Some(entry)) = (self.current_slot(), self.feed.as_ref().map(|f| f.index)) else { return };
        if matches!(self.slots[slot].state, DeckState::Failed(_)) {
            self.wants_to_play = true;
            self.load(slot, entry);
            self.arrange(None);
            self.tell_state();
        }
    }

    fn mark_watched(&mut self, episode: &EpisodeId, watched: bool) {
        let Some(feed) = &mut self.feed else { return };
        if let Some(entry) = feed.entry_mut(episode) {
            entry.card.watched = watched;
            if watched {
                entry.card.position_ms = 0;
            }
            self.tell_state();
        }
    }

    fn apply_volume(&mut self) {
        for slot in &self.slots {
            slot.deck.set_volume(self.settings.volume, self.settings.muted);
        }
        self.keep_settings();
    }

    fn keep_settings(&mut self) {
        let settings = self.settings.clone();
        self.tools.shelf.post(move |library| library.save_settings(&settings));
        self.tell_state();
    }

    fn select_audio(&mut self, track: &TrackId) {
        let Some(index) = self.current_slot() else { return };
        let slot = &self.slots[index];
        let Some(number) = slot.tracks.audio.iter().position(|t| t.id == *track) else { return };
        slot.deck.select_audio(number);
        self.settings.audio_language = slot.tracks.audio[number].language.clone();
        self.keep_settings();
    }

    fn select_subtitle(&mut self, track: Option<TrackId>) {
        let (Some(index), Some(feed)) = (self.current_slot(), &self.feed) else { return };
        let Some(entry) = feed.current() else { return };
        let slot = &mut self.slots[index];
        let all = subtitles::tracks(&entry.episode, &slot.tracks);
        let language = match &track {
            None => Some(String::new()),
            Some(id) => all.iter().find(|t| t.id == *id).and_then(|t| t.language.clone()),
        };
        slot.subtitle = track.clone();
        slot.cues = None;
        self.settings.subtitle_language = language;
        self.read_cues(index, track);
        self.keep_settings();
    }

    /// Chooses the subtitles of the episode that has just come to the middle, and shows them.
    fn show_subtitles(&mut self) {
        let (Some(index), Some(feed)) = (self.current_slot(), &self.feed) else { return };
        let Some(entry) = feed.current() else { return };
        let slot = &mut self.slots[index];
        if slot.subtitle.is_some() {
            // Chosen before; the cues may be there already.
            let (episode, track, cues) = (entry.episode.id.clone(), slot.subtitle.clone(), slot.cues.clone());
            return self.emit(Event::Cues { episode, track, cues: cues.unwrap_or_default() });
        }
        let tracks = subtitles::tracks(&entry.episode, &slot.tracks);
        let track = match subtitles::choose(&tracks, &self.settings) {
            Choice::Track(id) => Some(id),
            Choice::None => None,
        };
        slot.subtitle = track.clone();
        self.read_cues(index, track);
    }

    fn read_cues(&mut self, index: usize, track: Option<TrackId>) {
        let Some(entry) = self.feed.as_ref().and_then(Feed::current) else { return };
        self.emit(Event::Cues { episode: entry.episode.id.clone(), track: track.clone(), cues: Vec::new() });
        let Some(track) = track else { return };
        let (load, episode, inbox) = (self.slots[index].load, entry.episode.clone(), self.tools.inbox.clone());
        tokio::task::spawn_blocking(move || match subtitles::read(&episode, &track) {
            Ok(cues) => drop(inbox.send(Msg::Cues(load, track, cues))),
            Err(e) => tracing::warn!(code = ?e.code, detail = ?e.detail, "{}", e.message),
        });
    }

    fn on_cues(&mut self, load: LoadId, track: &TrackId, cues: Vec<Cue>) {
        let Some(index) = self.slots.iter().position(|s| s.load == load && s.subtitle.as_ref() == Some(track)) else {
            return;
        };
        self.slots[index].cues = Some(cues.clone());
        if self.current_slot() == Some(index)
            && let Some(episode) = self.slots[index].episode.clone()
        {
            self.emit(Event::Cues { episode, track: Some(track.clone()), cues });
        }
    }

    // ---- keeping ----------------------------------------------------------------------------------------------------

    /// Saves where the current episode stands.
    fn save(&mut self) {
        self.saved_at = Instant::now();
        let Some(index) = self.current_slot() else { return };
        let slot = &self.slots[index];
        // Before its first frame there is nothing new to keep, and a failure must not overwrite what was.
        if !matches!(slot.state, DeckState::Ready | DeckState::Ended) {
            return;
        }
        let (position, duration) = (slot.position, slot.duration);
        let finished = slot.state == DeckState::Ended || views::is_finished(position, duration);
        let Some(feed) = &mut self.feed else { return };
        let (series, index) = (feed.series.id.clone(), feed.index);
        let Some(entry) = feed.entries.get_mut(index) else { return };
        entry.card.position_ms = if finished { 0 } else { position.as_millis() as u64 };
        entry.card.watched |= finished;
        let episode = entry.episode.id.clone();
        feed.series.watched = feed.entries.iter().filter(|e| e.card.watched).count() as u32;
        let now = SystemTime::now();
        self.tools
            .shelf
            .post(move |library| library.save_progress(&series, &episode, position, duration, finished, now));
    }

    fn keep_duration(&mut self, index: usize) {
        let slot = &self.slots[index];
        let (Some(duration), Some(id)) = (slot.duration, slot.episode.clone()) else { return };
        let Some(entry) = self.feed.as_mut().and_then(|f| f.entry_mut(&id)) else { return };
        let ms = duration.as_millis() as u64;
        if entry.card.duration_ms != Some(ms) {
            entry.card.duration_ms = Some(ms);
            self.tools.shelf.post(move |library| library.set_duration(&id, duration));
        }
    }

    // ---- telling ----------------------------------------------------------------------------------------------------

    fn state(&self) -> Option<PlayerState> {
        let feed = self.feed.as_ref()?;
        let entry = feed.current()?;
        let slot = self.current_slot().map(|i| &self.slots[i]);
        Some(views::player_state(feed, entry, slot, &self.settings, self.wants_to_play))
    }

    fn tell_state(&self) {
        if let Some(state) = self.state() {
            self.emit(Event::Player { state: Some(Box::new(state)) });
        }
    }

    fn tell_position(&self) {
        if let Some(slot) = self.current_slot().map(|i| &self.slots[i])
            && let Some(episode) = slot.episode.clone()
        {
            self.emit(Event::Position { episode, position_ms: slot.position.as_millis() as u64 });
        }
    }

    fn statistics(&mut self) -> Statistics {
        let stats = self.current_slot().map(|i| (self.slots[i].load, self.slots[i].deck.stats()));
        let (load, stats) = stats.unwrap_or_default();
        let (since, last_load, last) = std::mem::replace(&mut self.fps, (Instant::now(), load, stats.presented));
        let frames = if last_load == load { stats.presented.saturating_sub(last) } else { 0 };
        Statistics {
            last_swipe: self.last_swipe.as_ref().map(|s| s.report.clone()),
            decoder: stats.decoder,
            width: stats.coded_size.map(|s| s.0),
            height: stats.coded_size.map(|s| s.1),
            nominal_fps: stats.nominal_fps,
            fps: frames as f64 / since.elapsed().as_secs_f64().max(0.001),
            dropped: stats.dropped,
            memory_bytes: views::resident_memory(),
        }
    }

    fn current_slot(&self) -> Option<usize> {
        let id = &self.feed.as_ref()?.current()?.episode.id;
        self.slots.iter().position(|s| s.episode.as_ref() == Some(id))
    }

    fn with_current(&mut self, act: impl FnOnce(&mut Slot)) {
        if let Some(index) = self.current_slot() {
            act(&mut self.slots[index]);
        }
    }

    fn emit(&self, event: Event) {
        // Nobody may be listening yet.
        let _ = self.tools.events.send(event);
    }
}

/// Makes the pool, off the session's task.
pub(crate) fn make_pool(make: &Arc<dyn Fn() -> Result<Deck, ApiError> + Send + Sync>) -> Result<Vec<Deck>, ApiError> {
    (0..DECKS).map(|_| make()).collect()
}
