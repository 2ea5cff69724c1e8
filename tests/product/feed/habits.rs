//! What the engine learns of a viewer: kept from one start to the next, and forgotten at a word.

use super::{playing, runtime};
use crate::rig::{EngineRig, alone, clips};
use engine::Places;
use library::Library;
use model::*;
use serde_json::{Value, json};
use std::path::Path;

/// What the library of a home has of them.
fn habits(home: &Path) -> Option<Value> {
    let library = Library::look(&Places::under(home).data).unwrap().unwrap();
    library.habits().unwrap().map(|json| serde_json::from_str(&json).unwrap())
}

/// It plays, and how much of it is watched can be told.
fn watched(index: u32) -> impl Fn(&PlayerState) -> bool {
    move |s| playing(index)(s) && s.duration_ms.is_some()
}

/// Plays the first episode; the next ones come only by a swipe.
async fn play(rig: &mut EngineRig) {
    let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
    settings.auto_next = false;
    rig.ask("save_settings", json!({ "settings": settings })).await;
    rig.play(Some(0)).await;
    rig.until("the first episode", watched(0)).await;
}

#[test]
fn habits_are_kept_over_a_restart_and_gone_when_they_are_forgotten_even_right_after_a_swipe() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        play(&mut rig).await;
        assert_eq!(habits(home.path()), None);
        rig.swipe(Direction::Next);
        rig.until("the second", watched(1)).await;
        rig.stop().await;
        let once = habits(home.path()).expect("a swipe teaches")["all"]["next"].as_f64().unwrap();
        let mut rig = EngineRig::start(home.path());
        play(&mut rig).await;
        rig.swipe(Direction::Next);
        rig.until("the second", watched(1)).await;
        // The library answers after it has saved.
        rig.home().await;
        let twice = habits(home.path()).unwrap()["all"]["next"].as_f64();
        assert!(twice > Some(1.5), "what was learned before is still known: {twice:?}");
        for index in 2..5 {
            rig.swipe(Direction::Next);
            rig.ask("forget_habits", json!({})).await;
            assert_eq!(habits(home.path()), None, "what was forgotten came back");
            rig.until("the next", watched(index)).await;
        }
        rig.swipe(Direction::Previous);
        rig.until("the one before", watched(3)).await;
        rig.stop().await;
        let anew = habits(home.path()).expect("a swipe teaches");
        assert_eq!((once, anew["all"]["next"].as_f64()), (1.0, Some(0.0)), "nothing is left of what was forgotten");
    });
}
