//! One wheel or trackpad gesture is one episode: a pure recogniser. Time (milliseconds) is an argument.
//!
//! A trackpad sends dozens of small deltas and then glides on; a mouse wheel sends whole notches. The first deltas that
//! add up to a notch commit; the rest of the gesture is swallowed until it pauses or a new, stronger push stands out of
//! the glide.

use model::Direction;

/// A pause of this length ends a gesture.
const PAUSE_MS: f64 = 110.0;
/// Deltas that add up to this commit; 1 is a notch of a wheel.
const NOTCH: f64 = 0.6;
/// A new push must be this many times stronger than the glide …
const PUSH: f64 = 2.5;
/// … and at least this strong, and come this long after the commit.
const PUSH_LEAST: f64 = 0.4;
const PUSH_AFTER_MS: f64 = 180.0;

/// The recogniser.
#[derive(Debug, Clone, Default)]
pub struct Wheel {
    last: Option<f64>,
    committed: Option<f64>,
    sum: f64,
    glide: f64,
}

impl Wheel {
    /// Takes a delta (positive: down, to the next episode); the swipe that it commits, if any.
    pub fn scroll(&mut self, dy: f64, now: f64) -> Option<Direction> {
        if dy == 0.0 {
            return None;
        }
        if self.last.is_none_or(|at| now - at > PAUSE_MS) || dy.signum() != self.sum.signum() && self.sum != 0.0 {
            *self = Self::default();
        }
        self.last = Some(now);
        if let Some(at) = self.committed {
            let pushes = dy.abs() > PUSH_LEAST && dy.abs() > PUSH * self.glide && now - at > PUSH_AFTER_MS;
            self.glide = 0.6 * self.glide + 0.4 * dy.abs();
            if !pushes {
                return None;
            }
            self.sum = 0.0;
        }
        self.sum += dy;
        if self.sum.abs() < NOTCH {
            return None;
        }
        self.committed = Some(now);
        self.glide = dy.abs();
        Some(if self.sum > 0.0 { Direction::Next } else { Direction::Previous })
    }

    /// The fingers left the trackpad: the gesture is over (the glide that may follow still belongs to it).
    pub fn stop(&mut self) {
        if self.committed.is_none() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commits(events: &[(f64, f64)]) -> Vec<Direction> {
        let mut wheel = Wheel::default();
        events.iter().filter_map(|(t, dy)| wheel.scroll(*dy, *t)).collect()
    }

    #[test]
    fn one_notch_is_one_episode_each_way() {
        assert_eq!(commits(&[(0.0, 1.0)]), [Direction::Next]);
        assert_eq!(commits(&[(0.0, -1.0)]), [Direction::Previous]);
        assert_eq!(commits(&[(0.0, 1.0), (200.0, 1.0), (400.0, 1.0)]).len(), 3);
    }

    #[test]
    fn a_spun_wheel_and_a_trackpad_with_its_glide_are_one_episode() {
        assert_eq!(commits(&[(0.0, 1.0), (30.0, 1.0), (60.0, 1.0), (90.0, 1.0)]).len(), 1);
        let swipe: Vec<_> = (0..60).map(|i| (f64::from(i) * 12.0, 0.5 * (1.0 - f64::from(i) / 60.0) + 0.02)).collect();
        assert_eq!(commits(&swipe), [Direction::Next]);
    }

    #[test]
    fn a_new_push_during_the_glide_goes_on() {
        let mut events: Vec<_> = (0..30).map(|i| (f64::from(i) * 12.0, 0.5 / f64::from(i + 1))).collect();
        events.extend((0..6).map(|i| (372.0 + f64::from(i) * 12.0, 0.8)));
        assert_eq!(commits(&events).len(), 2);
    }

    #[test]
    fn turning_round_counts_at_once_and_a_touch_that_is_too_small_does_not() {
        assert_eq!(commits(&[(0.0, 1.0), (50.0, -1.0)]), [Direction::Next, Direction::Previous]);
        assert_eq!(commits(&[(0.0, 0.1), (10.0, 0.1), (500.0, 0.1)]), []);
    }
}
