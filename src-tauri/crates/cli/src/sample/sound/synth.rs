//! Building blocks of sound: a stereo track, one-pole filters, noise, a plucked string, a hall.

use super::RATE;
use std::f32::consts::TAU;

const R: f32 = RATE as f32;

/// Two channels of samples that things are added to.
pub(super) struct Track {
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Track {
    /// Silence of a length in seconds.
    pub(super) fn new(seconds: f32) -> Self {
        let n = (seconds * R) as usize;
        Self { left: vec![0.0; n], right: vec![0.0; n] }
    }

    pub(super) fn len(&self) -> usize {
        self.left.len()
    }

    /// Adds one sample, placed from -1 (left) to 1 (right); past the end it is dropped.
    pub(super) fn add(&mut self, at: usize, value: f32, pan: f32) {
        if let (Some(l), Some(r)) = (self.left.get_mut(at), self.right.get_mut(at)) {
            *l += value * (1.0 - pan.max(0.0));
            *r += value * (1.0 + pan.min(0.0));
        }
    }

    /// Adds the samples that `tone` gives for each moment (seconds since `from`), `length` seconds long.
    pub(super) fn tone(&mut self, from: f32, length: f32, pan: f32, mut tone: impl FnMut(f32) -> f32) {
        let start = (from * R).max(0.0) as usize;
        let end = (((from + length) * R).max(0.0) as usize).min(self.len());
        for i in start..end {
            let v = tone((i - start) as f32 / R);
            self.add(i, v, pan);
        }
    }

    /// Multiplies every moment.
    pub(super) fn scale_by(&mut self, gain: impl Fn(usize) -> f32) {
        for (i, (l, r)) in self.left.iter_mut().zip(&mut self.right).enumerate() {
            let g = gain(i);
            *l *= g;
            *r *= g;
        }
    }

    /// Left and right in turn.
    pub(super) fn interleaved(&self) -> Vec<f32> {
        self.left.iter().zip(&self.right).flat_map(|(l, r)| [*l, *r]).collect()
    }
}

/// White noise that is always the same for the same seed (xorshift).
pub(super) struct Noise(u32);

impl Noise {
    pub(super) fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(2_654_435_761).max(1))
    }

    /// The next sample, -1 to 1.
    pub(super) fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / (u32::MAX as f32 / 2.0) - 1.0
    }
}

/// A one-pole low-pass.
#[derive(Default)]
pub(super) struct LowPass(f32);

impl LowPass {
    /// The next sample with this corner in hertz.
    pub(super) fn next(&mut self, x: f32, corner: f32) -> f32 {
        let k = (TAU * corner / R).min(1.0);
        self.0 += (x - self.0) * k;
        self.0
    }
}

/// A two-pole band filter (Chamberlin's state variable filter).
#[derive(Default)]
pub(super) struct Band {
    low: f32,
    band: f32,
}

impl Band {
    /// The next sample around `centre` hertz; a smaller `damping` rings longer.
    pub(super) fn next(&mut self, x: f32, centre: f32, damping: f32) -> f32 {
        let f = 2.0 * (std::f32::consts::PI * centre / R).sin();
        self.low += f * self.band;
        let high = x - self.low - damping * self.band;
        self.band += f * high;
        self.band
    }
}

/// Hertz of a MIDI note number.
pub(super) fn hertz(note: f32) -> f32 {
    440.0 * ((note - 69.0) / 12.0).exp2()
}

/// A plucked string (Karplus and Strong 1983), rendered whole.
pub(super) fn pluck(note: f32, seconds: f32, seed: u32) -> Vec<f32> {
    let period = R / hertz(note);
    let whole = (period as usize).max(2);
    let mut noise = Noise::new(seed + 1);
    let mut soft = LowPass::default();
    let mut string: Vec<f32> = (0..=whole).map(|_| soft.next(noise.next(), 3600.0)).collect();
    let mean = string.iter().sum::<f32>() / string.len() as f32;
    string.iter_mut().for_each(|s| *s -= mean);
    let n = (seconds * R) as usize;
    let fraction = period - whole as f32;
    let mut before = 0.0;
    let len = string.len();
    (0..n)
        .map(|i| {
            let (a, b) = (string[i % len], string[(i + 1) % len]);
            // The fraction of a sample is read between two, or the string would be out of tune.
            let out = b + (a - b) * fraction;
            let next = 0.996 * (0.5 * out + 0.5 * before);
            before = out;
            string[i % len] = next;
            let end = ((n - i) as f32 / (0.05 * R)).min(1.0);
            out * end
        })
        .collect()
}

/// One period of a sum of harmonics, to be read at any pitch.
pub(super) struct Wave(Vec<f32>);

impl Wave {
    const LEN: usize = 1024;

    /// `strength(n)` is the amplitude of the nth harmonic, from 1 to `harmonics`.
    pub(super) fn new(harmonics: usize, strength: impl Fn(usize) -> f32) -> Self {
        let mut table = vec![0.0; Self::LEN + 1];
        for n in 1..=harmonics {
            let amplitude = strength(n);
            for (i, v) in table.iter_mut().enumerate() {
                *v += amplitude * (TAU * (n * i % Self::LEN) as f32 / Self::LEN as f32 + n as f32 * 0.7).sin();
            }
        }
        Self(table)
    }

    /// The value at a phase in turns.
    pub(super) fn at(&self, phase: f32) -> f32 {
        let x = (phase - phase.floor()) * Self::LEN as f32;
        let i = (x as usize).min(Self::LEN - 1);
        self.0[i] + (self.0[i + 1] - self.0[i]) * (x - i as f32)
    }
}

/// A hall: eight damped combs and four all-passes for each ear, after Jezar's Freeverb (public domain).
pub(super) struct Reverb {
    ears: [Ear; 2],
}

struct Ear {
    combs: Vec<(Vec<f32>, usize, f32)>,
    passes: Vec<(Vec<f32>, usize)>,
}

impl Reverb {
    pub(super) fn new() -> Self {
        let ear = |spread: usize| Ear {
            combs: [1215, 1293, 1390, 1476, 1548, 1623, 1695, 1760].map(|n| (vec![0.0; n + spread], 0, 0.0)).into(),
            passes: [605, 480, 371, 245].map(|n| (vec![0.0; n + spread], 0)).into(),
        };
        Self { ears: [ear(0), ear(25)] }
    }

    /// Adds the hall's answer to `from` to `to`.
    pub(super) fn add(&mut self, from: &Track, to: &mut Track) {
        let [left, right] = &mut self.ears;
        for i in 0..from.len() {
            let input = (from.left[i] + from.right[i]) * 0.02;
            to.left[i] += left.next(input);
            to.right[i] += right.next(input);
        }
    }
}

impl Ear {
    fn next(&mut self, input: f32) -> f32 {
        let mut sum = 0.0;
        for (line, at, damp) in &mut self.combs {
            let out = line[*at];
            *damp = out * 0.72 + *damp * 0.28;
            line[*at] = input + *damp * 0.86;
            *at = (*at + 1) % line.len();
            sum += out;
        }
        for (line, at) in &mut self.passes {
            let delayed = line[*at];
            line[*at] = sum + delayed * 0.5;
            sum = delayed - sum;
            *at = (*at + 1) % line.len();
        }
        sum
    }
}
