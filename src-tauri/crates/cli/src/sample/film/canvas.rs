//! The sheet that scenes are drawn on: a camera, vector shapes, and soft light behind and before them.
//!
//! Scenes think in units: the picture is 540 wide and 960 high whatever the size of the film, the middle is (270, 480).
//! A layer's depth says how much the camera moves it: 0 is the sky, 1 is the actors.

use super::field::{CELL, Field, Light};
use super::paint::{Rgb, byte};
use tiny_skia::{Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

/// The picture's width in units.
pub(crate) const WIDE: f32 = 540.0;
/// The picture's height in units.
pub(crate) const HIGH: f32 = 960.0;

/// Where the camera stands: an offset in units, and a zoom about the middle of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Camera {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) zoom: f32,
}

/// How one layer's units become pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    x: f32,
    y: f32,
    zoom: f32,
    scale: f32,
}

impl View {
    /// Pixels of a point in units.
    pub(crate) fn pixel(&self, x: f32, y: f32) -> (f32, f32) {
        let half = (WIDE / 2.0, HIGH / 2.0);
        (
            ((x - half.0 - self.x) * self.zoom + half.0) * self.scale,
            ((y - half.1 - self.y) * self.zoom + half.1) * self.scale,
        )
    }

    /// The x in units of a pixel.
    pub(crate) fn unit_x(&self, px: f32) -> f32 {
        (px / self.scale - WIDE / 2.0) / self.zoom + WIDE / 2.0 + self.x
    }

    /// The y in units of a pixel.
    pub(crate) fn unit_y(&self, py: f32) -> f32 {
        (py / self.scale - HIGH / 2.0) / self.zoom + HIGH / 2.0 + self.y
    }

    pub(crate) fn pixels_per_unit(&self) -> f32 {
        self.zoom * self.scale
    }

    fn transform(&self) -> Transform {
        let k = self.pixels_per_unit();
        let (x, y) = self.pixel(0.0, 0.0);
        Transform::from_row(k, 0.0, 0.0, k, x, y)
    }
}

/// A picture in the making. See the module's text for units and depth.
pub(crate) struct Canvas {
    pub(crate) pixmap: Pixmap,
    /// Light added over the shapes when the picture is developed.
    pub(crate) light: Field,
    back: Field,
    scale: f32,
    camera: Camera,
    depth: f32,
    local: Transform,
    rows: (Vec<Light>, Vec<Light>),
}

impl Canvas {
    /// A sheet of `width` pixels, a multiple of four, and 16:9 of that high; `None` when that cannot be.
    pub(crate) fn new(width: u32, height: u32) -> Option<Self> {
        let cell = CELL as u32;
        if !width.is_multiple_of(cell) || !height.is_multiple_of(cell) {
            return None;
        }
        let (w, h) = (width as usize, height as usize);
        Some(Self {
            pixmap: Pixmap::new(width, height)?,
            light: Field::new(w, h),
            back: Field::new(w, h),
            scale: width as f32 / WIDE,
            camera: Camera { x: 0.0, y: 0.0, zoom: 1.0 },
            depth: 1.0,
            local: Transform::identity(),
            rows: (Vec::new(), vec![[0.0; 4]; w]),
        })
    }

    /// Starts a picture as `camera` sees it.
    pub(crate) fn begin(&mut self, camera: Camera) {
        self.camera = camera;
        self.light.clear();
        self.back.clear();
        self.at_depth(1.0);
    }

    /// Draws from now on at this depth: 0 stands still, 1 moves with the camera, more than 1 is nearer than the actors.
    pub(crate) fn at_depth(&mut self, depth: f32) {
        self.depth = depth;
        self.local = Transform::identity();
    }

    /// The view of the present depth.
    pub(crate) fn view(&self) -> View {
        let Camera { x, y, zoom } = self.camera;
        View {
            x: x * self.depth,
            y: y * self.depth,
            zoom: 1.0 + (zoom - 1.0) * (0.35 + 0.65 * self.depth),
            scale: self.scale,
        }
    }

    /// The soft background; it reaches the picture by [`Canvas::lay_back`].
    pub(crate) fn back(&mut self) -> (View, &mut Field) {
        (self.view(), &mut self.back)
    }

    /// The soft foreground, added when the picture is developed.
    pub(crate) fn light(&mut self) -> (View, &mut Field) {
        (self.view(), &mut self.light)
    }

    /// Lays the soft background down, dithered against banding; it covers whatever was drawn.
    pub(crate) fn lay_back(&mut self) {
        let width = self.pixmap.width() as usize;
        let (between, row) = &mut self.rows;
        for (y, pixels) in self.pixmap.data_mut().chunks_exact_mut(width * 4).enumerate() {
            self.back.sample_row(y, between, row);
            for (x, (pixel, cell)) in pixels.chunks_exact_mut(4).zip(row.iter()).enumerate() {
                let d = DITHER[(y & 3) * 4 + (x & 3)] - 0.5;
                let [r, g, b, _] = cell.map(|v| byte((v.clamp(0.0, 1.0) * 255.0 + d).clamp(0.0, 255.0)));
                pixel.copy_from_slice(&[r, g, b, 255]);
            }
        }
    }

    /// Throws the light gathered so far onto what is drawn so far, so that later shapes stand before it.
    pub(crate) fn bake_light(&mut self) {
        let width = self.pixmap.width() as usize;
        let (between, row) = &mut self.rows;
        for (y, pixels) in self.pixmap.data_mut().chunks_exact_mut(width * 4).enumerate() {
            self.light.sample_row(y, between, row);
            for (pixel, cell) in pixels.chunks_exact_mut(4).zip(row.iter()) {
                let lit = |k: usize| byte((f32::from(pixel[k]) * cell[3] + cell[k] * 255.0).clamp(0.0, 255.0));
                let shown = [lit(0), lit(1), lit(2), 255];
                pixel.copy_from_slice(&shown);
            }
        }
        self.light.clear();
    }

