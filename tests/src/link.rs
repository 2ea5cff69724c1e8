//! A slow link, as arithmetic: given now and some bytes, when may they have left?
//!
//! Bandwidth comes from a constant or a trace that loops; loss shows as what a player sees of it under TCP, a stall.
//! Nothing here reads a clock or sleeps: times are passed in as the time since the link began, so that a test can run a
//! minute of bad network in no time. [`crate::origin`] waits for the answers in real time.

use std::path::Path;
use std::time::Duration;

/// What is wrong with a trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A line is not `seconds megabits_per_second`, or its time does not come after the line before.
    #[error("line {0} is no step")]
    Line(usize),
    /// No line has any bandwidth: nothing would ever arrive.
    #[error("no bandwidth at all")]
    Dead,
}

/// Bandwidth over time. It loops.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// (beginning in seconds, bits a second), ascending from 0.
    steps: Vec<(f64, f64)>,
    /// Seconds until the first step comes again.
    period: f64,
}

impl Trace {
    /// Always the same bandwidth, in megabits (10^6) a second.
    pub fn constant(megabits_per_second: f64) -> Self {
        Self { steps: vec![(0.0, megabits_per_second.max(1e-6) * 1e6)], period: 1.0 }
    }

    /// Reads lines of `seconds megabits_per_second`. Each bandwidth holds until the next line's time, the last one as long
    /// as the one before it; then the trace begins again.
    ///
    /// # Errors
    /// [`TraceError::Line`] and [`TraceError::Dead`].
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let mut steps: Vec<(f64, f64)> = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = || TraceError::Line(number + 1);
            let mut words = line.split_whitespace().map(|word| word.parse::<f64>().ok());
            let (Some(Some(at)), Some(Some(megabits))) = (words.next(), words.next()) else { return Err(wrong()) };
            let ascends = steps.last().map_or(at == 0.0, |last| at > last.0);
            if !ascends || !at.is_finite() || !megabits.is_finite() || megabits < 0.0 {
                return Err(wrong());
            }
            steps.push((at, megabits * 1e6));
        }
        if steps.iter().all(|step| step.1 <= 0.0) {
            return Err(TraceError::Dead);
        }
        let last = steps.last().map_or(0.0, |step| step.0);
        let before = steps.iter().rev().nth(1).map_or(last - 1.0, |step| step.0);
        Ok(Self { steps, period: last + (last - before) })
    }

    /// Reads a trace file, see [`Self::parse`].
    ///
    /// # Errors
    /// [`TraceError`], all of them.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        Self::parse(&std::fs::read_to_string(path)?)
    }

    /// The bandwidth on average, in megabits a second.
    pub fn mean(&self) -> f64 {
        let ends = self.steps.iter().skip(1).map(|step| step.0).chain([self.period]);
        self.steps.iter().zip(ends).map(|(step, end)| step.1 * (end - step.0)).sum::<f64>() / self.period / 1e6
    }

    /// The bandwidth at `at` seconds in bits a second, and the seconds for which it holds from there.
    fn at(&self, at: f64) -> (f64, f64) {
        let within = at.rem_euclid(self.period);
        let index = self.steps.partition_point(|step| step.0 <= within).saturating_sub(1);
        let end = self.steps.get(index + 1).map_or(self.period, |step| step.0);
        (self.steps[index].1, (end - within).max(1e-9))
    }

    /// When `bits` have passed that begin at `at` (both ends in seconds).
    fn pass(&self, mut at: f64, mut bits: f64) -> f64 {
        loop {
            let (bandwidth, holds) = self.at(at);
            let capacity = bandwidth * holds;
            if bits <= capacity {
                return at + if bandwidth > 0.0 { bits / bandwidth } else { 0.0 };
            }
            bits -= capacity;
            at += holds;
        }
    }
}

/// Lost packets, seen as stalls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// Chance of a stall for each piece that leaves, 0 to 1.
    pub chance: f64,
    /// How long the link stands still.
    pub stall: Duration,
    /// The same seed gives the same stalls.
    pub seed: u64,
}

/// A link's properties.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Bandwidth over time, shared by all that use the link.
    pub trace: Trace,
    /// Added once to every request.
    pub round_trip: Duration,
    /// Lost packets.
    pub loss: Option<Loss>,
    /// How much unused time may be made up for: the depth of the bucket, as time. Zero for exact arithmetic; in real time
    /// a few milliseconds, because timers wake late.
    pub burst: Duration,
}

impl Link {
    /// A link without loss.
    pub fn new(trace: Trace, round_trip: Duration) -> Self {
        Self { trace, round_trip, loss: None, burst: Duration::ZERO }
    }
}

/// A link in use.
#[derive(Debug)]
pub struct Shaper {
    link: Link,
    free: f64,
    random: u64,
}

impl Shaper {
    /// A link that nothing has used yet.
    pub fn new(link: Link) -> Self {
        let random = link.loss.map_or(0, |loss| loss.seed);
        Self { link, free: 0.0, random }
    }

