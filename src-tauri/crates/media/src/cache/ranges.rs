//! A set of bytes' positions, as ranges: what of a resource is there, and what is missing.

use std::ops::Range;

/// Positions in bytes, as ranges in rising order that neither overlap nor touch nor are empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// No position at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a range, merged with those that it overlaps or touches. An empty one changes nothing.
    pub fn insert(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let first = self.0.partition_point(|other| other.end < range.start);
        let last = self.0.partition_point(|other| other.start <= range.end);
        let merged = match self.0.get(first..last) {
            Some([single]) => range.start.min(single.start)..range.end.max(single.end),
            Some([lowest, .., highest]) => range.start.min(lowest.start)..range.end.max(highest.end),
            _ => range,
        };
        self.0.splice(first..last, [merged]);
    }

    /// Takes a range out.
    pub fn remove(&mut self, range: Range<u64>) {
        let first = self.0.partition_point(|other| other.end <= range.start);
        let last = self.0.partition_point(|other| other.start < range.end).max(first);
        let touched = self.0.get(first..last).unwrap_or_default();
        let before = touched.first().map(|lowest| lowest.start..range.start);
        let behind = touched.last().map(|highest| range.end..highest.end);
        let left: Vec<_> = before.into_iter().chain(behind).filter(|part| !part.is_empty()).collect();
        self.0.splice(first..last, left);
    }

    /// Whether every position of the range is in the set. So it is for an empty range.
    pub fn contains(&self, range: Range<u64>) -> bool {
        range.is_empty() || self.contiguous(range.start) >= range.end - range.start
    }

    /// How many positions follow each other in the set from this one on.
    pub fn contiguous(&self, from: u64) -> u64 {
        let at = self.0.partition_point(|range| range.end <= from);
        self.0.get(at).filter(|range| range.start <= from).map_or(0, |range| range.end - from)
    }

    /// What of `within` is not in the set.
    pub fn holes(&self, within: Range<u64>) -> Self {
        let mut holes = Vec::new();
        let mut from = within.start;
        for range in self.intersect(within.clone()).0 {
            if from < range.start {
                holes.push(from..range.start);
            }
            from = range.end;
        }
        if from < within.end {
            holes.push(from..within.end);
        }
        Self(holes)
    }

    /// What of `within` is in the set.
    pub fn intersect(&self, within: Range<u64>) -> Self {
        let first = self.0.partition_point(|range| range.end <= within.start);
        let overlapping = self.0.iter().skip(first).take_while(|range| range.start < within.end);
        let cut = overlapping.map(|range| range.start.max(within.start)..range.end.min(within.end));
        Self(cut.filter(|range| !range.is_empty()).collect())
    }

    /// How many positions are in the set, in bytes.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges in rising order.
    pub fn iter(&self) -> impl Iterator<Item = Range<u64>> {
        self.0.iter().cloned()
    }
}

impl FromIterator<Range<u64>> for Ranges {
    fn from_iter<T: IntoIterator<Item = Range<u64>>>(ranges: T) -> Self {
        let mut set = Self::new();
        for range in ranges {
            set.insert(range);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const END: u64 = 64;

    fn some_ranges() -> impl Strategy<Value = Vec<Range<u64>>> {
        proptest::collection::vec(
            (0..END, 0..12_u64).prop_map(|(start, length)| start..(start + length).min(END)),
            0..12,
        )
    }

    fn positions(ranges: &Ranges) -> Vec<u64> {
        ranges.iter().flatten().collect()
    }

    proptest! {
        #[test]
        fn a_set_of_ranges_is_the_set_of_their_positions(ranges in some_ranges(), start in 0..END, length in 0..END) {
            let within = start..(start + length).min(END);
            let set: Ranges = ranges.iter().cloned().collect();
            let has = |position: &u64| ranges.iter().any(|range| range.contains(position));
            prop_assert_eq!(positions(&set), (0..END).filter(has).collect::<Vec<_>>());
            prop_assert_eq!(set.len(), (0..END).filter(has).count() as u64);
            prop_assert_eq!(positions(&set.intersect(within.clone())), within.clone().filter(has).collect::<Vec<_>>());
            let missing: Vec<_> = within.clone().filter(|position| !has(position)).collect();
            prop_assert_eq!(positions(&set.holes(within.clone())), missing.clone());
            prop_assert_eq!(set.contains(within), missing.is_empty());
            prop_assert_eq!(set.contiguous(start), (start..END).take_while(has).count() as u64);
            let list: Vec<_> = set.iter().collect();
            prop_assert!(list.iter().all(|range| !range.is_empty()));
            prop_assert!(list.windows(2).all(|pair| pair[0].end < pair[1].start), "{:?}", list);
        }
    }

    #[test]
    fn touching_ranges_become_one() {
        let set: Ranges = [0..2, 4..6, 2..4].into_iter().collect();
        assert_eq!((set.iter().count(), set.iter().next()), (1, Some(0..6)));
    }
}