    /// Draws `what` in a space of its own: moved to (x, y), turned by `angle` (radians), scaled (negative flips).
    pub(crate) fn placed(&mut self, at: (f32, f32), angle: f32, scale: (f32, f32), what: impl FnOnce(&mut Self)) {
        let before = self.local;
        let (sin, cos) = angle.sin_cos();
        let own = Transform::from_row(cos * scale.0, sin * scale.0, -sin * scale.1, cos * scale.1, at.0, at.1);
        self.local = before.pre_concat(own);
        what(self);
        self.local = before;
    }

    /// Fills a finished path.
    pub(crate) fn fill(&mut self, path: &Path, colour: Rgb, alpha: f32) {
        let transform = self.view().transform().pre_concat(self.local);
        self.pixmap.fill_path(path, &paint(colour, alpha), FillRule::Winding, transform, None);
    }

    /// Fills what `draw` puts into the builder.
    pub(crate) fn shape(&mut self, colour: Rgb, alpha: f32, draw: impl FnOnce(&mut PathBuilder)) {
        let mut builder = PathBuilder::new();
        draw(&mut builder);
        if let Some(path) = builder.finish() {
            self.fill(&path, colour, alpha);
        }
    }

    /// Fills a polygon.
    pub(crate) fn poly(&mut self, points: &[(f32, f32)], colour: Rgb, alpha: f32) {
        self.shape(colour, alpha, |b| trace(b, points));
    }

    /// Fills a rectangle.
    pub(crate) fn rect(&mut self, x: f32, y: f32, w: f32, h: f32, colour: Rgb, alpha: f32) {
        self.shape(colour, alpha, |b| push_rect(b, x, y, w, h));
    }

    /// Fills a circle or an ellipse.
    pub(crate) fn oval(&mut self, at: (f32, f32), radius: (f32, f32), colour: Rgb, alpha: f32) {
        self.shape(colour, alpha, |b| push_oval(b, at, radius));
    }

    /// Draws a line through points with round ends.
    pub(crate) fn line(&mut self, points: &[(f32, f32)], width: f32, colour: Rgb, alpha: f32) {
        let mut builder = PathBuilder::new();
        for (i, p) in points.iter().enumerate() {
            if i == 0 { builder.move_to(p.0, p.1) } else { builder.line_to(p.0, p.1) }
        }
        if let Some(path) = builder.finish() {
            self.stroke(&path, width, colour, alpha);
        }
    }

    /// Strokes a finished path with round ends.
    pub(crate) fn stroke(&mut self, path: &Path, width: f32, colour: Rgb, alpha: f32) {
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        let transform = self.view().transform().pre_concat(self.local);
        self.pixmap.stroke_path(path, &paint(colour, alpha), &stroke, transform, None);
    }
}

/// Thresholds of a 4x4 ordered dither, in steps of one sixteenth.
pub(crate) const DITHER: [f32; 16] = {
    let order = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];
    let mut out = [0.0; 16];
    let mut i = 0;
    while i < 16 {
        out[i] = (order[i] as f32 + 0.5) / 16.0;
        i += 1;
    }
    out
};

fn paint(colour: Rgb, alpha: f32) -> Paint<'static> {
    let [r, g, b] = colour.0.map(|v| v.clamp(0.0, 1.0));
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(Color::from_rgba(r, g, b, alpha.clamp(0.0, 1.0)).unwrap_or(Color::BLACK));
    paint
}

/// Adds a closed polygon.
pub(crate) fn trace(b: &mut PathBuilder, points: &[(f32, f32)]) {
    for (i, p) in points.iter().enumerate() {
        if i == 0 { b.move_to(p.0, p.1) } else { b.line_to(p.0, p.1) }
    }
    b.close();
}

/// Adds a rectangle; one without area adds nothing.
pub(crate) fn push_rect(b: &mut PathBuilder, x: f32, y: f32, w: f32, h: f32) {
    if let Some(rect) = Rect::from_xywh(x, y, w, h) {
        b.push_rect(rect);
    }
}

/// Adds an ellipse; one without area adds nothing.
pub(crate) fn push_oval(b: &mut PathBuilder, at: (f32, f32), radius: (f32, f32)) {
    if let Some(rect) = Rect::from_xywh(at.0 - radius.0, at.1 - radius.1, radius.0 * 2.0, radius.1 * 2.0) {
        b.push_oval(rect);
    }
}

/// Adds a closed curve through points (Catmull-Rom), for outlines of bodies and clouds.
pub(crate) fn push_curve(b: &mut PathBuilder, points: &[(f32, f32)]) {
    let n = points.len();
    if n < 3 {
        return;
    }
    b.move_to(points[0].0, points[0].1);
    for i in 0..n {
        let (p0, p1, p2, p3) = (points[(i + n - 1) % n], points[i], points[(i + 1) % n], points[(i + 2) % n]);
        b.cubic_to(
            p1.0 + (p2.0 - p0.0) / 6.0,
            p1.1 + (p2.1 - p0.1) / 6.0,
            p2.0 - (p3.0 - p1.0) / 6.0,
            p2.1 - (p3.1 - p1.1) / 6.0,
            p2.0,
            p2.1,
        );
    }
    b.close();
}
