//! The planner behind the line protocol: turns what the simulator tells into a [`State`], and the first want into an answer.
//! What a message leaves out holds as it was told before, and a message that makes no sense is answered by a short sleep.

use super::message::{Decision, Message, Player};
use super::world::{RATES_KBPS, ROUND_TRIP_MS};
use crate::link::LinkMeter;
use crate::state::{Episode, Limits, Media, State, Stream, Variant, What};
use crate::{Habits, plan};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The answer where nothing can be fetched.
const NAP_MS: u32 = 100;
/// More of these would be no queue of the challenge's: the rest is not looked at.
const QUEUE: usize = 5;
/// No video is longer, in chunks; what claims to be is not believed.
const CHUNKS: usize = 10_000;

/// What was told of a video when it was first shown.
#[derive(Debug, Clone)]
struct Known {
    stream: Arc<Stream>,
    retention: Arc<[f32]>,
}

/// Answers messages, one after the other.
#[derive(Debug, Default)]
pub struct Agent {
    known: BTreeMap<i64, Known>,
    meter: LinkMeter,
    variant: Option<usize>,
    clock: Duration,
}

impl Agent {
    /// Answers a line of JSON with a line of JSON (without its end), whatever it holds.
    pub fn answer_line(&mut self, line: &str) -> String {
        let decision = match serde_json::from_str::<Message>(line) {
            Ok(message) => self.answer(&message),
            Err(_) => Decision::sleep(NAP_MS),
        };
        serde_json::to_string(&decision).unwrap_or_else(|_| format!("{{\"sleep_ms\":{NAP_MS}}}"))
    }

    /// Decides. The answer is legal: a video of the message that is not complete, and one of its levels.
    pub fn answer(&mut self, message: &Message) -> Decision {
        if message.first_step {
            *self = Self::default();
        }
        self.clock += milliseconds(message.delay_ms);
        if !message.first_step && !message.slept && message.bytes > 0.0 {
            let transfer = milliseconds(message.delay_ms - ROUND_TRIP_MS);
            self.meter.sample(message.bytes as u64, transfer, milliseconds(ROUND_TRIP_MS));
        }
        self.known.retain(|id, _| *id >= message.play_id);
        for player in &message.players {
            self.learn(player);
        }
        let Some(state) = self.state(message) else { return Decision::sleep(NAP_MS) };
        let plan = plan(&state);
        self.variant = plan.variant;
        let Some(want) = plan.wants.first() else {
            let wake = plan.wake.map_or(u128::from(NAP_MS), |wake| wake.saturating_sub(self.clock).as_millis());
            return Decision::sleep(u32::try_from(wake).unwrap_or(NAP_MS));
        };
        let player = &message.players[want.episode];
        // The simulator fetches the next chunk, whichever the want names; a chunk that it does not have it cannot.
        if player.next_chunk < player.chunks && matches!(want.what, What::Segment(_)) {
            Decision::fetch(player.id, want.variant.min(RATES_KBPS.len() - 1))
        } else {
            Decision::sleep(NAP_MS)
        }
    }

    fn learn(&mut self, player: &Player) {
        let (Some(sizes), Some(retention)) = (&player.sizes, &player.retention) else { return };
        if player.chunks > CHUNKS {
            return;
        }
        let variant = |(level, kbps): (usize, &f64)| {
            let size = |chunk| sizes.get(level).and_then(|s: &Vec<f64>| s.get(chunk)).map_or(kbps * 125.0, |s| *s);
            Variant {
                bit_rate: (kbps * 1000.0) as u64,
                segments: (0..player.chunks).map(|chunk| size(chunk) as u64).collect(),
                init: false,
            }
        };
        let stream = Stream {
            durations: vec![Duration::from_secs(1); player.chunks],
            variants: RATES_KBPS.iter().enumerate().map(variant).collect(),
        };
        // Never rising and never above one, whatever is told.
        let mut lowest = 1.0_f32;
        let retention = retention.iter().take(player.chunks + 1).map(|r| {
            lowest = lowest.min((*r as f32).max(0.0));
            lowest
        });
        self.known.insert(player.id, Known { stream: Arc::new(stream), retention: retention.collect() });
    }

    fn state(&self, message: &Message) -> Option<State> {
        let episode = |player: &Player| {
            let known = self.known.get(&player.id)?;
            let chunks = known.stream.durations.len();
            let level = |chunk| player.bitrates.get(chunk).map_or(0, |l| (*l as usize).min(RATES_KBPS.len() - 1));
            let cached = (0..chunks).map(|chunk| (chunk < player.next_chunk).then(|| level(chunk))).collect();
            let media = Media::Segmented { stream: known.stream.clone(), init: vec![], cached };
            let retention = Some(known.retention.clone());
            Some(Episode { media, opens_at: milliseconds(player.play_ms), retention })
        };
        // A queue has no gaps: behind a video that was never described, nothing is known to follow.
        let queue: Vec<Episode> = message.players.iter().take(QUEUE).map_while(episode).collect();
        Some(State {
            now: self.clock,
            position: queue.first()?.opens_at,
            queue,
            playing: 0,
            speed: 1.0,
            jump: None,
            auto_next: true,
            variant: self.variant,
            link: self.meter.link(),
            // The challenge's viewers always go on.
            habits: Habits::always_on(),
            limits: Limits { metered: true, ..Limits::default() },
            wants: 1,
        })
    }
}

/// Whatever the number is.
fn milliseconds(ms: f64) -> Duration {
    Duration::try_from_secs_f64((ms / 1000.0).clamp(0.0, 1e6)).unwrap_or_default()
}
