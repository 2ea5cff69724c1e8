//! What a link gives: a throughput estimate and a round trip, from samples, without a clock of its own.
//!
//! The estimate is a harmonic mean of the recent samples, as in Jiang, Sekar and Zhang, "Improving Fairness, Efficiency,
//! and Stability in HTTP-based Adaptive Video Streaming with FESTIVE" (CoNEXT 2012): outliers upwards count little.
//! Each sample weighs as much as the time it took and half as much for every [`HALF_LIFE`] of age. What a cautious
//! planner uses is the mean divided by one plus the worst relative error of the last five predictions: the lower bound
//! of RobustMPC in Yin, Jindal, Sekar and Sinopoli, "A Control-Theoretic Approach for Dynamic Adaptive Video Streaming
//! over HTTP" (SIGCOMM 2015). The round trip is smoothed as TCP does it (RFC 6298, section 2).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Samples that are remembered. FESTIVE takes 20 of whole chunks, RobustMPC 5; ours are half a second long.
const REMEMBERED: usize = 12;
/// Errors of earlier predictions that discount the next one (RobustMPC: 5).
const ERRORS: usize = 5;
/// The age at which a sample weighs half.
const HALF_LIFE: Duration = Duration::from_secs(20);
/// Gain of the smoothed round trip (RFC 6298: alpha = 1/8).
const ALPHA: f64 = 0.125;

/// What is known about a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkEstimate {
    /// Bits a second that the link gave lately (weighted harmonic mean); 0 before the first sample.
    pub throughput_bps: u64,
    /// The same, divided by `1 + error`: what may be counted on.
    pub discounted_bps: u64,
    /// The worst relative error of the last predictions: `|predicted - found| / found`.
    pub error: f64,
    /// From sending a request to the first byte of its answer, smoothed; none before the first answer. It holds the
    /// server's thinking, and for the first request of a connection the making of that: what a planner has to wait.
    pub round_trip: Option<Duration>,
    /// Throughput samples taken since the start. 0: only the round trip is known.
    pub samples: u64,
}

/// One stretch of time in which bytes came.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Instant,
    took: f64,
    bits_per_second: f64,
}

/// Samples of one link. Pure: times are passed in.
#[derive(Debug, Default)]
pub struct Estimate {
    samples: VecDeque<Sample>,
    errors: VecDeque<f64>,
    taken: u64,
    round_trip: Option<f64>,
}

impl Estimate {
    /// Takes in that `bytes` came within `took` of receiving, ending at `now`. Samples of no length or no bytes are left
    /// out of the mean's reach by counting at least one byte and one microsecond.
    pub fn add(&mut self, now: Instant, bytes: u64, took: Duration) {
        let took = took.as_secs_f64().max(1e-6);
        let found = (bytes.max(1) as f64) * 8.0 / took;
        if let Some(predicted) = self.mean(now) {
            self.errors.push_back((predicted - found).abs() / found);
            if self.errors.len() > ERRORS {
                self.errors.pop_front();
            }
        }
        self.samples.push_back(Sample { at: now, took, bits_per_second: found });
        if self.samples.len() > REMEMBERED {
            self.samples.pop_front();
        }
        self.taken += 1;
    }

    /// Takes in that the first byte of an answer came `after` its request was sent.
    pub fn answered(&mut self, after: Duration) {
        let found = after.as_secs_f64();
        self.round_trip = Some(self.round_trip.map_or(found, |smoothed| (1.0 - ALPHA) * smoothed + ALPHA * found));
    }

    /// What is known at `now`; none before anything was taken in.
    pub fn link(&self, now: Instant) -> Option<LinkEstimate> {
        let round_trip = self.round_trip.map(Duration::from_secs_f64);
        let mean = self.mean(now);
        if mean.is_none() && round_trip.is_none() {
            return None;
        }
        let mean = mean.unwrap_or_default();
        let error = self.errors.iter().copied().fold(0.0, f64::max);
        Some(LinkEstimate {
            throughput_bps: mean.round() as u64,
            discounted_bps: (mean / (1.0 + error)).round() as u64,
            error,
            round_trip,
            samples: self.taken,
        })
    }

