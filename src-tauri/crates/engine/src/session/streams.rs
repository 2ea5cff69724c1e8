//! Streams around the viewer: their playlists are read before they are played, and which variant plays follows the link, the
//! window and the viewer's wish.

use super::{Msg, Session};
use crate::feed::{Entry, Feed};
use crate::network;
use crate::streams::{self, PLANNED_MAX, Stream};
use media::gateway::{Sound, SoundWish, Text, Variant, VariantChoice};
use media::http::Location;
use model::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A playlist that could not be had is asked for again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(3);

/// What is known of the streams around the viewer.
#[derive(Default)]
pub(super) struct Streams(HashMap<EpisodeId, Known>);

#[derive(Default)]
struct Known {
    stream: Option<Stream>,
    reading: bool,
    failed: Option<Instant>,
}

impl Streams {
    pub(super) fn get(&self, id: &EpisodeId) -> Option<&Stream> {
        self.0.get(id)?.stream.as_ref()
    }

    /// The subtitles of a stream.
    pub(super) fn texts(&self, id: &EpisodeId) -> &[Text] {
        self.get(id).map(|stream| stream.texts.as_slice()).unwrap_or_default()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Session {
    /// Reads the playlists of the streams among these entries, and changes their variants where that is due.
    pub(super) fn steer_streams(&mut self, window: &[usize]) {
        let (Some(feed), Some(gateway)) = (&self.feed, self.tools.net.gateway.clone()) else { return };
        let found = window.iter().filter_map(|at| {
            let entry = feed.entries.get(*at)?;
            let location = self.steer(feed, entry)?;
            Some((entry.episode.id.clone(), location, self.sound_wish(entry)))
        });
        let found: Vec<(EpisodeId, Location, SoundWish)> = found.collect();
        self.ahead.streams.0.retain(|id, _| found.iter().any(|(other, ..)| other == id));
        for (id, location, wish) in found {
            let known = self.ahead.streams.0.entry(id.clone()).or_default();
            let wait = known.failed.is_some_and(|at| at.elapsed() < AGAIN_AFTER);
            let due = match &known.stream {
                Some(stream) if wish.among(&stream.sounds) != stream.sound => true,
                // What is here as a whole is played as it is, unless the viewer wishes otherwise.
                Some(stream) if stream.is_whole() && self.settings.quality == Quality::Auto => false,
                Some(stream) => gateway.choice_of(&location, &stream.variants).is_some_and(|now| now != stream.chosen),
                None => true,
            };
            if known.reading || wait || !due {
                continue;
            }
            known.reading = true;
            let (net, gateway, inbox) = (self.tools.net.clone(), gateway.clone(), self.tools.inbox.clone());
            tokio::spawn(async move {
                let choose = |variants: &[Variant]| gateway.choice_of(&location, variants);
                let stream = Stream::read(&net, &gateway, &location, choose, &wish, PLANNED_MAX).await.map(Box::new);
                // The session may have ended.
                let _ = inbox.send(Msg::Stream(id, stream.map_err(|e| e.to_string())));
            });
        }
    }

    /// Tells the gateway which variant of a stream is to play, and with which sound; its address, where it is one.
    pub(super) fn steer(&self, feed: &Feed, entry: &Entry) -> Option<Location> {
        let location = feed.access.playlist(&entry.episode.media)?;
        let gateway = self.tools.net.gateway.as_ref()?;
        let kept = self.kept_bandwidth(entry).or_else(|| self.begun_bandwidth(entry, &location));
        let kept = kept.map(VariantChoice::Nearest);
        gateway.choose(&location, kept.unwrap_or_else(|| network::choice(self.settings.quality)));
        gateway.wish_sound(&location, self.sound_wish(entry));
        gateway.steer(
            &location,
            self.tools.net.conditions(&location, self.tools.stage.size().1, self.settings.data_saver),
        );
        Some(location)
    }

    /// The sound to play: what is on this machine, where there may be no other, else what the viewer likes.
    fn sound_wish(&self, entry: &Entry) -> SoundWish {
        let here = match entry.card.presence {
            Presence::Downloaded => true,
            Presence::Whole | Presence::Part => self.is_cut_off(),
            Presence::Remote | Presence::Local => false,
        };
        let liked = || SoundWish { language: self.settings.audio_language.clone(), name: self.sound_name.clone() };
        entry.stream.as_ref().filter(|_| here).map_or_else(liked, |kept| streams::wish_of(kept))
    }

    fn is_cut_off(&self) -> bool {
        self.tools.net.media.is_offline() || !self.tools.net.surroundings().network
    }

    /// The variant that is on this machine, as bits per second, where that is the one to play.
    fn kept_bandwidth(&self, entry: &Entry) -> Option<u64> {
        let cut_off = self.is_cut_off();
        let here = match entry.card.presence {
            Presence::Downloaded => true,
            Presence::Whole => cut_off || self.settings.quality == Quality::Auto,
            Presence::Part => cut_off,
            Presence::Remote | Presence::Local => false,
        };
        entry.stream.as_ref().filter(|_| here)?.bandwidth
    }

    /// The variant with which a DASH stream began: its player is given no other one to go on with, so what is fetched for it
    /// stays the same, unless the viewer wishes otherwise.
    fn begun_bandwidth(&self, entry: &Entry, location: &Location) -> Option<u64> {
        let stays = network::is_dash(&location.url) && self.settings.quality == Quality::Auto;
        self.ahead.streams.get(&entry.episode.id).filter(|_| stays)?.bandwidth()
    }

    /// A stream has another sound now, or one of DASH another variant, by the viewer's wish: whoever plays it begins anew
    /// where it is.
    fn begin_anew(&mut self, id: &EpisodeId, for_its_sound: bool) {
        let Some(feed) = &self.feed else { return };
        let is_it = |entry: &Entry| {
            let playlist = feed.access.playlist(&entry.episode.media);
            let is_dash = || playlist.is_some_and(|location| network::is_dash(&location.url));
            entry.episode.id == *id && (for_its_sound || is_dash())
        };
        let slot = self.slots.iter().position(|slot| slot.episode.as_ref() == Some(id));
        let Some((slot, entry)) = slot.zip(feed.entries.iter().position(is_it)) else { return };
        if self.current_slot() == Some(slot) {
            self.save();
        }
        self.load(slot, entry);
        self.arrange(None);
    }

    /// The playlists of a stream were read, or could not be.
    pub(super) fn on_stream(&mut self, id: &EpisodeId, read: Result<Box<Stream>, String>) {
        let Some(known) = self.ahead.streams.0.get_mut(id) else { return };
        known.reading = false;
        match read {
            Ok(stream) => {
                known.failed = None;
                // A player that has other segments goes on with these.
                if let Some(bandwidth) = stream.bandwidth()
                    && let Some(slot) = self.slots.iter().find(|slot| slot.episode.as_ref() == Some(id))
                {
                    slot.deck.set_bandwidth(bandwidth);
                }
                self.note_parts(id, &stream);
                let Some(known) = self.ahead.streams.0.get_mut(id) else { return };
                let (variant, sound) = (stream.chosen, stream.sound);
                if let Some(before) = known.stream.replace(*stream)
                    && (before.chosen, before.sound) != (variant, sound)
                {
                    self.begin_anew(id, before.sound != sound);
                }
                let current = self.feed.as_ref().and_then(Feed::current).is_some_and(|entry| entry.episode.id == *id);
                if current && self.current_slot().is_some_and(|index| self.slots[index].subtitle.is_none()) {
                    self.show_subtitles();
                }
                self.tell_state();
            }
            Err(error) => {
                // Whoever plays it hears the same from its deck.
                tracing::debug!(error, "a stream's playlists could not be read");
                known.failed = Some(Instant::now());
            }
        }
        self.replan();
    }

    /// What is played is found again on this machine when its server is not there.
    fn note_parts(&mut self, id: &EpisodeId, stream: &Stream) {
        let Some(entry) = self.feed.as_mut().and_then(|feed| feed.entry_mut(id)) else { return };
        // What a download consists of stays what it began with.
        let fixed = entry.stream.as_ref().is_some_and(|noted| noted.downloaded);
        if stream.live || fixed || entry.card.presence == Presence::Downloaded {
            return;
        }
        let parts = Arc::new(stream.kept());
        if entry.stream.as_ref() != Some(&parts) {
            entry.stream = Some(parts.clone());
            let id = id.clone();
            self.tools.shelf.post(move |library| library.note_stream(&id, &parts));
        }
    }

    /// The variant that a deck is to begin with, as bits per second.
    pub(super) fn first_bandwidth(&self, entry: &Entry) -> u64 {
        let read = || self.ahead.streams.get(&entry.episode.id).and_then(Stream::bandwidth);
        let known = self.kept_bandwidth(entry).or_else(read);
        let location =
            self.feed.as_ref().and_then(|feed| feed.access.playlist(&entry.episode.media)).unwrap_or_default();
        let conditions = || self.tools.net.conditions(&location, self.tools.stage.size().1, self.settings.data_saver);
        known.unwrap_or_else(|| match self.settings.quality {
            Quality::Fixed { bits_per_second } => bits_per_second,
            Quality::Auto => conditions().at_first(),
        })
    }

    /// The sounds that the viewer can choose from, and the one that plays. None where only the file itself knows.
    pub(super) fn sound_tracks(&self, id: &EpisodeId) -> Option<(Vec<Track>, Option<TrackId>)> {
        let stream = self.ahead.streams.get(id).filter(|stream| !stream.sounds.is_empty())?;
        let is_downloaded = |entry: &Entry| entry.card.presence == Presence::Downloaded;
        let fixed = self.feed.as_ref().and_then(|feed| feed.entry(id)).is_some_and(is_downloaded);
        // One that nobody can tell from others cannot be wished for.
        let can_be_told = |sound: &Sound| sound.name.is_some() || sound.language.is_some();
        let offered = stream.sounds.iter().enumerate();
        let offered = offered.filter(|(at, sound)| stream.sound == Some(*at) || (!fixed && can_be_told(sound)));
        let tracks = offered.map(|(at, sound)| Track {
            id: sound_id(at),
            kind: TrackKind::Audio,
            language: sound.language.clone(),
            title: sound.name.clone(),
            forced: false,
            hearing_impaired: false,
        });
        Some((tracks.collect(), stream.sound.map(sound_id)))
    }

    /// Plays another sound of the stream in the middle, and of those that follow.
    pub(super) fn select_sound(&mut self, track: &TrackId) {
        let id = self.feed.as_ref().and_then(Feed::current).map(|entry| entry.episode.id.clone());
        let stream = id.and_then(|id| self.ahead.streams.get(&id));
        let at = stream.and_then(|stream| (0..stream.sounds.len()).find(|at| sound_id(*at) == *track));
        let Some(sound) = stream.zip(at).map(|(stream, at)| stream.sounds[at].clone()) else { return };
        self.settings.audio_language = sound.language;
        self.sound_name = sound.name;
        self.keep_settings();
        self.replan();
    }

    /// What the viewer can choose from.
    pub(super) fn variant_cards(&self, id: &EpisodeId) -> Vec<VariantCard> {
        let entry = self.feed.as_ref().and_then(|feed| feed.entries.iter().find(|entry| entry.episode.id == *id));
        if entry.is_some_and(|entry| entry.card.presence == Presence::Downloaded) {
            // It was chosen when it was downloaded.
            return Vec::new();
        }
        let Some(stream) = self.ahead.streams.get(id) else { return Vec::new() };
        let playing = stream.bandwidth();
        let mut cards: Vec<VariantCard> = stream
            .variants
            .iter()
            .filter(|variant| variant.has_video())
            .map(|variant| VariantCard {
                bits_per_second: variant.bandwidth,
                lines: variant.width.zip(variant.height).map(|(width, height)| width.min(height)),
                chosen: playing == Some(variant.bandwidth),
            })
            .collect();
        cards.sort_by_key(|card| std::cmp::Reverse(card.bits_per_second));
        cards.dedup_by_key(|card| card.bits_per_second);
        cards
    }
}

/// The name of a sound that a stream lists.
fn sound_id(at: usize) -> TrackId {
    TrackId(format!("l{at}"))
}
