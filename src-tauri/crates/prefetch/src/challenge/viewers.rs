//! Viewers: for how long each video is watched. They are drawn from the retention curves as the original draws them, with
//! its seeds, so that viewer 0 here is viewer 0 there.

use super::traces::Video;
use super::twister::Twister;

/// The original's seed.
const SEED: u32 = 42;
/// The original draws a table of seeds for one test before that of its viewers: so many numbers below so much.
const SKIPPED: (usize, u32) = (14, 100);
/// Seeds are below this.
const SEEDS: u32 = 10_000;

/// How long the viewer of this number watches each video, in milliseconds.
pub(crate) fn viewer(videos: &[Video], number: usize) -> Vec<f64> {
    let mut table = Twister::numpy(SEED);
    for _ in 0..SKIPPED.0 {
        table.below(SKIPPED.1);
    }
    let mut seed = 0;
    for _ in 0..=number {
        seed = table.below(SEEDS);
    }
    let mut seeds = Twister::numpy(seed);
    videos.iter().map(|video| watched(video, seeds.below(SEEDS), seeds.below(SEEDS))).collect()
}

/// A second by the share of viewers who leave in it, and any moment within; the share that is left watches everything.
fn watched(video: &Video, second: u32, within: u32) -> f64 {
    let left = |s: usize| video.retention[0] - video.retention.get(s + 1).copied().unwrap_or(0.0);
    let at = Twister::numpy(second).unit() * video.retention[0];
    match (0..video.chunks()).find(|s| at < left(*s)) {
        Some(second) => (second as f64 * 1000.0 + Twister::python(within).unit() * 1000.0).floor(),
        None => video.chunks() as f64 * 1000.0,
    }
}
