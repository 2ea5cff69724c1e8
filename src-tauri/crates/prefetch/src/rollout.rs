//! Monte Carlo: where a byte is dear, the thresholds' decision is compared with its alternatives by playing each of them on,
//! by the thresholds, in the same few dozen futures. An alternative is taken only where it is better beyond doubt: rollouts
//! that follow every small difference are worse than thresholds alone (prefetch.md).

use crate::lane::{Fill, Lane};
use crate::policy::{self, Act, Of, Stage};
use crate::rng::Rng;

/// Lanes that a rollout looks at.
pub(crate) const LANES: usize = 5;
/// Lanes of which the next segment is an alternative.
const CHOICES: usize = 4;
/// The price of a second of stall, of a megabit, and of a change by one Mbit/s: the challenge's. A second that is watched
/// at 1 Mbit/s is worth 1.
const STALL: f32 = 1.85;
const MEGABIT: f32 = 0.5;
/// How many futures are looked at, which bounds the time a decision takes.
const FUTURES: usize = 48;
/// An alternative that is worse by so many standard errors in the first few futures is not looked at in the others.
const GLANCE: usize = 12;
const HOPELESS: f32 = 1.0;
/// Seconds of each future.
const HORIZON: f32 = 5.0;
/// A better alternative must be better by so many standard errors, and by so much.
const SIGNIFICANT: f32 = 1.2;
const WORTH: f32 = 0.02;
/// Of a link's spread, what half-seconds stray independently, and what whole futures stray together: bandwidth is bursty.
const SPREAD_FAST: f32 = 0.86;
const SPREAD_SLOW: f32 = 0.53;
/// Half-seconds of transfer for which a future knows the bandwidth.
const SLOTS: usize = 48;
const SLOT: f32 = 0.5;
/// No half-second is slower than this share of the average.
const SLOWEST: f32 = 0.15;
/// How long a sleep lasts, in seconds. The length hardly matters (prefetch.md).
pub(crate) const SLEEP: f32 = 0.3;
/// What it costs to leave a future with a second too little of the playing episode, and of the next.
const SHORT_PLAYING: f32 = 0.35;
const SHORT_NEXT: f32 = 0.16;
const NEXT_SECONDS: f32 = 2.0;

/// What a rollout starts from. Lane 0 is the playing episode.
pub(crate) struct Start<'a> {
    /// The playing episode and those after it, at most [`LANES`].
    pub(crate) lanes: &'a [Lane],
    /// How far they are filled.
    pub(crate) fills: &'a [Fill],
    /// The chance of each that the viewer goes on to it from the one before.
    pub(crate) goes_on: &'a [f32],
    /// The stages for each variant.
    pub(crate) stages: &'a [Vec<Stage>],
    /// The variant that the plan before settled on.
    pub(crate) level: usize,
    /// Megabits a second.
    pub(crate) throughput: f32,
    /// Of half-seconds, over the average.
    pub(crate) spread: f32,
    /// Seconds.
    pub(crate) round_trip: f32,
}

/// When the viewer leaves each episode, and what the link gives.
struct Future {
    leave: [f32; LANES],
    /// After so many episodes the viewer does not go on to the next one, but elsewhere.
    lanes: usize,
    slots: [f32; SLOTS],
}

/// A decision, and the variant that is held to after it.
type Choice = (Act, usize);

