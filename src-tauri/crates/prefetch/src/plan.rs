//! From a state to the ordered list of what to fetch: the policy is asked for one decision after the other, each as if the
//! one before had been carried out, until it has no wish or the list is full.

use crate::lane::{Fill, Lane, holes, missing_head};
use crate::policy::{self, Act, Of, Stage};
use crate::rollout::{self, LANES, Start};
use crate::state::{Media, Plan, Reason, State, Want, What};
use std::ops::Range;
use std::time::Duration;

/// Episodes that are looked at, from the playing one on.
const AHEAD: usize = 6;
/// Stretches of a file that follow each other are one want up to this size: the cache's fragments are as large.
const RANGE: u64 = 2 << 20;
/// Without a wish, the longest time until the planner is asked again; a change of state asks it sooner anyway.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// Where bytes are cheap the wake time is rounded up to this.
const SHORTEST_SLEEP: Duration = Duration::from_millis(200);

/// The lanes of a state: the playing episode, those after it, and the two that may be wanted from elsewhere.
struct View {
    lanes: Vec<Lane>,
    fills: Vec<Fill>,
    /// The place of each lane's episode in the queue.
    episodes: Vec<usize>,
    /// Which of the lanes follow each other.
    ahead: usize,
    /// The chance of each of these that the viewer goes on to it from the one before.
    goes_on: Vec<f32>,
    jump: Option<usize>,
    previous: Option<usize>,
}

impl View {
    fn new(state: &State) -> Self {
        let (lanes, fills, episodes, goes_on) = (vec![], vec![], vec![], vec![]);
        let mut view = Self { lanes, fills, episodes, ahead: 0, goes_on, jump: None, previous: None };
        let end = state.queue.len().min(state.playing.saturating_add(AHEAD));
        let mut in_order = 1.0;
        for (distance, episode) in (state.playing..end).enumerate() {
            // One by one, or at once by a jump, which the next one is not.
            let (goes_on, jumps) = match distance {
                0 => (1.0, 0.0),
                1 => (view.goes_on_to_next(state), 0.0),
                _ => (state.habits.goes_on(), state.habits.jumps_to_one()),
            };
            in_order *= goes_on;
            view.add(state, episode, f32::min(in_order + jumps, 1.0));
            view.goes_on.push(goes_on);
        }
        view.ahead = view.lanes.len();
        view.jump = state.jump.and_then(|episode| view.find_or_add(state, episode, 1.0));
        let before = state.playing.checked_sub(1);
        view.previous = before.and_then(|episode| view.find_or_add(state, episode, state.habits.previous));
        view
    }

    fn add(&mut self, state: &State, index: usize, reach: f32) {
        let episode = &state.queue[index];
        let from = if index == state.playing { state.position } else { episode.opens_at };
        let (lane, fill) = Lane::new(episode, from, &state.habits, reach);
        self.lanes.push(lane);
        self.fills.push(fill);
        self.episodes.push(index);
    }

    fn find_or_add(&mut self, state: &State, index: usize, reach: f32) -> Option<usize> {
        if let Some(lane) = self.episodes.iter().position(|e| *e == index) {
            return Some(lane);
        }
        (index < state.queue.len()).then(|| self.add(state, index, reach))?;
        Some(self.lanes.len() - 1)
    }

    /// Who stays to the end goes on by itself, so the chance rises as the end comes nearer.
    fn goes_on_to_next(&self, state: &State) -> f32 {
        let (Some(lane), Some(fill), true) = (self.lanes.first(), self.fills.first(), state.auto_next) else {
            return state.habits.goes_on();
        };
        let end = lane.alive_at(lane.end());
        let of = |alive: f32| (end / alive.max(1e-6)).min(1.0);
        state.habits.goes_on_from(of(lane.alive_at(0.0)), of(lane.alive_at(fill.played)))
    }

    fn lane_of(&self, of: Of) -> Option<usize> {
        match of {
            Of::Ahead(k) => (k < self.ahead).then_some(k),
            Of::Jump => self.jump,
            Of::Previous => self.previous,
        }
    }
}

