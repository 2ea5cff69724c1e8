//! Latin lettering: shaping with the fonts that travel with the program, drawn as outlines.
//!
//! Two families: Cormorant Garamond for titles, Inter for small capitals. Both are under the SIL Open Font License, cut
//! down to Latin; the licences lie beside the fonts.

use super::canvas::Canvas;
use super::paint::Rgb;
use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder};
use tiny_skia::{FillRule, Mask, Path, PathBuilder, Transform};

/// The two voices of the lettering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Cormorant Garamond SemiBold.
    Title,
    /// Inter SemiBold.
    Plain,
}

/// The fonts, parsed once.
pub(crate) struct Fonts {
    title: rustybuzz::Face<'static>,
    plain: rustybuzz::Face<'static>,
}

impl Fonts {
    /// `None` only if the files built into the program are not fonts.
    pub(crate) fn load() -> Option<Self> {
        let title = include_bytes!("../../../assets/fonts/CormorantGaramond-SemiBold.ttf");
        let plain = include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf");
        Some(Self { title: rustybuzz::Face::from_slice(title, 0)?, plain: rustybuzz::Face::from_slice(plain, 0)? })
    }

    /// The outline of one line of text with its base line at y = 0, starting at x = 0, and its width.
    /// `size` is the em, `tracking` the extra space after every letter, all in units.
    pub(crate) fn outline(&self, text: &str, face: Face, size: f32, tracking: f32) -> (Option<Path>, f32) {
        let face = match face {
            Face::Title => &self.title,
            Face::Plain => &self.plain,
        };
        let mut buffer = rustybuzz::UnicodeBuffer::new();
        buffer.push_str(text);
        let glyphs = rustybuzz::shape(face, &[], buffer);
        let k = size / face.units_per_em() as f32;
        let mut pen = Pen { builder: PathBuilder::new(), x: 0.0, k };
        let mut x = 0.0;
        for (info, position) in glyphs.glyph_infos().iter().zip(glyphs.glyph_positions()) {
            pen.x = x + position.x_offset as f32 * k;
            if let Ok(id) = u16::try_from(info.glyph_id) {
                face.outline_glyph(GlyphId(id), &mut pen);
            }
            x += position.x_advance as f32 * k + tracking;
        }
        (pen.builder.finish(), (x - tracking).max(0.0))
    }

    /// Writes on a canvas in its present space, starting at (x, y) on the base line.
    pub(crate) fn write(
        &self,
        canvas: &mut Canvas,
        text: &str,
        face: Face,
        size: f32,
        at: (f32, f32),
        ink: (Rgb, f32),
    ) {
        if let (Some(path), _) = self.outline(text, face, size, size * 0.02) {
            canvas.placed(at, 0.0, (1.0, 1.0), |c| c.fill(&path, ink.0, ink.1));
        }
    }
}

struct Pen {
    builder: PathBuilder,
    x: f32,
    k: f32,
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.builder.move_to(self.x + x * self.k, -y * self.k);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.builder.line_to(self.x + x * self.k, -y * self.k);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.builder.quad_to(self.x + x1 * self.k, -y1 * self.k, self.x + x * self.k, -y * self.k);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (k, o) = (self.k, self.x);
        self.builder.cubic_to(o + x1 * k, -y1 * k, o + x2 * k, -y2 * k, o + x * k, -y * k);
    }
    fn close(&mut self) {
        self.builder.close();
    }
}

/// One centred line of a [`Sheet`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    pub(crate) face: Face,
    /// The em in units; made smaller when the line would not fit.
    pub(crate) size: f32,
    /// Extra space between letters in units.
    pub(crate) tracking: f32,
    /// The base line in units from the top.
    pub(crate) y: f32,
}

/// Lettering drawn once at the film's full size: how much each pixel is covered.
pub(crate) struct Sheet {
    mask: Mask,
    from: usize,
    to: usize,
}

impl Sheet {
    /// Draws centred lines, and hair lines (y in units, half width) between them. `None` for a size of nothing.
    pub(crate) fn new(fonts: &Fonts, size: (u32, u32), lines: &[Line<'_>], rules: &[(f32, f32)]) -> Option<Self> {
        let mut mask = Mask::new(size.0, size.1)?;
        let scale = size.0 as f32 / super::canvas::WIDE;
        for line in lines {
            let (_, width) = fonts.outline(line.text, line.face, line.size, line.tracking);
            let shrink = (480.0 / width.max(1.0)).min(1.0);
            let (path, width) = fonts.outline(line.text, line.face, line.size * shrink, line.tracking * shrink);
            if let Some(path) = path {
                let place = Transform::from_row(scale, 0.0, 0.0, scale, (270.0 - width / 2.0) * scale, line.y * scale);
                mask.fill_path(&path, FillRule::Winding, true, place);
            }
        }
        for (y, half) in rules {
            if let Some(rect) = tiny_skia::Rect::from_xywh(270.0 - half, *y, half * 2.0, 1.2) {
                mask.fill_path(
                    &PathBuilder::from_rect(rect),
                    FillRule::Winding,
                    true,
                    Transform::from_scale(scale, scale),
                );
            }
        }
        let width = size.0 as usize;
        let mut used = (0..size.1 as usize).filter(|y| mask.data()[y * width..(y + 1) * width].iter().any(|c| *c > 0));
        let from = used.next().unwrap_or(0);
        let to = used.next_back().map_or(from, |y| y + 1);
        Some(Self { mask, from, to })
    }

    /// The lines that hold lettering.
    pub(crate) fn lines(&self) -> std::ops::Range<usize> {
        self.from..self.to
    }

    /// The coverage of one line, 0 to 255 per pixel.
    pub(crate) fn line(&self, y: usize) -> &[u8] {
        let width = self.mask.width() as usize;
        &self.mask.data()[y * width..(y + 1) * width]
    }
}
