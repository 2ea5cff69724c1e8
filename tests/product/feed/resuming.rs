//! What is kept of a viewing, and where the next one begins.

use super::{playing, runtime, with_clips};
use crate::rig::{DEADLINE, EngineRig, alone, clip, clips};
use engine::Event;
use model::*;
use serde_json::json;
use std::time::Duration;

#[test]
fn tomorrow_it_opens_at_the_exact_place() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(2)).await;
        rig.until("episode 3", playing(2)).await;
        rig.ask("set_playing", json!({ "playing": false })).await;
        rig.ask("seek", json!({ "position_ms": 1234, "mode": "accurate" })).await;
        rig.wait("arrival", |e| {
            matches!(e, Event::Position { position_ms, .. } if (1200..1240).contains(position_ms)).then_some(())
        })
        .await;
        let left = rig.state().await.unwrap().position_ms;
        rig.stop().await;

        let mut rig = EngineRig::start(home.path());
        let item = rig.home().await.continue_watching.remove(0);
        assert_eq!(item.episode.number, Some(3));
        assert!(item.position_ms.abs_diff(left) <= 40, "{} for {left}", item.position_ms);
        rig.play(None).await;
        // The first that is heard of it, before it has moved on.
        let opened = rig.wait("the player", |e| match e {
            Event::Player { state: Some(state) } => Some((state.index, state.position_ms)),
            _ => None,
        });
        let (index, position) = opened.await;
        assert_eq!(index, 2);
        assert!(position.abs_diff(left) <= 40, "{position} for {left}");
        rig.until("episode 3", playing(2)).await;
        rig.stop().await;
    });
}

#[test]
fn a_finished_episode_resumes_at_the_next() {
    with_clips(async |mut rig| {
        rig.play(Some(1)).await;
        rig.until("episode 2", playing(1)).await;
        rig.until("episode 3", playing(2)).await;
        rig.ask("close_player", json!({})).await;
        let series = rig.series().await;
        assert_eq!(series.resume, Some(series.episodes[2].id.clone()));
        assert!(series.episodes[1].watched && series.started);
        rig.stop().await;
    });
}

#[test]
fn a_place_that_was_sought_is_kept_at_once_and_not_only_when_it_plays() {
    with_clips(async |mut rig| {
        rig.play(Some(0)).await;
        rig.until("playing", |s| s.phase == Phase::Playing).await;
        rig.ask("set_playing", json!({ "playing": false })).await;
        rig.until("paused", |s| s.phase == Phase::Paused).await;
        rig.ask("seek", json!({ "position_ms": 1300, "mode": "accurate" })).await;
        let deadline = std::time::Instant::now() + DEADLINE;
        while rig.series().await.episodes[0].position_ms.abs_diff(1300) > 40 {
            assert!(std::time::Instant::now() < deadline, "{:?}", rig.series().await.episodes[0]);
            // Nothing tells of it; a tick of the clock bounds the wait.
            let _ = tokio::time::timeout(Duration::from_millis(20), rig.events.recv()).await;
        }
        rig.stop().await;
    });
}

#[test]
fn of_a_folder_the_series_left_last_is_played_and_none_of_another_folder() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        for name in ["A", "B"] {
            let folder = other.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::copy(clip(1), folder.join(format!("1.{}", clip(1).extension().unwrap().to_str().unwrap())))
                .unwrap();
        }
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(0)).await;
        rig.until("playing", |s| s.phase == Phase::Playing).await;
        rig.ask("close_player", json!({})).await;
        let first = rig.series().await.card.id;
        let added: SourceInfo =
            serde_json::from_value(rig.ask("add_source", json!({ "path": other.path() })).await).unwrap();
        rig.scanned().await;
        assert_eq!(rig.engine.to_play(None).await.unwrap(), Some(first.clone()), "what was left last");
        let of_folder = rig.engine.to_play(Some(added.id.clone())).await.unwrap().unwrap();
        assert_ne!(of_folder, first);
        rig.ask("remove_source", json!({ "id": added.id.clone() })).await;
        assert_eq!(rig.engine.to_play(Some(added.id)).await.unwrap(), None);
        rig.stop().await;
    });
}

#[test]
fn speed_volume_and_mute_are_bounded_told_and_kept() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        rig.ask("set_speed", json!({ "speed": 99.0 })).await;
        rig.until("the highest speed", |s| s.speed == 3.0).await;
        rig.ask("set_volume", json!({ "volume": 0.4 })).await;
        rig.ask("set_muted", json!({ "muted": true })).await;
        rig.until("silence", |s| s.muted && s.volume == 0.4).await;
        rig.stop().await;
        let rig = EngineRig::start(home.path());
        let settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
        assert_eq!((settings.speed, settings.volume, settings.muted), (3.0, 0.4, true));
        rig.stop().await;
    });
}
