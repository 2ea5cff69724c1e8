//! Opening a feed, going on and back in it, and which deck holds what.

use super::{HOLD, HOLD_AT_MOST, Hold, SETTLE_AT_LATEST, STILLS_AFTER, Session, Swipe};
use crate::api::Event;
use crate::feed::{Feed, assign};
use crate::pool::{DeckState, Slot};
use crate::stage::{Card, FeedWindow};
use crate::streams::Stream;
use crate::views;
use model::*;
use playback::{Load, LoadId};
use prefetch::Toward;
use std::time::Duration;
use tokio::time::Instant;

impl Session {
    pub(super) fn open(&mut self, feed: Feed) {
        let same = self.feed.as_ref().is_some_and(|before| before.series.id == feed.series.id);
        self.learn(if same { Toward::Jump } else { Toward::Away });
        if !same {
            self.sound_name = None;
        }
        self.leave();
        self.count_wait(false);
        self.feed = Some(feed);
        self.wants_to_play = true;
        self.moving_until = None;
        self.last_swipe = None;
        self.fill(true);
        self.enter(false);
        if self.current_slot().is_some_and(|index| self.slots[index].state != DeckState::Loading) {
            // A deck held it already and has nothing more to tell.
            self.fill(false);
        }
        self.arrange(None);
        self.stills_due = Some(Instant::now() + STILLS_AFTER);
        self.tell_state();
    }

