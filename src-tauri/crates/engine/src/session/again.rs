//! Episodes that failed because their server could not be had load again by themselves: soon at first, then ever more
//! seldom, and at once when the network comes back or the user goes online. Until then the viewer keeps what says why it
//! failed: trying by itself shows only when it has succeeded. What fails for good waits for the viewer.

use super::Session;
use crate::network;
use crate::pool::{DeckState, Slot};
use model::{ApiError, ErrorCode};
use std::time::Duration;
use tokio::time::Instant;

/// The first wait; each one after it is twice as long, …
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// … but for the last ones: after so many it stays as it is, half a minute.
const DOUBLED_AT_MOST: u32 = 4;

impl Slot {
    /// It failed: when to try again. Not where the user has switched fetching off.
    pub(super) fn plan_again(&mut self, offline: bool) {
        let DeckState::Failed(error) = &self.state else { return };
        let passes = network::passes(error.code) || (error.code == ErrorCode::Offline && !offline);
        self.again = (self.remote && passes)
            .then(|| Instant::now() + FIRST_WAIT * 2_u32.pow(self.failures.min(DOUBLED_AT_MOST)));
        self.failures += 1;
    }
}

impl Session {
    /// What could not be had may be had now. `seen`: something changed that the viewer knows of (online again, a network
    /// again), so the viewer is shown that it is tried, and what was under way begins anew. Not where the user wants nothing
    /// to be fetched.
    pub(super) fn again_now(&mut self, seen: bool) {
        if self.tools.net.media.is_offline() {
            return;
        }
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            let passes = |error: &ApiError| network::passes(error.code) || error.code == ErrorCode::Offline;
            if !slot.remote || !slot.state.error().is_some_and(passes) {
                continue;
            }
            if seen {
                self.load_failed(index, true);
            } else if matches!(slot.state, DeckState::Failed(_)) {
                slot.again = Some(Instant::now());
            }
        }
    }

    /// Loads again what is due. The viewer keeps what says why it failed, and may retry it: nothing has changed, and most
    /// likely it fails again.
    pub(super) fn load_again(&mut self, now: Instant) {
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            if slot.again.is_none_or(|at| at > now) {
                continue;
            }
            slot.again = None;
            if matches!(slot.state, DeckState::Failed(_)) {
                self.load_failed(index, false);
            }
        }
    }

    /// Loads what failed, where the feed still has it; `seen`: the viewer sees that.
    fn load_failed(&mut self, index: usize, seen: bool) {
        let slot = &self.slots[index];
        let (Some(error), Some(feed)) = (slot.state.error().cloned(), &self.feed) else { return };
        let is_it = |at: &usize| slot.episode.as_ref() == Some(&feed.entries[*at].episode.id);
        let Some(entry) = feed.wanted().into_iter().find(is_it) else { return };
        self.load(index, entry);
        if !seen {
            self.slots[index].state = DeckState::Retrying(error);
        }
        self.arrange(None);
        if self.current_slot() == Some(index) {
            self.tell_state();
        }
    }
}
