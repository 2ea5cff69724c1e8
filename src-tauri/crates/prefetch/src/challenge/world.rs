//! The challenge's model of the world, for one session: one viewer, one trace, seven videos, one request at a time. It
//! follows the public simulator (AItransCompetition/Short-Video-Streaming-Challenge) to the millisecond, quirks included,
//! because only then do its numbers compare with those of others.

use super::message::{Decision, Message, Player};
use super::traces::{Trace, Video};

/// Kilobits per second of the three levels.
pub(crate) const RATES_KBPS: [f64; 3] = [750.0, 1200.0, 1850.0];
/// Milliseconds added to every request.
pub(crate) const ROUND_TRIP_MS: f64 = 80.0;
/// What of the bandwidth carries media.
const PAYLOAD: f64 = 0.95;
/// Milliseconds of a chunk.
const CHUNK_MS: f64 = 1000.0;
/// The playing video and the next four are known.
const QUEUE: usize = 5;
/// The price of a second of stall, in Mbit/s.
pub(crate) const STALL_PRICE: f64 = 1.85;
/// The price of a megabit.
pub(crate) const MEGABIT_PRICE: f64 = 0.5;

/// What a session came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// Quality minus stalls and changes.
    pub qoe: f64,
    /// Megabits that were fetched.
    pub megabits: f64,
    /// Megabits that were fetched and not played.
    pub wasted: f64,
    /// Seconds of stall.
    pub stall: f64,
}

impl Score {
    /// The challenge's score: the quality minus the price of the bytes.
    pub fn total(&self) -> f64 {
        self.qoe - MEGABIT_PRICE * self.megabits
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self {
            qoe: self.qoe + other.qoe,
            megabits: self.megabits + other.megabits,
            wasted: self.wasted + other.wasted,
            stall: self.stall + other.stall,
        }
    }

    pub(crate) fn over(&self, count: usize) -> Self {
        let n = count as f64;
        Self { qoe: self.qoe / n, megabits: self.megabits / n, wasted: self.wasted / n, stall: self.stall / n }
    }
}

/// The state of one video.
#[derive(Debug, Clone, Default)]
struct Reel {
    played_ms: f64,
    buffer_ms: f64,
    levels: Vec<u8>,
    shown: bool,
}

/// One session.
#[derive(Debug)]
pub(crate) struct World<'a> {
    videos: &'a [Video],
    watch_ms: &'a [f64],
    trace: &'a Trace,
    pointer: usize,
    trace_at: f64,
    reels: Vec<Reel>,
    playing: usize,
    /// The level of the last watched chunk of each video. The original never resets it between sessions.
    last_levels: &'a mut [Option<usize>],
    score: Score,
    message: Message,
}

impl<'a> World<'a> {
    /// The beginning of a session. `last_levels` is what the session before left behind.
    pub(crate) fn new(
        videos: &'a [Video],
        watch_ms: &'a [f64],
        trace: &'a Trace,
        last_levels: &'a mut [Option<usize>],
        session: i64,
    ) -> Self {
        let message = Message { session, first_step: true, ..Message::default() };
        let reels = vec![Reel::default(); videos.len()];
        let trace_at = trace[0].0;
        let score = Score::default();
        let mut world =
            Self { videos, watch_ms, trace, pointer: 1, trace_at, reels, playing: 0, last_levels, score, message };
        world.show();
        world
    }

    /// What the planner is told now.
    pub(crate) fn message(&self) -> &Message {
        &self.message
    }

    /// Carries out a decision; `Some` when the viewer has left the last video.
    ///
    /// # Errors
    /// A decision that the original would have thrown at.
    pub(crate) fn step(&mut self, decision: Decision) -> Result<Option<Score>, IllegalDecision> {
        let (delay, bytes) = match decision {
            Decision::Sleep { sleep_ms } | Decision::Fetch { sleep_ms, .. } if sleep_ms > 0 => {
                (f64::from(sleep_ms), 0.0)
            }
            Decision::Sleep { .. } => return Err(IllegalDecision(decision)),
            Decision::Fetch { video_id, bitrate, .. } => {
                let video = usize::try_from(video_id).map_err(|_| IllegalDecision(decision))?;
                let visible = self.playing..self.videos.len().min(self.playing + QUEUE);
                if !visible.contains(&video) || bitrate >= RATES_KBPS.len() {
                    return Err(IllegalDecision(decision));
                }
                let chunk = self.reels[video].levels.len();
                let Some(&size) = self.videos[video].sizes[bitrate].get(chunk) else {
                    return Err(IllegalDecision(decision));
                };
                self.credit(video, chunk, bitrate);
                self.reels[video].levels.push(bitrate as u8);
                ((self.transfer(size) + ROUND_TRIP_MS + 0.5).floor(), size)
            }
        };
        let stall = self.play(delay);
        let mut complete = true;
        if let (Decision::Fetch { video_id, .. }, true) = (decision, bytes > 0.0) {
            let video = video_id as usize;
            self.score.megabits += bytes * 8e-6;
            if video >= self.playing && self.playing < self.videos.len() {
                self.reels[video].buffer_ms += CHUNK_MS;
                complete = self.reels[video].levels.len() >= self.videos[video].chunks();
            }
        } else if let Some(video) = self.videos.get(self.playing) {
            complete = self.reels[self.playing].levels.len() >= video.chunks();
        }
        self.score.stall += stall / 1000.0;
        self.score.qoe -= STALL_PRICE * stall / 1000.0;
        if self.playing >= self.videos.len() {
            self.settle();
            return Ok(Some(self.score));
        }
        let Message { session, step, .. } = self.message;
        self.message = Message {
            session,
            step: step + 1,
            first_step: false,
            delay_ms: delay,
            rebuf_ms: stall,
            bytes,
            slept: bytes == 0.0,
            end_of_video: complete,
            ..Message::default()
        };
        self.show();
        Ok(None)
    }

