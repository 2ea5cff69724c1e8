//! Where decoded pictures go: the joint between decks and a stage.

use crate::{DeckId, LoadId};
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

/// A decoded picture in the stage's size: 32 bits a pixel, blue first, fourth byte unused (cairo's `RGB24`).
pub struct Frame {
    picture: gst_video::VideoFrame<gst_video::video_frame::Readable>,
    pts: Option<Duration>,
}

impl Frame {
    pub(crate) fn new(picture: gst_video::VideoFrame<gst_video::video_frame::Readable>, pts: Option<Duration>) -> Self {
        Self { picture, pts }
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.picture.width()
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.picture.height()
    }

    /// Bytes from one row to the next.
    pub fn stride(&self) -> i32 {
        self.picture.plane_stride().first().copied().unwrap_or(0)
    }

    /// All rows.
    pub fn data(&self) -> &[u8] {
        self.picture.plane_data(0).unwrap_or(&[])
    }

    /// Its time in the episode.
    pub fn pts(&self) -> Option<Duration> {
        self.pts
    }
}

/// A surface that shows decks. Called from decoding threads: every method must return at once.
pub trait VideoOutput: Send + Sync {
    /// The stage's size in device pixels; pictures are fitted into it.
    fn size(&self) -> (u32, u32);

    /// A newer picture of this load.
    fn present(&self, deck: DeckId, load: LoadId, frame: Frame);

    /// The deck takes another episode: what it showed is void.
    fn clear(&self, deck: DeckId);
}

/// The load, how many pictures it presented, and the newest of them.
type Counted = (LoadId, u64, Option<Frame>);

/// An output that keeps the newest picture of each deck and counts: for tests and for running without a window.
pub struct CountingOutput {
    decks: Mutex<HashMap<DeckId, Counted>>,
    size: Mutex<(u32, u32)>,
}

impl Default for CountingOutput {
    fn default() -> Self {
        Self { decks: Mutex::default(), size: Mutex::new((270, 480)) }
    }
}

impl CountingOutput {
    /// Gives the stage another size; decks have to be told.
    pub fn set_size(&self, size: (u32, u32)) {
        *self.size.lock().unwrap_or_else(|e| e.into_inner()) = size;
    }

    /// How many pictures this load has presented.
    pub fn presented(&self, deck: DeckId, load: LoadId) -> u64 {
        self.lock().get(&deck).filter(|d| d.0 == load).map_or(0, |d| d.1)
    }

    /// The colour in the middle of the deck's newest picture, as (red, green, blue), and the picture's time.
    pub fn middle(&self, deck: DeckId) -> Option<((u8, u8, u8), Option<Duration>)> {
        let pts = self.lock().get(&deck)?.2.as_ref()?.pts();
        Some((self.pixel(deck, 0.5, 0.5)?, pts))
    }

    /// A colour of the deck's newest picture, as (red, green, blue): `x` and `y` are parts of its width and height.
    pub fn pixel(&self, deck: DeckId, x: f64, y: f64) -> Option<(u8, u8, u8)> {
        let decks = self.lock();
        let frame = decks.get(&deck)?.2.as_ref()?;
        let (column, row) = ((x * f64::from(frame.width())) as usize, (y * f64::from(frame.height())) as usize);
        let at = frame.stride() as usize * row + 4 * column;
        let p = frame.data().get(at..at + 3)?;
        Some((p[2], p[1], p[0]))
    }

    /// Width and height of the deck's newest picture.
    pub fn picture_size(&self, deck: DeckId) -> Option<(u32, u32)> {
        self.lock().get(&deck)?.2.as_ref().map(|frame| (frame.width(), frame.height()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<DeckId, Counted>> {
        self.decks.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl VideoOutput for CountingOutput {
    fn size(&self) -> (u32, u32) {
        *self.size.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn present(&self, deck: DeckId, load: LoadId, frame: Frame) {
        let mut decks = self.lock();
        let entry = decks.entry(deck).or_insert((load, 0, None));
        if entry.0 != load {
            *entry = (load, 0, None);
        }
        entry.1 += 1;
        entry.2 = Some(frame);
    }

    fn clear(&self, deck: DeckId) {
        self.lock().remove(&deck);
    }
}

/// The largest size with the picture's shape that fits into the stage; at least one pixel each way.
pub(crate) fn fit(picture: (u32, u32), stage: (u32, u32)) -> (u32, u32) {
    let (pw, ph) = (u64::from(picture.0.max(1)), u64::from(picture.1.max(1)));
    let (sw, sh) = (u64::from(stage.0.max(1)), u64::from(stage.1.max(1)));
    let round = |a: u64, b: u64| ((a + b / 2) / b).max(1);
    let (w, h) = if pw * sh >= ph * sw { (sw, round(ph * sw, pw)) } else { (round(pw * sh, ph), sh) };
    (w.min(sw) as u32, h.min(sh) as u32)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn fit_keeps_the_shape_and_touches_two_edges() {
        assert_eq!(fit((1080, 1920), (540, 960)), (540, 960));
        assert_eq!(fit((1920, 1080), (540, 960)), (540, 304));
        assert_eq!(fit((161, 121), (390, 844)), (390, 293));
        assert_eq!(fit((10, 4000), (540, 960)), (2, 960));
        assert_eq!(fit((0, 0), (0, 0)), (1, 1));
    }
}
