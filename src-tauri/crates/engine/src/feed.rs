//! The list that is being swiped through, and which episodes ought to be in decks: pure state, no pipeline.

use crate::network::Access;
use library::StreamParts;
use model::{Direction, Episode, EpisodeCard, EpisodeId, SeriesCard};
use std::sync::Arc;

/// One episode of the feed.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) episode: Episode,
    /// What the UI shows of it; position and watched mark are kept up to date here.
    pub(crate) card: EpisodeCard,
    /// Where it comes in segments: what is kept of it under which names.
    pub(crate) stream: Option<Arc<StreamParts>>,
}

/// A series as a feed.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    pub(crate) series: SeriesCard,
    pub(crate) entries: Vec<Entry>,
    pub(crate) index: usize,
    /// How the servers of its media are asked.
    pub(crate) access: Access,
}

impl Feed {
    pub(crate) fn current(&self) -> Option<&Entry> {
        self.entries.get(self.index)
    }

    pub(crate) fn neighbour(&self, direction: Direction) -> Option<usize> {
        match direction {
            Direction::Next => (self.index + 1 < self.entries.len()).then_some(self.index + 1),
            Direction::Previous => self.index.checked_sub(1),
        }
    }

    pub(crate) fn entry(&self, id: &EpisodeId) -> Option<&Entry> {
        self.entries.iter().find(|e| e.episode.id == *id)
    }

    pub(crate) fn entry_mut(&mut self, id: &EpisodeId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|e| e.episode.id == *id)
    }

    /// The entries that ought to be in decks, most urgent first: the current, the next, the previous one.
    pub(crate) fn wanted(&self) -> Vec<usize> {
        let mut wanted = vec![self.index];
        wanted.extend(self.neighbour(Direction::Next));
        wanted.extend(self.neighbour(Direction::Previous));
        wanted
    }
}

/// Which deck takes which episode: decks keep what is still wanted, and the others, farthest first, take what is missing.
/// `held[d]` is the entry in deck `d`; the answer names (deck, entry) pairs to load, most urgent first.
pub(crate) fn assign(held: &[Option<usize>], wanted: &[usize]) -> Vec<(usize, usize)> {
    let centre = wanted.first().copied().unwrap_or(0);
    let mut free: Vec<usize> = (0..held.len()).filter(|&d| held[d].is_none_or(|e| !wanted.contains(&e))).collect();
    // Empty decks first, then the one whose episode is farthest away.
    free.sort_by_key(|&d| std::cmp::Reverse(held[d].map_or(usize::MAX, |e| e.abs_diff(centre))));
    wanted.iter().filter(|w| !held.contains(&Some(**w))).copied().zip(free).map(|(w, d)| (d, w)).collect()
}

#[cfg(test)]
mod tests {
    use super::assign;

    #[test]
    fn going_on_reloads_only_the_deck_left_behind() {
        // 4 | 5 | 6, now at 6: the deck with 4 takes 7.
        assert_eq!(assign(&[Some(4), Some(5), Some(6)], &[6, 7, 5]), [(0, 7)]);
        // And back again at 5: the deck with 7 takes 4.
        assert_eq!(assign(&[Some(7), Some(5), Some(6)], &[5, 6, 4]), [(0, 4)]);
    }

    #[test]
    fn a_jump_reloads_all_and_the_current_one_first() {
        let plan = assign(&[Some(4), Some(5), Some(6)], &[40, 41, 39]);
        assert_eq!(plan.iter().map(|p| p.1).collect::<Vec<_>>(), [40, 41, 39]);
        assert_eq!(plan.iter().map(|p| p.0).collect::<std::collections::HashSet<_>>().len(), 3);
    }

    #[test]
    fn at_the_ends_nothing_is_loaded_twice() {
        assert_eq!(assign(&[Some(0), Some(1), Some(2)], &[0, 1]), []);
        assert_eq!(assign(&[None, None, None], &[0]), [(0, 0)]);
    }
}
