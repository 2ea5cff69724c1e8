//! The engine on a real series: swiping, going on, coming back, and what goes wrong.

mod habits;
mod resuming;
mod showing;
mod swiping;
mod trouble;

use crate::rig::{EngineRig, alone, clip, clips};
use model::{Phase, PlayerState};
use std::path::Path;
use tests::clips::episode_path;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a test on an engine of its own, with the clips in its library.
fn with_clips(test: impl AsyncFnOnce(EngineRig)) {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        test(EngineRig::with_folder(home.path(), clips()).await).await;
    });
}

fn seen_colour(rig: &EngineRig) -> Option<(u8, u8, u8)> {
    let (deck, _) = rig.stage.window().current?.deck?;
    rig.stage.pictures.middle(deck).map(|m| m.0)
}

/// A copy of the clips that a test may spoil.
fn own_series(dir: &Path) {
    for number in 1..=5 {
        let to = episode_path(dir, number);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(clip(number), to).unwrap();
    }
}

fn playing(index: u32) -> impl Fn(&PlayerState) -> bool {
    move |s| s.index == index && s.phase == Phase::Playing
}
