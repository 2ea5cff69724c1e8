//! What different viewers get.

use super::{MINUTE, file, reasons, state, stream};
use crate::lane::{Fill, Lane};
use crate::policy::{Of, Stage, lacking};
use crate::*;
use std::time::Duration;

/// Of a viewer who leaves all episodes in the same way.
fn habits(watched: f32, toward: Toward) -> Habits {
    let series = model::SeriesId("s".into());
    let mut viewing = Viewing::default();
    for _ in 0..60 {
        viewing.observe(&series, Leave { watched, toward });
    }
    viewing.habits(&series)
}

/// In the second of six episodes.
fn plan_for(habits: Habits, metered: bool) -> Plan {
    let mut state = state((0..6).map(|_| file(vec![])).collect(), 1, 20.0);
    (state.habits, state.limits.metered) = (habits, metered);
    plan(&state)
}

fn episodes(plan: &Plan, reason: Reason) -> Vec<usize> {
    let mut episodes: Vec<_> = plan.wants.iter().filter(|w| w.reason == reason).map(|w| w.episode).collect();
    episodes.dedup();
    episodes
}

#[test]
fn who_skips_around_finds_the_beginnings_of_later_episodes_and_who_closes_the_player_has_not_paid_for_them() {
    let (skips, closes) = (plan_for(habits(0.1, Toward::Jump), false), plan_for(habits(0.1, Toward::Away), false));
    assert_eq!(episodes(&skips, Reason::Later), [3, 4, 5]);
    assert_eq!(episodes(&closes, Reason::Later), Vec::<usize>::new());
    assert_eq!((episodes(&skips, Reason::Next), episodes(&closes, Reason::Next)), (vec![2], vec![2]));
}

#[test]
fn who_never_goes_back_gets_nothing_of_the_episode_before() {
    assert_eq!(episodes(&plan_for(habits(1.0, Toward::Next), false), Reason::Previous), Vec::<usize>::new());
    assert_eq!(
        episodes(&plan_for(Habits::default(), false), Reason::Previous),
        [0],
        "nothing is known of a new viewer"
    );
    assert_eq!(episodes(&plan_for(habits(0.5, Toward::Previous), false), Reason::Previous), [0]);
}

#[test]
fn where_bytes_are_dear_the_episode_before_is_for_who_goes_back_and_the_next_for_who_goes_on() {
    let wanted = |habits| {
        let plan = plan_for(habits, true);
        (episodes(&plan, Reason::Previous).len(), episodes(&plan, Reason::Next).len())
    };
    assert_eq!(wanted(Habits::default()), (0, 1));
    assert_eq!(wanted(habits(0.9, Toward::Next)), (0, 1));
    assert_eq!(wanted(habits(0.9, Toward::Previous)), (1, 0));
    assert_eq!(wanted(habits(0.9, Toward::Jump)), (0, 0));
}

#[test]
fn where_bytes_are_dear_thinking_on_does_not_take_the_viewer_to_an_episode_that_will_not_be_seen() {
    // Enough of the playing episode is there, so that the next one is all that is left to think of.
    let mut state = state((0..3).map(|_| stream(vec![None; 15], true)).collect(), 0, 20.0);
    state.queue[0] = stream(vec![Some(0); 15], true);
    state.limits.metered = true;
    assert_eq!(reasons(&plan(&state))[0], (1, Reason::Next));
    state.habits = habits(0.2, Toward::Away);
    assert_eq!(plan(&state).wants, []);
    state.jump = Some(2);
    assert_eq!(reasons(&plan(&state)), [(2, Reason::Jump)], "what is pointed at is");
}

#[test]
fn near_its_end_an_episode_leads_to_the_next_except_for_who_watches_to_the_end_and_leaves_then() {
    let next_at = |position: Duration, habits: Habits| {
        let mut state = state(vec![file(std::iter::once(0..15_000_000).collect()), file(vec![])], 0, 20.0);
        (state.position, state.habits) = (position, habits);
        plan(&state).wants.iter().any(|w| w.reason == Reason::NextWhole)
    };
    let nearly = MINUTE - Duration::from_secs(2);
    let (skips, closes_after) = (habits(0.2, Toward::Jump), habits(1.0, Toward::Away));
    assert_eq!((next_at(Duration::ZERO, skips), next_at(nearly, skips)), (false, true));
    assert_eq!((next_at(Duration::ZERO, closes_after), next_at(nearly, closes_after)), (false, false));
}

#[test]
fn a_viewer_who_has_come_to_an_episode_is_there_however_unlikely_it_was() {
    let (lane, fill) = Lane::new(&stream(vec![None; 15], true), Duration::ZERO, &Habits::default(), 0.2);
    let fill = Fill { played: -1.0, ..fill };
    let stage = [Stage { of: Of::Ahead(0), seconds: 9.0, gate: 0.5, reason: Reason::Playing }];
    let wanted = |here| lacking(&stage, std::slice::from_ref(&lane), &[fill], here, |_| Some(0)).is_some();
    assert_eq!((wanted(1.0), wanted(0.2)), (false, true));
}
