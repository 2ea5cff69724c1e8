//! Surroundings: waves, rain, a ship's engine, wind, the deep, a town; and the ship's horn.

use super::RATE;
use super::synth::{Band, LowPass, Noise, Track};
use crate::sample::film::paint::{chance, drift};
use crate::sample::story::{Ambience, Episode};
use std::f32::consts::TAU;

/// Lays the episode's surroundings under everything, up to a short tail after the cut.
pub(super) fn surround(e: &Episode, dry: &mut Track, wet: &mut Track) {
    for (seed, pan) in [(e.number * 2, -0.8), (e.number * 2 + 1, 0.8)] {
        let mut bed = bed(e.ambience, seed);
        let cut = e.cut();
        dry.tone(0.0, e.seconds, pan, |t| 1.6 * bed(t) * if t < cut { 1.0 } else { (1.0 - (t - cut) / 0.8).max(0.12) });
    }
    if e.ambience == Ambience::Rain {
        drips(e, wet);
    }
    if let Some(at) = e.horn {
        horn(at, dry, wet);
    }
}

fn bed(kind: Ambience, seed: u32) -> Box<dyn FnMut(f32) -> f32> {
    let mut noise = Noise::new(seed + 11);
    let (mut low, mut lower, mut band) = (LowPass::default(), LowPass::default(), Band::default());
    match kind {
        Ambience::Sea => Box::new(move |t| {
            let swell = 0.45 + 0.55 * (0.5 + 0.5 * (t * 1.05 + seed as f32).sin()).powi(2);
            low.next(noise.next(), 420.0 + 900.0 * swell) * 0.20 * swell
        }),
        Ambience::Rain => Box::new(move |t| {
            let n = noise.next();
            (n - low.next(n, 1500.0)) * 0.020 * (1.0 + 0.2 * drift(seed, t * 0.8)) + lower.next(n, 240.0) * 0.10
        }),
        Ambience::Ship => Box::new(move |t| {
            let engine = (TAU * 41.0 * t).sin() + 0.5 * (TAU * 82.4 * t).sin() + 0.25 * (TAU * 123.1 * t).sin();
            engine * 0.022 * (1.0 + 0.25 * (TAU * 3.4 * t).sin()) + low.next(noise.next(), 160.0) * 0.22
        }),
        Ambience::Wind => Box::new(move |t| {
            let gust = 0.5 + 0.5 * drift(seed, t * 0.55);
            band.next(noise.next(), 320.0 + 520.0 * gust, 0.25) * 0.055 * (0.4 + gust)
                + low.next(noise.next(), 200.0) * 0.07
        }),
        Ambience::Deep => Box::new(move |t| {
            let moan = (TAU * (58.0 + 5.0 * (t * 0.7).sin()) * t).sin() * 0.012;
            low.next(noise.next(), 190.0 + 60.0 * (t * 0.9 + seed as f32).sin()) * 0.36 + moan
        }),
        Ambience::Town => Box::new(move |t| {
            let n = noise.next();
            low.next(n, 300.0) * 0.13 * (1.0 + 0.3 * drift(seed, t * 0.4)) + band.next(n, 1100.0, 0.6) * 0.004
        }),
    }
}

/// Single drops that fall near by.
fn drips(e: &Episode, wet: &mut Track) {
    for i in 0..40u32 {
        let r = |k: u32| chance(e.number * 300 + i * 5 + k);
        let pitch = 900.0 + 1900.0 * r(0);
        wet.tone(r(1) * e.cut(), 0.05, r(2) * 1.6 - 0.8, |t| {
            0.07 * (-t * 90.0).exp() * (t / 0.001).min(1.0) * (TAU * pitch * t * (1.0 + 3.0 * t)).sin()
        });
    }
}

/// Two low reeds, a fifth apart, out over the water.
fn horn(at: f32, dry: &mut Track, wet: &mut Track) {
    for (pitch, pan) in [(87.3f32, -0.3), (130.8, 0.3)] {
        let mut low = LowPass::default();
        let mut tone = move |t: f32| {
            let saw = |f: f32| 2.0 * ((f * t).fract() - 0.5);
            let shape = (t / 0.12).min(1.0) * ((1.7 - t) / 0.35).clamp(0.0, 1.0);
            shape * low.next(saw(pitch) + saw(pitch * 1.004), 520.0) * 0.11
        };
        let mut kept = Vec::with_capacity(RATE as usize * 2);
        dry.tone(at, 1.7, pan, |t| {
            let v = tone(t);
            kept.push(v);
            v * 0.5
        });
        let start = (at * RATE as f32) as usize;
        kept.into_iter().enumerate().for_each(|(i, v)| wet.add(start + i, v * 1.3, -pan));
    }
}