impl Start<'_> {
    /// What the thresholds do while they hold to a variant.
    fn threshold(&self, fills: &[Fill], front: usize, level: usize) -> Act {
        let lane_of = |of| match of {
            Of::Ahead(k) => Some(front + k),
            Of::Jump | Of::Previous => None,
        };
        let here = self.lanes.get(front).map_or(1.0, |lane| lane.reach);
        match policy::lacking(&self.stages[level], self.lanes, fills, here, lane_of) {
            Some((_, lane)) => Act::Fetch { lane, level: self.lanes[lane].variant(level) },
            None => Act::Sleep,
        }
    }

    fn future(&self, rng: &mut Rng) -> Future {
        let mut leave = [f32::INFINITY; LANES];
        for ((lane, fill), leave) in self.lanes.iter().zip(self.fills).zip(&mut leave) {
            let at = rng.unit() * fill.alive;
            let within = rng.unit();
            let segment = lane.alive.partition_point(|a| *a > at);
            *leave = match (segment.checked_sub(1), lane.starts.get(segment)) {
                (Some(before), Some(end)) => lane.starts[before] + within * (end - lane.starts[before]),
                _ => lane.end(),
            };
            *leave = leave.max(fill.played);
        }
        let mut ends = |chance: &f32| *chance < 1.0 && rng.unit() >= *chance;
        let lanes = self.goes_on.iter().position(&mut ends).unwrap_or(self.lanes.len());
        let all = self.throughput * (1.0 + SPREAD_SLOW * self.spread * rng.normal()).max(2.0 * SLOWEST);
        let mut slot = || all * (1.0 + SPREAD_FAST * self.spread * rng.normal()).max(SLOWEST);
        Future { leave, lanes, slots: std::array::from_fn(|_| slot()) }
    }

    /// What a choice comes to in a future, compared with a viewer who sees everything in the variant `self.level`.
    fn play(&self, choice: Choice, future: &Future) -> f32 {
        let (mut act, level) = choice;
        let count = self.lanes.len();
        let mut store = [Fill::default(); LANES];
        store[..count].copy_from_slice(self.fills);
        let fills = &mut store[..count];
        let (mut front, mut score, mut clock, mut sent) = (0, 0.0, 0.0, 0.0);
        while clock < HORIZON {
            let mut took = SLEEP;
            if let Act::Fetch { lane, level } = act {
                let Some((value, megabits)) = self.value(fills, front, lane, level, future) else { break };
                score += value;
                let begun = sent;
                sent = transfer(&future.slots, sent, megabits);
                took = sent - begun + self.round_trip;
            }
            score -= self.watch(fills, &mut front, took, future);
            clock += took;
            if let Act::Fetch { lane, level } = act {
                let fill = &mut fills[lane];
                (fill.fetched, fill.last) = (fill.fetched + 1, Some(level));
                fill.first = fill.first.or(Some(level));
            }
            if front >= future.lanes {
                return score;
            }
            act = self.threshold(fills, front, level);
        }
        score - self.shortage(fills, front, level, future)
    }

    /// What a segment is worth that is fetched now, and its size.
    fn value(&self, fills: &[Fill], front: usize, lane: usize, level: usize, future: &Future) -> Option<(f32, f32)> {
        let (track, fill) = (&self.lanes[lane], &fills[lane]);
        let segment = track.next(fill)?;
        let megabits = track.megabits[level][segment];
        if lane >= future.lanes || track.starts[segment] > future.leave[lane] {
            return Some((-MEGABIT * megabits, megabits));
        }
        let usual = track.variant(self.level);
        let seconds = track.starts[segment + 1] - track.starts[segment];
        let mut value = (track.rates[level] - track.rates[usual]) * seconds;
        value -= MEGABIT * (megabits - track.megabits[usual][segment]);
        // The change into a later episode is paid when it is entered.
        let before = match segment {
            0 if lane != front => None,
            0 if lane > 0 => fills[lane - 1].last,
            0 => Some(usual),
            _ => fill.last,
        };
        if let Some(before) = before {
            value -= (track.rates[level] - track.rates[track.variant(before)]).abs();
        }
        Some((value, megabits))
    }

    /// Lets the viewer watch for so many seconds; returns the price of stalls and of changes between episodes.
    fn watch(&self, fills: &mut [Fill], front: &mut usize, mut left: f32, future: &Future) -> f32 {
        let mut price = 0.0;
        while left > 0.0 && *front < future.lanes {
            let (lane, fill) = (&self.lanes[*front], &mut fills[*front]);
            let remaining = future.leave[*front] - fill.played;
            let wish = left.min(remaining);
            let played = wish.min(lane.ahead(fill));
            fill.played += played;
            left -= played;
            if played < wish {
                return price + STALL * left;
            }
            if played < remaining {
                fill.alive = lane.alive_at(fill.played);
                break;
            }
            let last = fill.last;
            *front += 1;
            if *front < future.lanes
                && let (Some(last), Some(next), Some(fill)) = (last, self.lanes.get(*front), fills.get(*front))
                && let Some(first) = fill.first
            {
                price += (next.rates[next.variant(last)] - next.rates[next.variant(first)]).abs();
            }
        }
        price
    }

    /// What it costs to be left with so little.
    fn shortage(&self, fills: &[Fill], front: usize, level: usize, future: &Future) -> f32 {
        let (lane, fill) = (&self.lanes[front], &fills[front]);
        let guard = self.stages[level].first().map_or(0.0, |s| s.seconds);
        let playing = guard.min(lane.end() - fill.played) - lane.ahead(fill);
        let next = self.lanes[..future.lanes].get(front + 1);
        let next = next.map_or(0.0, |next| NEXT_SECONDS - next.ahead(&fills[front + 1]));
        SHORT_PLAYING * playing.max(0.0) + SHORT_NEXT * next.max(0.0)
    }
}

