//! The stage on Linux (X11 and Wayland): one GTK drawing area under the transparent web view.
//!
//! [`LinuxStage`] is what decks and engine see, from any thread: it keeps each deck's newest frame and posts to the GTK
//! thread. The [`Surface`] lives on that thread: it takes wheel, drag, touch and swipe keys from the web view's signals
//! before WebKit sees them, moves the picture on the frame clock and paints it.

use super::motion::Motion;
use super::paint::{Frames, Scene, paint};
use super::posters::Posters;
use super::wheel::Wheel;
use super::{Rect, StageLayout};
use engine::{Card, FeedWindow, Stage, StageEvent};
use engine::{DeckId, Frame, LoadId, VideoOutput};
use gtk::gdk;
use gtk::glib::{self, ControlFlow, Priority, Propagation};
use gtk::prelude::*;
use model::Direction;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A vertical drag begins when the pointer has moved this far (GTK's own drag threshold is 8).
const DRAG_BEGINS: f64 = 10.0;
/// A key that is held swipes again only after this time.
const KEY_REPEATS_AFTER_MS: f64 = 400.0;
/// Decks decode in the new size only when the stage has kept it for this long.
const RESIZED_AFTER: Duration = Duration::from_millis(160);

/// The stage as decks and engine see it.
pub struct LinuxStage {
    frames: Frames,
    /// Width and height in device pixels.
    size: AtomicU64,
    redraw_posted: AtomicBool,
}

impl LinuxStage {
    /// A stage that is not on screen yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            frames: Frames::default(),
            size: AtomicU64::new((540 << 32) | 960),
            redraw_posted: AtomicBool::new(false),
        })
    }
}

impl VideoOutput for LinuxStage {
    fn size(&self) -> (u32, u32) {
        let size = self.size.load(Ordering::Acquire);
        ((size >> 32) as u32, size as u32)
    }

