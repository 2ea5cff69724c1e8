//! The planner's own picture of an episode: a lane of segments, and how far it is filled. A file and a stream, the product
//! and the challenge are all turned into this, so that one policy serves them all.

use crate::Habits;
use crate::state::{Episode, Media, Stream, Variant, What};
use std::ops::Range;
use std::time::Duration;

/// A file has no segments of its own; it is fetched in stretches of about a second, and of a long film in longer ones.
const STRETCH: f64 = 1.0;
const STRETCHES: f64 = 1800.0;
/// The running time of a file that has not said it yet follows from its length at this rate, in Mbit/s: a 1080p drama's.
const GUESS_MBPS: f64 = 2.0;

/// What of an episode does not change while a plan is made.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    /// Where each segment starts, in seconds, and last where the episode ends.
    pub(crate) starts: Vec<f32>,
    /// Megabits by variant and segment. At least one variant.
    pub(crate) megabits: Vec<Vec<f32>>,
    /// Mbit/s of each variant.
    pub(crate) rates: Vec<f32>,
    /// The chance that someone who started the episode still watches at each of `starts`.
    pub(crate) alive: Vec<f32>,
    /// The chance that the viewer comes to this episode at all.
    pub(crate) reach: f32,
    /// The segments that are not cached, from the play position on.
    pub(crate) missing: Vec<u32>,
}

/// How far a lane is filled, and where its viewer is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Fill {
    /// How many of the missing segments were fetched since.
    pub(crate) fetched: usize,
    /// The play position, in seconds.
    pub(crate) played: f32,
    /// The chance that someone who started the episode still watches there.
    pub(crate) alive: f32,
    /// The variant of the first segment.
    pub(crate) first: Option<usize>,
    /// The variant of the last segment that is there without a gap.
    pub(crate) last: Option<usize>,
}

impl Lane {
    /// The lane of an episode whose viewer is at `from`, and its fill.
    pub(crate) fn new(episode: &Episode, from: Duration, habits: &Habits, reach: f32) -> (Self, Fill) {
        let from = from.as_secs_f32();
        let (starts, megabits, rates) = match &episode.media {
            Media::Progressive { bytes, duration, .. } => file(*bytes, *duration),
            Media::Segmented { stream, .. } => segments(stream),
        };
        let count = starts.len() - 1;
        let alive = match &episode.retention {
            Some(known) if known.len() > count => known[..=count].to_vec(),
            _ => starts.iter().map(|s| habits.alive(s / starts[count].max(1e-3))).collect(),
        };
        let here = starts.partition_point(|s| *s <= from).saturating_sub(1);
        let (here, have): (usize, Box<dyn Fn(usize) -> bool>) = match &episode.media {
            Media::Progressive { bytes, cached, .. } => {
                // The key frame that decoding starts at lies before the position, and rates vary: one stretch to spare.
                (here.saturating_sub(1), Box::new(move |i| covered(cached, &stretch(*bytes, count, i))))
            }
            Media::Segmented { cached, .. } => (here, Box::new(|i| cached.get(i).is_some_and(Option::is_some))),
        };
        let missing: Vec<u32> = (here..count).filter(|i| !have(*i)).map(|i| i as u32).collect();
        let level = |segment: Option<usize>| match (&episode.media, segment) {
            (Media::Segmented { cached, .. }, Some(segment)) => cached.get(segment).copied().flatten(),
            _ => None,
        };
        let last = missing.first().map_or(count, |s| *s as usize).checked_sub(1);
        let lane = Self { starts, megabits, rates, alive, reach, missing };
        let alive = lane.alive_at(from);
        (lane, Fill { fetched: 0, played: from, alive, first: level(Some(0)), last: level(last) })
    }

    /// The segment that a fetch would bring next.
    pub(crate) fn next(&self, fill: &Fill) -> Option<usize> {
        self.missing.get(fill.fetched).map(|s| *s as usize)
    }

    /// Seconds that can be played at once.
    pub(crate) fn ahead(&self, fill: &Fill) -> f32 {
        (self.starts[self.next(fill).unwrap_or(self.starts.len() - 1)] - fill.played).max(0.0)
    }

    /// Where the episode ends, in seconds.
    pub(crate) fn end(&self) -> f32 {
        self.starts[self.starts.len() - 1]
    }

    /// The chance that the viewer comes to this episode, and watches on until the segment starts.
    pub(crate) fn watched(&self, segment: usize, fill: &Fill) -> f32 {
        if fill.alive <= 0.0 { 0.0 } else { self.reach * (self.alive[segment] / fill.alive).min(1.0) }
    }

