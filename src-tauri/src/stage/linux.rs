//! The stage on Linux (X11 and Wayland): one GTK drawing area under the transparent web view.
//!
//! [`LinuxStage`] is what decks and engine see, from any thread: it keeps each deck's newest frame and posts to the GTK
//! thread. The [`Surface`] lives on that thread: it takes wheel, drag, touch and swipe keys from the web view's signals
//! before WebKit sees them (`input.rs`), moves the picture on the frame clock and paints it (`surface.rs`).

use super::StageLayout;
use super::input::listen;
use super::paint::Frames;
use super::surface::Surface;
use engine::{DeckId, Frame, LoadId, VideoOutput};
use engine::{FeedWindow, Stage, StageEvent};
use gtk::glib::{self, Priority, Propagation};
use gtk::prelude::*;
use model::Direction;
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The stage as decks and engine see it.
pub struct LinuxStage {
    pub(super) frames: Frames,
    /// Width and height in device pixels.
    size: AtomicU64,
    redraw_posted: AtomicBool,
    /// There is a surface that can be told.
    attached: AtomicBool,
    /// The neighbourhood as last told: for a surface that comes later.
    window: Mutex<Option<FeedWindow>>,
}

impl LinuxStage {
    /// A stage that is not on screen yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            frames: Frames::default(),
            size: AtomicU64::new((540 << 32) | 960),
            redraw_posted: AtomicBool::new(false),
            attached: AtomicBool::new(false),
            window: Mutex::default(),
        })
    }

    /// Takes the stage's size in device pixels; whether it is new.
    pub(super) fn set_size(&self, width: u32, height: u32) -> bool {
        let size = (u64::from(width) << 32) | u64::from(height);
        self.size.swap(size, Ordering::AcqRel) != size
    }
}

impl VideoOutput for LinuxStage {
    fn size(&self) -> (u32, u32) {
        let size = self.size.load(Ordering::Acquire);
        ((size >> 32) as u32, size as u32)
    }

    fn present(&self, deck: DeckId, load: LoadId, frame: Frame) {
        self.frames.put(deck, load, frame);
        if self.attached.load(Ordering::SeqCst) && !self.redraw_posted.swap(true, Ordering::AcqRel) {
            on_gtk(|surface| {
                surface.stage().redraw_posted.store(false, Ordering::Release);
                surface.redraw_if_newer();
            });
        }
    }

    fn clear(&self, deck: DeckId) {
        self.frames.clear(deck);
    }
}

impl Stage for LinuxStage {
    fn arrange(&self, window: FeedWindow, slide: Option<Direction>) {
        *self.window.lock().unwrap_or_else(|e| e.into_inner()) = Some(window.clone());
        if self.attached.load(Ordering::SeqCst) {
            on_gtk(move |surface| surface.arrange(window, slide));
        }
    }
}

thread_local! {
    static SURFACE: RefCell<Option<Surface>> = const { RefCell::new(None) };
}

/// Runs `act` on the surface, on the GTK thread, before the frame clock paints next.
fn on_gtk(act: impl FnOnce(&mut Surface) + Send + 'static) {
    glib::MainContext::default().invoke_with_priority(Priority::HIGH, move || with_surface((), act));
}

/// Runs `act` on the surface now; only on the GTK thread.
pub(super) fn with_surface<T>(otherwise: T, act: impl FnOnce(&mut Surface) -> T) -> T {
    SURFACE.with(|cell| match cell.try_borrow_mut() {
        Ok(mut surface) => surface.as_mut().map(act).unwrap_or(otherwise),
        // GTK called back into us from inside one of our own calls.
        Err(_) => otherwise,
    })
}

/// Puts the stage under the web view. Call it on the GTK thread.
///
/// # Errors
/// When the web view does not stand in a box, as Tauri's windows have it.
pub fn attach(
    webview: &webkit2gtk::WebView,
    stage: Arc<LinuxStage>,
    tell: impl Fn(StageEvent) + 'static,
) -> Result<(), String> {
    let parent = webview.parent().and_then(|p| p.downcast::<gtk::Box>().ok()).ok_or("the web view has no box")?;
    let area = gtk::DrawingArea::new();
    area.connect_draw(|area, cr| {
        with_surface((), |surface| surface.draw(area, cr));
        Propagation::Stop
    });
    area.connect_scale_factor_notify(|_| with_surface((), Surface::measure));
    // To blend a page that is not there with every frame costs a tenth of what decoding does.
    webview.connect_draw(|_, cr| match with_surface(None, |surface| surface.blank()).zip(cr.clip_extents().ok()) {
        Some((stage, clip)) if stage.covers(clip) => Propagation::Stop,
        _ => Propagation::Proceed,
    });
    parent.remove(webview);
    let overlay = gtk::Overlay::new();
    overlay.add(&area);
    overlay.add_overlay(webview);
    parent.pack_start(&overlay, true, true, 0);
    overlay.show_all();
    // Taken out of its box it lost the focus: without this the first key would go nowhere.
    webview.grab_focus();
    listen(webview);
    let surface = Surface::new(stage.clone(), area, Box::new(tell));
    SURFACE.with(|cell| *cell.borrow_mut() = Some(surface));
    // Whoever does not see this yet has left the neighbourhood where it is taken now.
    stage.attached.store(true, Ordering::SeqCst);
    if let Some(window) = stage.window.lock().unwrap_or_else(|e| e.into_inner()).take() {
        with_surface((), |surface| surface.arrange(window, None));
    }
    Ok(())
}

/// Takes what the page says of the stage. From any thread.
pub fn set_layout(layout: StageLayout) {
    on_gtk(move |surface| surface.set_layout(layout));
}

/// A still was read. On the GTK thread.
pub(super) fn put_poster(path: std::path::PathBuf, still: Option<gtk::cairo::ImageSurface>) {
    with_surface((), |surface| {
        surface.posters.put(path, still);
        surface.redraw();
    });
}