    /// The wait that every request has before its answer.
    pub fn round_trip(&self) -> Duration {
        self.link.round_trip
    }

    /// How much is best handed over at once at `now`: what leaves within a tenth of a second, a byte at least, `most` at
    /// most. So a slow link gives a steady stream.
    pub fn portion(&self, now: Duration, most: u64) -> u64 {
        let (bandwidth, _) = self.link.trace.at(now.as_secs_f64());
        ((bandwidth / 80.0) as u64).clamp(1, most)
    }

    /// When the last of `bytes`, handed over at `now`, has left. They queue behind what was handed over before. All times
    /// since the link began.
    pub fn leave(&mut self, now: Duration, bytes: u64) -> Duration {
        let mut start = self.free.max(now.as_secs_f64() - self.link.burst.as_secs_f64());
        if let Some(loss) = self.link.loss
            && self.chance() < loss.chance
        {
            start = start.max(now.as_secs_f64()) + loss.stall.as_secs_f64();
        }
        self.free = self.link.trace.pass(start.max(0.0), bytes as f64 * 8.0);
        Duration::from_secs_f64(self.free)
    }

    /// Uniform in 0..1: the next number of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
    /// generators", OOPSLA 2014).
    fn chance(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (mix(self.random) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// SplitMix64's mixing of one word.
pub(crate) fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn about(found: Duration, seconds: f64) {
        assert!((found.as_secs_f64() - seconds).abs() < 1e-6, "{found:?} instead of {seconds} s");
    }

    fn shaper(trace: Trace) -> Shaper {
        Shaper::new(Link::new(trace, Duration::ZERO))
    }

    #[test]
    fn a_constant_link_takes_bits_over_bandwidth() {
        let mut link = shaper(Trace::constant(8.0));
        about(link.leave(Duration::ZERO, 500_000), 0.5);
        about(link.leave(Duration::ZERO, 500_000), 1.0);
        about(link.leave(SECOND * 10, 1_000_000), 11.0);
    }

    #[test]
    fn bandwidth_holds_until_the_next_line_and_the_trace_loops() {
        let mut link = shaper(Trace::parse("0 8\n1 0\n2 16\n").unwrap());
        about(link.leave(Duration::ZERO, 1_000_000), 1.0);
        about(link.leave(Duration::ZERO, 1_000_000), 2.5);
        about(link.leave(Duration::ZERO, 1_000_000), 3.0);
        // The last line held for a second, as the one before: the first holds again.
        about(link.leave(Duration::ZERO, 500_000), 3.5);
    }

    #[test]
    fn the_mean_weighs_each_bandwidth_by_its_time() {
        assert!((Trace::parse("0 8\n3 0\n4 16\n").unwrap().mean() - 8.0).abs() < 1e-9);
        assert!((Trace::constant(2.0).mean() - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_bucket_makes_up_for_a_late_start_and_not_for_more() {
        let mut link = Shaper::new(Link { burst: SECOND / 10, ..Link::new(Trace::constant(8.0), Duration::ZERO) });
        about(link.leave(SECOND, 500_000), 1.4);
        about(link.leave(SECOND * 10, 500_000), 10.4);
    }

    #[test]
    fn a_portion_is_a_tenth_of_a_second_and_never_nothing() {
        let link = shaper(Trace::parse("0 0\n1 0.000008\n2 0.8\n3 80\n").unwrap());
        let portions = [0, 1, 2, 3].map(|second| link.portion(SECOND * second, 16_384));
        assert_eq!(portions, [1, 1, 10_000, 16_384]);
    }

    #[test]
    fn loss_stalls_as_often_as_its_chance_and_the_same_for_the_same_seed() {
        let total = |seed| {
            let loss = Some(Loss { chance: 0.1, stall: SECOND, seed });
            let mut link = Shaper::new(Link { loss, ..Link::new(Trace::constant(8.0), Duration::ZERO) });
            (0..1000).map(|_| link.leave(Duration::ZERO, 1000)).last().unwrap()
        };
        assert_eq!(total(1), total(1));
        assert_ne!(total(1), total(2));
        let stalls = total(1).as_secs_f64() - 1.0;
        assert!((70.0..130.0).contains(&stalls), "{stalls}");
    }

    #[test]
    fn wrong_traces_are_refused() {
        assert!(matches!(Trace::parse("0 1\nx 2"), Err(TraceError::Line(2))));
        assert!(matches!(Trace::parse("0 1\n0 2"), Err(TraceError::Line(2))));
        assert!(matches!(Trace::parse("1 1"), Err(TraceError::Line(1))));
        assert!(matches!(Trace::parse("0 -1"), Err(TraceError::Line(1))));
        assert!(matches!(Trace::parse("0 0\n1 0"), Err(TraceError::Dead)));
        assert!(matches!(Trace::parse(""), Err(TraceError::Dead)));
    }
}
