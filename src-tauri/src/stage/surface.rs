//! The stage on the GTK thread: what it shows, how it moves, and when it is painted.

use super::input::Press;
use super::linux::{LinuxStage, with_surface};
use super::motion::Motion;
use super::paint::{Scene, paint};
use super::posters::Posters;
use super::wheel::Wheel;
use super::{Rect, StageLayout};
use engine::{Card, DeckId, FeedWindow, LoadId, StageEvent};
use gtk::gdk;
use gtk::glib::translate::ToGlibPtr;
use gtk::glib::{self, ControlFlow};
use gtk::prelude::*;
use model::Direction;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Decks decode in the new size only when the stage has kept it for this long.
const RESIZED_AFTER: Duration = Duration::from_millis(160);

/// The stage on screen.
pub(super) struct Surface {
    stage: Arc<LinuxStage>,
    area: gtk::DrawingArea,
    tell: Box<dyn Fn(StageEvent)>,
    pub(super) layout: StageLayout,
    pub(super) motion: Motion,
    pub(super) wheel: Wheel,
    /// Previous, current, next.
    cards: [Option<Card>; 3],
    /// The neighbour on this side is not known yet: the engine has not answered the last swipe.
    unknown: Option<Direction>,
    swipe: u64,
    pub(super) posters: Posters,
    pub(super) press: Option<Press>,
    /// The swipe key that is down, and since when.
    pub(super) held_key: Option<(u32, f64)>,
    moving_told: bool,
    /// The picture has just begun to move: [`Surface::paint_at_once`].
    pub(super) urgent: bool,
    ticking: bool,
    epoch: Instant,
    painted: u64,
    resize_serial: u64,
}

impl Surface {
    pub(super) fn new(stage: Arc<LinuxStage>, area: gtk::DrawingArea, tell: Box<dyn Fn(StageEvent)>) -> Self {
        Self {
            stage,
            area,
            tell,
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
            urgent: false,
            ticking: false,
            epoch: Instant::now(),
            painted: 0,
            resize_serial: 0,
        }
    }

    pub(super) fn stage(&self) -> &LinuxStage {
        &self.stage
    }

    /// Milliseconds since the stage was made: the time that motion and wheel reckon with.
    pub(super) fn now(&self) -> f64 {
        self.epoch.elapsed().as_secs_f64() * 1e3
    }

    /// A swipe by key or wheel.
    pub(super) fn swipe(&mut self, direction: Direction) {
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
    pub(super) fn go(&mut self, direction: Direction) {
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
        self.urgent = true;
        self.animate();
    }

    pub(super) fn has(&self, direction: Direction) -> bool {
        let card = if direction == Direction::Next { &self.cards[2] } else { &self.cards[0] };
        card.is_some() || (self.unknown == Some(direction) && self.cards[1].is_some())
    }

    // ---- the engine and the page ------------------------------------------------------------------------------------

    pub(super) fn arrange(&mut self, window: FeedWindow, slide: Option<Direction>) {
        if window.swipe < self.swipe {
            // A newer swipe is on its way to the engine; its answer follows.
            return;
        }
        self.cards = [window.previous, window.current, window.next];
        self.unknown = None;
        let frames = &self.stage.frames;
        self.posters.want(&stills_wanted(&self.cards, |deck, load| frames.serial(deck, load).is_some()));
        if let Some(direction) = slide {
            let now = self.now();
            self.motion.advance(direction, now);
            self.tell_moving(true);
            self.animate();
        }
        self.redraw();
    }

    pub(super) fn set_layout(&mut self, layout: StageLayout) {
        let moved = layout.rect != self.layout.rect || layout.blank != self.layout.blank;
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

    /// The stage's rectangle, where nothing of the page is painted over it.
    pub(super) fn blank(&self) -> Option<Rect> {
        self.layout.rect.filter(|_| self.layout.blank)
    }

    /// Takes the stage's size in device pixels from the page's rectangle.
    pub(super) fn measure(&mut self) {
        let Some(rect) = self.layout.rect else { return self.area.queue_draw() };
        let scale = f64::from(self.area.scale_factor().max(1));
        let device = |length: f64| (length * scale).round().clamp(1.0, 8192.0) as u32;
        self.motion.resize(rect.height);
        if self.stage.set_size(device(rect.width), device(rect.height)) {
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

    pub(super) fn tell_moving(&mut self, moving: bool) {
        if self.moving_told != moving {
            self.moving_told = moving;
            (self.tell)(StageEvent::Moving(moving));
        }
    }

    // ---- painting ---------------------------------------------------------------------------------------------------

    /// Moves on with every tick of the frame clock until the motion rests.
    pub(super) fn animate(&mut self) {
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

    pub(super) fn redraw(&self) {
        if let Some(Rect { x, y, width, height }) = self.layout.rect {
            let right = (x + width).ceil() as i32;
            let bottom = (y + height).ceil() as i32;
            let (left, top) = (x.floor() as i32, y.floor() as i32);
            self.area.queue_draw_area(left, top, right - left, bottom - top);
        }
    }

    /// A frame arrived: repaints if it belongs to a card in view.
    pub(super) fn redraw_if_newer(&mut self) {
        let seen = if self.motion.at_rest() { &self.cards[1..2] } else { &self.cards[..] };
        let newest =
            seen.iter().flatten().filter_map(|c| c.deck).filter_map(|d| self.stage.frames.serial(d.0, d.1)).max();
        if newest.is_some_and(|n| n > self.painted) {
            self.redraw();
        }
    }

    pub(super) fn draw(&mut self, area: &gtk::DrawingArea, cr: &gtk::cairo::Context) {
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

/// The stills that may have to stand in: those of the cards without a frame. A still of the stage's size is 2 MB.
fn stills_wanted(cards: &[Option<Card>], has_frame: impl Fn(DeckId, LoadId) -> bool) -> Vec<PathBuf> {
    let bare = |card: &&Card| card.deck.is_none_or(|(deck, load)| !has_frame(deck, load));
    cards.iter().flatten().filter(bare).filter_map(|card| card.poster.clone()).collect()
}

/// Paints now what has just begun to move. The frame clock would do it up to one of its intervals later, and an input event
/// does not come in step with it. Where a compositor still holds the last frame this does nothing, and the frame clock
/// paints as always.
pub(super) fn paint_at_once() {
    // The surface must not be borrowed while GTK paints: painting borrows it.
    let window = with_surface(None, |s| std::mem::take(&mut s.urgent).then(|| s.area.window()).flatten());
    if let Some(window) = window {
        process_updates(&window);
    }
}

#[allow(unsafe_code)]
fn process_updates(window: &gdk::Window) {
    // SAFETY: the pointer is a living window's, we are on the GTK thread (only it has a surface), and the call keeps its
    // own reference while it paints. The safe bindings leave the function out, for GTK 4 has it no more.
    unsafe { gdk::ffi::gdk_window_process_updates(window.to_glib_none().0, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_still_is_kept_only_until_the_card_has_a_frame_of_its_own() {
        let card = |deck, poster: &str| Some(Card { deck, ready: false, poster: Some(poster.into()) });
        let (first, second) = (DeckId(0), DeckId(1));
        let cards = [
            card(Some((first, LoadId(4))), "has-a-frame"),
            card(Some((second, LoadId(5))), "still-loading"),
            card(None, "no-deck-yet"),
        ];
        let wanted = stills_wanted(&cards, |deck, load| (deck, load) == (first, LoadId(4)) || load == LoadId(1));
        assert_eq!(wanted, ["still-loading", "no-deck-yet"].map(PathBuf::from));
    }
}
