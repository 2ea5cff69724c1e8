//! Thresholds: a list of stages, each of them so many seconds of one episode, fetched in this order. What makes the list is
//! the price of a byte. Where bytes are dear, the stages are those that did best in the challenge, for both of its sets of
//! traces; where they are cheap, those that cost least for a series that people binge (prefetch.md).
//!
//! The constants for dear bytes, here and in the rollouts, were found by hill climbing on viewers 20 to 80 of the challenge,
//! on both sets together; viewers 0 to 20, by which the planner is judged, only checked the result.

use crate::lane::{Fill, Lane};
use crate::state::{Limits, Reason};

/// A stage: so much of an episode, where so many viewers get to see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stage {
    /// Of which episode.
    pub(crate) of: Of,
    /// How many seconds are to be ready to play.
    pub(crate) seconds: f32,
    /// Only segments that the viewer gets to see with this probability.
    pub(crate) gate: f32,
    /// Why.
    pub(crate) reason: Reason,
}

/// Names an episode by its distance from the playing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// So many places after the playing one.
    Ahead(usize),
    /// The one that the viewer points at.
    Jump,
    /// The one before.
    Previous,
}

/// One decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Act {
    /// Fetch a lane's next segment in a variant.
    Fetch {
        /// Which lane.
        lane: usize,
        /// Which variant.
        level: usize,
    },
    /// Fetch nothing for a while.
    Sleep,
}

/// Seconds of the playing episode before anything else, where bytes are dear: a base, and so much more for every second
/// that a second of the lowest variant takes to fetch.
const GUARD: f32 = 0.8;
const GUARD_SLOWNESS: f32 = 7.1;
/// How the latter grows with the variant.
const GUARD_RATE_POWER: f32 = 0.8;
/// Even the playing episode is fetched no further than this chance of being watched.
const GUARD_GATE: f32 = 0.36;
/// The next three episodes: seconds, and the chance of being watched.
const DEAR: [(f32, f32); 3] = [(4.3, 0.6), (1.4, 0.6), (1.6, 0.65)];
/// Where bytes are cheap, bandwidth over rate times seconds ahead is about this (1.25: 10 s, 2.5: 5 s).
const CHEAP_PRODUCT: f32 = 12.5;
const CHEAP_SECONDS: (f32, f32) = (2.0, 10.0);
/// Above this bandwidth over rate there is room for stocks, and for others than the playing episode and the next.
const ROOM: f32 = 1.25;
/// The seconds that begin an episode at once: a first group of pictures and a little.
const FIRST_SECONDS: f32 = 2.0;
/// The chance of reaching the next episode from which on all of it is fetched ahead: below, a binge wastes too much.
const WHOLE_GATE: f32 = 0.6;
/// The rest of the playing episode is wanted by nearly all who came so far.
const STOCK_GATE: f32 = 0.3;
/// Heads of so many episodes after the next.
const LATER: usize = 3;
/// Where bytes are cheap, the first seconds of an episode are worth theirs down to this chance of coming to it: to find nothing
/// there costs a wait of about half a second, nearly a point at the challenge's price; two seconds of 2 Mbit/s cost a fiftieth
/// of a point where a byte has a hundredth of the challenge's.
const FIRST_GATE: f32 = 0.02;
/// The same where bytes are dear: as dear as the first seconds of the next episode.
const DEAR_FIRST_GATE: f32 = DEAR[0].1;

/// Seconds of the playing episode that come before anything else where bytes are dear. `rate` and `lowest` are the chosen
/// variant's and the lowest one's, all in Mbit/s.
pub(crate) fn guard(throughput: f32, rate: f32, lowest: f32) -> f32 {
    let slowness = lowest / throughput.max(1e-3);
    GUARD + GUARD_SLOWNESS * slowness * (rate / lowest).powf(GUARD_RATE_POWER)
}

