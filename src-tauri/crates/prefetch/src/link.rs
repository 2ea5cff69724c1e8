//! How fast the network is, from what fetches took. The estimate is bits over seconds with both forgotten slowly: on the
//! challenge's traces the bandwidth of a moment says little about the next, and the long average says most.

use std::time::Duration;

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// Bits per second of media that a fetch gets, on average.
    pub throughput: f64,
    /// How far half-seconds of it stray from the average: standard deviation over mean.
    pub spread: f64,
    /// From a request to its first byte.
    pub round_trip: Duration,
}

/// Makes a [`Link`] of samples. Plain data, so that it can be kept between runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkMeter {
    megabits: f64,
    seconds: f64,
    deviation: f64,
    round_trip: Duration,
}

/// What is left of a sample after a second of further transfer; of the challenge's data.
const MEMORY: f64 = 0.97;
/// The first guess, in Mbit/s, and it counts as so many seconds of transfer. Low, because a stall costs more than a wait.
const GUESS_MBPS: f64 = 1.0;
const GUESS_SECONDS: f64 = 0.7;
/// The challenge's traces (0.4 and 0.5 a half-second), and the guess for any other link.
const GUESS_SPREAD: f64 = 0.45;
/// What a sample adds to the estimate of the spread.
const SPREAD_GAIN: f64 = 0.02;

impl Default for LinkMeter {
    fn default() -> Self {
        Self {
            megabits: GUESS_MBPS * GUESS_SECONDS,
            seconds: GUESS_SECONDS,
            deviation: GUESS_SPREAD * GUESS_SPREAD,
            round_trip: Duration::from_millis(80),
        }
    }
}

impl LinkMeter {
    /// Notes a fetch: its bytes, from the first to the last of them in `transfer`, after waiting `round_trip` for the first.
    pub fn sample(&mut self, bytes: u64, transfer: Duration, round_trip: Duration) {
        let (megabits, seconds) = (bytes as f64 * 8e-6, transfer.as_secs_f64());
        if megabits <= 0.0 || seconds <= 0.0 {
            return;
        }
        let ratio = (megabits / seconds) / (self.megabits / self.seconds) - 1.0;
        // A long sample averages half-seconds of which each strays further. One sample must not say everything.
        let halves = (seconds * 2.0).max(1.0);
        self.deviation += SPREAD_GAIN * ((ratio * ratio * halves).min(1.0) - self.deviation);
        let kept = MEMORY.powf(seconds.min(60.0));
        self.megabits = self.megabits * kept + megabits;
        self.seconds = self.seconds * kept + seconds;
        self.round_trip = (self.round_trip * 3 + round_trip) / 4;
    }

    /// The estimate.
    pub fn link(&self) -> Link {
        Link {
            throughput: self.megabits / self.seconds * 1e6,
            spread: self.deviation.sqrt(),
            round_trip: self.round_trip,
        }
    }
}
