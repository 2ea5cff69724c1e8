//! What this viewer does, learned from how episodes were left: how far they were watched, and where the viewer went. Counts
//! are kept for each series, over a prior of all series, over a guess for someone who is new. Nothing leaves this machine;
//! the engine stores the value with serde.

use model::SeriesId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The watched fraction is counted in so many steps.
const STEPS: usize = 20;
/// What the prior weighs, in leaves: after as many of its own, a series is half itself.
const PRIOR: f32 = 8.0;
/// What is left of a count after each further leave: habits change, and the last fifty leaves say most.
const MEMORY: f32 = 0.98;
/// So many series are remembered; then the one left longest ago is forgotten.
const SERIES: usize = 512;
/// Watched so far, an episode counts as finished: the rest is credits.
const FINISHED: f32 = 0.97;
/// A new viewer: of a drama that people binge, 85 to 95 % go on (prefetch.md).
const GUESS_FINISH: f32 = 0.75;
const GUESS_NEXT: f32 = 0.9;
const GUESS_PREVIOUS: f32 = 0.03;
const GUESS_JUMP: f32 = 0.03;
/// Of those who see an episode to its end, so many are still there when the next one begins by itself.
const GOES_ON_BY_ITSELF: f32 = 0.95;
/// So many episodes share the chance of a jump. A drama has twenty to a hundred, and the near ones are likelier.
const JUMP_AMONG: f32 = 20.0;

/// Where the viewer went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Toward {
    /// To the next episode, by hand or by itself.
    Next,
    /// To the one before.
    Previous,
    /// To any other episode of the series.
    Jump,
    /// Out of the player.
    Away,
}

/// One leave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leave {
    /// How much of the episode was watched, 0 to 1.
    pub watched: f32,
    /// Where the viewer went.
    pub toward: Toward,
}

/// Forgetful counts of leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Counts {
    /// By watched fraction; the last one: finished.
    left: Vec<f32>,
    next: f32,
    previous: f32,
    jump: f32,
    away: f32,
    /// The greater, the later was it changed.
    touch: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self { left: vec![0.0; STEPS + 1], next: 0.0, previous: 0.0, jump: 0.0, away: 0.0, touch: 0 }
    }
}

impl Counts {
    fn observe(&mut self, leave: Leave, touch: u64) {
        let watched = if leave.watched.is_finite() { leave.watched.clamp(0.0, 1.0) } else { 0.0 };
        // What was stored may be of another make.
        self.left.resize(STEPS + 1, 0.0);
        let toward = [&mut self.next, &mut self.previous, &mut self.jump, &mut self.away];
        for count in self.left.iter_mut().chain(toward) {
            *count *= MEMORY;
        }
        let step = if watched >= FINISHED { STEPS } else { ((watched * STEPS as f32) as usize).min(STEPS - 1) };
        self.left[step] += 1.0;
        match leave.toward {
            Toward::Next => self.next += 1.0,
            Toward::Previous => self.previous += 1.0,
            Toward::Jump => self.jump += 1.0,
            Toward::Away => self.away += 1.0,
        }
        self.touch = touch;
    }

    /// These counts over a prior.
    fn over(&self, prior: &Habits) -> Habits {
        let total: f32 = self.left.iter().sum::<f32>() + PRIOR;
        let mut curve = [0.0; STEPS + 1];
        let (mut left, mut here) = (1.0, 0.0);
        for (step, alive) in curve.iter_mut().enumerate() {
            left -= here;
            *alive = f32::max(left, 0.0);
            let expected = prior.curve[step] - prior.curve.get(step + 1).copied().unwrap_or(0.0);
            here = (self.left.get(step).copied().unwrap_or(0.0) + PRIOR * expected) / total;
        }
        let total = self.next + self.previous + self.jump + self.away + PRIOR;
        let mix = |count: f32, prior: f32| (count + PRIOR * prior) / total;
        Habits {
            curve,
            next: mix(self.next, prior.next),
            previous: mix(self.previous, prior.previous),
            jump: mix(self.jump, prior.jump),
        }
    }
}