/// What is worth fetching now. Pure: the same state always gives the same plan, and no clock, file or network is touched.
pub fn plan(state: &State) -> Plan {
    if state.limits.offline || state.playing >= state.queue.len() || state.wants == 0 {
        return Plan { variant: state.variant, ..Plan::default() };
    }
    let mut view = View::new(state);
    let throughput = (state.link.throughput * 1e-6 / pace(state)).max(1e-3) as f32;
    let (mut level, mut first) = if state.limits.metered && !state.limits.data_saver {
        let (act, level) = deliberate(state, &view, throughput);
        (level, act)
    } else if state.limits.data_saver {
        (0, None)
    } else {
        (policy::variant(&view.lanes[0], throughput, state.variant), None)
    };
    level = view.lanes[0].variant(level);
    let stages = stages(state, &view.lanes[0], throughput, level);
    let elsewhere: Vec<Stage> = stages.iter().filter(|s| !matches!(s.of, Of::Ahead(_))).copied().collect();
    let mut list = List { state, wants: Vec::new(), heads: Vec::new() };
    let begins_in = match first {
        Some(Act::Fetch { lane: 0, level }) => level,
        _ => level,
    };
    list.head(&view, 0, begins_in, Reason::Playing);
    while list.wants.len() < state.wants {
        list.heads_of_filled(&view, &stages, level);
        let act = match first.take() {
            // The rollouts know nothing of where else the viewer may go.
            Some(Act::Sleep) => list.next(&view, &elsewhere, level),
            Some(act) => act,
            None => list.next(&view, &stages, level),
        };
        let Act::Fetch { lane, level } = act else { break };
        let reason = list.reason(&view, &stages, lane);
        list.head(&view, lane, level, reason);
        let Some(segment) = view.lanes[lane].next(&view.fills[lane]) else { break };
        list.segment(&view, lane, segment, level, reason);
        let fill = &mut view.fills[lane];
        (fill.fetched, fill.last) = (fill.fetched + 1, Some(level));
    }
    let mut wants = list.wants;
    wants.truncate(state.wants);
    let wake = if wants.is_empty() { sleep(state, &view, &stages) } else { None };
    Plan { wants, wake: wake.map(|sleep| state.now + sleep), variant: Some(level) }
}

/// Seconds of media that are played in a second. All times of the policy are media's; a paused picture may go on at any time.
fn pace(state: &State) -> f64 {
    if state.speed > 0.0 { state.speed.clamp(0.25, 4.0) } else { 1.0 }
}

fn stages(state: &State, lane: &Lane, throughput: f32, level: usize) -> Vec<Stage> {
    policy::stages(&state.limits, throughput, lane.rates[lane.variant(level)], lane.rates[0])
}

/// Where bytes are dear it pays to think: the decision and the variant that rollouts prefer.
fn deliberate(state: &State, view: &View, throughput: f32) -> (Option<Act>, usize) {
    let count = view.ahead.min(LANES);
    let playing = &view.lanes[0];
    let level = playing.variant(state.variant.unwrap_or(0));
    if playing.end() <= 0.0 || playing.rates[0] <= 0.0 {
        return (None, level);
    }
    let variants = view.lanes[..count].iter().map(|l| l.rates.len()).max().unwrap_or(1);
    let start = Start {
        lanes: &view.lanes[..count],
        fills: &view.fills[..count],
        goes_on: &view.goes_on[..count],
        stages: &(0..variants).map(|v| stages(state, playing, throughput, v)).collect::<Vec<_>>(),
        level,
        throughput,
        spread: state.link.spread.clamp(0.0, 1.0) as f32,
        round_trip: (state.link.round_trip.as_secs_f64() * pace(state)) as f32,
    };
    // A paused picture does not stall: there is nothing to weigh.
    if state.speed <= 0.0 {
        return (None, level);
    }
    // Another seed for every state, or a lucky future would be met again and again.
    let seed = view.lanes.iter().fold(state.position.as_nanos() as u64, |sum, lane| {
        sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(lane.missing.len() as u64)
    });
    let (act, level) = rollout::choose(&start, seed);
    (Some(act), level)
}

/// The wants so far.
struct List<'a> {
    state: &'a State,
    wants: Vec<Want>,
    /// Of which lanes, in which variants, the head was seen to.
    heads: Vec<(usize, usize)>,
}

