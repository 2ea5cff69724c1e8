//! The sound of an episode: music, voices and surroundings, mixed to one stereo track. Everything is computed, nothing is
//! recorded, and the same episode always sounds the same.

mod ambience;
mod music;
mod synth;
mod voice;

use self::synth::{Reverb, Track};
use super::story::Episode;

/// Samples per second.
pub(crate) const RATE: u32 = 48_000;
/// Root mean square that the mix is brought to; about -18 LUFS for this material.
const LEVEL: f32 = 0.115;
/// No sample goes beyond this (-1.9 dB).
const CEILING: f32 = 0.8;

/// The whole episode, left and right in turn, from -1 to 1.
pub(crate) fn render(episode: &Episode) -> Vec<f32> {
    let seconds = episode.seconds;
    let mut dry = Track::new(seconds);
    let mut wet = Track::new(seconds);
    music::play(episode, &mut dry, &mut wet);
    // The music makes room for every line.
    let duck = speaking(episode, dry.len());
    for track in [&mut dry, &mut wet] {
        track.scale_by(|i| 1.0 - 0.55 * duck[i]);
    }
    voice::speak(episode, &mut dry, &mut wet);
    ambience::surround(episode, &mut dry, &mut wet);
    music::finale(episode, &mut dry, &mut wet);
    Reverb::new().add(&wet, &mut dry);
    master(dry, seconds)
}

/// 1 while somebody speaks, 0 otherwise, eased over a tenth of a second.
fn speaking(episode: &Episode, len: usize) -> Vec<f32> {
    let mut level = 0.0f32;
    let pull = 1.0 - (-1.0 / (0.10 * RATE as f32)).exp();
    (0..len)
        .map(|i| {
            let t = i as f32 / RATE as f32;
            let target = if episode.cues.iter().any(|c| t >= c.from - 0.08 && t < c.to - 0.1) { 1.0 } else { 0.0 };
            level += (target - level) * pull;
            level
        })
        .collect()
}

/// Brings the mix to its level, rounds off the peaks, and fades the very ends against clicks.
fn master(mix: Track, seconds: f32) -> Vec<f32> {
    let mut samples = mix.interleaved();
    let power: f64 = samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>() / samples.len().max(1) as f64;
    let gain = LEVEL / (power.sqrt() as f32).max(1e-6);
    let ends = 0.03 * RATE as f32;
    let len = (seconds * RATE as f32) as usize;
    for (i, s) in samples.iter_mut().enumerate() {
        let at = (i / 2) as f32;
        let fade = (at / (ends * 0.3)).min((len as f32 - at) / ends).clamp(0.0, 1.0);
        *s = CEILING * (*s * gain / CEILING).tanh() * fade;
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::story::episodes;

    #[test]
    fn sound_lasts_as_long_as_the_picture_is_never_silent_and_never_clips() {
        let e = episodes().next().unwrap();
        let samples = render(e);
        assert_eq!(samples.len(), (e.seconds * RATE as f32) as usize * 2);
        assert!(samples.iter().all(|s| s.abs() <= CEILING));
        for (second, part) in samples.chunks(RATE as usize * 2).enumerate() {
            let power = part.iter().map(|s| s * s).sum::<f32>() / part.len() as f32;
            assert!(power.sqrt() > 0.004, "second {second} is silent");
        }
    }

    #[test]
    fn same_episode_sounds_the_same() {
        let e = episodes().nth(4).unwrap();
        assert_eq!(render(e), render(e));
    }
}
