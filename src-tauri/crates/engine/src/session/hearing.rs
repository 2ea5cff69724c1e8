//! What stage and decks tell, and what is due by the clock.

use super::{Hold, Msg, SAVE_EVERY, Session};
use crate::api::Event;
use crate::pool::{DeckState, LOAD_DEADLINE, Slot};
use crate::stage::StageEvent;
use model::*;
use playback::{Deck, DeckEvent, DeckMessage, LoadId};
use std::time::Duration;
use tokio::time::Instant;

/// An accurate seek arrives within this of its target.
const OVERTAKEN: Duration = Duration::from_secs(1);

impl Session {
    pub(super) fn on_stage(&mut self, event: StageEvent) {
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

    pub(super) fn on_deck(&mut self, message: DeckMessage) {
        let Some(index) = self.slots.iter().position(|s| s.id() == message.deck && s.load == message.load) else {
            return;
        };
        let is_current = self.current_slot() == Some(index);
        let slot = &mut self.slots[index];
        match message.event {
            DeckEvent::FirstFrame => {
                slot.state = DeckState::Ready;
                slot.failures = 0;
                slot.seeking = false;
                self.replan();
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
                self.note(index, |slot| slot.duration = duration);
                self.keep_duration(index);
            }
            DeckEvent::Seekable(seekable) => self.note(index, |slot| slot.seekable = seekable),
            DeckEvent::PictureSize(w, h) => self.note(index, |slot| slot.size = Some((w, h))),
            DeckEvent::Position(_) if slot.seeking => {}
            // The arrival of a seek that another has overtaken on its way here: the viewer is shown the newer place.
            DeckEvent::Seeked(at) if slot.seeking && !slot.scrubbing && slot.position.abs_diff(at) > OVERTAKEN => {
                slot.seeking = false;
            }
            DeckEvent::Position(position) | DeckEvent::Seeked(position) => {
                // A place that was chosen is kept at once; on the way of a drag there are many.
                let chosen = matches!(message.event, DeckEvent::Seeked(_)) && !slot.scrubbing;
                slot.seeking = false;
                slot.position = position;
                if is_current {
                    self.replan();
                    self.tell_position();
                    if chosen || self.saved_at.elapsed() >= SAVE_EVERY {
                        self.save();
                    }
                }
            }
            DeckEvent::Playing => self.note(index, |slot| slot.played = true),
            DeckEvent::Paused => self.note(index, |_| {}),
            DeckEvent::Rebuffering(waits) => {
                // Before it plays it does not wait, it begins.
                let played = slot.played;
                self.note(index, |slot| slot.rebuffering = waits);
                if is_current {
                    if !waits && self.network.waits_since.is_none() {
                        // What it had gathered before it began is to last while the neighbours load.
                        self.hold_on();
                    }
                    self.count_wait(waits && played);
                }
                self.replan();
            }
            DeckEvent::Ended => self.on_ended(index, is_current),
            DeckEvent::Failed(mut error) => {
                let offline = self.tools.net.media.is_offline();
                let cut_off = offline || !self.tools.net.surroundings().network;
                if error.code == ErrorCode::Unreachable && cut_off {
                    error = ApiError { code: ErrorCode::Offline, ..error };
                }
                tracing::warn!(code = ?error.code, detail = ?error.detail, "{}", error.message);
                slot.state = DeckState::Failed(error);
                slot.plan_again(offline);
                slot.rebuffering = false;
                self.replan();
                if is_current {
                    self.count_wait(false);
                    // Neighbours load nevertheless: the feed goes on.
                    self.fill(self.moving_until.is_some());
                    self.arrange(None);
                    self.tell_state();
                }
            }
        }
    }

    /// Keeps something about a slot, and tells it where that slot is what the viewer sees.
    fn note(&mut self, index: usize, keep: impl FnOnce(&mut Slot)) {
        keep(&mut self.slots[index]);
        if self.current_slot() == Some(index) {
            self.tell_state();
        }
    }

    pub(super) fn on_ended(&mut self, index: usize, is_current: bool) {
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

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let loads = self
            .slots
            .iter()
            .filter(|s| s.state == DeckState::Loading && !s.remote)
            .map(|s| s.loading_since + LOAD_DEADLINE);
        let again = self.slots.iter().filter_map(|slot| slot.again);
        let hold = if let Hold::Until(at, _) = self.hold { Some(at) } else { None };
        loads
            .chain(again)
            .chain(hold)
            .chain(self.moving_until)
            .chain(self.stills_due)
            .chain(self.ahead.due)
            .chain(self.marks.due)
            .min()
    }

    pub(super) fn on_deadline(&mut self) {
        let now = Instant::now();
        if self.moving_until.is_some_and(|at| at <= now) {
            self.settle();
        }
        match self.hold {
            Hold::Until(at, last) if at <= now && now < last && self.gathers() => self.hold_on(),
            Hold::Until(at, _) if at <= now => self.release_neighbours(),
            _ => {}
        }
        if self.stills_due.is_some_and(|at| at <= now) {
            self.decode_stills();
        }
        if self.ahead.due.is_some_and(|at| at <= now) {
            self.plan_ahead();
        }
        if self.marks.due.is_some_and(|at| at <= now) {
            self.tell_marks();
        }
        self.load_again(now);
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            if slot.state != DeckState::Loading || slot.remote || slot.loading_since + LOAD_DEADLINE > now {
                continue;
            }
            let error = ApiError::new(ErrorCode::TimedOut, "The disk does not answer.");
            slot.state = DeckState::Failed(error);
            // Its thread may hang in the file system: another takes its place, so that the pool stays whole.
            let (make, inbox) = (self.tools.make_deck.clone(), self.tools.inbox.clone());
            let load = slot.load;
            tokio::task::spawn_blocking(move || match make() {
                Ok(deck) => drop(inbox.send(Msg::Replacement(index, load, deck))),
                Err(e) => tracing::error!(load = load.0, "a deck could not be replaced: {e}"),
            });
            if self.current_slot() == Some(index) {
                self.tell_state();
            }
        }
    }

    /// Takes a fresh deck in place of one that hangs, unless that one has come back or was told to load something else: then
    /// the slot is in order, and the fresh deck goes.
    pub(super) fn replace(&mut self, index: usize, load: LoadId, deck: Deck) {
        let hangs = |slot: &&mut Slot| slot.load == load && matches!(slot.state, DeckState::Failed(_));
        let Some(slot) = self.slots.get_mut(index).filter(hangs) else { return deck.abandon() };
        deck.set_volume(self.settings.volume, self.settings.muted);
        // What failed stays on the slide, with its Retry.
        std::mem::replace(&mut slot.deck, deck).abandon();
        self.arrange(None);
    }
}
