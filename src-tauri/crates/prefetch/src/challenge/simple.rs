//! Two simple policies to compare with: the quickest that keep a viewer going, and what they cost shows what planning saves.

use super::message::{Decision, Message, Player};

/// Of the two thresholds of the challenge's own example: above so many milliseconds of buffer the next level up is taken.
const LEVEL_UP_MS: f64 = 1000.0;
/// The challenge's example sleeps so long when there is nothing to fetch.
const NAP_MS: u32 = 500;
/// The challenge's example fetches a chunk of a later video where so many viewers get to see it.
const GATE: f64 = 0.65;

/// By the buffer alone: the lowest level up to one second, the middle one up to two, then the highest.
fn level(player: &Player) -> usize {
    [LEVEL_UP_MS, 2.0 * LEVEL_UP_MS].iter().filter(|above| player.buffer_ms > **above).count()
}

fn incomplete(player: &Player) -> bool {
    player.next_chunk < player.chunks
}

/// The whole playing video, then the whole next one, and nothing else.
pub(crate) fn next_only(message: &Message) -> Decision {
    let wanted = message.players.iter().take(2).find(|p| incomplete(p));
    wanted.map_or(Decision::sleep(NAP_MS), |p| Decision::fetch(p.id, level(p)))
}

/// The challenge's own example: the whole playing video, then up to four chunks of each of the next, as long as enough
/// viewers get to see them. `retention` is that of the message's videos, by their number.
pub(crate) fn four_ahead(message: &Message, retention: &dyn Fn(i64, usize) -> f64) -> Decision {
    let playing = message.players.iter().take(1).find(|p| incomplete(p));
    let ahead = || {
        let mut later = message.players.iter().skip(1);
        later.find(|p| incomplete(p) && p.next_chunk < 4 && retention(p.id, p.next_chunk) > GATE)
    };
    let wanted = if message.first_step { message.players.first() } else { playing.or_else(ahead) };
    wanted.map_or(Decision::sleep(NAP_MS), |p| Decision::fetch(p.id, level(p)))
}
