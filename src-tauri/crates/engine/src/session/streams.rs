//! Streams around the viewer: their playlists are read before they are played, and which variant plays follows the link, the
//! window and the viewer's wish.

use super::{Msg, Session};
use crate::feed::{Entry, Feed};
use crate::network;
use crate::streams::Stream;
use media::gateway::{Text, Variant, VariantChoice};
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
            Some((entry.episode.id.clone(), location))
        });
        let found: Vec<(EpisodeId, Location)> = found.collect();
        self.ahead.streams.0.retain(|id, _| found.iter().any(|(other, _)| other == id));
        for (id, location) in found {
            let known = self.ahead.streams.0.entry(id.clone()).or_default();
            let wait = known.failed.is_some_and(|at| at.elapsed() < AGAIN_AFTER);
            let due = match &known.stream {
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
                let stream = Stream::read(&net, &gateway, &location, choose).await.map(Box::new);
                // The session may have ended.
                let _ = inbox.send(Msg::Stream(id, stream.map_err(|e| e.to_string())));
            });
        }
    }

    /// Tells the gateway which variant of a stream is to play; its address, where it is one.
    pub(super) fn steer(&self, feed: &Feed, entry: &Entry) -> Option<Location> {
        let location = feed.access.playlist(&entry.episode.media)?;
        let gateway = self.tools.net.gateway.as_ref()?;
        let kept = self.kept_bandwidth(entry).or_else(|| self.begun_bandwidth(entry, &location));
        let kept = kept.map(VariantChoice::Nearest);
        gateway.choose(&location, kept.unwrap_or_else(|| network::choice(self.settings.quality)));
        gateway.steer(
            &location,
            self.tools.net.conditions(&location, self.tools.stage.size().1, self.settings.data_saver),
        );
        Some(location)
    }

    /// The variant that is on this machine, as bits per second, where that is the one to play.
    fn kept_bandwidth(&self, entry: &Entry) -> Option<u64> {
        let cut_off = self.tools.net.media.is_offline() || !self.tools.net.surroundings().network;
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

    /// A DASH stream has another variant now, by the viewer's wish: whoever plays it begins anew where it is.
    fn begin_anew(&mut self, id: &EpisodeId) {
        let Some(feed) = &self.feed else { return };
        let is_it = |entry: &Entry| {
            let playlist = feed.access.playlist(&entry.episode.media);
            entry.episode.id == *id && playlist.is_some_and(|location| network::is_dash(&location.url))
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
                let now = stream.chosen;
                if known.stream.replace(*stream).is_some_and(|before| before.chosen != now) {
                    self.begin_anew(id);
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
        if stream.live || entry.card.presence == Presence::Downloaded {
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
