//! What is kept in the library, and what front ends are told.

use super::Session;
use crate::api::Event;
use crate::pool::{DeckState, Slot};
use crate::views;
use model::*;
use std::time::SystemTime;
use tokio::time::Instant;

impl Session {
    /// Saves where the current episode stands.
    pub(super) fn save(&mut self) {
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
        let (now, seen) = (SystemTime::now(), episode.clone());
        self.tools
            .shelf
            .post(move |library| library.save_progress(&series, &episode, position, duration, finished, now));
        self.tools.downloads.watched(&seen, finished);
    }

    pub(super) fn keep_duration(&mut self, index: usize) {
        let slot = &self.slots[index];
        let (Some(duration), Some(id)) = (slot.duration, slot.episode.clone()) else { return };
        let Some(entry) = self.feed.as_mut().and_then(|f| f.entry_mut(&id)) else { return };
        let ms = duration.as_millis() as u64;
        if entry.card.duration_ms != Some(ms) {
            entry.card.duration_ms = Some(ms);
            self.tools.shelf.post(move |library| library.set_duration(&id, duration));
        }
    }

    pub(super) fn state(&self) -> Option<PlayerState> {
        let feed = self.feed.as_ref()?;
        let entry = feed.current()?;
        let slot = self.current_slot().map(|i| &self.slots[i]);
        let variants = self.variant_cards(&entry.episode.id);
        let texts = self.ahead.streams.texts(&entry.episode.id);
        let state = views::player_state(feed, entry, slot, &self.settings, self.wants_to_play, texts);
        let (audio_tracks, audio) = self.sound_tracks(&entry.episode.id).unwrap_or((state.audio_tracks, state.audio));
        Some(PlayerState { variants, audio_tracks, audio, ..state })
    }

    pub(super) fn tell_state(&self) {
        if let Some(state) = self.state() {
            self.emit(Event::Player { state: Some(Box::new(state)) });
        }
    }

    pub(super) fn tell_position(&self) {
        if let Some(slot) = self.current_slot().map(|i| &self.slots[i])
            && let Some(episode) = slot.episode.clone()
        {
            self.emit(Event::Position { episode, position_ms: slot.position.as_millis() as u64 });
        }
    }

    pub(super) fn statistics(&mut self) -> Statistics {
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
            network: self.network_statistics(),
        }
    }

    /// Playing began or ceased to wait for data.
    pub(super) fn count_wait(&mut self, waits: bool) {
        match (waits, self.network.waits_since) {
            (true, None) => self.network.waits_since = Some(Instant::now()),
            (false, Some(since)) => {
                self.network.waited += since.elapsed();
                self.network.waits_since = None;
            }
            _ => {}
        }
    }

    fn network_statistics(&self) -> Option<NetworkStatistics> {
        let link = self.tools.net.media.link()?;
        let traffic = self.tools.net.media.traffic();
        let waited = self.network.waited + self.network.waits_since.map(|s| s.elapsed()).unwrap_or_default();
        let counts = &self.network;
        Some(NetworkStatistics {
            throughput_bps: link.throughput_bps,
            round_trip_ms: link.round_trip.map(|r| r.as_secs_f64() * 1e3),
            ready_rate: (counts.swipes > 0).then(|| f64::from(counts.ready) / f64::from(counts.swipes)),
            rebuffer_ms: waited.as_millis() as u64,
            fetched_bytes: traffic.fetched,
            unread_bytes: traffic.fetched.saturating_sub(traffic.used),
        })
    }

    pub(super) fn current_slot(&self) -> Option<usize> {
        let id = &self.feed.as_ref()?.current()?.episode.id;
        self.slots.iter().position(|s| s.episode.as_ref() == Some(id))
    }

    pub(super) fn with_current(&mut self, act: impl FnOnce(&mut Slot)) {
        if let Some(index) = self.current_slot() {
            act(&mut self.slots[index]);
        }
    }

    pub(super) fn emit(&self, event: Event) {
        // Nobody may be listening yet.
        let _ = self.tools.events.send(event);
    }
}