/// Until when a transfer lasts that begins after `sent` seconds of others.
fn transfer(slots: &[f32; SLOTS], sent: f32, mut megabits: f32) -> f32 {
    let mut slot = (sent / SLOT) as usize;
    let mut at = sent;
    while slot + 1 < SLOTS {
        let end = (slot + 1) as f32 * SLOT;
        let carried = (end - at) * slots[slot];
        if carried >= megabits {
            return at + megabits / slots[slot];
        }
        (megabits, at, slot) = (megabits - carried, end, slot + 1);
    }
    at + megabits / slots[SLOTS - 1]
}

/// The best decision, and the variant to hold to. The same start and seed always give the same.
pub(crate) fn choose(start: &Start<'_>, seed: u64) -> Choice {
    let base = (start.threshold(start.fills, 0, start.level), start.level);
    let mut rng = Rng::new(seed);
    let futures: [Future; FUTURES] = std::array::from_fn(|_| start.future(&mut rng));
    let usual: [f32; FUTURES] = std::array::from_fn(|i| start.play(base, &futures[i]));
    let (mut best, mut gain) = (base, 0.0);
    for choice in alternatives(start).into_iter().filter(|c| *c != base) {
        let mut differences = Vec::with_capacity(FUTURES);
        differences.extend((0..GLANCE).map(|i| start.play(choice, &futures[i]) - usual[i]));
        let (mean, error) = mean_and_error(&differences);
        if mean + HOPELESS * error < gain {
            continue;
        }
        differences.extend((GLANCE..FUTURES).map(|i| start.play(choice, &futures[i]) - usual[i]));
        let (mean, error) = mean_and_error(&differences);
        if mean - SIGNIFICANT * error > WORTH && mean > gain {
            (best, gain) = (choice, mean);
        }
    }
    best
}

/// Of differences in the same futures.
fn mean_and_error(differences: &[f32]) -> (f32, f32) {
    let n = differences.len() as f32;
    let mean = differences.iter().sum::<f32>() / n;
    let squares = differences.iter().map(|d| (d - mean).powi(2)).sum::<f32>();
    (mean, (squares / (n * (n - 1.0))).sqrt())
}

/// Each of the first four lanes, in the variant held to or a neighbour, once or from now on; and to fetch nothing.
fn alternatives(start: &Start<'_>) -> Vec<Choice> {
    let mut choices = Vec::with_capacity(24);
    // While the picture stands, or will before the least that it needs is here, nothing else comes first, whatever a few
    // futures say.
    let stands = start.lanes.first().zip(start.fills.first()).is_some_and(|(lane, fill)| {
        let least = |segment: usize| start.round_trip + lane.megabits[0][segment] / start.throughput;
        lane.next(fill).is_some_and(|segment| lane.ahead(fill) <= least(segment))
    });
    let looked_at = if stands { 1 } else { CHOICES };
    for (index, (lane, fill)) in start.lanes.iter().zip(start.fills).enumerate().take(looked_at) {
        if lane.next(fill).is_none() {
            continue;
        }
        for level in (0..lane.rates.len()).filter(|l| l.abs_diff(start.level) <= 1) {
            let act = Act::Fetch { lane: index, level };
            choices.push((act, start.level));
            if level != start.level {
                choices.push((act, level));
            }
        }
    }
    if !stands {
        choices.push((Act::Sleep, start.level));
    }
    choices
}
