//! The native video surface under the web view.
//!
//! [`engine::Stage`] is what the engine asks of it; the page says where it lies and whether the feed owns the input
//! ([`StageLayout`]). How pictures get on the screen and where input comes from is the platform's: `linux.rs`.

#[cfg(target_os = "linux")]
mod input;
#[cfg(target_os = "linux")]
pub mod linux;
pub mod motion;
#[cfg(target_os = "linux")]
mod paint;
#[cfg(target_os = "linux")]
mod posters;
#[cfg(target_os = "linux")]
mod surface;
pub mod wheel;

use engine::Engine;
use serde::Deserialize;
use std::sync::Arc;
use tauri::WebviewWindow;

#[cfg(target_os = "linux")]
type Native = linux::LinuxStage;

/// The platform's stage, not on screen yet.
#[cfg(target_os = "linux")]
pub fn create() -> Arc<Native> {
    linux::LinuxStage::new()
}

/// Puts the stage under the window's page; it tells the engine what happens on it.
///
/// # Errors
/// When the window is not built as expected.
#[cfg(target_os = "linux")]
pub fn attach(window: &WebviewWindow, stage: Arc<Native>, engine: Engine) -> tauri::Result<()> {
    window.with_webview(move |webview| {
        if let Err(e) = linux::attach(&webview.inner(), stage, move |event| engine.stage_event(event)) {
            tracing::error!("there is no stage: {e}");
        }
    })
}

/// Takes what the page says of the stage.
pub fn set_layout(layout: StageLayout) {
    #[cfg(target_os = "linux")]
    linux::set_layout(layout);
}

/// A rectangle of the page, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Rect {
    /// From the left of the page.
    pub x: f64,
    /// From its top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// Whether the point lies in it.
    pub fn contains(&self, x: f64, y: f64) -> bool {
        x >= self.x && y >= self.y && x < self.x + self.width && y < self.y + self.height
    }

    /// Whether all from (left, top) to (right, bottom) lies in it, but for parts of a pixel.
    pub fn covers(&self, (left, top, right, bottom): (f64, f64, f64, f64)) -> bool {
        let begins = left > self.x - 1.0 && top > self.y - 1.0;
        begins && right < self.x + self.width + 1.0 && bottom < self.y + self.height + 1.0
    }
}

/// What the page tells the stage.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct StageLayout {
    /// Where the stage lies; `None` while no player is on the page.
    pub rect: Option<Rect>,
    /// The player is visible, nothing is open over it, no text field is focused: the stage may take the input.
    pub feed_owns_input: bool,
    /// Parts of the stage whose pointer input belongs to the page all the same (the progress bar, a slider).
    #[serde(default)]
    pub holes: Vec<Rect>,
    /// Nothing of the page is painted over the stage: it may be left out there.
    #[serde(default)]
    pub blank: bool,
    /// The viewer asked the system for reduced motion.
    #[serde(default)]
    pub reduced_motion: bool,
}

impl StageLayout {
    /// The picture's part of the stage is at this point: the stage takes a wheel or a drag that begins here.
    pub fn takes(&self, x: f64, y: f64) -> bool {
        self.feed_owns_input
            && self.rect.is_some_and(|r| r.contains(x, y))
            && !self.holes.iter().any(|h| h.contains(x, y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_takes_input_only_on_the_picture_and_only_while_the_feed_owns_it() {
        let rect = Rect { x: 100.0, y: 0.0, width: 540.0, height: 960.0 };
        let bar = Rect { x: 110.0, y: 900.0, width: 500.0, height: 40.0 };
        let mut layout =
            StageLayout { rect: Some(rect), feed_owns_input: true, holes: vec![bar], ..StageLayout::default() };
        assert!(layout.takes(300.0, 400.0));
        assert!(!layout.takes(300.0, 910.0), "the progress bar is the page's");
        assert!(!layout.takes(50.0, 400.0), "the panel is the page's");
        layout.feed_owns_input = false;
        assert!(!layout.takes(300.0, 400.0));
    }
}
