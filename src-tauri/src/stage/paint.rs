//! Painting the cards in view with cairo, straight from the decoders' memory.

use super::Rect;
use super::posters::Posters;
use engine::Card;
use engine::{DeckId, Frame, LoadId};
use gtk::cairo::{Context, Error, Filter, Format, ImageSurface, LinearGradient, Operator};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The newest frame of every deck.
#[derive(Default)]
pub(super) struct Frames {
    newest: Mutex<(u64, HashMap<DeckId, Newest>)>,
}

#[derive(Clone)]
struct Newest {
    load: LoadId,
    serial: u64,
    frame: Arc<Frame>,
}

impl Frames {
    pub(super) fn put(&self, deck: DeckId, load: LoadId, frame: Frame) {
        let (serial, decks) = &mut *self.lock();
        *serial += 1;
        let newest = Newest { load, serial: *serial, frame: Arc::new(frame) };
        // The old frame is freed after the lock: giving a buffer back to its pool may wake a decoder.
        let old = decks.insert(deck, newest);
        drop(old);
    }

    pub(super) fn clear(&self, deck: DeckId) {
        self.lock().1.remove(&deck);
    }

    /// A number that grows with every frame: of the deck's newest, if it belongs to this load.
    pub(super) fn serial(&self, deck: DeckId, load: LoadId) -> Option<u64> {
        self.lock().1.get(&deck).filter(|n| n.load == load).map(|n| n.serial)
    }

    fn get(&self, deck: DeckId, load: LoadId) -> Option<Newest> {
        self.lock().1.get(&deck).filter(|n| n.load == load).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, HashMap<DeckId, Newest>)> {
        self.newest.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// What there is to paint.
pub(super) struct Scene<'a> {
    pub(super) rect: Rect,
    /// Device pixels for a CSS pixel.
    pub(super) scale: f64,
    /// Where the current card stands, in CSS pixels below its place.
    pub(super) offset: f64,
    /// Previous, current, next.
    pub(super) cards: &'a [Option<Card>; 3],
    pub(super) frames: &'a Frames,
    pub(super) posters: &'a Posters,
}

/// Paints the scene; the serial of the newest frame in it.
pub(super) fn paint(cr: &Context, scene: &Scene<'_>) -> Result<u64, Error> {
    let Rect { x, y, width, height } = scene.rect;
    cr.rectangle(x, y, width, height);
    cr.clip();
    cr.set_operator(Operator::Source);
    cr.set_source_rgb(0.0, 0.0, 0.0);
    let mut newest = 0;
    // Whole device pixels: a picture between two rows would be smeared by the filter.
    let offset = (scene.offset * scene.scale).round() / scene.scale;
    for (place, card) in [-1.0, 0.0, 1.0].into_iter().zip(scene.cards) {
        let top = offset + place * height;
        if top <= -height || top >= height {
            continue;
        }
        cr.save()?;
        cr.translate(x, y + top);
        cr.rectangle(0.0, 0.0, width, height);
        cr.clip();
        let frame = card.as_ref().and_then(|c| c.deck).and_then(|(deck, load)| scene.frames.get(deck, load));
        match (&frame, card) {
            (Some(found), _) => {
                newest = newest.max(found.serial);
                paint_frame(cr, &found.frame, (width, height), scene.scale)?;
            }
            (None, Some(card)) => paint_poster(cr, card, scene.posters, (width, height))?,
            (None, None) => black(cr)?,
        }
        cr.restore()?;
    }
    // What no card covers (behind a rubber band) is black.
    let covered_from = offset - if scene.cards[0].is_some() { height } else { 0.0 };
    let covered_to = offset + if scene.cards[2].is_some() { 2.0 * height } else { height };
    cr.set_source_rgb(0.0, 0.0, 0.0);
    if covered_from > 0.0 {
        cr.rectangle(x, y, width, covered_from);
        cr.fill()?;
    }
    if covered_to < height {
        cr.rectangle(x, y + covered_to, width, height - covered_to);
        cr.fill()?;
    }
    Ok(newest)
}

fn black(cr: &Context) -> Result<(), Error> {
    cr.set_source_rgb(0.0, 0.0, 0.0);
    cr.paint()
}

/// Paints a frame into the middle, with black around it where its shape differs from the stage's.
fn paint_frame(cr: &Context, frame: &Frame, (width, height): (f64, f64), scale: f64) -> Result<(), Error> {
    let (w, h) = (f64::from(frame.width()), f64::from(frame.height()));
    // Decoded for this stage it fits to the pixel; while the stage is being resized it is scaled for a moment.
    let fit = (width / w).min(height / h);
    let exact = (fit * scale - 1.0).abs() < 0.01;
    let fit = if exact { 1.0 / scale } else { fit };
    let device = |length: f64| (length * scale).round() / scale;
    let (left, top) = (device((width - w * fit) / 2.0), device((height - h * fit) / 2.0));
    if left > 0.0 || top > 0.0 {
        black(cr)?;
    }
    cr.translate(left, top);
    cr.scale(fit, fit);
    let surface = surface_of(frame)?;
    cr.set_source_surface(&surface, 0.0, 0.0)?;
    if exact {
        cr.source().set_filter(Filter::Nearest);
    }
    cr.rectangle(0.0, 0.0, w, h);
    cr.fill()?;
    // Cairo may keep the source until another is set; the frame's memory must not be read after this.
    cr.set_source_rgb(0.0, 0.0, 0.0);
    Ok(())
}

#[allow(unsafe_code)]
fn surface_of(frame: &Frame) -> Result<ImageSurface, Error> {
    let (width, height, stride) = (frame.width() as i32, frame.height() as i32, frame.stride());
    let needed = i64::from(stride) * i64::from(height - 1) + 4 * i64::from(width);
    if stride < 4 * width || (frame.data().len() as i64) < needed {
        return Err(Error::InvalidStride);
    }
    // SAFETY: the memory holds `height` rows of `stride` bytes (checked), cairo only reads from it as a source, and the
    // caller drops the surface and replaces the source before it lets go of the frame.
    unsafe {
        ImageSurface::create_for_data_unsafe(frame.data().as_ptr().cast_mut(), Format::Rgb24, width, height, stride)
    }
}

/// Until the first frame is there: the still of the episode, else a calm dark gradient.
fn paint_poster(cr: &Context, card: &Card, posters: &Posters, (width, height): (f64, f64)) -> Result<(), Error> {
    let Some(surface) = card.poster.as_deref().and_then(|p| posters.get(p)) else {
        let gradient = LinearGradient::new(0.0, 0.0, 0.0, height);
        gradient.add_color_stop_rgb(0.0, 0.11, 0.10, 0.14);
        gradient.add_color_stop_rgb(1.0, 0.03, 0.03, 0.04);
        cr.set_source(&gradient)?;
        return cr.paint();
    };
    let (w, h) = (f64::from(surface.width()), f64::from(surface.height()));
    let fit = (width / w).min(height / h);
    black(cr)?;
    cr.translate((width - w * fit) / 2.0, (height - h * fit) / 2.0);
    cr.scale(fit, fit);
    cr.set_source_surface(surface, 0.0, 0.0)?;
    cr.rectangle(0.0, 0.0, w, h);
    cr.fill()
}
