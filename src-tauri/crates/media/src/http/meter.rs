//! Counts what comes in over one host's link, whatever the number of bodies that come at once.
//!
//! Two downloads at the same time share the link: timing each by itself would halve the estimate. So bytes of all bodies
//! are added up against the wall time in which at least one of them was being received. Bytes that lay in a buffer
//! because their reader had paused say nothing about the link and are left out.

use std::time::{Duration, Instant};

use super::estimate::{Estimate, LinkEstimate};

/// A sample is taken when this much receiving time has come together.
const SLOT: Duration = Duration::from_millis(500);
/// When the link falls silent earlier, this many bytes still make a sample.
const ENOUGH: u64 = 64 * 1024;
/// A reader that comes back later than this was pausing, and what lies ready for it came at an unknown time.
const PAUSE: Duration = Duration::from_millis(50);
/// Waiting this long for a chunk means that the buffers were empty.
const WAITED: Duration = Duration::from_millis(1);
/// More than this is not buffered below us (Linux: tcp_rmem's usual maximum is 6 MiB).
const BUFFERED: u64 = 8 * 1024 * 1024;

/// Receiving time and bytes of one link, turned into samples.
#[derive(Debug, Default)]
pub struct Meter {
    estimate: Estimate,
    receiving: usize,
    mark: Option<Instant>,
    busy: Duration,
    bytes: u64,
}

impl Meter {
    /// What is known at `now`.
    pub fn link(&self, now: Instant) -> Option<LinkEstimate> {
        self.estimate.link(now)
    }

    /// Takes in that an answer's first byte came `after` its request.
    pub fn answered(&mut self, after: Duration) {
        self.estimate.answered(after);
    }

    /// A body begins to wait for bytes; it did so since `from` (at the latest now).
    fn begin(&mut self, from: Instant) {
        if self.receiving == 0 {
            // Never before the time that has been counted already.
            self.mark = Some(self.mark.map_or(from, |mark| mark.max(from)));
        }
        self.receiving += 1;
    }

    fn end(&mut self, now: Instant, bytes: u64) {
        if let Some(mark) = self.mark {
            self.busy += now.saturating_duration_since(mark);
            self.mark = Some(mark.max(now));
        }
        self.bytes += bytes;
        self.receiving = self.receiving.saturating_sub(1);
        if self.busy >= SLOT && self.bytes > 0 {
            self.sample(now);
        }
    }

    /// A body is over, at its end or because nobody wants more of it.
    pub fn over(&mut self, now: Instant) {
        if self.receiving == 0 && self.bytes >= ENOUGH {
            self.sample(now);
        }
    }

    fn sample(&mut self, now: Instant) {
        self.estimate.add(now, self.bytes, self.busy);
        (self.busy, self.bytes) = (Duration::ZERO, 0);
    }
}

/// How one body is being read: tells link time from a reader's pauses.
#[derive(Debug)]
pub struct Pace {
    last: Option<Instant>,
    waiting_since: Option<Instant>,
    draining: bool,
    drained: u64,
}

impl Default for Pace {
    /// A body just answered: what came together with the head was not timed.
    fn default() -> Self {
        Self { last: None, waiting_since: None, draining: true, drained: BUFFERED }
    }
}

impl Pace {
    /// The reader asks for the next chunk.
    pub fn wait(&mut self, now: Instant, meters: &mut [&mut Meter]) {
        let paused = self.last.is_some_and(|last| now.saturating_duration_since(last) > PAUSE);
        if paused {
            (self.draining, self.drained) = (true, 0);
        }
        let from = self.last.filter(|_| !paused).unwrap_or(now);
        self.waiting_since = Some(now);
        for meter in meters {
            meter.begin(from);
        }
    }