    pub(super) fn close(&mut self) {
        self.learn(Toward::Away);
        self.unpin_all();
        self.ahead.rest();
        self.tools.net.hurry(false);
        self.leave();
        self.count_wait(false);
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
    pub(super) fn step(&mut self, direction: Direction, by_stage: bool) {
        let Some(target) = self.feed.as_ref().and_then(|f| f.neighbour(direction)) else {
            self.emit(Event::FeedEnd { direction });
            return self.arrange(None);
        };
        self.learn(match direction {
            Direction::Next => Toward::Next,
            Direction::Previous => Toward::Previous,
        });
        self.leave();
        self.count_wait(false);
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
    pub(super) fn enter(&mut self, swiped: bool) {
        self.hold = Hold::Before;
        if self.current_slot().is_none() {
            self.fill(true);
        }
        let speed = self.settings.speed;
        let play = self.wants_to_play;
        let Some(index) = self.current_slot() else { return };
        let slot = &mut self.slots[index];
        let (readiness, first_frame_ms) = match slot.state {
            DeckState::Ready | DeckState::Ended => (SwipeReadiness::Ready, Some(0.0)),
            DeckState::Failed(_) | DeckState::Retrying(_) => (SwipeReadiness::Failed, None),
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
            let origin = self.origin();
            if origin != SwipeOrigin::File {
                self.network.swipes += 1;
                self.network.ready += u32::from(readiness == SwipeReadiness::Ready);
            }
            let report = SwipeReport { readiness, origin, first_frame_ms };
            self.last_swipe = Some(Swipe { at: Instant::now(), load, report });
        }
        self.saved_at = Instant::now();
        self.show_subtitles();
        self.replan();
    }

    /// Where the bytes of the current episode's beginning are.
    fn origin(&self) -> SwipeOrigin {
        let Some((feed, entry)) = self.feed.as_ref().and_then(|feed| Some((feed, feed.current()?))) else {
            return SwipeOrigin::File;
        };
        match feed.access.asset(&self.tools.net.media, &entry.episode.media) {
            None if feed.access.playlist(&entry.episode.media).is_some() => {
                let begins = self.ahead.streams.get(&entry.episode.id).is_some_and(Stream::begins_here);
                if begins { SwipeOrigin::Cache } else { SwipeOrigin::Network }
            }
            None => SwipeOrigin::File,
            Some(asset) if asset.availability().cached.contiguous(0) > 0 => SwipeOrigin::Cache,
            Some(_) => SwipeOrigin::Network,
        }
    }

    /// Leaves the current episode: it stands, and where it stands is saved.
    pub(super) fn leave(&mut self) {
        self.stills_due = None;
        if let Some(decoding) = self.stills.take() {
            decoding.abort();
        }
        self.save();
        self.with_current(|slot| slot.deck.pause());
    }

    /// Loads what ought to be in decks. `urgent`: only what the viewer looks at.
    pub(super) fn fill(&mut self, urgent: bool) {
        let urgent = urgent || self.holds_neighbours();
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

    /// Over a link that hardly carries it, what has just begun to play has that link for itself for a moment: if its
    /// neighbours loaded at once, it would stop. (While it loads they load beside it: held back then, they are less often
    /// ready for a viewer who zaps.)
    fn holds_neighbours(&mut self) -> bool {
        if self.hold != Hold::Before {
            return matches!(self.hold, Hold::Until(..));
        }
        let plays = |slot: &&Slot| slot.state == DeckState::Ready && self.wants_to_play;
        let current = self.current_slot().map(|index| &self.slots[index]).filter(plays);
        let Some(tight) = current.map(|slot| self.is_tight(slot)) else { return false };
        let now = Instant::now();
        self.hold = if tight { Hold::Until(now + HOLD, now + HOLD_AT_MOST) } else { Hold::Over };
        tight
    }

    /// The time for which neighbours are held back begins anew.
    pub(super) fn hold_on(&mut self) {
        if let Hold::Until(at, last) = &mut self.hold {
            *at = (Instant::now() + HOLD).min(*last);
        }
    }

    /// Whether what is shown has a picture and waits for more before it moves for the first time.
    pub(super) fn gathers(&self) -> bool {
        // A wait that counts is one after it has moved.
        let waits = self.current_slot().is_some_and(|index| self.slots[index].rebuffering);
        waits && self.network.waits_since.is_none()
    }

    /// Now the neighbours may load.
    pub(super) fn release_neighbours(&mut self) {
        if !matches!(self.hold, Hold::Until(..)) {
            return;
        }
        self.hold = Hold::Over;
        if self.moving_until.is_none() {
            self.fill(false);
            self.arrange(None);
        }
    }

    pub(super) fn load(&mut self, slot: usize, entry: usize) {
        let Some(feed) = &self.feed else { return };
        let Some(entry) = feed.entries.get(entry) else { return };
        self.steer(feed, entry);
        self.next_load += 1;
        let start = if entry.card.watched { 0 } else { entry.card.position_ms };
        let load = Load {
            id: LoadId(self.next_load),
            source: feed.access.source(&self.tools.net, &entry.episode.media),
            start: Duration::from_millis(start),
            speed: self.settings.speed,
            bandwidth: self.first_bandwidth(entry),
            audio_language: self.settings.audio_language.clone(),
            play: self.wants_to_play && feed.current().is_some_and(|c| c.episode.id == entry.episode.id),
        };
        let episode = entry.episode.id.clone();
        let remote = entry.episode.media.as_file().is_none();
        let slot = &mut self.slots[slot];
        slot.begin(load.id, episode, load.start, load.speed);
        slot.remote = remote;
        slot.deck.load(load);
    }

    /// The slide is over: now there is time to load the neighbours.
    pub(super) fn settle(&mut self) {
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
        self.stills_due = Some(Instant::now() + STILLS_AFTER);
    }

    /// Decodes the stills of the episodes around, so that swiping faster than decks load shows what comes. Stops with the
    /// next swipe.
    pub(super) fn decode_stills(&mut self) {
        self.stills_due = None;
        let Some(feed) = &self.feed else { return };
        let around = [1, 2, 3, -1, -2].into_iter().filter_map(|step| feed.index.checked_add_signed(step));
        let keys: Vec<String> =
            around.filter_map(|index| feed.entries.get(index)).filter_map(|e| e.card.picture.clone()).collect();
        let pictures = self.tools.pictures.clone();
        self.stills = Some(tokio::spawn(async move {
            for key in keys {
                // What cannot be decoded is told when it is played.
                let _ = pictures.get(&key).await;
            }
        }));
    }

    pub(super) fn arrange(&self, slide: Option<Direction>) {
        let Some(feed) = &self.feed else { return };
        let card = |index: usize| {
            let entry = feed.entries.get(index)?;
            let slot = self.slots.iter().find(|s| s.episode.as_ref() == Some(&entry.episode.id));
            let poster = views::still(self.tools.pictures.folder(), entry);
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
}
