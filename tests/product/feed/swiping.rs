//! From one episode to another, by a swipe or by itself.

use super::{playing, runtime, seen_colour, with_clips};
use crate::rig::{EngineRig, alone, clips};
use engine::Event;
use model::*;
use serde_json::json;
use std::time::Duration;
use tests::clips::{COLOURS, is_colour};

#[test]
fn a_folder_becomes_a_series_that_plays_and_swipes_with_the_next_deck_ready() {
    with_clips(async |mut rig| {
        let series = rig.series().await;
        assert_eq!((series.card.title.as_str(), series.episodes.len(), series.started), ("Clips", 5, false));
        rig.play(None).await;
        rig.until("episode 1", playing(0)).await;
        for (index, direction) in [(1, Direction::Next), (2, Direction::Next), (1, Direction::Previous)] {
            rig.neighbours_ready().await;
            rig.swipe(direction);
            let state = rig.until("the neighbour", playing(index)).await;
            assert_eq!(state.count, 5);
            let colour = seen_colour(&rig).unwrap();
            assert!(is_colour(colour, COLOURS[index as usize]), "{colour:?} is not episode {}", index + 1);
            let statistics: Statistics = serde_json::from_value(rig.ask("statistics", json!({})).await).unwrap();
            assert_eq!(statistics.last_swipe.unwrap().readiness, SwipeReadiness::Ready);
        }
        rig.stop().await;
    });
}

#[test]
fn an_episode_goes_over_into_the_next_by_itself_and_the_series_ends_with_its_last() {
    with_clips(async |mut rig| {
        rig.play(Some(3)).await;
        rig.until("episode 4", playing(3)).await;
        rig.until("episode 5", playing(4)).await;
        let end = rig.until("the end", |s| s.phase == Phase::Ended).await;
        assert!(!end.has_next && !end.wants_to_play);
        let series = rig.series().await;
        assert!(series.episodes[3].watched && series.episodes[4].watched);
        assert_eq!(series.resume, Some(series.episodes[0].id.clone()), "the first that was not seen");
        rig.stop().await;
    });
}

#[test]
fn auto_next_can_be_switched_off() {
    with_clips(async |mut rig| {
        let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
        settings.auto_next = false;
        rig.ask("save_settings", json!({ "settings": settings })).await;
        rig.play(Some(0)).await;
        let end = rig.until("the end", |s| s.phase == Phase::Ended).await;
        assert_eq!(end.index, 0);
        rig.stop().await;
    });
}

#[test]
fn the_ends_of_the_feed_are_told_and_change_nothing() {
    with_clips(async |mut rig| {
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        rig.ask("step", json!({ "direction": "previous" })).await;
        rig.wait("the edge", |e| matches!(e, Event::FeedEnd { direction: Direction::Previous }).then_some(())).await;
        assert_eq!(rig.state().await.unwrap().index, 0);
        rig.stop().await;
    });
}

#[test]
fn ten_swipes_at_once_arrive_at_the_right_episode() {
    with_clips(async |mut rig| {
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        for direction in "nnnpnnppnn".chars().map(|c| if c == 'n' { Direction::Next } else { Direction::Previous }) {
            rig.swipe(direction);
        }
        rig.until("episode 5", playing(4)).await;
        rig.neighbours_ready().await;
        assert!(is_colour(seen_colour(&rig).unwrap(), COLOURS[4]));
        rig.stop().await;
    });
}

#[test]
fn leaving_while_everything_is_under_way_is_quick_and_leaves_no_thread() {
    let _alone = alone();
    let before = crate::rig::threads();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(0)).await;
        rig.swipe(Direction::Next);
        rig.swipe(Direction::Next);
        rig.stop().await;
    });
    // GStreamer's task pool lets its idle threads end by themselves.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while crate::rig::threads() > before + 2 {
        assert!(std::time::Instant::now() < deadline, "threads stay behind: {:?}", crate::rig::thread_names());
        std::thread::yield_now();
    }
}

#[test]
fn who_seeks_back_from_the_end_is_told_that_it_is_not_the_end_any_more() {
    with_clips(async |mut rig| {
        rig.play(Some(4)).await;
        rig.until("the end", |s| s.phase == Phase::Ended).await;
        rig.ask("seek", json!({ "position_ms": 500, "mode": "accurate" })).await;
        rig.wait("that it stands", |e| match e {
            Event::Player { state: Some(state) } => (state.phase == Phase::Paused).then_some(()),
            _ => None,
        })
        .await;
        rig.stop().await;
    });
}
