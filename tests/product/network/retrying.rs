//! Servers that are away for so long that an episode fails: it is tried again by itself, and the viewer is told nothing else
//! until there is something else to tell.

use super::recovery::drain;
use super::{live, series_on};
use crate::rig::{DEADLINE, EngineRig, clip};
use engine::{Event, Surroundings};
use model::{ErrorCode, Phase, PlayerState};
use serde_json::json;
use tests::origin::{Behaviour, Origin};
use tokio::time::timeout;

/// As far as the system knows: then a server that cannot be reached is not waited for long.
const NO_NETWORK: Surroundings = Surroundings { network: false, metered: false, battery: false };

/// The engine on a series whose server is gone, and its first episode has failed for that.
async fn failed(origin: &Origin, home: &std::path::Path) -> EngineRig {
    let mut rig = series_on(origin, home, 1, &clip(1)).await;
    rig.engine.set_surroundings(NO_NETWORK);
    origin.go_down();
    rig.play(Some(0)).await;
    let state = rig.until("that it fails", |s| s.phase == Phase::Failed).await;
    assert_eq!(state.error.unwrap().code, ErrorCode::Offline);
    drain(&mut rig);
    rig
}

/// Which load the stage has in the middle.
fn load(rig: &EngineRig) -> u64 {
    rig.stage.window().current.and_then(|card| card.deck).map_or(0, |(_, load)| load.0)
}

/// The states that are told until one fits; that one is the last.
async fn told(rig: &mut EngineRig, mut fits: impl FnMut(&EngineRig, &PlayerState) -> bool) -> Vec<PlayerState> {
    let mut told = Vec::new();
    let all = async {
        loop {
            if let Event::Player { state: Some(state) } = rig.events.recv().await.unwrap() {
                told.push(*state);
                if fits(rig, &told[told.len() - 1]) {
                    return;
                }
            }
        }
    };
    // So long because the waits between the tries are part of it.
    let found = timeout(6 * DEADLINE, all).await;
    assert!(found.is_ok(), "{:?}", phases(&told));
    told
}

fn phases(told: &[PlayerState]) -> Vec<Phase> {
    told.iter().map(|state| state.phase).collect()
}

#[test]
fn what_failed_is_tried_again_and_again_without_a_word_until_it_plays() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = failed(&origin, home.path()).await;
        let first = load(&rig);
        // Twice it fails again, and the third time is under way. Changes of the power are none that would help.
        let states = told(&mut rig, |rig, _| load(rig) >= first + 2).await;
        assert!(states.iter().all(|s| s.phase == Phase::Failed && s.error.is_some()), "{:?}", phases(&states));
        rig.engine.set_surroundings(Surroundings { battery: true, ..NO_NETWORK });
        let states = told(&mut rig, |rig, _| load(rig) >= first + 3).await;
        assert!(states.iter().all(|s| s.phase == Phase::Failed && s.error.is_some()), "{:?}", phases(&states));
        origin.come_back();
        let states = told(&mut rig, |_, state| state.phase == Phase::Playing).await;
        assert!(states.iter().all(|s| s.phase != Phase::Loading), "{:?}", phases(&states));
        assert!(states.iter().all(|s| (s.phase == Phase::Failed) == s.error.is_some()), "{:?}", phases(&states));
        rig.stop().await;
    });
}

#[test]
fn the_viewer_who_retries_sees_it_load_also_while_it_is_tried_by_itself() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = failed(&origin, home.path()).await;
        origin.always("/1.mp4", Behaviour::StallBeforeHead);
        origin.forget();
        origin.come_back();
        origin.asked(1).await;
        let before = load(&rig);
        assert_eq!(rig.state().await.unwrap().phase, Phase::Failed);
        drain(&mut rig);
        rig.ask("retry", json!({})).await;
        told(&mut rig, |_, state| state.phase == Phase::Loading).await;
        assert!(load(&rig) > before);
        origin.always("/1.mp4", Behaviour::Honest);
        origin.release();
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        rig.stop().await;
    });
}

#[test]
fn a_network_that_is_back_is_tried_before_the_viewers_eyes() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = failed(&origin, home.path()).await;
        origin.come_back();
        rig.engine.set_surroundings(Surroundings::default());
        let states = told(&mut rig, |_, state| state.phase == Phase::Playing).await;
        // It may be tried by itself just before, unseen.
        assert!(states.iter().any(|s| s.phase == Phase::Loading), "{:?}", phases(&states));
        rig.stop().await;
    });
}
