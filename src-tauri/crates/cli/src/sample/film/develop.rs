//! From a drawn sheet to a picture of the film: bloom, vignette, colour conversion, enlargement, lettering.
//!
//! The sheet has half the film's width and height. Chroma of I420 has exactly that size, so only luma is enlarged, with a
//! Catmull-Rom filter, and dithered once more. Lettering is laid over at full size, so it stays sharp.

use super::canvas::{Canvas, DITHER};
use super::field::{CELL, Field, Light};
use super::lettering::Sheet;
use super::paint::byte;

/// Taps of the Catmull-Rom kernel a quarter of a pixel off a sample, outermost first on the far side.
const TAPS: [f32; 4] = [-0.0234375, 0.2265625, 0.8671875, -0.0703125];
/// Luma above this blooms.
const BLOOM_FROM: f32 = 0.66;

/// How a picture is finished.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a> {
    /// How strongly bright parts shine over their surroundings.
    pub(crate) bloom: f32,
    /// Lettering with opacity, and how far it has been revealed from left to right (0 to 1).
    pub(crate) lettering: Option<(&'a Sheet, f32, f32)>,
}

/// Keeps the buffers that every picture needs.
pub(crate) struct Darkroom {
    bloom: Field,
    wide: Field,
    vignette: Vec<f32>,
    scratch: Vec<Light>,
    between: Vec<Light>,
    row: Vec<Light>,
    luma: Vec<f32>,
    tall: Vec<f32>,
    dither: Vec<f32>,
    halves: Vec<u8>,
}

