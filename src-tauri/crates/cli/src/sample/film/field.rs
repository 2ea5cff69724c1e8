//! Soft light: everything without an edge (skies, glows, beams, haze), computed on a coarse grid.
//!
//! A sky has no detail finer than a few pixels, so it is computed for every fourth pixel each way and interpolated. That
//! makes it sixteen times cheaper, and camera moves stay smooth because positions are never rounded.

use super::canvas::View;
use super::paint::Rgb;

/// Pixels per cell, each way.
pub(crate) const CELL: usize = 4;

/// What a cell holds: light to add, and how much of the picture below stays.
pub(crate) type Light = [f32; 4];

/// A coarse grid of [`Light`] over the whole picture.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) cols: usize,
    pub(crate) rows: usize,
    pub(crate) cells: Vec<Light>,
}

impl Field {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let (cols, rows) = (width / CELL, height / CELL);
        Self { cols, rows, cells: vec![[0.0, 0.0, 0.0, 1.0]; cols * rows] }
    }

    /// Back to no light and nothing held back.
    pub(crate) fn clear(&mut self) {
        self.cells.fill([0.0, 0.0, 0.0, 1.0]);
    }

    /// Fills with a vertical gradient; stops are (y in units, colour), from top to bottom.
    pub(crate) fn gradient(&mut self, view: &View, stops: &[(f32, Rgb)]) {
        for (row, cells) in self.cells.chunks_exact_mut(self.cols).enumerate() {
            let y = view.unit_y((row as f32 + 0.5) * CELL as f32);
            let next = stops.iter().position(|s| s.0 > y).unwrap_or(stops.len());
            let colour = match (next.checked_sub(1).and_then(|i| stops.get(i)), stops.get(next)) {
                (Some(a), Some(b)) => a.1.mix(b.1, (y - a.0) / (b.0 - a.0)),
                (Some(only), None) | (None, Some(only)) => only.1,
                (None, None) => Rgb::BLACK,
            };
            let [r, g, b] = colour.0;
            cells.fill([r, g, b, 1.0]);
        }
    }

    /// Calls `change` with each cell near an ellipse and its falloff: 1 in the middle, 0 at the rim.
    fn each_near(&mut self, view: &View, at: (f32, f32), radius: (f32, f32), mut change: impl FnMut(&mut Light, f32)) {
        let (px, py) = view.pixel(at.0, at.1);
        let cell = CELL as f32;
        let (cx, cy) = (px / cell - 0.5, py / cell - 0.5);
        let (rx, ry) = (radius.0 * view.pixels_per_unit() / cell, radius.1 * view.pixels_per_unit() / cell);
        if rx <= 0.0 || ry <= 0.0 {
            return;
        }
        let span = |c: f32, r: f32, end: usize| {
            ((c - r).ceil().max(0.0) as usize)..(((c + r).floor() + 1.0).clamp(0.0, end as f32) as usize)
        };
        let cols = span(cx, rx, self.cols);
        for row in span(cy, ry, self.rows) {
            let dy = (row as f32 - cy) / ry;
            for col in cols.clone() {
                let dx = (col as f32 - cx) / rx;
                let rest = 1.0 - dx * dx - dy * dy;
                if rest > 0.0 {
                    change(&mut self.cells[row * self.cols + col], rest * rest * rest);
                }
            }
        }
    }

    /// Adds a round or oval glow.
    pub(crate) fn glow(&mut self, view: &View, at: (f32, f32), radius: (f32, f32), colour: Rgb, strength: f32) {
        let [r, g, b] = colour.times(strength).0;
        self.each_near(view, at, radius, |cell, f| {
            cell[0] += r * f;
            cell[1] += g * f;
            cell[2] += b * f;
        });
    }

    /// Holds back what is below in an oval: shadows, and calm behind lettering.
    pub(crate) fn shade(&mut self, view: &View, at: (f32, f32), radius: (f32, f32), amount: f32) {
        self.each_near(view, at, radius, |cell, f| cell[3] *= 1.0 - amount * f);
    }

    /// Adds a beam that starts at `from`, points along `angle` (radians, 0 is right, down is positive), opens by
    /// `spread` (tangent of half the opening) and fades out at `length`.
    pub(crate) fn beam(&mut self, view: &View, from: (f32, f32), angle: f32, spread: f32, length: f32, colour: Rgb) {
        let (sin, cos) = angle.sin_cos();
        let [r, g, b] = colour.0;
        for row in 0..self.rows {
            let y = view.unit_y((row as f32 + 0.5) * CELL as f32) - from.1;
            for col in 0..self.cols {
                let x = view.unit_x((col as f32 + 0.5) * CELL as f32) - from.0;
                let along = x * cos + y * sin;
                if along <= 0.0 || along >= length {
                    continue;
                }
                let across = (y * cos - x * sin) / (along * spread + 4.0);
                let rest = 1.0 - across * across;
                if rest > 0.0 {
                    let far = 1.0 - along / length;
                    let f = rest * rest * far * far;
                    let cell = &mut self.cells[row * self.cols + col];
                    cell[0] += r * f;
                    cell[1] += g * f;
                    cell[2] += b * f;
                }
            }
        }
    }

    /// Adds `colour` times `amount(x, y)` (units) everywhere: haze, rays, clouds.
    pub(crate) fn paint(&mut self, view: &View, colour: Rgb, amount: impl Fn(f32, f32) -> f32) {
        let [r, g, b] = colour.0;
        for (row, cells) in self.cells.chunks_exact_mut(self.cols).enumerate() {
            let y = view.unit_y((row as f32 + 0.5) * CELL as f32);
            for (col, cell) in cells.iter_mut().enumerate() {
                let f = amount(view.unit_x((col as f32 + 0.5) * CELL as f32), y);
                cell[0] += r * f;
                cell[1] += g * f;
                cell[2] += b * f;
            }
        }
    }

    /// Interpolates row `y` of the full picture into `out` (one entry per pixel).
    pub(crate) fn sample_row(&self, y: usize, between: &mut Vec<Light>, out: &mut [Light]) {
        let at = ((y as f32 + 0.5) / CELL as f32 - 0.5).clamp(0.0, (self.rows - 1) as f32);
        let top = at as usize;
        let bottom = (top + 1).min(self.rows - 1);
        let t = at - top as f32;
        let row = |r: usize| &self.cells[r * self.cols..(r + 1) * self.cols];
        between.clear();
        between.extend(row(top).iter().zip(row(bottom)).map(|(a, b)| mix(a, b, t)));
        let last = self.cols - 1;
        for (col, pixels) in out.chunks_exact_mut(CELL).enumerate() {
            let (left, here, right) = (&between[col.saturating_sub(1)], &between[col], &between[(col + 1).min(last)]);
            // Centres of the four pixels of a cell lie at -3/8, -1/8, 1/8 and 3/8 of it.
            pixels[0] = mix(here, left, 0.375);
            pixels[1] = mix(here, left, 0.125);
            pixels[2] = mix(here, right, 0.125);
            pixels[3] = mix(here, right, 0.375);
        }
    }

    /// Blurs the added light with a box of `radius` cells, both ways. Two or three passes look like a Gaussian.
    pub(crate) fn blur(&mut self, radius: usize, scratch: &mut Vec<Light>) {
        scratch.resize(self.cells.len(), [0.0; 4]);
        box_blur(&self.cells, scratch, (self.rows, self.cols), (self.cols, 1), radius);
        box_blur(scratch, &mut self.cells, (self.cols, self.rows), (1, self.cols), radius);
    }
}

fn mix(a: &Light, b: &Light, t: f32) -> Light {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
}

/// A running sum along lines. `count` is (lines, cells per line), `step` is (from line to line, from cell to cell).
fn box_blur(from: &[Light], to: &mut [Light], count: (usize, usize), step: (usize, usize), radius: usize) {
    let (lines, len) = count;
    let scale = 1.0 / (2 * radius + 1) as f32;
    for line in 0..lines {
        let at = |i: usize| line * step.0 + i.min(len - 1) * step.1;
        let mut sum = [0.0; 4];
        for i in 0..=2 * radius {
            let cell = from[at(i.saturating_sub(radius))];
            sum = std::array::from_fn(|k| sum[k] + cell[k]);
        }
        for i in 0..len {
            to[at(i)] = sum.map(|v| v * scale);
            let (add, drop) = (from[at(i + radius + 1)], from[at(i.saturating_sub(radius))]);
            sum = std::array::from_fn(|k| sum[k] + add[k] - drop[k]);
        }
    }
}
