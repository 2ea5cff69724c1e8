//! Colours, easings and repeatable chance: the small change of drawing.

/// A colour, red, green and blue from 0 to 1, as the screen takes them (gamma is left alone).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rgb(pub(crate) [f32; 3]);

impl Rgb {
    pub(crate) const BLACK: Self = Self([0.0; 3]);
    pub(crate) const WHITE: Self = Self([1.0; 3]);

    /// From `0xRRGGBB`, the way colours are written down.
    pub(crate) const fn hex(v: u32) -> Self {
        Self([(v >> 16 & 255) as f32 / 255.0, (v >> 8 & 255) as f32 / 255.0, (v & 255) as f32 / 255.0])
    }

    /// The colour `t` of the way to `other`.
    pub(crate) fn mix(self, other: Self, t: f32) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + (other.0[i] - self.0[i]) * t))
    }

    /// How bright it looks, 0 to 1 (BT.709 weights).
    pub(crate) fn luma(self) -> f32 {
        0.2126 * self.0[0] + 0.7152 * self.0[1] + 0.0722 * self.0[2]
    }

    /// Brighter above 1, darker below.
    pub(crate) fn times(self, k: f32) -> Self {
        Self(self.0.map(|v| v * k))
    }
}

/// 0 up to `a`, 1 from `b` on, and an S-curve between.
pub(crate) fn smooth(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The nearest whole number of a value from 0 to 255. Adding 2^23 leaves it in the low bits; unlike a cast, compilers make
/// this four or more at a time.
pub(crate) fn byte(v: f32) -> u8 {
    (v + 8_388_608.0).to_bits() as u8
}

/// A number from 0 to 1 that looks random and is always the same for the same `n` (the finaliser of MurmurHash3).
pub(crate) fn chance(n: u32) -> f32 {
    let mut h = n.wrapping_mul(0x9e37_79b9) ^ 0x85eb_ca6b;
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    ((h ^ (h >> 16)) >> 8) as f32 / 16_777_216.0
}

/// Smooth noise around 0, from -1 to 1: chance at whole numbers, eased between.
pub(crate) fn drift(seed: u32, x: f32) -> f32 {
    let i = x.floor();
    let at = |k: f32| chance(seed.wrapping_mul(7919).wrapping_add((k as i32) as u32)) * 2.0 - 1.0;
    let t = smooth(0.0, 1.0, x - i);
    at(i) + (at(i + 1.0) - at(i)) * t
}