    fn present(&self, deck: DeckId, load: LoadId, frame: Frame) {
        self.frames.put(deck, load, frame);
        if !self.redraw_posted.swap(true, Ordering::AcqRel) {
            on_gtk(|surface| {
                surface.stage.redraw_posted.store(false, Ordering::Release);
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
        on_gtk(move |surface| surface.arrange(window, slide));
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
fn with_surface<T>(otherwise: T, act: impl FnOnce(&mut Surface) -> T) -> T {
    SURFACE.with(|cell| match cell.try_borrow_mut() {
        Ok(mut surface) => surface.as_mut().map(act).unwrap_or(otherwise),
        // GTK called back into us from inside one of our own calls.
        Err(_) => otherwise,
    })
}

/// A pointer or finger that went down on the stage.
struct Press {
    x: f64,
    y: f64,
    /// The stage has taken it; before, it may still become a tap or a horizontal drag, which are the page's.
    taken: bool,
}

struct Surface {
    stage: Arc<LinuxStage>,
    area: gtk::DrawingArea,
    tell: Box<dyn Fn(StageEvent)>,
    layout: StageLayout,
    motion: Motion,
    wheel: Wheel,
    /// Previous, current, next.
    cards: [Option<Card>; 3],
    /// The neighbour on this side is not known yet: the engine has not answered the last swipe.
    unknown: Option<Direction>,
    swipe: u64,
    posters: Posters,
    press: Option<Press>,
    held_key: Option<(u32, f64)>,
    moving_told: bool,
    ticking: bool,
    epoch: Instant,
    painted: u64,
    resize_serial: u64,
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
    parent.remove(webview);
    let overlay = gtk::Overlay::new();
    overlay.add(&area);
    overlay.add_overlay(webview);
    parent.pack_start(&overlay, true, true, 0);
    overlay.show_all();
    // Taken out of its box it lost the focus: without this the first key would go nowhere.
    webview.grab_focus();
    listen(webview);
    SURFACE.with(|cell| {
        *cell.borrow_mut() = Some(Surface {
            stage,
            area,
            tell: Box::new(tell),
            layout: StageLayout::default(),
            motion: Motion::new(960.0),
            wheel: Wheel::default(),
            cards: [None, None, None],
            unknown: None,
            swipe: 0,
            posters: Posters::default(),
            press: None,
            held_key: None,
            moving_told: false,
            ticking: false,
            epoch: Instant::now(),
            painted: 0,
            resize_serial: 0,
        });
    });
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

/// Connects the web view's input signals. `Stop` keeps an event from WebKit.
fn listen(webview: &webkit2gtk::WebView) {
    let taken = |taken: bool| if taken { Propagation::Stop } else { Propagation::Proceed };
    webview.connect_scroll_event(move |_, e| {
        let (x, y) = e.position();
        let dy = match e.direction() {
            gdk::ScrollDirection::Up => -1.0,
            gdk::ScrollDirection::Down => 1.0,
            gdk::ScrollDirection::Smooth => e.delta().1,
            _ => 0.0,
        };
        let stops = e.as_ref().is_stop != 0;
        taken(with_surface(false, |s| s.on_wheel(x, y, dy, stops)))
    });
    webview.connect_key_press_event(move |_, e| {
        let modified = e.state().intersects(gdk::ModifierType::CONTROL_MASK | gdk::ModifierType::MOD1_MASK);
        let key = e.keyval();
        taken(!modified && with_surface(false, |s| s.on_key(key)))
    });
    webview.connect_key_release_event(move |_, _| {
        with_surface((), |s| s.held_key = None);
        Propagation::Proceed
    });
    webview.connect_button_press_event(move |_, e| {
        let (x, y) = e.position();
        if e.button() == 1 {
            with_surface((), |s| s.on_press(x, y));
        }
        Propagation::Proceed
    });
    webview.connect_motion_notify_event(move |_, e| {
        let (x, y) = e.position();
        taken(with_surface(false, |s| s.on_drag(x, y)))
    });
    // The release always reaches the page: it saw the press. It knows from the distance that this was no click.
    webview.connect_button_release_event(move |_, e| {
        if e.button() == 1 {
            with_surface((), Surface::on_release);
        }
        Propagation::Proceed
    });
    webview.connect_event(move |_, e| {
        let Some((x, y)) = e.coords() else { return Propagation::Proceed };
        match e.event_type() {
            gdk::EventType::TouchBegin => with_surface((), |s| s.on_press(x, y)),
            gdk::EventType::TouchUpdate => return taken(with_surface(false, |s| s.on_drag(x, y))),
            gdk::EventType::TouchEnd | gdk::EventType::TouchCancel => with_surface((), Surface::on_release),
            _ => {}
        }
        Propagation::Proceed
    });
}

impl Surface {
    fn now(&self) -> f64 {
        self.epoch.elapsed().as_secs_f64() * 1e3
    }

    // ---- input ------------------------------------------------------------------------------------------------------

    fn on_wheel(&mut self, x: f64, y: f64, dy: f64, stops: bool) -> bool {
        if !self.layout.takes(x, y) {
            return false;
        }
        if stops {
            self.wheel.stop();
        } else if let Some(direction) = self.wheel.scroll(dy, self.now()) {
            self.swipe(direction);
        }
        true
    }

    fn on_key(&mut self, key: gdk::keys::Key) -> bool {
        use gdk::keys::constants as k;
        let direction = match key {
            k::Down | k::Page_Down | k::KP_Down | k::KP_Page_Down | k::n | k::N => Direction::Next,
            k::Up | k::Page_Up | k::KP_Up | k::KP_Page_Up | k::p | k::P => Direction::Previous,
            _ => return false,
        };
        if !self.layout.feed_owns_input || self.layout.rect.is_none() {
            return false;
        }
        let (now, code) = (self.now(), *key);
        if self.held_key.is_none_or(|(held, at)| held != code || now - at > KEY_REPEATS_AFTER_MS) {
            self.held_key = Some((code, now));
            self.swipe(direction);
        }
        true
    }

    fn on_press(&mut self, x: f64, y: f64) {
        self.press = self.layout.takes(x, y).then_some(Press { x, y, taken: false });
    }

    fn on_drag(&mut self, x: f64, y: f64) -> bool {
        let now = self.now();
        let Some(press) = &mut self.press else { return false };
        if !press.taken {
            let (dx, dy) = ((x - press.x).abs(), (y - press.y).abs());
            if dx.max(dy) < DRAG_BEGINS {
                return false;
            }
            if dx >= dy {
                // A horizontal drag seeks: the page's.
                self.press = None;
                return false;
            }
            press.taken = true;
            self.motion.grab(y, now);
            self.tell_moving(true);
        }
        let (previous, next) = (self.has(Direction::Previous), self.has(Direction::Next));
        self.motion.drag(y, now, previous, next);
        self.redraw();
        true
    }

    fn on_release(&mut self) {
        if !self.press.take().is_some_and(|p| p.taken) {
            return;
        }
        let now = self.now();
        match self.motion.release(now, self.has(Direction::Previous), self.has(Direction::Next)) {
            Some(direction) => self.go(direction),
            None => self.animate(),
        }
    }

    /// A swipe by key or wheel.
    fn swipe(&mut self, direction: Direction) {
        if self.motion.is_dragged() {
            return;
        }
        if self.has(direction) {
            self.go(direction);
        } else {
            let now = self.now();
            self.motion.nudge(direction, now);
            (self.tell)(StageEvent::Edge(direction));
            self.animate();
        }
    }

    /// Commits: the neighbour becomes the current one, here and now; the engine is told and answers with what follows.
    fn go(&mut self, direction: Direction) {
        self.swipe += 1;
        (self.tell)(StageEvent::Swiped(direction, self.swipe));
        let [previous, current, next] = std::mem::take(&mut self.cards);
        self.cards = match direction {
            Direction::Next => [current, next, None],
            Direction::Previous => [None, previous, current],
        };
        self.unknown = Some(direction);
        let now = self.now();
        self.motion.advance(direction, now);
        self.moving_told = true;
        self.animate();
    }

    fn has(&self, direction: Direction) -> bool {
        let card = if direction == Direction::Next { &self.cards[2] } else { &self.cards[0] };
        card.is_some() || (self.unknown == Some(direction) && self.cards[1].is_some())
    }

    // ---- the engine and the page ------------------------------------------------------------------------------------

    fn arrange(&mut self, window: FeedWindow, slide: Option<Direction>) {
        if window.swipe < self.swipe {
            // A newer swipe is on its way to the engine; its answer follows.
            return;
        }
        self.cards = [window.previous, window.current, window.next];
        self.unknown = None;
        let wanted: Vec<_> = self.cards.iter().flatten().filter_map(|c| c.poster.clone()).collect();
        self.posters.want(&wanted);
        if let Some(direction) = slide {
            let now = self.now();
            self.motion.advance(direction, now);
            self.tell_moving(true);
            self.animate();
        }
        self.redraw();
    }

    fn set_layout(&mut self, layout: StageLayout) {
        let moved = layout.rect != self.layout.rect;
        if !layout.feed_owns_input {
            self.held_key = None;
            if self.press.take().is_some_and(|p| p.taken) {
                let now = self.now();
                self.motion.release(now, false, false);
                self.animate();
            }
        }
        self.motion.set_reduced(layout.reduced_motion);
        self.layout = layout;
        if moved {
            self.measure();
        }
    }

    /// Takes the stage's size in device pixels from the page's rectangle.
    fn measure(&mut self) {
        let Some(rect) = self.layout.rect else { return self.area.queue_draw() };
        let scale = f64::from(self.area.scale_factor().max(1));
        let device = |length: f64| (length * scale).round().clamp(1.0, 8192.0) as u64;
        let size = (device(rect.width) << 32) | device(rect.height);
        self.motion.resize(rect.height);
        if self.stage.size.swap(size, Ordering::AcqRel) != size {
            self.resize_serial += 1;
            let serial = self.resize_serial;
            glib::timeout_add_local_once(RESIZED_AFTER, move || {
                with_surface((), |s| {
                    if s.resize_serial == serial {
                        (s.tell)(StageEvent::Resized);
                    }
                });
            });
        }
        self.area.queue_draw();
    }

    fn tell_moving(&mut self, moving: bool) {
        if self.moving_told != moving {
            self.moving_told = moving;
            (self.tell)(StageEvent::Moving(moving));
        }
    }

    // ---- painting ---------------------------------------------------------------------------------------------------

    /// Moves on with every tick of the frame clock until the motion rests.
    fn animate(&mut self) {
        self.redraw();
        if std::mem::replace(&mut self.ticking, true) {
            return;
        }
        self.area.add_tick_callback(|_, _| {
            with_surface(ControlFlow::Break, |surface| {
                let now = surface.now();
                let moves = surface.motion.tick(now);
                surface.redraw();
                if moves && !surface.motion.is_dragged() {
                    return ControlFlow::Continue;
                }
                surface.ticking = false;
                if !moves {
                    surface.tell_moving(false);
                }
                ControlFlow::Break
            })
        });
    }

    fn redraw(&self) {
        if let Some(Rect { x, y, width, height }) = self.layout.rect {
            let right = (x + width).ceil() as i32;
            let bottom = (y + height).ceil() as i32;
            let (left, top) = (x.floor() as i32, y.floor() as i32);
            self.area.queue_draw_area(left, top, right - left, bottom - top);
        }
    }

    /// A frame arrived: repaints if it belongs to a card in view.
    fn redraw_if_newer(&mut self) {
        let seen = if self.motion.at_rest() { &self.cards[1..2] } else { &self.cards[..] };
        let newest =
            seen.iter().flatten().filter_map(|c| c.deck).filter_map(|d| self.stage.frames.serial(d.0, d.1)).max();
        if newest.is_some_and(|n| n > self.painted) {
            self.redraw();
        }
    }

    fn draw(&mut self, area: &gtk::DrawingArea, cr: &gtk::cairo::Context) {
        let Some(rect) = self.layout.rect else { return };
        if self.cards[1].is_none() {
            return;
        }
        let scene = Scene {
            rect,
            scale: f64::from(area.scale_factor().max(1)),
            offset: self.motion.offset(),
            cards: &self.cards,
            frames: &self.stage.frames,
            posters: &self.posters,
        };
        match paint(cr, &scene) {
            Ok(newest) => self.painted = self.painted.max(newest),
            Err(e) => tracing::warn!("the stage could not be painted: {e}"),
        }
    }
}
