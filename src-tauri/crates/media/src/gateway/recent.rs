//! Things by when they were last asked for: those that were not for longest go first.

use std::collections::HashMap;
use std::hash::Hash;

/// A bounded number of things by their names.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    limit: usize,
    tick: u64,
    all: HashMap<K, (u64, V)>,
}

impl<K: Copy + Eq + Hash, V: Clone> Recent<K, V> {
    /// Room for `limit` things.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, tick: 0, all: HashMap::new() }
    }

    pub(super) fn get(&mut self, name: K) -> Option<V> {
        self.tick += 1;
        let (used, found) = self.all.get_mut(&name)?;
        *used = self.tick;
        Some(found.clone())
    }

    pub(super) fn get_or_insert(&mut self, name: K, make: impl FnOnce() -> V) -> V {
        if let Some(found) = self.get(name) {
            return found;
        }
        while self.all.len() >= self.limit
            && let Some(oldest) = self.all.iter().min_by_key(|(_, (used, _))| *used).map(|(name, _)| *name)
        {
            self.all.remove(&oldest);
        }
        let made = make();
        self.all.insert(name, (self.tick, made.clone()));
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_longest_goes() {
        let mut recent = Recent::new(2);
        recent.get_or_insert(1, || "a");
        recent.get_or_insert(2, || "b");
        assert_eq!(recent.get(1), Some("a"));
        assert_eq!(recent.get_or_insert(1, || "other"), "a");
        recent.get_or_insert(3, || "c");
        assert_eq!((recent.get(1), recent.get(2), recent.get(3)), (Some("a"), None, Some("c")));
    }
}