/// The stages for a link of so many Mbit/s and a variant of `rate`, where `lowest` is the lowest one's rate.
pub(crate) fn stages(limits: &Limits, throughput: f32, rate: f32, lowest: f32) -> Vec<Stage> {
    let stage = |of, seconds, gate, reason| Stage { of, seconds, gate, reason };
    // Always worth its few bytes: the viewer points at it.
    let jump = stage(Of::Jump, FIRST_SECONDS, 0.0, Reason::Jump);
    let previous = |gate| stage(Of::Previous, FIRST_SECONDS, gate, Reason::Previous);
    if limits.metered || limits.data_saver {
        let ahead = |k: usize, reason| stage(Of::Ahead(k), DEAR[k - 1].0, DEAR[k - 1].1, reason);
        let playing = stage(Of::Ahead(0), guard(throughput, rate, lowest), GUARD_GATE, Reason::Playing);
        let mut stages = vec![playing, jump, ahead(1, Reason::Next), previous(DEAR_FIRST_GATE)];
        if !limits.data_saver {
            stages.extend([ahead(2, Reason::Later), ahead(3, Reason::Later)]);
        }
        return stages;
    }
    let plenty = throughput / rate.max(1e-3);
    let seconds = (CHEAP_PRODUCT / plenty.max(1e-3)).clamp(CHEAP_SECONDS.0, CHEAP_SECONDS.1);
    if plenty < ROOM {
        // In order: whatever is fetched for later is missing now.
        let playing = stage(Of::Ahead(0), f32::INFINITY, 0.0, Reason::Playing);
        return vec![playing, jump, stage(Of::Ahead(1), seconds, 0.0, Reason::Next)];
    }
    let mut stages = vec![
        stage(Of::Ahead(0), seconds, 0.0, Reason::Playing),
        jump,
        stage(Of::Ahead(1), seconds, 0.0, Reason::Next),
        previous(FIRST_GATE),
        stage(Of::Ahead(2), FIRST_SECONDS, FIRST_GATE, Reason::Later),
        stage(Of::Ahead(0), f32::INFINITY, STOCK_GATE, Reason::Stock),
    ];
    if !limits.battery {
        stages.push(stage(Of::Ahead(1), f32::INFINITY, WHOLE_GATE, Reason::NextWhole));
        stages.extend((3..3 + LATER).map(|k| stage(Of::Ahead(k), FIRST_SECONDS, FIRST_GATE, Reason::Later)));
    }
    stages
}

/// The first stage that lacks something, with the lane that it names. `lane_of` finds the lane of an episode, and `here` is the
/// chance of the lanes with which the viewer came to the episode that the stages count from.
pub(crate) fn lacking<'s>(
    stages: &'s [Stage],
    lanes: &[Lane],
    fills: &[Fill],
    here: f32,
    lane_of: impl Fn(Of) -> Option<usize>,
) -> Option<(&'s Stage, usize)> {
    stages.iter().find_map(|stage| {
        let index = lane_of(stage.of)?;
        let (lane, fill) = (lanes.get(index)?, fills.get(index)?);
        let segment = lane.next(fill)?;
        let ahead = lane.ahead(fill);
        let starving = stage.of == Of::Ahead(0) && ahead <= 0.0;
        // A hundredth of a second is less than a frame.
        let wanted = ahead + 0.01 < stage.seconds && lane.watched(segment, fill) >= stage.gate * here;
        (starving || wanted).then_some((stage, index))
    })
}

/// What a link can carry without a stall before long, as a share of its average: the best of 0.82 to 0.86 (prefetch.md),
/// and a reserve for what is fetched for others.
const SAFE_SHARE: f32 = 0.85 * 0.9;
/// A better variant than the one before must be carried with this to spare.
const BETTER: f32 = 1.1;

/// The variant for a link of so many Mbit/s: the best that it carries. The higher the throughput, the better.
pub(crate) fn variant(lane: &Lane, throughput: f32, before: Option<usize>) -> usize {
    let carried = |(level, rate): (usize, &f32)| {
        let spare = if before.is_some_and(|b| level > b) { BETTER } else { 1.0 };
        rate * spare <= throughput * SAFE_SHARE
    };
    lane.rates.iter().enumerate().rev().find(|r| carried(*r)).map_or(0, |(level, _)| level)
}