impl Darkroom {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let (w, h) = (width as usize, height as usize);
        let field = Field::new(w, h);
        let vignette = (0..field.rows * field.cols)
            .map(|i| {
                let x = (i % field.cols) as f32 / field.cols as f32 - 0.5;
                let y = (i / field.cols) as f32 / field.rows as f32 - 0.5;
                1.0 - 0.75 * (x * x + y * y * 0.8).powf(1.3)
            })
            .collect();
        Self {
            wide: field.clone(),
            bloom: field,
            vignette,
            scratch: Vec::new(),
            between: Vec::new(),
            row: vec![[0.0; 4]; w],
            luma: vec![0.0; w * h],
            tall: vec![0.0; w + 4],
            dither: (0..w * 4).map(|i| DITHER[i / w * 4 + i % w % 4] - 0.5).collect(),
            halves: vec![0; w * 2],
        }
    }

    /// The finished picture, I420 of twice the sheet's size.
    pub(crate) fn develop(&mut self, canvas: &mut Canvas, finish: &Finish<'_>) -> Vec<u8> {
        let (w, h) = (canvas.pixmap.width() as usize, canvas.pixmap.height() as usize);
        self.gather_bloom(canvas, finish.bloom);
        let mut out = vec![0u8; w * h * 6];
        let (luma, chroma) = out.split_at_mut(w * h * 4);
        let (cb, cr) = chroma.split_at_mut(w * h);
        self.convert(canvas, cb, cr);
        self.enlarge(w, h, luma);
        if let Some((sheet, alpha, reveal)) = finish.lettering {
            lay_over(sheet, alpha, reveal, (w, h), (luma, cb, cr));
        }
        out
    }

    /// Adds the blurred bright parts and the vignette to the canvas's light.
    fn gather_bloom(&mut self, canvas: &mut Canvas, strength: f32) {
        let width = canvas.pixmap.width() as usize;
        let data = canvas.pixmap.data();
        for (row, cells) in self.bloom.cells.chunks_exact_mut(self.bloom.cols).enumerate() {
            // Every second line and pixel is enough to find what shines.
            let lines = [0, 2].map(|k| &data[(row * CELL + k) * width * 4..(row * CELL + k + 1) * width * 4]);
            for (col, cell) in cells.iter_mut().enumerate() {
                let mut sum = [0u32; 3];
                for line in lines {
                    for k in [0, 2] {
                        let p = (col * CELL + k) * 4;
                        for (s, v) in sum.iter_mut().zip(&line[p..p + 3]) {
                            *s += u32::from(*v);
                        }
                    }
                }
                let [r, g, b] = sum.map(|v| v as f32 / 1020.0);
                let bright = (0.3 * r + 0.55 * g + 0.15 * b - BLOOM_FROM).max(0.0) / (1.0 - BLOOM_FROM);
                *cell = [r * bright, g * bright, b * bright, 0.0];
            }
        }
        self.bloom.blur(2, &mut self.scratch);
        self.wide.cells.copy_from_slice(&self.bloom.cells);
        self.wide.blur(7, &mut self.scratch);
        self.wide.blur(7, &mut self.scratch);
        let lights = canvas.light.cells.iter_mut().zip(&self.vignette);
        for ((light, vignette), (near, far)) in lights.zip(self.bloom.cells.iter().zip(&self.wide.cells)) {
            for k in 0..3 {
                light[k] += strength * (0.35 * near[k] + 0.75 * far[k]);
            }
            light[3] *= vignette;
        }
    }

    /// Converts to BT.709 with video range: luma to the buffer as 16 to 235, chroma to its planes.
    fn convert(&mut self, canvas: &Canvas, cb: &mut [u8], cr: &mut [u8]) {
        let width = canvas.pixmap.width() as usize;
        let lines = canvas.pixmap.data().chunks_exact(width * 4).zip(self.luma.chunks_exact_mut(width));
        let chroma = cb.chunks_exact_mut(width).zip(cr.chunks_exact_mut(width));
        for (y, ((pixels, luma), (cb, cr))) in lines.zip(chroma).enumerate() {
            canvas.light.sample_row(y, &mut self.between, &mut self.row);
            let places = luma.iter_mut().zip(cb).zip(cr);
            for ((pixel, light), ((luma, cb), cr)) in pixels.chunks_exact(4).zip(&self.row).zip(places) {
                let shown: [f32; 4] = std::array::from_fn(|k| {
                    let v = f32::from(pixel[k]) * (light[3] / 255.0) + light[k];
                    // A soft shoulder from 0.8 to 1.2, so that added light never clips hard.
                    let over = (v - 0.8).clamp(0.0, 0.4);
                    v.min(0.8) + over - 1.25 * over * over
                });
                let [r, g, b, _] = shown;
                let l = 0.2126 * r + 0.7152 * g + 0.0722 * b;
                *luma = 16.0 + 219.0 * l;
                *cb = byte(128.0 + (b - l) * (224.0 / 1.8556));
                *cr = byte(128.0 + (r - l) * (224.0 / 1.5748));
            }
        }
    }

    fn enlarge(&mut self, w: usize, h: usize, out: &mut [u8]) {
        for (y, line) in out.chunks_exact_mut(w * 2).enumerate() {
            let centre = y / 2;
            // Even lines lie a quarter above their sample, odd lines a quarter below.
            let towards = |k: isize| {
                let step = if y % 2 == 0 { -1 } else { 1 };
                let row = (centre as isize + step * k).clamp(0, h as isize - 1) as usize;
                &self.luma[row * w..(row + 1) * w]
            };
            let samples = towards(2).iter().zip(towards(1)).zip(towards(0)).zip(towards(-1));
            for (v, (((a, b), c), d)) in self.tall[2..w + 2].iter_mut().zip(samples) {
                *v = TAPS[0] * a + TAPS[1] * b + TAPS[2] * c + TAPS[3] * d;
            }
            let (first, last) = (self.tall[2], self.tall[w + 1]);
            self.tall[..2].fill(first);
            self.tall[w + 2..].fill(last);
            let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|k| &self.tall[k..k + w]);
            let dither = &self.dither[(y & 3) * w..((y & 3) + 1) * w];
            let (left, right) = self.halves.split_at_mut(w);
            // Two plain passes instead of one that alternates: these the compiler makes many at a time.
            for ((((o, a), (b, c)), d), n) in left.iter_mut().zip(a).zip(b.iter().zip(c)).zip(d).zip(dither) {
                *o = byte((TAPS[0] * a + TAPS[1] * b + TAPS[2] * c + TAPS[3] * d + n).clamp(16.0, 235.0));
            }
            for ((((o, b), (c, d)), e), n) in right.iter_mut().zip(b).zip(c.iter().zip(d)).zip(e).zip(dither) {
                *o = byte((TAPS[3] * b + TAPS[2] * c + TAPS[1] * d + TAPS[0] * e - n).clamp(16.0, 235.0));
            }
            for (pair, (l, r)) in line.chunks_exact_mut(2).zip(left.iter().zip(right.iter())) {
                pair[0] = *l;
                pair[1] = *r;
            }
        }
    }
}

/// Mixes white lettering over the planes.
fn lay_over(sheet: &Sheet, alpha: f32, reveal: f32, half: (usize, usize), planes: (&mut [u8], &mut [u8], &mut [u8])) {
    let width = half.0 * 2;
    let (luma, cb, cr) = planes;
    // The edge of the reveal is a third of the picture wide.
    let edge = reveal * 1.34 * width as f32;
    let soft = 0.34 * width as f32;
    let shown: Vec<f32> = (0..width).map(|x| ((edge - x as f32) / soft).clamp(0.0, 1.0) * alpha / 255.0).collect();
    for y in sheet.lines() {
        let cover = sheet.line(y);
        for (x, c) in cover.iter().enumerate().filter(|(_, c)| **c > 0) {
            let a = f32::from(*c) * shown[x];
            let l = &mut luma[y * width + x];
            *l = (f32::from(*l) + (232.0 - f32::from(*l)) * a + 0.5) as u8;
            if y % 2 == 0 && x % 2 == 0 {
                let at = (y / 2) * half.0 + x / 2;
                for (plane, white) in [(&mut *cb, 124.0), (&mut *cr, 131.0)] {
                    plane[at] = (f32::from(plane[at]) + (white - f32::from(plane[at])) * a + 0.5) as u8;
                }
            }
        }
    }
}
