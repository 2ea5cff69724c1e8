//! What the planner scores beside the simple policies: on sessions made up here, and on the challenge's public data.
//!
//! The data is found through `TRACES`, by default `../shared/traces` beside the workspace; it is no part of it.

use super::*;
use crate::rng::Rng;
use std::path::PathBuf;

/// The folder of the public data.
pub(super) fn traces() -> Option<PathBuf> {
    let default = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/traces"));
    let path = std::env::var_os("TRACES").map_or(default, PathBuf::from);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: no traces at {}", path.display());
    None
}

/// A link that gives `mean` Mbit/s on average and strays from it in every half-second.
fn bursty(mean: f64, seed: u64) -> Trace {
    let mut rng = Rng::new(seed);
    (0..400).map(|i| (f64::from(i) * 0.5, mean * f64::from(0.2 + 1.6 * rng.unit()))).collect()
}

fn score(networks: &[Trace], policy: Policy) -> Score {
    replay_on(&tests::videos(), networks, 0..6, policy).unwrap().mean
}

#[test]
fn the_planner_beats_both_simple_policies_clearly_on_links_of_every_kind() {
    for (mean, margin) in [(0.6, 7.0), (1.2, 10.0), (2.0, 13.0), (6.0, 24.0)] {
        let networks: Vec<Trace> = (0..5).map(|seed| bursty(mean, seed)).collect();
        let planner = score(&networks, Policy::Planner);
        for policy in [Policy::NextOnly, Policy::FourAhead] {
            let simple = score(&networks, policy);
            assert!(planner.total() > simple.total() + margin, "{mean} Mbit/s, {policy:?}: {planner:?} {simple:?}");
        }
    }
}

#[test]
fn on_the_public_traces_the_planner_reaches_what_it_is_for() {
    let Some(root) = traces() else { return };
    for (set, least) in [("low", 21.0), ("medium", 29.0)] {
        let mean = replay(&root, set, 0..10, Policy::Planner).unwrap().mean;
        assert!(mean.total() >= least, "{set}: {} of {mean:?}", mean.total());
        for policy in [Policy::NextOnly, Policy::FourAhead] {
            let simple = replay(&root, set, 0..10, policy).unwrap().mean;
            assert!(mean.total() > simple.total() + 20.0, "{set}, {policy:?}: {simple:?}");
        }
    }
}
