//! `cliffhanger-cli prefetch-sim`: what the planner scores in the short-video challenge, beside two simple policies.

use prefetch::challenge::{Policy, ReplayError, replay};
use std::ops::Range;
use std::path::Path;

/// A set of network traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Set {
    /// About 1.2 Mbit/s.
    Low,
    /// About 1.6 Mbit/s.
    Medium,
}

/// Replays and prints a line for every set and policy.
///
/// # Errors
/// Traces that cannot be read.
pub(crate) fn run(traces: &Path, set: Option<Set>, viewers: Range<usize>) -> Result<(), ReplayError> {
    let sets =
        [(Set::Low, "low"), (Set::Medium, "medium")].into_iter().filter(|(s, _)| set.is_none_or(|only| only == *s));
    println!(
        "{:<8} {:<18} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10}",
        "set", "policy", "score", "QoE", "Mbit", "wasted", "stall s", "p99"
    );
    for (_, name) in sets {
        for (policy, title) in
            [(Policy::Planner, "planner"), (Policy::NextOnly, "next only"), (Policy::FourAhead, "fixed 4 ahead")]
        {
            let report = replay(traces, name, viewers.clone(), policy)?;
            let mean = report.mean;
            println!(
                "{name:<8} {title:<18} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>7.0} us",
                mean.total(),
                mean.qoe,
                mean.megabits,
                mean.wasted,
                mean.stall,
                report.p99.as_secs_f64() * 1e6,
            );
        }
    }
    Ok(())
}
