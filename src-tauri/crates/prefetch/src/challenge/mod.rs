//! The planner in the public simulator of the ACM Multimedia 2022 "Short Video Streaming" challenge: a faithful model of it
//! to replay its traces with, and the line protocol by which other simulators can ask.
//!
//! Nothing in here plans: [`Agent`] turns what a simulator tells into the same [`crate::State`] that the product uses.

mod agent;
mod message;
mod simple;
mod traces;
mod twister;
mod viewers;
mod world;

pub use agent::Agent;
pub use message::{Decision, Message, Player};
pub use traces::TraceError;
pub use world::{IllegalDecision, Score};

use std::io::{BufRead, Write};
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};
use traces::{Trace, Video};
use world::World;

/// Who decides in a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The planner.
    Planner,
    /// The whole playing video, then the whole next one.
    NextOnly,
    /// The challenge's example: the playing video, then up to four chunks of each after it.
    FourAhead,
}

/// What a replay came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// The mean over the sessions.
    pub mean: Score,
    /// How many sessions there were.
    pub sessions: usize,
    /// Of a hundred decisions ninety-nine were quicker.
    pub p99: Duration,
}

/// Why a replay could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The traces.
    #[error(transparent)]
    Traces(#[from] TraceError),
    /// A policy did what it must not.
    #[error(transparent)]
    Decision(#[from] IllegalDecision),
}

/// Replays every trace of a set (`low`, `medium`) for each of these viewers.
///
/// # Errors
/// Traces that cannot be read; an illegal decision.
pub fn replay(root: &Path, set: &str, viewers: Range<usize>, policy: Policy) -> Result<Report, ReplayError> {
    Ok(replay_on(&traces::videos(root)?, &traces::networks(root, set)?, viewers, policy)?)
}

fn replay_on(
    videos: &[Video],
    networks: &[Trace],
    viewers: Range<usize>,
    policy: Policy,
) -> Result<Report, IllegalDecision> {
    let mut last_levels = vec![None; videos.len()];
    let (mut sum, mut sessions, mut times) = (Score::default(), 0, Vec::new());
    for viewer in viewers {
        let watch = viewers::viewer(videos, viewer);
        for network in networks {
            let mut world = World::new(videos, &watch, network, &mut last_levels, sessions as i64);
            let mut agent = Agent::default();
            let score = loop {
                let begun = Instant::now();
                let decision = match policy {
                    Policy::Planner => agent.answer(world.message()),
                    Policy::NextOnly => simple::next_only(world.message()),
                    Policy::FourAhead => {
                        simple::four_ahead(world.message(), &|video, chunk| videos[video as usize].retention[chunk])
                    }
                };
                times.push(begun.elapsed());
                if let Some(score) = world.step(decision)? {
                    break score;
                }
            };
            sum = sum.plus(&score);
            sessions += 1;
        }
    }
    times.sort_unstable();
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    Ok(Report { mean: sum.over(sessions.max(1)), sessions, p99 })
}

/// Answers each line with a line, until the input ends. Blank lines ask nothing.
///
/// # Errors
/// Of the input or the output.
pub fn serve(mut input: impl BufRead, mut output: impl Write) -> std::io::Result<()> {
    let (mut agent, mut line) = (Agent::default(), Vec::new());
    while input.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            writeln!(output, "{}", agent.answer_line(&text))?;
            output.flush()?;
        }
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod scores;
#[cfg(test)]
mod tests;
