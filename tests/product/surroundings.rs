//! What the device is in: fetching follows, and nothing is put out of reach by it.

use crate::network::{live, noise, series_on};
use crate::rig::{EngineRig, clip};
use engine::{Event, Surroundings};
use model::*;
use serde_json::json;
use tests::origin::Origin;

/// Until the server is asked for this.
async fn asked_for(origin: &Origin, path: &str) {
    loop {
        let count = origin.count();
        if was_asked_for(origin, path) {
            return;
        }
        origin.asked(count + 1).await;
    }
}

fn was_asked_for(origin: &Origin, path: &str) -> bool {
    origin.requests().iter().any(|request| request.path == path)
}

async fn set(rig: &EngineRig, change: impl FnOnce(&mut Settings)) {
    let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
    change(&mut settings);
    rig.ask("save_settings", json!({ "settings": settings })).await;
}

#[test]
fn on_a_metered_network_or_on_its_battery_the_device_fetches_nothing_far_ahead_until_that_ends() {
    live(async {
        let usual = Surroundings::default();
        for dear in [Surroundings { metered: true, ..usual }, Surroundings { battery: true, ..usual }] {
            let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
            let mut rig = series_on(&origin, home.path(), 5, &noise(home.path(), 8)).await;
            set(&rig, |settings| settings.auto_next = false).await;
            rig.engine.set_surroundings(dear);
            rig.play(Some(0)).await;
            rig.neighbours_ready().await;
            asked_for(&origin, "/2.mp4").await;
            assert!(!was_asked_for(&origin, "/5.mp4"), "{dear:?}: {:?}", origin.requests());
            rig.engine.set_surroundings(usual);
            asked_for(&origin, "/5.mp4").await;
            rig.stop().await;
        }
    });
}

#[test]
fn no_network_is_told_and_keeps_nothing_from_being_fetched() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        assert!(rig.home().await.network);
        rig.engine.set_surroundings(Surroundings { network: false, ..Surroundings::default() });
        let told = |e: &Event| match e {
            Event::Offline { offline, network } => Some((*offline, *network)),
            _ => None,
        };
        assert_eq!(rig.wait("that there is none", told).await, (false, false));
        let home_view = rig.home().await;
        assert!(!home_view.network && !home_view.offline);
        rig.play(Some(0)).await;
        rig.until("it plays all the same", |s| s.phase == Phase::Playing).await;
        rig.engine.set_surroundings(Surroundings::default());
        assert_eq!(rig.wait("that it is back", told).await, (false, true));
        rig.stop().await;
    });
}
