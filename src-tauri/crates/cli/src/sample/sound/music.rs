//! The score: a pad of chords, a plucked melody, bass and soft percussion, and at the end a riser and a hit.

use super::RATE;
use super::synth::{Band, LowPass, Noise, Track, Wave, hertz, pluck};
use crate::sample::film::paint::chance;
use crate::sample::story::Episode;
use std::f32::consts::TAU;

/// The natural minor scale in semitones.
const SCALE: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];
/// Progressions as scale degrees of their roots; each ends open.
const PROGRESSIONS: [[i32; 4]; 4] = [[0, 5, 2, 4], [0, 3, 5, 4], [0, 2, 5, 6], [0, 5, 3, 4]];

/// A note of the scale, `degree` steps above the key.
fn note(key: u8, degree: i32) -> f32 {
    let octave = degree.div_euclid(7);
    (i32::from(key) + octave * 12 + SCALE[degree.rem_euclid(7) as usize]) as f32
}

/// Plays the score up to the cut.
pub(super) fn play(e: &Episode, dry: &mut Track, wet: &mut Track) {
    let end = e.cut();
    let chord = end / 4.0;
    let roots = PROGRESSIONS[e.number as usize % 4];
    let pad = Wave::new(7, |n| 1.0 / (n as f32).powf(1.7));
    let bass = Wave::new(3, |n| 1.0 / (n as f32).powi(2));
    for (i, root) in roots.into_iter().enumerate() {
        let from = i as f32 * chord;
        for (voice, step) in [0, 2, 4, 7, 8].into_iter().enumerate() {
            // A ninth colours the last chord; the others keep to the triad and its octave.
            if step == 8 && i != 3 {
                continue;
            }
            let pitch = hertz(note(e.key, root + step) + if root > 3 { -12.0 } else { 0.0 });
            for (detune, pan) in [(0.9975, -0.7), (1.0022, 0.7), (1.0, 0.0)] {
                let mut phase = voice as f32 * 0.31 + pan;
                let swell = |t: f32| {
                    ((t + if i == 0 { 0.5 } else { 0.0 }) / 0.9).min(1.0) * ((chord + 0.7 - t) / 0.9).clamp(0.0, 1.0)
                };
                let tone = |t: f32| {
                    phase += pitch * detune * (1.0 + 0.0012 * (t * 4.4 + voice as f32).sin()) / RATE as f32;
                    0.034 * swell(t) * pad.at(phase)
                };
                let target = if pan == 0.0 { &mut *dry } else { &mut *wet };
                target.tone(from, (chord + 0.7).min(end - from), pan, tone);
            }
        }
        let pitch = hertz(note(e.key, root) - if root > 3 { 36.0 } else { 24.0 });
        let mut phase = 0.0;
        dry.tone(from, chord, 0.0, |t| {
            phase += pitch / RATE as f32;
            0.15 * (t / 0.06).min(1.0) * ((chord - t) / 0.25).clamp(0.0, 1.0) * bass.at(phase)
        });
    }
    melody(e, chord, &roots, dry, wet);
    percussion(e, dry, wet);
}

/// Plucked notes in eighths: chord tones on the beat, neighbours between, rests by chance.
fn melody(e: &Episode, chord: f32, roots: &[i32; 4], dry: &mut Track, wet: &mut Track) {
    let eighth = 30.0 / e.tempo;
    let mut degree = 4;
    let mut i = 0u32;
    loop {
        let at = 0.25 + i as f32 * eighth;
        if at + 0.4 > e.cut() {
            return;
        }
        let die = chance(e.number * 977 + i * 13);
        let on_beat = i.is_multiple_of(2);
        if die < if on_beat { 0.82 } else { 0.38 } {
            let root = roots[((at / chord) as usize).min(3)];
            let step = (chance(e.number * 53 + i * 7) * 5.0) as i32 - 2;
            degree = (degree + step).clamp(root.min(3), root.min(3) + 9);
            let tone = if on_beat {
                // The nearest tone of the chord.
                (0..10)
                    .map(|k| root + [0, 2, 4][k % 3] + 7 * (k / 3) as i32 - 7)
                    .min_by_key(|t| (t - degree).abs())
                    .unwrap_or(root)
            } else {
                degree
            };
            let loud = if on_beat { 0.34 } else { 0.22 } * (0.75 + 0.25 * die);
            let pan = chance(i * 3 + 1) * 0.9 - 0.45;
            let start = (at * RATE as f32) as usize;
            for (k, s) in pluck(note(e.key, tone) + 12.0, 1.6, e.number * 100 + i).into_iter().enumerate() {
                dry.add(start + k, s * loud * 0.75, pan);
                wet.add(start + k, s * loud, -pan);
            }
        }
        i += 1;
    }
}

