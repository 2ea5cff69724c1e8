//! Bytes in memory: what has landed and is not in the store, or not yet.
//!
//! Usually they are there for the milliseconds that a write takes. Where the disk takes none they are what playing goes on
//! from, so they are bounded: per resource by what is let go of ([`Loose::trim`]), and over all by what is fetched in
//! advance ([`Held::is_much`]).

use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of one resource that are kept in memory where the disk takes none.
const MOST: u64 = 32 << 20;
/// With so many bytes of all resources in memory, nothing is fetched in advance any more. It is less than the above, or what
/// is fetched in advance would drive out what is needed before it, and the other way round without end.
const MUCH: u64 = 16 << 20;

/// How many bytes of all resources are in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held(Arc<AtomicU64>);

impl Held {
    /// Whether so much is in memory that the disk seems to take nothing.
    pub(crate) fn is_much(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MUCH
    }
}

/// Bytes of one resource, by their place.
#[derive(Debug, Default)]
pub(crate) struct Loose {
    pieces: BTreeMap<u64, Bytes>,
    bytes: u64,
    held: Held,
}

impl Loose {
    pub(crate) fn new(held: Held) -> Self {
        Self { pieces: BTreeMap::new(), bytes: 0, held }
    }

    pub(crate) fn insert(&mut self, start: u64, bytes: Bytes) {
        self.remove(start);
        self.bytes += bytes.len() as u64;
        self.held.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.pieces.insert(start, bytes);
    }

    pub(crate) fn remove(&mut self, start: u64) {
        if let Some(bytes) = self.pieces.remove(&start) {
            self.bytes -= bytes.len() as u64;
            self.held.0.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.held.0.fetch_sub(std::mem::take(&mut self.bytes), Ordering::Relaxed);
        self.pieces.clear();
    }

    /// What is there, by its place.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (u64, &Bytes)> {
        self.pieces.iter().map(|(start, bytes)| (*start, bytes))
    }

    /// The last piece that begins at this place or before it.
    pub(crate) fn before(&self, offset: u64) -> Option<(u64, &[u8])> {
        self.pieces.range(..=offset).next_back().map(|(start, bytes)| (*start, bytes.as_ref()))
    }

    /// Lets go of what is beyond the bound: first of what lies before `reading`, for it was played, then of what lies
    /// farthest behind it.
    pub(crate) fn trim(&mut self, reading: u64) {
        while self.bytes > MOST {
            let first = self.pieces.first_key_value().map(|(start, bytes)| (*start, *start + bytes.len() as u64));
            let Some((first, end)) = first else { return };
            let last = self.pieces.last_key_value().map_or(first, |(start, _)| *start);
            self.remove(if end <= reading { first } else { last });
        }
    }

    /// Lets go of all that lies before `reading`.
    pub(crate) fn drop_before(&mut self, reading: u64) {
        let played: Vec<u64> = self
            .pieces()
            .filter(|(start, bytes)| start + bytes.len() as u64 <= reading)
            .map(|(start, _)| start)
            .collect();
        played.into_iter().for_each(|start| self.remove(start));
    }
}

impl Drop for Loose {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: u64 = 2 << 20;

    fn filled(held: &Held, pieces: std::ops::Range<u64>) -> Loose {
        let mut loose = Loose::new(held.clone());
        for index in pieces {
            loose.insert(index * PIECE, Bytes::from(vec![0; PIECE as usize]));
        }
        loose
    }

    fn places(loose: &Loose) -> Vec<u64> {
        loose.pieces().map(|(start, _)| start / PIECE).collect()
    }

    #[test]
    fn what_was_played_goes_first_and_then_what_is_farthest_ahead() {
        let mut loose = filled(&Held::default(), 0..20);
        loose.trim(2 * PIECE);
        assert_eq!(places(&loose), (2..18).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_read_next_stays_however_much_lies_behind_it() {
        let mut loose = filled(&Held::default(), 4..24);
        loose.insert(0, Bytes::from(vec![0; PIECE as usize]));
        loose.trim(0);
        assert_eq!(places(&loose).first(), Some(&0));
    }

    #[test]
    fn what_all_hold_is_counted_until_it_is_gone() {
        let held = Held::default();
        let (mut one, two) = (filled(&held, 0..5), filled(&held, 0..5));
        assert!(held.is_much());
        one.insert(0, Bytes::new());
        one.drop_before(3 * PIECE);
        assert!(!held.is_much());
        drop((one, two));
        assert_eq!(held.0.load(Ordering::Relaxed), 0);
    }
}