    /// The chunk is there, or the body broke or ended, or nobody waits for it any more (0 bytes).
    pub fn came(&mut self, now: Instant, bytes: u64, meters: &mut [&mut Meter]) {
        let Some(since) = self.waiting_since.take() else { return };
        let mut counted = bytes;
        if self.draining {
            counted = 0;
            self.drained += bytes;
            self.draining = now.saturating_duration_since(since) < WAITED && self.drained < BUFFERED;
        }
        self.last = Some(now);
        for meter in meters {
            meter.end(now, counted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// One body whose chunks of 10 kB take 10 ms each: 8 Mbit/s.
    fn receive(meter: &mut Meter, pace: &mut Pace, now: &mut Instant, chunks: usize) {
        for _ in 0..chunks {
            pace.wait(*now, &mut [meter]);
            *now += ms(10);
            pace.came(*now, 10_000, &mut [meter]);
        }
    }

    #[test]
    fn one_body_is_measured() {
        let (mut meter, mut pace, mut now) = (Meter::default(), Pace::default(), Instant::now());
        receive(&mut meter, &mut pace, &mut now, 200);
        let link = meter.link(now).unwrap();
        assert!((7_600_000..=8_100_000).contains(&link.throughput_bps), "{link:?}");
    }

    #[test]
    fn two_bodies_at_once_share_one_link() {
        let mut meter = Meter::default();
        let (mut one, mut two, mut now) = (Pace::default(), Pace::default(), Instant::now());
        for _ in 0..200 {
            one.wait(now, &mut [&mut meter]);
            two.wait(now, &mut [&mut meter]);
            now += ms(10);
            one.came(now, 10_000, &mut [&mut meter]);
            now += ms(10);
            two.came(now, 10_000, &mut [&mut meter]);
        }
        let link = meter.link(now).unwrap();
        assert!((7_600_000..=8_100_000).contains(&link.throughput_bps), "{link:?}");
    }

    #[test]
    fn silence_between_bodies_does_not_count() {
        let (mut meter, mut now) = (Meter::default(), Instant::now());
        for _ in 0..20 {
            let mut pace = Pace::default();
            receive(&mut meter, &mut pace, &mut now, 20);
            meter.over(now);
            now += Duration::from_secs(5);
        }
        let link = meter.link(now).unwrap();
        assert!((7_400_000..=8_100_000).contains(&link.throughput_bps), "{link:?}");
    }

    #[test]
    fn what_lay_in_a_buffer_while_the_reader_paused_does_not_count() {
        let (mut meter, mut pace, mut now) = (Meter::default(), Pace::default(), Instant::now());
        for _ in 0..100 {
            now += Duration::from_secs(1);
            for _ in 0..5 {
                pace.wait(now, &mut [&mut meter]);
                pace.came(now, 100_000, &mut [&mut meter]);
            }
            receive(&mut meter, &mut pace, &mut now, 20);
        }
        let link = meter.link(now).unwrap();
        assert!((7_000_000..=8_100_000).contains(&link.throughput_bps), "{link:?}");
    }

    #[test]
    fn a_stall_counts_as_time_in_which_the_link_gave_nothing() {
        let (mut meter, mut pace, mut now) = (Meter::default(), Pace::default(), Instant::now());
        receive(&mut meter, &mut pace, &mut now, 51);
        pace.wait(now, &mut [&mut meter]);
        now += Duration::from_secs(4);
        pace.came(now, 10_000, &mut [&mut meter]);
        let link = meter.link(now).unwrap();
        assert!(link.throughput_bps < 1_200_000, "{link:?}");
    }

    #[test]
    fn a_fast_short_body_is_a_sample_though_nothing_had_to_be_waited_for() {
        let (mut meter, mut pace, mut now) = (Meter::default(), Pace::default(), Instant::now());
        for _ in 0..20 {
            pace.wait(now, &mut [&mut meter]);
            now += Duration::from_micros(100);
            pace.came(now, 16_384, &mut [&mut meter]);
        }
        meter.over(now);
        assert_eq!(meter.link(now).unwrap().samples, 1);
    }
}
