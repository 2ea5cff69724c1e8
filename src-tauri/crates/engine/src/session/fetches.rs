//! Fetches that are under way: starts, keeps and gives them up to match a plan, so that they follow each other as they are
//! needed.

use super::Session;
use super::ahead::PLAN_EVERY;
use crate::streams::Stream;
use media::{Asset, Prefetch};
use model::EpisodeId;
use prefetch::Link;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Fetches at once, so that a round trip costs no bandwidth; on a fast link one more.
const AT_ONCE: usize = 2;
/// Bits a second from which on a link is fast, …
const FAST_BPS: f64 = 10e6;
/// … and below which it is so no longer: estimates wobble, and fetches are not to be begun and given up in turns.
const STILL_FAST_BPS: f64 = 8e6;
/// With less than this ahead of the position, fetches for other episodes are given up. The planner begins none with less
/// than two seconds: so they are not begun and given up in turns.
const SCARCE: Duration = Duration::from_secs(1);

/// Bytes that are worth fetching.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) episode: EpisodeId,
    pub(super) asset: Arc<Asset>,
    pub(super) range: Range<u64>,
}

impl Target {
    /// All of a resource whose length is not known.
    fn is_open(&self) -> bool {
        self.range.end == u64::MAX && self.asset.availability().total.is_none()
    }

    fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (&self.range, &other.range);
        Arc::ptr_eq(&self.asset, &other.asset) && a.start < b.end && b.start < a.end
    }
}

/// How fetches share the link.
pub(super) struct Share {
    /// So many at once.
    at_once: usize,
    /// Only what plays is fetched.
    pub(super) alone: bool,
    /// Parts of an episode follow each other: the next is asked for when no more bytes of those before it are on their way
    /// than land within a round trip. So the link does not rest, and what plays first comes first.
    landing: u64,
}

/// A fetch that is under way.
pub(super) struct Running {
    pub(super) target: Target,
    pub(super) fetch: Prefetch,
}

impl Session {
    /// Whether the viewer waits for a picture.
    pub(super) fn is_loading(&self) -> bool {
        let slot = self.current_slot().map(|index| &self.slots[index]);
        slot.is_none_or(|slot| slot.state.is_loading() || slot.rebuffering)
    }

    /// How fetches share a link: who waits for a picture, or soon will, gets all of it.
    pub(super) fn share(&self, link: &Link, targets: &[Target]) -> Share {
        let is_due = |id: &EpisodeId| targets.iter().any(|target| target.episode == *id) || self.coming(id) > 0;
        let scarce = self.current_slot().is_some_and(|index| self.has_less_than(SCARCE, &self.slots[index]));
        let alone = self.is_loading() || (scarce && self.playing_id().is_some_and(is_due));
        let fast = self.ahead.fast;
        let landing = link.throughput / 8.0 * (link.round_trip + PLAN_EVERY).as_secs_f64();
        let landing = if fast && !alone { u64::MAX } else { landing as u64 };
        Share { at_once: AT_ONCE + usize::from(fast), alone, landing }
    }

    /// Starts, keeps or gives up fetches.
    pub(super) fn act(&mut self, mut targets: Vec<Target>, share: &Share) {
        let playing = self.playing_id();
        targets.retain(|target| !share.alone || playing == Some(&target.episode));
        let place = |of: &Target| targets.iter().position(|target| target.overlaps(of));
        self.ahead.running.sort_by_key(|running| place(&running.target).unwrap_or(usize::MAX));
        // What comes of each episode before the next of its fetches: at first, what decks have asked for themselves.
        let mut before: HashMap<EpisodeId, u64> = HashMap::new();
        for Running { target, fetch } in &self.ahead.running {
            let id = &target.episode;
            let coming = before.entry(id.clone()).or_insert_with(|| self.coming(id));
            *coming = coming.saturating_sub(target.asset.left(*fetch).unwrap_or(0));
        }
        self.ahead.running.retain(|Running { target, fetch }| {
            let left = target.asset.left(*fetch).unwrap_or(0);
            let before = before.entry(target.episode.clone()).or_default();
            let in_turn = *before <= share.landing;
            *before = before.saturating_add(left);
            if !in_turn || place(target).is_none() {
                target.asset.cancel(*fetch);
            }
            // Also one that could not be given up any more.
            target.asset.left(*fetch).is_some()
        });
        for target in targets {
            // The first answer tells the length; before, there is nothing to divide.
            while !target.is_open() || target.asset.availability().coming.is_empty() {
                if self.ahead.running.len() >= share.at_once || self.coming(&target.episode) > share.landing {
                    // What comes after it in the plan would come at its cost.
                    return;
                }
                // A fetch ends at a fragment's border: what is behind it has its turn before the next target.
                let Some(fetch) = target.asset.prefetch(target.range.clone()) else { break };
                self.ahead.running.push(Running { target: target.clone(), fetch });
            }
        }
    }

    /// How many bytes of an episode are on their way, whoever asked for them.
    pub(super) fn coming(&self, id: &EpisodeId) -> u64 {
        let asset = self.ahead.assets.get(id).map_or(0, |asset| asset.availability().coming.len());
        asset.saturating_add(self.ahead.streams.get(id).map_or(0, Stream::coming))
    }
}

/// Whether a link of so many bits a second is fast, where it was so before or not.
pub(super) fn is_fast(throughput: f64, before: bool) -> bool {
    throughput > if before { STILL_FAST_BPS } else { FAST_BPS }
}

#[cfg(test)]
mod tests {
    use super::is_fast;

    #[test]
    fn an_estimate_that_wobbles_does_not_make_a_link_fast_and_slow_in_turns() {
        let mut fast = false;
        let told = [9e6, 10.5e6, 9.5e6, 10.5e6, 9e6, 7e6, 9e6].map(|throughput| {
            fast = is_fast(throughput, fast);
            fast
        });
        assert_eq!(told, [false, true, true, true, true, false, false]);
    }
}