    /// Pays for a chunk that will be watched, when it is fetched.
    fn credit(&mut self, video: usize, chunk: usize, level: usize) {
        let last_watched = (self.watch_ms[video] / CHUNK_MS).floor() as usize;
        if chunk > last_watched {
            return;
        }
        if chunk == last_watched {
            self.last_levels[video] = Some(level);
        }
        let before = match (video, chunk) {
            (0, 0) => level,
            // A video whose last chunk was never noted counts as the highest level.
            (_, 0) => self.last_levels[video - 1].unwrap_or(RATES_KBPS.len() - 1),
            _ => usize::from(self.reels[video].levels[chunk - 1]),
        };
        self.score.qoe += (RATES_KBPS[level] - (RATES_KBPS[level] - RATES_KBPS[before]).abs()) / 1000.0;
    }

    /// Milliseconds that so many bytes take. The trace stands still while nothing is fetched.
    fn transfer(&mut self, bytes: f64) -> f64 {
        let (mut sent, mut seconds) = (0.0, 0.0);
        loop {
            let (until, mbps) = self.trace[self.pointer];
            let rate = mbps * 1e6 / 8.0 * PAYLOAD;
            let span = until - self.trace_at;
            if sent + rate * span > bytes {
                let rest = (bytes - sent) / rate;
                self.trace_at += rest;
                return (seconds + rest) * 1000.0;
            }
            sent += rate * span;
            seconds += span;
            self.trace_at = until;
            self.pointer += 1;
            if self.pointer >= self.trace.len() {
                (self.pointer, self.trace_at) = (1, 0.0);
            }
        }
    }

    /// Lets the viewer watch for so many milliseconds and returns how many of them the picture stood.
    fn play(&mut self, mut left: f64) -> f64 {
        while left > 0.0 && self.playing < self.videos.len() {
            let reel = &mut self.reels[self.playing];
            let remaining = self.watch_ms[self.playing] - reel.played_ms;
            let wish = left.min(remaining);
            let played = wish.min(reel.buffer_ms);
            reel.played_ms += played;
            reel.buffer_ms -= played;
            left -= played;
            if played == remaining {
                self.playing += 1;
            } else if played < wish {
                return left;
            }
        }
        0.0
    }

    /// Counts what was fetched and not watched.
    fn settle(&mut self) {
        for ((reel, video), watch) in self.reels.iter().zip(self.videos).zip(self.watch_ms) {
            let watched = (watch / CHUNK_MS).ceil() as usize;
            let unwatched = reel.levels.iter().enumerate().skip(watched);
            self.score.wasted += unwatched.map(|(i, l)| video.sizes[usize::from(*l)][i]).sum::<f64>() * 8e-6;
        }
    }

    fn show(&mut self) {
        self.message.play_id = self.playing as i64;
        for id in self.playing..self.videos.len().min(self.playing + QUEUE) {
            let (reel, video) = (&mut self.reels[id], &self.videos[id]);
            let new = !std::mem::replace(&mut reel.shown, true);
            self.message.players.push(Player {
                id: id as i64,
                play_ms: reel.played_ms,
                buffer_ms: reel.buffer_ms,
                chunks: video.chunks(),
                next_chunk: reel.levels.len(),
                bitrates: reel.levels.iter().map(|l| f64::from(*l)).collect(),
                sizes: new.then(|| video.sizes.to_vec()),
                retention: new.then(|| video.retention.clone()),
            });
        }
    }
}

/// A decision that the original simulator throws at.
#[derive(Debug, thiserror::Error)]
#[error("an illegal decision: {0:?}")]
pub struct IllegalDecision(pub Decision);