impl List<'_> {
    /// What the thresholds want next.
    fn next(&self, view: &View, stages: &[Stage], level: usize) -> Act {
        match policy::lacking(stages, &view.lanes, &view.fills, 1.0, |of| view.lane_of(of)) {
            Some((_, lane)) => Act::Fetch { lane, level: view.lanes[lane].variant(level) },
            None => Act::Sleep,
        }
    }

    /// Adds the heads of the stages that have all their segments: nothing else would ask for these.
    fn heads_of_filled(&mut self, view: &View, stages: &[Stage], level: usize) {
        let lacking = policy::lacking(stages, &view.lanes, &view.fills, 1.0, |of| view.lane_of(of));
        let lacking = lacking.map(|(stage, _)| stage);
        for stage in stages.iter().take_while(|stage| lacking.is_none_or(|first| !std::ptr::eq(first, *stage))) {
            if let Some(lane) = view.lane_of(stage.of).filter(|lane| view.lanes[*lane].reach >= stage.gate) {
                self.head(view, lane, level, stage.reason);
            }
        }
    }

    fn reason(&self, view: &View, stages: &[Stage], lane: usize) -> Reason {
        let of_lane = |stage: &&Stage| view.lane_of(stage.of) == Some(lane);
        let (segment, fill) = (view.lanes[lane].next(&view.fills[lane]), &view.fills[lane]);
        let lacks = |stage: &&Stage| segment.is_some() && view.lanes[lane].ahead(fill) + 0.01 < stage.seconds;
        let named = stages.iter().filter(of_lane).find(lacks).or_else(|| stages.iter().rev().find(of_lane));
        named.map_or(if lane == 0 { Reason::Stock } else { Reason::Later }, |stage| stage.reason)
    }

    fn head(&mut self, view: &View, lane: usize, level: usize, reason: Reason) {
        let episode = view.episodes[lane];
        let variant = view.lanes[lane].variant(level);
        if self.heads.contains(&(lane, variant)) {
            return;
        }
        self.heads.push((lane, variant));
        for what in missing_head(&self.state.queue[episode].media, variant) {
            let deadline = self.state.now;
            let want = Want { episode, what, variant, reason, deadline };
            match &want.what {
                What::Bytes(range) => self.bytes(range.clone(), &want),
                _ => self.wants.push(want),
            }
        }
    }

    /// Adds what of a segment is neither cached nor wanted already.
    fn segment(&mut self, view: &View, lane: usize, segment: usize, variant: usize, reason: Reason) {
        let episode = view.episodes[lane];
        let media = &self.state.queue[episode].media;
        let until = view.lanes[lane].starts[segment] - view.fills[lane].played;
        // The others are due when the viewer goes there.
        let wait = Duration::try_from_secs_f64(f64::from(until.max(0.0)) / pace(self.state)).unwrap_or(LONGEST_SLEEP);
        let deadline = self.state.now + wait;
        let what = view.lanes[lane].what(media, segment);
        let (What::Bytes(range), Media::Progressive { cached, .. }) = (&what, media) else {
            self.wants.push(Want { episode, what, variant, reason, deadline });
            return;
        };
        let mut taken = cached.clone();
        for want in self.wants.iter().filter(|w| w.episode == episode) {
            if let What::Bytes(range) = &want.what {
                taken.push(range.clone());
            }
        }
        taken.sort_by_key(|r| r.start);
        let like = Want { episode, what: what.clone(), variant, reason, deadline };
        for hole in holes(&taken, range.clone()) {
            match self.wants.last_mut() {
                Some(Want { episode: e, what: What::Bytes(last), reason: r, .. })
                    if *e == episode && *r == reason && last.end == hole.start && hole.end - last.start <= RANGE =>
                {
                    last.end = hole.end;
                }
                _ => self.bytes(hole, &like),
            }
        }
    }

    /// Adds a range as wants of at most [`RANGE`].
    fn bytes(&mut self, range: Range<u64>, like: &Want) {
        let mut start = range.start;
        while start < range.end {
            let end = range.end.min(start + RANGE);
            self.wants.push(Want { what: What::Bytes(start..end), ..like.clone() });
            start = end;
        }
    }
}

/// How long nothing will be wanted: until the playing episode is short of its first stage again. None while it is paused.
fn sleep(state: &State, view: &View, stages: &[Stage]) -> Option<Duration> {
    if state.speed <= 0.0 {
        return None;
    }
    if state.limits.metered && !state.limits.data_saver {
        return Some(Duration::from_secs_f32(rollout::SLEEP));
    }
    let guard = stages.first().map_or(0.0, |s| s.seconds);
    let spare = (view.lanes[0].ahead(&view.fills[0]) - guard).max(0.0) / state.speed as f32;
    let spare = Duration::try_from_secs_f32(spare).unwrap_or(LONGEST_SLEEP);
    Some(spare.clamp(SHORTEST_SLEEP, LONGEST_SLEEP))
}
