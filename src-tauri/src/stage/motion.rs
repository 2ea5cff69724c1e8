//! How the picture moves: a pure model of drag, flick, settle and rubber band. Time (milliseconds) is an argument.
//!
//! `offset` is where the current episode stands, in pixels below its place; the neighbours stand one stage height above
//! and below it. Going on makes the neighbour the current one *at once* and lets the offset run back to zero, so a swipe
//! can be interrupted by the next one at any moment and nothing queues up.

use model::Direction;

/// Length of the settle animation. Long enough to see which way it went, short enough never to be waited for.
const SETTLE_MS: f64 = 250.0;
/// A committed swipe moves at least this part of the stage at once, so that the very first refresh shows it.
const FIRST_STEP: f64 = 0.05;
/// A release commits when the finger moves faster than this, in stage heights per second …
const FLICK_HEIGHTS_PER_S: f64 = 0.45;
/// … or has moved this part of the stage.
const FAR: f64 = 0.35;
/// Speed is taken over this much of the drag's end.
const SPEED_WINDOW_MS: f64 = 80.0;
/// How softly the ends give way: iOS' constant, as in "Rubber banding" by R. Linus (x ↦ (1 − 1/(0.55 x/d + 1)) d).
const RUBBER: f64 = 0.55;
/// How far a key or wheel at the end of the feed nudges the picture.
const NUDGE: f64 = 0.06;

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Rest,
    Drag { grabbed: f64, samples: Vec<(f64, f64)> },
    Settle { from: f64, began: f64 },
}

/// The moving stage.
#[derive(Debug, Clone)]
pub struct Motion {
    phase: Phase,
    offset: f64,
    height: f64,
    reduced: bool,
}

impl Motion {
    /// A stage of this height, at rest.
    pub fn new(height: f64) -> Self {
        Self { phase: Phase::Rest, offset: 0.0, height: height.max(1.0), reduced: false }
    }

    /// Where the current episode stands, in pixels below its place.
    pub fn offset(&self) -> f64 {
        self.offset
    }

    /// It does not move and nobody holds it.
    pub fn at_rest(&self) -> bool {
        self.phase == Phase::Rest
    }

    /// Someone holds it.
    pub fn is_dragged(&self) -> bool {
        matches!(self.phase, Phase::Drag { .. })
    }

    /// The stage has another height; the offset keeps its part of it.
    pub fn resize(&mut self, height: f64) {
        let height = height.max(1.0);
        let part = height / self.height;
        self.offset *= part;
        if let Phase::Settle { from, .. } = &mut self.phase {
            *from *= part;
        }
        self.height = height;
    }

    /// With reduced motion a swipe cuts instead of sliding.
    pub fn set_reduced(&mut self, reduced: bool) {
        self.reduced = reduced;
    }

    /// Takes hold at the pointer's `y`.
    pub fn grab(&mut self, y: f64, now: f64) {
        self.phase = Phase::Drag { grabbed: y - self.offset, samples: vec![(now, y)] };
    }

    /// Follows the pointer. Where there is no neighbour on that side the picture gives way less and less.
    pub fn drag(&mut self, y: f64, now: f64, has_previous: bool, has_next: bool) {
        let Phase::Drag { grabbed, samples } = &mut self.phase else { return };
        samples.push((now, y));
        samples.retain(|s| now - s.0 <= SPEED_WINDOW_MS * 2.0);
        let raw = y - *grabbed;
        let blocked = (raw > 0.0 && !has_previous) || (raw < 0.0 && !has_next);
        self.offset =
            if blocked { raw.signum() * rubber(raw.abs(), self.height) } else { raw.clamp(-self.height, self.height) };
    }

    /// Lets go: the way to go on, if far or fast enough; else it springs back.
    pub fn release(&mut self, now: f64, has_previous: bool, has_next: bool) -> Option<Direction> {
        let Phase::Drag { samples, .. } = &self.phase else { return None };
        let speed = speed(samples, now) / self.height * 1000.0;
        let direction =
            if speed <= -FLICK_HEIGHTS_PER_S || (speed < FLICK_HEIGHTS_PER_S && self.offset < -FAR * self.height) {
                Some(Direction::Next)
            } else if speed >= FLICK_HEIGHTS_PER_S || self.offset > FAR * self.height {
                Some(Direction::Previous)
            } else {
                None
            };
        // A flick against the drag takes it back.
        let direction = direction.filter(|d| match d {
            Direction::Next => has_next && self.offset < 0.0,
            Direction::Previous => has_previous && self.offset > 0.0,
        });
        self.settle(self.offset, now);
        direction
    }

    /// Goes on: the neighbour has become the current one and slides to its place.
    pub fn advance(&mut self, direction: Direction, now: f64) {
        let (h, sign) = (self.height, if direction == Direction::Next { 1.0 } else { -1.0 });
        // Never further away than one stage: a slide that is still under way is cut short, not queued.
        let from = (self.offset + sign * h).clamp(-h, h);
        let from = if sign > 0.0 { from.min(h * (1.0 - FIRST_STEP)) } else { from.max(-h * (1.0 - FIRST_STEP)) };
        self.settle(from, now);
    }

    /// There is nothing on that side: a short nudge.
    pub fn nudge(&mut self, direction: Direction, now: f64) {
        let sign = if direction == Direction::Next { -1.0 } else { 1.0 };
        self.settle(sign * NUDGE * self.height, now);
    }

