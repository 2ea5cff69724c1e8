//! What the viewer wants of the episode in the middle: playing, places, tracks, subtitles.

use super::{Msg, Session};
use crate::api::Event;
use crate::feed::Feed;
use crate::pool::DeckState;
use crate::subtitles::{self, Choice};
use model::*;
use playback::LoadId;
use std::time::Duration;

impl Session {
    pub(super) fn set_playing(&mut self, playing: bool) {
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

    pub(super) fn seek(&mut self, to: Duration, mode: SeekMode) {
        let resume = self.wants_to_play;
        let mut ended = false;
        self.with_current(|slot| {
            let to = slot.duration.map_or(to, |d| to.min(d));
            slot.deck.seek(to, mode);
            slot.seeking = !slot.state.is_loading();
            slot.scrubbing = mode == SeekMode::KeyUnit;
            slot.position = to;
            ended = slot.state == DeckState::Ended;
            if ended {
                slot.state = DeckState::Ready;
                if resume {
                    slot.deck.play();
                }
            }
        });
        if ended {
            // It is not at its end any more.
            self.tell_state();
        }
        self.tell_position();
    }

    pub(super) fn retry(&mut self) {
        let (Some(slot), Some(entry)) = (self.current_slot(), self.feed.as_ref().map(|f| f.index)) else { return };
        if self.slots[slot].state.error().is_some() {
            self.wants_to_play = true;
            self.load(slot, entry);
            self.arrange(None);
            self.tell_state();
        }
    }

    pub(super) fn mark_watched(&mut self, episode: &EpisodeId, watched: bool) {
        let Some(feed) = &mut self.feed else { return };
        if let Some(entry) = feed.entry_mut(episode) {
            entry.card.watched = watched;
            if watched {
                entry.card.position_ms = 0;
            }
            self.tell_state();
        }
    }

    pub(super) fn apply_volume(&mut self) {
        for slot in &self.slots {
            slot.deck.set_volume(self.settings.volume, self.settings.muted);
        }
        self.keep_settings();
    }

    pub(super) fn keep_settings(&mut self) {
        let settings = self.settings.clone();
        self.tools.shelf.post(move |library| library.save_settings(&settings));
        self.tell_state();
    }

    pub(super) fn select_audio(&mut self, track: &TrackId) {
        let Some(index) = self.current_slot() else { return };
        let slot = &self.slots[index];
        let Some(number) = slot.tracks.audio.iter().position(|t| t.id == *track) else {
            return self.select_sound(track);
        };
        slot.deck.select_audio(number);
        self.sound_name = None;
        self.settings.audio_language = slot.tracks.audio[number].language.clone();
        self.keep_settings();
    }

    pub(super) fn select_subtitle(&mut self, track: Option<TrackId>) {
        let (Some(index), Some(feed)) = (self.current_slot(), &self.feed) else { return };
        let Some(entry) = feed.current() else { return };
        let slot = &mut self.slots[index];
        let all = subtitles::tracks(&entry.episode, self.ahead.streams.texts(&entry.episode.id), &slot.tracks);
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
    pub(super) fn show_subtitles(&mut self) {
        let (Some(index), Some(feed)) = (self.current_slot(), &self.feed) else { return };
        let Some(entry) = feed.current() else { return };
        let slot = &mut self.slots[index];
        if slot.subtitle.is_some() {
            // Chosen before; the cues may be there already.
            let (episode, track, cues) = (entry.episode.id.clone(), slot.subtitle.clone(), slot.cues.clone());
            return self.emit(Event::Cues { episode, track, cues: cues.unwrap_or_default() });
        }
        let tracks = subtitles::tracks(&entry.episode, self.ahead.streams.texts(&entry.episode.id), &slot.tracks);
        let track = match subtitles::choose(&tracks, &self.settings) {
            Choice::Track(id) => Some(id),
            Choice::None => None,
        };
        slot.subtitle = track.clone();
        self.read_cues(index, track);
    }

    /// Tells the cues that show once more.
    pub(super) fn repeat_cues(&self) {
        let Some(slot) = self.current_slot().map(|i| &self.slots[i]) else { return };
        if let (Some(episode), Some(cues)) = (slot.episode.clone(), slot.cues.clone()) {
            self.emit(Event::Cues { episode, track: slot.subtitle.clone(), cues });
        }
    }

    pub(super) fn read_cues(&mut self, index: usize, track: Option<TrackId>) {
        let Some(entry) = self.feed.as_ref().and_then(Feed::current) else { return };
        self.emit(Event::Cues { episode: entry.episode.id.clone(), track: track.clone(), cues: Vec::new() });
        let Some(track) = track else { return };
        let (load, episode, inbox) = (self.slots[index].load, entry.episode.clone(), self.tools.inbox.clone());
        let Some(access) = self.feed.as_ref().map(|feed| feed.access.clone()) else { return };
        let reading = subtitles::read(self.tools.net.clone(), access, episode, track.clone());
        tokio::spawn(async move {
            match reading.await {
                Ok(cues) => drop(inbox.send(Msg::Cues(load, track, cues))),
                Err(e) => tracing::warn!(code = ?e.code, detail = ?e.detail, "{}", e.message),
            }
        });
    }

    pub(super) fn on_cues(&mut self, load: LoadId, track: &TrackId, cues: Vec<Cue>) {
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
}
