//! What went over the network, and how much of it somebody has read since.

use crate::{Ranges, ResourceKey};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What went through since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes of media that came over the network.
    pub fetched: u64,
    /// Those of them that were read since. What was on the disk before does not count.
    pub used: u64,
}

/// Counts it, byte by byte, so that nothing counts as used twice.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    traffic: Traffic,
    /// What came and nobody has read yet.
    unread: HashMap<ResourceKey, Ranges>,
}

impl Ledger {
    pub(crate) fn fetched(&self, key: &ResourceKey, range: Range<u64>) {
        let mut counted = self.counted();
        counted.traffic.fetched += range.end - range.start;
        if let Some(ranges) = counted.unread.get_mut(key) {
            return ranges.insert(range);
        }
        counted.unread.insert(key.clone(), std::iter::once(range).collect());
    }

    pub(crate) fn read(&self, key: &ResourceKey, range: Range<u64>) {
        let mut counted = self.counted();
        let Some(ranges) = counted.unread.get_mut(key) else { return };
        let fresh = ranges.intersect(range.clone()).len();
        if fresh == 0 {
            return;
        }
        ranges.remove(range);
        if ranges.is_empty() {
            counted.unread.remove(key);
        }
        counted.traffic.used += fresh;
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.counted().traffic
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_counts_as_used_and_only_once() {
        let (ledger, key, other) = (Ledger::default(), ResourceKey::new("a"), ResourceKey::new("b"));
        ledger.read(&key, 0..1000);
        ledger.fetched(&key, 100..300);
        ledger.read(&other, 0..1000);
        ledger.read(&key, 0..150);
        ledger.read(&key, 0..200);
        assert_eq!(ledger.traffic(), Traffic { fetched: 200, used: 100 });
        // What was thrown away and came once more.
        ledger.fetched(&key, 100..200);
        ledger.read(&key, 0..1000);
        assert_eq!(ledger.traffic(), Traffic { fetched: 300, used: 300 });
    }
}