    /// Moves on to `now`; whether it still moves.
    pub fn tick(&mut self, now: f64) -> bool {
        if let Phase::Settle { from, began } = self.phase {
            let part = ((now - began) / SETTLE_MS).clamp(0.0, 1.0);
            // Cubic ease-out: fastest at the start, where the eye compares it with the finger.
            self.offset = from * (1.0 - part).powi(3);
            if part >= 1.0 {
                self.offset = 0.0;
                self.phase = Phase::Rest;
            }
        }
        !self.at_rest()
    }

    fn settle(&mut self, from: f64, now: f64) {
        if self.reduced {
            (self.offset, self.phase) = (0.0, Phase::Rest);
        } else {
            (self.offset, self.phase) = (from, Phase::Settle { from, began: now });
        }
    }
}

fn rubber(distance: f64, height: f64) -> f64 {
    (1.0 - 1.0 / (distance * RUBBER / height + 1.0)) * height
}

/// Pixels per millisecond over the last moments; a finger that paused before letting go has none.
fn speed(samples: &[(f64, f64)], now: f64) -> f64 {
    let recent: Vec<_> = samples.iter().filter(|s| now - s.0 <= SPEED_WINDOW_MS).collect();
    match (recent.first(), recent.last()) {
        (Some(a), Some(b)) if b.0 > a.0 => (b.1 - a.1) / (b.0 - a.0),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{Next, Previous};

    fn dragged(path: &[(f64, f64)]) -> Motion {
        let mut m = Motion::new(1000.0);
        m.grab(path[0].1, path[0].0);
        for p in path {
            m.drag(p.1, p.0, true, true);
        }
        m
    }

    #[test]
    fn a_fast_flick_goes_on_and_a_short_slow_drag_springs_back() {
        let mut flick = dragged(&[(0.0, 800.0), (20.0, 770.0), (40.0, 730.0)]);
        assert_eq!(flick.release(45.0, true, true), Some(Next));
        let mut slow = dragged(&[(0.0, 800.0), (300.0, 700.0), (600.0, 690.0)]);
        assert_eq!(slow.release(900.0, true, true), None);
        assert!(!slow.tick(1200.0));
        assert_eq!(slow.offset(), 0.0);
    }

    #[test]
    fn a_long_slow_drag_goes_on_and_a_flick_back_takes_it_back() {
        let mut long = dragged(&[(0.0, 900.0), (500.0, 600.0), (1000.0, 500.0)]);
        assert_eq!(long.release(1500.0, true, true), Some(Next));
        let mut back = dragged(&[(0.0, 900.0), (500.0, 500.0), (520.0, 560.0), (540.0, 640.0)]);
        assert_eq!(back.release(545.0, true, true), None);
    }

    #[test]
    fn the_ends_give_way_less_and_less_and_never_commit() {
        let mut m = Motion::new(1000.0);
        m.grab(0.0, 0.0);
        m.drag(300.0, 10.0, false, true);
        let first = m.offset();
        m.drag(600.0, 20.0, false, true);
        assert!(first < 300.0 && m.offset() - first < first);
        assert_eq!(m.release(25.0, false, true), None);
        m.nudge(Previous, 30.0);
        assert!(m.offset() > 0.0);
        assert!(!m.tick(400.0));
    }

    #[test]
    fn a_swipe_shows_the_next_picture_at_once_and_arrives() {
        let mut m = Motion::new(1000.0);
        m.advance(Next, 0.0);
        assert!(m.offset() <= 950.0, "the first refresh must show the next picture");
        let mut last = m.offset();
        for t in [16.0, 33.0, 100.0, 200.0] {
            assert!(m.tick(t));
            assert!(m.offset() < last);
            last = m.offset();
        }
        assert!(!m.tick(251.0));
    }

    #[test]
    fn ten_swipes_in_a_row_never_queue_up() {
        let mut m = Motion::new(1000.0);
        for i in 0..10 {
            m.tick(f64::from(i) * 50.0);
            m.advance(if i % 3 == 0 { Previous } else { Next }, f64::from(i) * 50.0);
            assert!(m.offset().abs() <= 1000.0);
        }
        assert!(!m.tick(450.0 + SETTLE_MS + 1.0), "it rests one settle after the last swipe");
    }

    #[test]
    fn a_drag_that_goes_on_continues_from_where_the_finger_was() {
        let mut m = dragged(&[(0.0, 900.0), (20.0, 700.0), (40.0, 500.0)]);
        assert_eq!(m.offset(), -400.0);
        assert_eq!(m.release(41.0, true, true), Some(Next));
        m.advance(Next, 41.0);
        assert_eq!(m.offset(), 600.0);
    }

    #[test]
    fn reduced_motion_cuts() {
        let mut m = Motion::new(1000.0);
        m.set_reduced(true);
        m.advance(Next, 0.0);
        assert!(m.at_rest());
        assert_eq!(m.offset(), 0.0);
    }

    #[test]
    fn a_resize_in_the_middle_keeps_the_part() {
        let mut m = dragged(&[(0.0, 900.0), (20.0, 400.0)]);
        m.resize(500.0);
        assert_eq!(m.offset(), -250.0);
    }
}
