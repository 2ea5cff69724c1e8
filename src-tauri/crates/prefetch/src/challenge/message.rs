//! The line protocol's two kinds of message: what the simulator tells, and what the planner answers. Every field has a
//! default, so that a line with less or more in it is still understood.

use serde::{Deserialize, Deserializer, Serialize};

/// What the simulator tells before every decision.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Counts the sessions: one viewer on one trace each.
    #[serde(deserialize_with = "whole")]
    pub session: i64,
    /// Counts the decisions of a session.
    #[serde(deserialize_with = "whole")]
    pub step: i64,
    /// A new session begins: nothing of the one before holds.
    pub first_step: bool,
    /// How long the last decision took, in milliseconds.
    pub delay_ms: f64,
    /// How long the picture stood meanwhile, in milliseconds.
    pub rebuf_ms: f64,
    /// What the last decision fetched, in bytes; 0 after a sleep.
    pub bytes: f64,
    /// The last decision was a sleep.
    pub slept: bool,
    /// The video fetched last is complete, or was left.
    pub end_of_video: bool,
    /// The video on the screen.
    #[serde(deserialize_with = "whole")]
    pub play_id: i64,
    /// That video and those after it, at most five.
    pub players: Vec<Player>,
}

/// One video of the queue.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Player {
    /// Its number in the session.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// What was played of it, in milliseconds.
    pub play_ms: f64,
    /// What is fetched and not played, in milliseconds.
    pub buffer_ms: f64,
    /// Its length in chunks of one second.
    #[serde(deserialize_with = "count")]
    pub chunks: usize,
    /// The chunk that would be fetched next.
    #[serde(deserialize_with = "count")]
    pub next_chunk: usize,
    /// The levels of the chunks that were fetched.
    pub bitrates: Vec<f64>,
    /// Bytes by level and chunk; only in the first message that shows the video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Vec<Vec<f64>>>,
    /// The fraction of viewers who still watch, by second; only in the first message that shows the video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Vec<f64>>,
}

/// Whole numbers may be written as `1.0`: the simulator's language does so easily.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(f64::deserialize(deserializer)? as i64)
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    Ok(f64::deserialize(deserializer)? as usize)
}

/// What the planner answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Decision {
    /// Fetch the next chunk of a video.
    Fetch {
        /// The video's number in the session.
        video_id: i64,
        /// 0, 1 or 2.
        bitrate: usize,
        /// Always 0.
        sleep_ms: u32,
    },
    /// Fetch nothing for a while.
    Sleep {
        /// Milliseconds, at least 1.
        sleep_ms: u32,
    },
}

impl Decision {
    /// Fetch the next chunk of a video at a level.
    pub fn fetch(video_id: i64, bitrate: usize) -> Self {
        Self::Fetch { video_id, bitrate, sleep_ms: 0 }
    }

    /// Fetch nothing for so many milliseconds.
    pub fn sleep(sleep_ms: u32) -> Self {
        Self::Sleep { sleep_ms: sleep_ms.max(1) }
    }
}
