//! Episodes that failed because their server could not be had load again by themselves: soon at first, then ever more
//! seldom, and at once when the network comes back or the user goes online. What fails for good waits for the viewer.

use super::Session;
use crate::network;
use crate::pool::{DeckState, Slot};
use model::ErrorCode;
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
    /// What could not be had may be had now.
    pub(super) fn again_now(&mut self) {
        for slot in &mut self.slots {
            if let DeckState::Failed(error) = &slot.state
                && slot.remote
                && (network::passes(error.code) || error.code == ErrorCode::Offline)
            {
                slot.again = Some(Instant::now());
            }
        }
    }

    /// Loads again what is due.
    pub(super) fn load_again(&mut self, now: Instant) {
        for index in 0..self.slots.len() {
            if self.slots[index].again.is_none_or(|at| at > now) {
                continue;
            }
            self.slots[index].again = None;
            let failed = matches!(self.slots[index].state, DeckState::Failed(_));
            let entry = self.feed.as_ref().and_then(|feed| {
                let id = self.slots[index].episode.as_ref()?;
                feed.wanted().into_iter().find(|at| feed.entries[*at].episode.id == *id)
            });
            if let Some(entry) = entry.filter(|_| failed) {
                let is_current = self.current_slot() == Some(index);
                if is_current {
                    self.save();
                }
                self.load(index, entry);
                self.arrange(None);
                if is_current {
                    self.tell_state();
                }
            }
        }
    }
}
