//! Streams around the viewer: their playlists are read before they are played, and which variant plays follows the link, the
//! window and the viewer's wish.

use super::{Msg, Session};
use crate::feed::Feed;
use crate::network;
use crate::streams::Stream;
use media::gateway::Text;
use media::http::Location;
use model::*;
use std::collections::HashMap;
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
            let location = feed.access.playlist(&entry.episode.media)?;
            Some((entry.episode.id.clone(), location))
        });
        let found: Vec<(EpisodeId, Location)> = found.collect();
        self.ahead.streams.0.retain(|id, _| found.iter().any(|(other, _)| other == id));
        let conditions = self.tools.net.conditions(self.tools.stage.size().1, self.settings.data_saver);
        for (id, location) in found {
            gateway.choose(&location, network::choice(self.settings.quality));
            gateway.steer(&location, conditions);
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
                let stream = Stream::read(&net, &gateway, location).await.map(Box::new);
                // The session may have ended.
                let _ = inbox.send(Msg::Stream(id, stream.map_err(|e| e.to_string())));
            });
        }
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
                known.stream = Some(*stream);
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

    /// The variant that a deck is to begin with, as bits per second.
    pub(super) fn first_bandwidth(&self, id: &EpisodeId) -> u64 {
        let known = self.ahead.streams.get(id).and_then(Stream::bandwidth);
        known.unwrap_or_else(|| match self.settings.quality {
            Quality::Fixed { bits_per_second } => bits_per_second,
            Quality::Auto => self.tools.net.conditions(self.tools.stage.size().1, self.settings.data_saver).at_first(),
        })
    }

    /// What the viewer can choose from.
    pub(super) fn variant_cards(&self, id: &EpisodeId) -> Vec<VariantCard> {
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
