//! Wheel, drag, touch and swipe keys, taken from the web view's signals before WebKit sees them.

use super::linux::with_surface;
use super::surface::{Surface, paint_at_once};
use gtk::gdk;
use gtk::glib::Propagation;
use gtk::prelude::*;
use model::Direction;

/// A vertical drag begins when the pointer has moved this far (GTK's own drag threshold is 8).
const DRAG_BEGINS: f64 = 10.0;
/// A key that is held swipes again only after this time.
const KEY_REPEATS_AFTER_MS: f64 = 400.0;

/// A pointer or finger that went down on the stage.
pub(super) struct Press {
    x: f64,
    y: f64,
    /// The stage has taken it; before, it may still become a tap or a horizontal drag, which are the page's.
    pub(super) taken: bool,
}

/// Connects the web view's input signals. `Stop` keeps an event from WebKit.
pub(super) fn listen(webview: &webkit2gtk::WebView) {
    webview.connect_scroll_event(move |_, e| {
        let (x, y) = e.position();
        let dy = match e.direction() {
            gdk::ScrollDirection::Up => -1.0,
            gdk::ScrollDirection::Down => 1.0,
            gdk::ScrollDirection::Smooth => e.delta().1,
            _ => 0.0,
        };
        let stops = e.as_ref().is_stop != 0;
        offer(|s| s.on_wheel(x, y, dy, stops))
    });
    webview.connect_key_press_event(move |_, e| {
        if e.state().intersects(gdk::ModifierType::CONTROL_MASK | gdk::ModifierType::MOD1_MASK) {
            return Propagation::Proceed;
        }
        let key = e.keyval();
        offer(|s| s.on_key(key))
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
        offer(|s| s.on_drag(x, y))
    });
    // The release always reaches the page: it saw the press.
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
            gdk::EventType::TouchUpdate => return offer(|s| s.on_drag(x, y)),
            gdk::EventType::TouchEnd | gdk::EventType::TouchCancel => with_surface((), Surface::on_release),
            _ => {}
        }
        Propagation::Proceed
    });
}

/// Offers an event to the stage; it goes on to the page unless the stage takes it.
fn offer(act: impl FnOnce(&mut Surface) -> bool) -> Propagation {
    let taken = with_surface(false, act);
    paint_at_once();
    if taken { Propagation::Stop } else { Propagation::Proceed }
}

impl Surface {
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
        // A second finger, or a release that never came: what is held is let go first.
        if self.motion.is_dragged() {
            self.on_release();
        }
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
            // Taken hold of where the threshold was crossed: the picture moves with this very event, and without a jump.
            let crossed = press.y + DRAG_BEGINS * (y - press.y).signum();
            self.motion.grab(crossed, now);
            self.urgent = true;
            self.tell_moving(true);
            self.drag_to(y, now);
            // The page sees this one movement, so it knows that its press became a drag: no tap, and no long press.
            return false;
        }
        self.drag_to(y, now);
        true
    }

    fn drag_to(&mut self, y: f64, now: f64) {
        let (previous, next) = (self.has(Direction::Previous), self.has(Direction::Next));
        self.motion.drag(y, now, previous, next);
        self.redraw();
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
}