    /// The chance that someone who started the episode still watches at `seconds`.
    pub(crate) fn alive_at(&self, seconds: f32) -> f32 {
        let segment = self.starts.partition_point(|s| *s <= seconds).saturating_sub(1);
        self.alive[segment]
    }

    /// The variant of this lane that comes nearest to a variant of another.
    pub(crate) fn variant(&self, variant: usize) -> usize {
        variant.min(self.rates.len() - 1)
    }

    /// The part of the episode that a segment of the lane stands for.
    pub(crate) fn what(&self, media: &Media, segment: usize) -> What {
        match media {
            Media::Progressive { bytes, .. } => What::Bytes(stretch(*bytes, self.starts.len() - 1, segment)),
            Media::Segmented { .. } => What::Segment(segment),
        }
    }
}

/// What of an episode's head is not cached: what a demuxer reads before the first frame.
pub(crate) fn missing_head(media: &Media, variant: usize) -> Vec<What> {
    match media {
        Media::Progressive { bytes, head, cached, .. } => {
            let mut ranges: Vec<_> = head.iter().map(|r| r.start..r.end.min(*bytes)).collect();
            ranges.sort_by_key(|r| r.start);
            let (mut missing, mut from) = (Vec::new(), 0);
            for range in ranges {
                // Of a small file they may overlap.
                let start = range.start.max(from);
                if start < range.end {
                    missing.extend(holes(cached, start..range.end).into_iter().map(What::Bytes));
                    from = range.end;
                }
            }
            missing
        }
        Media::Segmented { stream, init, .. } => {
            let needed = stream.variants.get(variant).is_some_and(|v| v.init);
            if needed && !init.get(variant).copied().unwrap_or(false) { vec![What::Init] } else { Vec::new() }
        }
    }
}

/// What of a range is not in the spans.
pub(crate) fn holes(spans: &[Range<u64>], range: Range<u64>) -> Vec<Range<u64>> {
    let (mut holes, mut at) = (Vec::new(), range.start);
    for span in spans.iter().filter(|s| s.end > range.start && s.start < range.end) {
        if span.start > at {
            holes.push(at..span.start);
        }
        at = at.max(span.end);
    }
    if at < range.end {
        holes.push(at..range.end);
    }
    holes
}

fn covered(spans: &[Range<u64>], range: &Range<u64>) -> bool {
    holes(spans, range.clone()).is_empty()
}

/// One of the `count` equal stretches of a file.
fn stretch(bytes: u64, count: usize, index: usize) -> Range<u64> {
    let at = |i: usize| (u128::from(bytes) * i as u128 / count.max(1) as u128) as u64;
    at(index)..at(index + 1)
}

type Segments = (Vec<f32>, Vec<Vec<f32>>, Vec<f32>);

fn file(bytes: u64, duration: Option<Duration>) -> Segments {
    let megabits = bytes as f64 * 8e-6;
    let seconds = duration.map_or(megabits / GUESS_MBPS, |d| d.as_secs_f64()).max(0.1);
    let count = (seconds / STRETCH).round().clamp(1.0, STRETCHES) as usize;
    let starts = (0..=count).map(|i| (seconds * i as f64 / count as f64) as f32).collect();
    let each = (megabits / count as f64) as f32;
    (starts, vec![vec![each; count]], vec![(megabits / seconds) as f32])
}

fn segments(stream: &Stream) -> Segments {
    let mut starts = Vec::with_capacity(stream.durations.len() + 1);
    let mut at = 0.0;
    starts.push(0.0);
    for duration in &stream.durations {
        at += duration.as_secs_f32();
        starts.push(at);
    }
    let sizes = |variant: &Variant| {
        let told = |i: usize| variant.segments.get(i).map(|bytes| *bytes as f32 * 8e-6);
        let guess = |seconds: &Duration| seconds.as_secs_f32() * variant.bit_rate as f32 * 1e-6;
        stream.durations.iter().enumerate().map(|(i, d)| told(i).unwrap_or_else(|| guess(d))).collect()
    };
    let unknown = [Variant::default()];
    let variants = if stream.variants.is_empty() { &unknown[..] } else { &stream.variants[..] };
    (starts, variants.iter().map(sizes).collect(), variants.iter().map(|v| v.bit_rate as f32 * 1e-6).collect())
}
