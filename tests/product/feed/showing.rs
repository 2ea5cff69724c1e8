//! What is shown beside the picture: subtitles, stills, previews.

use super::{playing, runtime, with_clips};
use crate::rig::{DEADLINE, EngineRig, alone, clips};
use engine::Event;
use model::ErrorCode;
use serde_json::json;
use std::time::Duration;

#[test]
fn sidecar_subtitles_come_as_cues_and_can_be_switched_off() {
    with_clips(async |mut rig| {
        rig.play(Some(0)).await;
        let state = rig.until("episode 1", playing(0)).await;
        let track = state.subtitle_tracks[0].clone();
        assert_eq!(track.language.as_deref(), Some("en"));
        rig.ask("select_subtitle", json!({ "track": track.id })).await;
        let text = rig.wait("cues", |e| match e {
            Event::Cues { cues, .. } => cues.first().map(|c| c.spans[0].text.clone()),
            _ => None,
        });
        assert_eq!(text.await, "Line of episode 1");
        rig.ask("select_subtitle", json!({ "track": null })).await;
        rig.wait("no cues", |e| matches!(e, Event::Cues { track: None, .. }).then_some(())).await;
        rig.stop().await;
    });
}

#[test]
fn a_page_that_comes_later_hears_the_cues_too() {
    with_clips(async |mut rig| {
        rig.ask("select_subtitle", json!({ "track": null })).await;
        rig.play(Some(0)).await;
        rig.until("tracks", |s| !s.subtitle_tracks.is_empty()).await;
        rig.ask("select_subtitle", json!({ "track": "s0" })).await;
        let told = |e: &Event| matches!(e, Event::Cues { cues, .. } if !cues.is_empty()).then_some(());
        rig.wait("cues", told).await;
        rig.ask("player", json!({})).await;
        rig.wait("cues once more", told).await;
        rig.stop().await;
    });
}

#[test]
fn pictures_are_decoded_once_and_kept() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let rig = EngineRig::with_folder(home.path(), clips()).await;
        let key = rig.home().await.series[0].picture.clone().unwrap();
        let (first, kind) = rig.engine.picture(&key).await.unwrap();
        assert_eq!(kind, "image/jpeg");
        let kept = std::fs::read_dir(engine::Places::under(home.path()).cache.join("pictures")).unwrap().count();
        assert_eq!(kept, 1);
        assert_eq!(rig.engine.picture(&key).await.unwrap().0, first);
        assert_eq!(rig.engine.picture("../../etc/passwd").await.unwrap_err().code, ErrorCode::Unknown);
        rig.stop().await;
    });
}

#[test]
fn half_a_picture_that_a_kill_left_is_gone_when_it_is_opened_again() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let pictures = engine::Places::under(home.path()).cache.join("pictures");
        std::fs::create_dir_all(&pictures).unwrap();
        for name in ["half.part", "whole.jpg"] {
            std::fs::write(pictures.join(name), "picture").unwrap();
        }
        let rig = EngineRig::start(home.path());
        assert!(!pictures.join("half.part").exists() && pictures.join("whole.jpg").exists());
        rig.stop().await;
    });
}

#[test]
fn the_stills_of_the_episodes_around_are_decoded_while_the_viewer_rests() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(1)).await;
        rig.neighbours_ready().await;
        rig.ask("set_playing", json!({ "playing": false })).await;
        let pictures = engine::Places::under(home.path()).cache.join("pictures");
        let stills = || std::fs::read_dir(&pictures).map_or(0, |entries| entries.count());
        assert_eq!(stills(), 0);
        // It begins after three seconds, and a busy machine takes its time for each.
        let deadline = std::time::Instant::now() + 6 * DEADLINE;
        while stills() < 4 {
            assert!(std::time::Instant::now() < deadline, "{} stills", stills());
            // Nothing tells of them; a tick of the clock bounds the wait.
            let _ = tokio::time::timeout(Duration::from_millis(20), rig.events.recv()).await;
        }
        rig.stop().await;
    });
}

#[test]
fn a_preview_is_the_frame_near_its_position_and_an_unknown_one_says_so() {
    with_clips(async |rig| {
        let episode = rig.series().await.episodes[1].id.clone();
        for at in [0, 1000, 99_000] {
            let (jpeg, kind) = rig.engine.picture(&format!("preview-{at}-{episode}")).await.unwrap();
            assert_eq!(kind, "image/jpeg");
            assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.len() > 300, "{} bytes at {at}", jpeg.len());
        }
        for wrong in ["preview-", "preview-x-y", "preview--5-a", &format!("preview-0-{episode}x")] {
            assert_eq!(rig.engine.picture(wrong).await.unwrap_err().code, ErrorCode::Unknown, "{wrong}");
        }
        rig.stop().await;
    });
}
