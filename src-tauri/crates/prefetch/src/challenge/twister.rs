//! The Mersenne Twister (Matsumoto and Nishimura 1998) as numpy and Python seed and read it. The original simulator draws
//! its viewers with it; drawing the same ones is what makes a mean over ten viewers comparable with the means of others.

const N: usize = 624;
const M: usize = 397;

/// The generator.
#[derive(Debug, Clone)]
pub(crate) struct Twister {
    words: [u32; N],
    next: usize,
}

impl Twister {
    /// `numpy.random.seed(seed)`.
    pub(crate) fn numpy(seed: u32) -> Self {
        let mut words = [seed; N];
        for i in 1..N {
            let before = words[i - 1];
            words[i] = 1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
        }
        Self { words, next: N }
    }

    /// `random.seed(seed)` of Python: initialisation by an array of one word.
    pub(crate) fn python(seed: u32) -> Self {
        let Self { mut words, next } = Self::numpy(19_650_218);
        let mut i = 1;
        let wrap = |words: &mut [u32; N], i: &mut usize| {
            *i += 1;
            if *i >= N {
                words[0] = words[N - 1];
                *i = 1;
            }
        };
        for _ in 0..N {
            let before = words[i - 1];
            words[i] = (words[i] ^ (before ^ (before >> 30)).wrapping_mul(1_664_525)).wrapping_add(seed);
            wrap(&mut words, &mut i);
        }
        for _ in 1..N {
            let before = words[i - 1];
            let mixed = words[i] ^ (before ^ (before >> 30)).wrapping_mul(1_566_083_941);
            words[i] = mixed.wrapping_sub(i as u32);
            wrap(&mut words, &mut i);
        }
        words[0] = 0x8000_0000;
        Self { words, next }
    }

    fn word(&mut self) -> u32 {
        if self.next >= N {
            for i in 0..N {
                let y = (self.words[i] & 0x8000_0000) | (self.words[(i + 1) % N] & 0x7fff_ffff);
                let twist = if y & 1 == 0 { 0 } else { 0x9908_b0df };
                self.words[i] = self.words[(i + M) % N] ^ (y >> 1) ^ twist;
            }
            self.next = 0;
        }
        let mut y = self.words[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// Uniform in `0.0..1.0`, with 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        let (a, b) = (self.word() >> 5, self.word() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    }

    /// `numpy.random.randint(below)`: masked, and drawn again where it is too large.
    pub(crate) fn below(&mut self, below: u32) -> u32 {
        let mask = u32::MAX.checked_shr((below - 1).leading_zeros()).unwrap_or(0);
        loop {
            let drawn = self.word() & mask;
            if drawn < below {
                return drawn;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_what_numpy_and_python_draw() {
        // numpy.random.seed(42); numpy.random.random_sample(), and random.seed(42); random.random()
        assert_eq!(Twister::numpy(42).unit(), 0.374_540_118_847_362_5);
        assert_eq!(Twister::python(42).unit(), 0.639_426_798_457_883_8);
        // numpy.random.seed(42); numpy.random.randint(100, size=3)
        let mut numpy = Twister::numpy(42);
        assert_eq!([(); 3].map(|()| numpy.below(100)), [51, 92, 14]);
    }
}
