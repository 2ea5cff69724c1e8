//! Voices without words: each syllable is a short hummed vowel, at the speaker's pitch, in time with the lips.

use super::RATE;
use super::synth::{LowPass, Noise, Track, Wave};
use crate::sample::film::paint::chance;
use crate::sample::story::speech::syllables;
use crate::sample::story::{Episode, Who};

/// The two lowest formants of a vowel in hertz (Peterson and Barney 1952, rounded means).
fn formants(vowel: u8) -> (f32, f32) {
    match vowel {
        b'a' => (730.0, 1250.0),
        b'e' => (530.0, 1840.0),
        b'i' => (320.0, 2300.0),
        b'o' => (520.0, 900.0),
        _ => (340.0, 900.0),
    }
}

/// Pitch in hertz, size of the throat (scales formants), breath, and place from left to right.
fn timbre(who: Who) -> (f32, f32, f32, f32) {
    match who {
        Who::Lin => (208.0, 1.14, 0.05, -0.2),
        Who::Sister => (216.0, 1.15, 0.08, 0.2),
        Who::Mei => (178.0, 1.08, 0.07, 0.2),
        Who::Purser => (104.0, 0.94, 0.04, 0.25),
        Who::Clerk => (132.0, 1.0, 0.04, 0.1),
        Who::Adrian => (90.0, 0.9, 0.07, 0.2),
    }
}

/// Speaks all lines.
pub(super) fn speak(e: &Episode, dry: &mut Track, wet: &mut Track) {
    for cue in e.cues {
        let (pitch, throat, breath, pan) = timbre(cue.who);
        let all = syllables(cue);
        let count = all.len() as f32;
        let mut noise = Noise::new(cue.from.to_bits());
        let mut phase = 0.0f32;
        for (i, s) in all.iter().enumerate() {
            let (f1, f2) = formants(s.vowel);
            let wave = vowel(pitch, f1 * throat, f2 * throat);
            let wander = chance(cue.from.to_bits().wrapping_add(i as u32 * 31)) - 0.5;
            // A line falls a little from its first word to its last; a question ends by rising.
            let fall = 1.06 - 0.13 * i as f32 / count.max(1.0) + 0.09 * wander;
            let length = s.length * 1.12;
            let mut air = LowPass::default();
            let mut both = Vec::with_capacity((length * RATE as f32) as usize + 1);
            let steps = (length * RATE as f32) as usize;
            for n in 0..steps {
                let k = n as f32 / steps as f32;
                let bend = if s.rising { 1.0 + 0.28 * k * k } else { 1.0 - 0.03 * k };
                phase += pitch * fall * bend * (1.0 + 0.006 * (n as f32 * 34.0 / RATE as f32).sin()) / RATE as f32;
                let shape = (k / 0.22).min(1.0) * ((1.0 - k) / 0.38).clamp(0.0, 1.0);
                let hiss = air.next(noise.next(), 2600.0) * breath;
                both.push(shape * shape * (wave.at(phase) + hiss));
            }
            let start = (s.from * RATE as f32) as usize;
            let mut soft = LowPass::default();
            for (n, v) in both.into_iter().enumerate() {
                let v = soft.next(v, 2400.0) * 0.70;
                dry.add(start + n, v, pan);
                wet.add(start + n, v * 0.6, -pan);
            }
        }
    }
}

/// One period of a vowel: harmonics of a throat's pulse, louder near the formants.
fn vowel(pitch: f32, f1: f32, f2: f32) -> Wave {
    let peak = |f: f32, centre: f32, width: f32| 1.0 / (1.0 + ((f - centre) / width).powi(2));
    Wave::new(((3200.0 / pitch) as usize).clamp(4, 34), |n| {
        let f = pitch * n as f32;
        (peak(f, f1, 90.0) + 0.45 * peak(f, f2, 140.0) + 0.06) / (n as f32).powf(0.55) * 0.34
    })
}