/// What was learned.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Viewing {
    all: Counts,
    series: BTreeMap<SeriesId, Counts>,
}

impl Viewing {
    /// Notes that an episode was left.
    pub fn observe(&mut self, series: &SeriesId, leave: Leave) {
        let touch = self.all.touch + 1;
        self.all.observe(leave, touch);
        self.series.entry(series.clone()).or_default().observe(leave, touch);
        if self.series.len() > SERIES
            && let Some(oldest) = self.series.iter().min_by_key(|(_, c)| c.touch).map(|(id, _)| id.clone())
        {
            self.series.remove(&oldest);
        }
    }

    /// What to expect of the viewer in a series.
    pub fn habits(&self, series: &SeriesId) -> Habits {
        let all = self.all.over(&Habits::default());
        self.series.get(series).map_or(all, |counts| counts.over(&all))
    }
}

/// What to expect of a viewer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habits {
    /// The chance to be still watching, by steps of the episode; the last one: to finish it.
    curve: [f32; STEPS + 1],
    /// The chance that a leave is for the next episode.
    pub next: f32,
    /// The chance that it is for the one before.
    pub previous: f32,
    /// The chance that it is for any other.
    pub jump: f32,
}

impl Default for Habits {
    fn default() -> Self {
        let curve = std::array::from_fn(|step| 1.0 - (1.0 - GUESS_FINISH) * step as f32 / STEPS as f32);
        Self { curve, next: GUESS_NEXT, previous: GUESS_PREVIOUS, jump: GUESS_JUMP }
    }
}

impl Habits {
    /// Of a viewer who always goes on to the next episode, sooner or later.
    pub(crate) fn always_on() -> Self {
        Self { next: 1.0, previous: 0.0, jump: 0.0, ..Self::default() }
    }

    /// The chance that someone who begins an episode goes on to the next one, sooner or later: what is left of those who leave
    /// for another episode, or for good.
    pub(crate) fn goes_on(&self) -> f32 {
        let elsewhere = self.previous.max(0.0) + self.jump.max(0.0);
        self.next.min(1.0 - elsewhere).clamp(0.0, 1.0)
    }

    /// The same for someone in the middle of an episode that the next one follows by itself. Of those who begin it, `finish`
    /// see its end; of those who came as far, `stays` do.
    ///
    /// The counts do not say who went where from the end and who before it. Who skips, goes back or closes the player is
    /// taken to do so before the end, and only those who are too many for that, at it. From the beginning (`stays` is
    /// `finish`) the two parts add up to [`Self::goes_on`].
    pub(crate) fn goes_on_from(&self, finish: f32, stays: f32) -> f32 {
        let next = self.goes_on();
        let at_end = next.max(GOES_ON_BY_ITSELF).min(next / finish);
        let before = if finish < 1.0 { (next - finish * at_end) / (1.0 - finish) } else { next };
        before + stays * (at_end - before)
    }

    /// The chance that a jump leads to a certain episode.
    pub(crate) fn jumps_to_one(&self) -> f32 {
        self.jump.clamp(0.0, 1.0) / JUMP_AMONG
    }

