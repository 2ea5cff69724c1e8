//! What to fetch next: pure policy, no I/O. [`plan`] turns a [`State`] (queue, position, link, habits, limits) into ordered
//! wants. [`Viewing`] learns what this viewer does and says it as [`Habits`]; [`LinkMeter`] measures the network and says it
//! as [`Link`]. The caller fetches, stores the two learned values, and asks again whenever something changed.
//!
//! [`challenge`] measures the planner in a public simulator. There is one planner and one set of constants for all of it:
//! where bytes are dear (metered links, and the challenge) thresholds are refined by rollouts; where they are cheap the
//! thresholds alone fetch far ahead.

pub mod challenge;
mod lane;
mod link;
mod plan;
mod policy;
mod rng;
mod rollout;
mod state;
mod viewing;

pub use link::{Link, LinkMeter};
pub use plan::plan;
pub use state::{Episode, Limits, Media, Plan, Reason, State, Stream, Variant, Want, What};
pub use viewing::{Habits, Leave, Toward, Viewing};

#[cfg(test)]
mod plan_tests;