    fn mean(&self, now: Instant) -> Option<f64> {
        let (mut weights, mut inverse) = (0.0, 0.0);
        for sample in &self.samples {
            let age = now.saturating_duration_since(sample.at).as_secs_f64();
            let weight = sample.took * 0.5_f64.powf(age / HALF_LIFE.as_secs_f64());
            weights += weight;
            inverse += weight / sample.bits_per_second;
        }
        // A mean of samples so old that their weights are lost in rounding is the newest of them.
        if weights > f64::MIN_POSITIVE && inverse > f64::MIN_POSITIVE {
            Some(weights / inverse)
        } else {
            self.samples.back().map(|sample| sample.bits_per_second)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn nothing_is_known_before_the_first_sample() {
        assert_eq!(Estimate::default().link(Instant::now()), None);
    }

    #[test]
    fn a_steady_link_is_estimated_exactly_and_not_discounted() {
        let (mut estimate, start) = (Estimate::default(), Instant::now());
        for second in 1..=6 {
            estimate.add(start + SECOND * second, 125_000, SECOND);
        }
        let link = estimate.link(start + SECOND * 6).unwrap();
        assert!((999_990..=1_000_010).contains(&link.throughput_bps), "{link:?}");
        assert_eq!((link.discounted_bps, link.samples), (link.throughput_bps, 6));
    }

    #[test]
    fn a_burst_moves_the_mean_less_than_the_arithmetic_one() {
        let (mut estimate, now) = (Estimate::default(), Instant::now());
        for bytes in [125_000, 125_000, 125_000, 12_500_000] {
            estimate.add(now, bytes, SECOND);
        }
        let link = estimate.link(now).unwrap();
        assert!(link.throughput_bps < 1_400_000, "{link:?}");
    }

    #[test]
    fn the_worst_of_the_last_five_errors_discounts() {
        let (mut estimate, now) = (Estimate::default(), Instant::now());
        estimate.add(now, 250_000, SECOND);
        estimate.add(now, 125_000, SECOND);
        let link = estimate.link(now).unwrap();
        assert!((link.error - 1.0).abs() < 1e-9, "{link:?}");
        assert!(link.discounted_bps.abs_diff(link.throughput_bps / 2) <= 1, "{link:?}");

        for _ in 0..10 {
            estimate.add(now, 125_000, SECOND);
        }
        assert!(estimate.link(now).unwrap().error < 0.2, "old errors are forgotten");
    }

    #[test]
    fn older_samples_weigh_less() {
        let (mut estimate, start) = (Estimate::default(), Instant::now());
        estimate.add(start, 125_000, SECOND);
        estimate.add(start + HALF_LIFE * 4, 1_250_000, SECOND);
        let link = estimate.link(start + HALF_LIFE * 4).unwrap();
        assert!(link.throughput_bps > 6_000_000, "{link:?}");
    }

    #[test]
    fn short_samples_weigh_less_than_long_ones() {
        let (mut estimate, now) = (Estimate::default(), Instant::now());
        estimate.add(now, 125_000, SECOND);
        estimate.add(now, 100, Duration::from_millis(8));
        let link = estimate.link(now).unwrap();
        assert!(link.throughput_bps > 900_000, "{link:?}");
    }

    #[test]
    fn the_round_trip_is_smoothed_as_in_tcp() {
        let (mut estimate, now) = (Estimate::default(), Instant::now());
        estimate.answered(Duration::from_millis(100));
        estimate.answered(Duration::from_millis(180));
        let round_trip = estimate.link(now).unwrap().round_trip.unwrap();
        assert_eq!(round_trip.as_millis(), 110);
        assert_eq!(estimate.link(now).unwrap().samples, 0);
    }

    #[test]
    fn very_old_samples_still_give_an_estimate() {
        let (mut estimate, now) = (Estimate::default(), Instant::now());
        estimate.add(now, 125_000, SECOND);
        let link = estimate.link(now + Duration::from_secs(1_000_000)).unwrap();
        assert_eq!(link.throughput_bps, 1_000_000);
    }
}