/// A soft drum on the beats and a brush between, from the second bar on; a heartbeat before the end.
fn percussion(e: &Episode, dry: &mut Track, wet: &mut Track) {
    let beat = 60.0 / e.tempo;
    let mut i = 0u32;
    while (i as f32) * beat < e.cut() - 2.2 {
        let at = 0.25 + i as f32 * beat;
        if at > 3.0 {
            if i.is_multiple_of(2) {
                drum(dry, at, 0.30);
            } else {
                brush(wet, at, 0.32, i);
            }
            brush(dry, at + beat / 2.0, 0.07, i + 500);
        }
        i += 1;
    }
    for k in 0..5 {
        let at = e.cut() - 2.1 + k as f32 * (0.46 - 0.02 * k as f32);
        drum(dry, at, 0.26 + 0.05 * k as f32);
        drum(dry, at + 0.16, 0.18 + 0.04 * k as f32);
    }
}

fn drum(track: &mut Track, at: f32, loud: f32) {
    let mut phase = 0.0;
    track.tone(at, 0.32, 0.0, |t| {
        phase += (46.0 + 70.0 * (-t * 34.0).exp()) / RATE as f32;
        loud * (-t * 12.0).exp() * (t / 0.003).min(1.0) * (TAU * phase).sin()
    });
}

fn brush(track: &mut Track, at: f32, loud: f32, seed: u32) {
    let (mut noise, mut band) = (Noise::new(seed + 31), Band::default());
    track.tone(at, 0.16, 0.25, |t| {
        loud * 0.5 * (t / 0.012).min(1.0) * (-t * 30.0).exp() * band.next(noise.next(), 4200.0, 0.9)
    });
}

/// What ends every episode: two seconds of rising, and a hit on the cut.
pub(super) fn finale(e: &Episode, dry: &mut Track, wet: &mut Track) {
    let (rise, cut) = (2.0, e.cut());
    let (mut noise, mut band) = (Noise::new(e.number + 900), Band::default());
    wet.tone(cut - rise, rise, 0.0, |t| {
        let k = t / rise;
        0.30 * k * k * band.next(noise.next(), 300.0 + 4200.0 * k * k, 0.35)
    });
    let base = hertz(f32::from(e.key));
    for (part, pan) in [(1.0, -0.5), (1.5, 0.5), (2.0, 0.0)] {
        let mut phase = 0.0;
        dry.tone(cut - rise, rise, pan, |t| {
            let k = t / rise;
            phase += base * part * (k * k).exp2() / RATE as f32;
            0.06 * k * k * (TAU * phase).sin() * (0.7 + 0.3 * (TAU * t * (6.0 + 10.0 * k)).sin())
        });
    }
    let mut phase = 0.0;
    let boom = |t: f32| {
        phase += (38.0 + 60.0 * (-t * 16.0).exp()) / RATE as f32;
        0.62 * (-t * 3.4).exp() * (t / 0.002).min(1.0) * (TAU * phase).sin()
    };
    dry.tone(cut, super::super::story::BLACK, 0.0, boom);
    let (mut noise, mut low) = (Noise::new(77), LowPass::default());
    wet.tone(cut, 0.5, 0.0, |t| 1.2 * (-t * 14.0).exp() * low.next(noise.next(), 1800.0));
    for (k, step) in [0.0, 7.0, 12.0].into_iter().enumerate() {
        for (i, s) in pluck(f32::from(e.key) - 12.0 + step, 0.9, 60 + k as u32).into_iter().enumerate() {
            wet.add((cut * RATE as f32) as usize + i, s * 0.55, k as f32 * 0.5 - 0.5);
        }
    }
}