    /// The chance that someone who begins an episode still watches after this fraction of it.
    pub fn alive(&self, fraction: f32) -> f32 {
        let at = fraction.clamp(0.0, 1.0) * STEPS as f32;
        let step = (at as usize).min(STEPS - 1);
        self.curve[step] + (self.curve[step + 1] - self.curve[step]) * (at - step as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series(name: &str) -> SeriesId {
        SeriesId(name.into())
    }

    #[test]
    fn a_series_that_is_skipped_through_is_told_from_one_that_is_binged() {
        let mut viewing = Viewing::default();
        for _ in 0..30 {
            viewing.observe(&series("binged"), Leave { watched: 1.0, toward: Toward::Next });
            viewing.observe(&series("skipped"), Leave { watched: 0.1, toward: Toward::Jump });
        }
        let (binged, skipped) = (viewing.habits(&series("binged")), viewing.habits(&series("skipped")));
        assert!(binged.alive(1.0) > 0.85 && skipped.alive(0.5) < 0.3, "{binged:?} {skipped:?}");
        assert!(binged.next > 0.85 && skipped.next < 0.3 && skipped.jump > 0.6);
    }

    #[test]
    fn a_new_series_is_expected_to_go_like_the_others() {
        let mut viewing = Viewing::default();
        let new = viewing.habits(&series("new"));
        assert_eq!(new, Habits::default());
        for _ in 0..30 {
            viewing.observe(&series("other"), Leave { watched: 0.3, toward: Toward::Away });
        }
        assert!(viewing.habits(&series("new")).next < new.next / 2.0);
    }

    #[test]
    fn habits_that_change_are_learned_anew() {
        let mut viewing = Viewing::default();
        let observe = |viewing: &mut Viewing, watched, toward| {
            for _ in 0..150 {
                viewing.observe(&series("s"), Leave { watched, toward });
            }
        };
        observe(&mut viewing, 0.2, Toward::Previous);
        observe(&mut viewing, 1.0, Toward::Next);
        assert!(viewing.habits(&series("s")).alive(1.0) > 0.85);
    }

    #[test]
    fn only_so_many_series_are_remembered_and_the_oldest_goes() {
        let mut viewing = Viewing::default();
        for n in 0..=SERIES {
            viewing.observe(&series(&n.to_string()), Leave { watched: 1.0, toward: Toward::Next });
        }
        assert_eq!(viewing.series.len(), SERIES);
        assert!(!viewing.series.contains_key(&series("0")));
    }

    proptest! {
        #[test]
        fn habits_are_probabilities_and_survive_storage(
            leaves in prop::collection::vec((prop::num::f32::ANY, 0..4usize, 0..3u8), 0..60),
        ) {
            let mut viewing = Viewing::default();
            for (watched, toward, name) in leaves {
                let toward = [Toward::Next, Toward::Previous, Toward::Jump, Toward::Away][toward];
                viewing.observe(&series(&name.to_string()), Leave { watched, toward });
            }
            let stored = serde_json::to_string(&viewing).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Viewing>(&stored).unwrap(), &viewing);
            for name in ["0", "1", "2", "3"] {
                let habits = viewing.habits(&series(name));
                prop_assert!(habits.next + habits.previous + habits.jump <= 1.001);
                prop_assert!(habits.next >= 0.0 && habits.previous >= 0.0 && habits.jump >= 0.0);
                prop_assert!((habits.alive(0.0) - 1.0).abs() < 1e-3);
                for step in 0..100 {
                    let (now, then) = (habits.alive(step as f32 / 100.0), habits.alive((step + 1) as f32 / 100.0));
                    prop_assert!(then <= now + 1e-6 && (0.0..=1.0).contains(&now));
                }
            }
        }

        #[test]
        fn the_chances_of_going_on_from_the_end_and_from_before_it_add_up(
            (next, previous, jump) in (0.0..1.0_f32, 0.0..1.0_f32, 0.0..1.0_f32), finish in 0.0..=1.0_f32, part in 0.0..=1.0_f32,
        ) {
            // Whatever is said of the next one, who goes elsewhere does not go there.
            let elsewhere = (previous + jump).max(1.0);
            let (previous, jump) = (previous / elsewhere, jump / elsewhere);
            let habits = Habits { next, previous, jump, ..Habits::default() };
            prop_assert!((habits.goes_on_from(finish, finish) - habits.goes_on()).abs() < 1e-3);
            prop_assert!(habits.goes_on() <= 1.0 - habits.jump - habits.previous + 1e-3);
            let stays = finish + part * (1.0 - finish);
            let chance = habits.goes_on_from(finish, stays);
            prop_assert!((-1e-3..=1.001).contains(&chance) && chance >= habits.goes_on() - 1e-3, "{chance}");
        }
    }
}
