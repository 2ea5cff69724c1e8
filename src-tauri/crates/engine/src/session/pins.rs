//! What plays and what is next stays in the cache, whatever else wants room in it.

use super::Session;
use media::ResourceKey;
use media::cache::{CacheError, PinReason, Store};
use model::{Direction, EpisodeId};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// The pins that the session has set.
#[derive(Default)]
pub(super) struct Pins {
    store: Weak<Store>,
    set: HashMap<ResourceKey, PinReason>,
}

impl Pins {
    /// Sets what is wanted and not set yet, and takes back the rest.
    fn follow(&mut self, store: &Arc<Store>, wanted: &HashMap<&ResourceKey, PinReason>) {
        if self.store.as_ptr() != Arc::as_ptr(store) {
            // They went with the cache that was open before.
            *self = Self { store: Arc::downgrade(store), set: HashMap::new() };
        }
        let fresh = wanted.iter().filter(|(key, reason)| self.set.get(**key) != Some(*reason));
        let fresh: Vec<(ResourceKey, PinReason)> = fresh.map(|(key, reason)| ((*key).clone(), *reason)).collect();
        // These are in memory alone, and counted: what changes its reason is pinned all the time.
        fresh.iter().for_each(|(key, reason)| store.pin(key, *reason).unwrap_or_else(complain));
        let is_over = |key: &ResourceKey, reason: &PinReason| wanted.get(key) != Some(reason);
        let over: Vec<(ResourceKey, PinReason)> =
            self.set.iter().filter(|(k, r)| is_over(k, r)).map(|(k, r)| (k.clone(), *r)).collect();
        self.set.retain(|key, reason| !is_over(key, reason));
        self.set.extend(fresh);
        if !over.is_empty() {
            let store = store.clone();
            // What they had kept beyond the limit is deleted.
            tokio::task::spawn_blocking(move || {
                over.iter().for_each(|(key, reason)| store.unpin(key, *reason).unwrap_or_else(complain));
            });
        }
    }
}

impl Session {
    /// Makes the pins those of the current episode and of the next one, as far as half of the cache holds them: an episode
    /// that is bigger plays all the same, from a cache that keeps what was used last.
    pub(super) fn pin_playing(&mut self) {
        let Some(store) = self.tools.net.media.store() else { return };
        let mut pins = std::mem::take(&mut self.ahead.pins);
        let mut room = store.limit() / 2;
        let mut wanted = HashMap::new();
        let (next, current) = (self.next_id(), self.playing_id());
        for (id, reason) in [(current, PinReason::Current), (next, PinReason::Next)] {
            let Some(id) = id else { continue };
            let Some(left) = room.checked_sub(self.bytes(id).unwrap_or(0)) else { break };
            room = left;
            let asset = self.ahead.assets.get(id).map(|asset| asset.key());
            let stream = self.ahead.streams.get(id).filter(|stream| !stream.live);
            let keys = asset.into_iter().chain(stream.into_iter().flat_map(|stream| stream.keys()));
            for key in keys {
                wanted.entry(key).or_insert(reason);
            }
        }
        pins.follow(&store, &wanted);
        self.ahead.pins = pins;
    }

    /// Takes back all of them.
    pub(super) fn unpin_all(&mut self) {
        if let Some(store) = self.tools.net.media.store() {
            self.ahead.pins.follow(&store, &HashMap::new());
        }
    }

    fn next_id(&self) -> Option<&EpisodeId> {
        let feed = self.feed.as_ref()?;
        Some(&feed.entries.get(feed.neighbour(Direction::Next)?)?.episode.id)
    }
}

fn complain(error: CacheError) {
    tracing::warn!("what plays could not be pinned: {error}");
}
