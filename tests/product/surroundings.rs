//! What the device is in, and what the viewer points at: fetching follows, and nothing is put out of reach by it.

use crate::network::downloads::downloads_until;
use crate::network::{episode_ids, live, noise, series_on};
use crate::rig::{DEADLINE, EngineRig, clip};
use engine::{Event, Surroundings};
use model::*;
use serde_json::json;
use std::time::Duration;
use tests::link::{Link, Trace};
use tests::origin::{Behaviour, Origin, Resource};

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
fn the_episode_that_is_pointed_at_is_fetched_ahead_however_far_it_is() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 14, &noise(home.path(), 8)).await;
        let ids = episode_ids(&rig).await;
        rig.play(Some(3)).await;
        rig.neighbours_ready().await;
        rig.ask("point_at", json!({ "episode": ids[12] })).await;
        asked_for(&origin, "/13.mp4").await;
        rig.ask("point_at", json!({ "episode": ids[0] })).await;
        asked_for(&origin, "/1.mp4").await;
        rig.ask("point_at", json!({ "episode": null })).await;
        assert!(!was_asked_for(&origin, "/12.mp4") && !was_asked_for(&origin, "/14.mp4"), "{:?}", origin.requests());
        rig.stop().await;
    });
}

#[test]
fn a_fetch_of_what_is_not_pointed_at_any_more_is_given_up() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 14, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        origin.put("/13.mp4", Resource::made_up(8 << 20, 1));
        origin.always("/13.mp4", Behaviour::StallAfter(0));
        rig.play(Some(3)).await;
        rig.neighbours_ready().await;
        rig.ask("point_at", json!({ "episode": ids[12] })).await;
        asked_for(&origin, "/13.mp4").await;
        rig.ask("point_at", json!({ "episode": null })).await;
        // The stalled answer ends because its client has gone, before that takes the server for dead.
        tokio::time::timeout(DEADLINE, origin.answering(0)).await.expect("it is given up");
        assert_eq!(origin.requests().iter().filter(|request| request.path == "/13.mp4").count(), 1);
        rig.stop().await;
    });
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

#[test]
fn downloads_wait_for_an_unmetered_network_also_after_a_restart_and_go_on_by_themselves() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let metered = Surroundings { metered: true, ..Surroundings::default() };
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        rig.engine.set_surroundings(metered);
        set(&rig, |settings| settings.downloads_unmetered_only = true).await;
        rig.ask("download", json!({ "episodes": ids })).await;
        let waits = |view: &DownloadsView| {
            let queued = view.items.iter().filter(|i| i.state == DownloadState::Queued && i.done_bytes == 0);
            view.waits_for_unmetered && queued.count() == 2
        };
        downloads_until(&mut rig, "waiting", waits).await;
        rig.stop().await;

        let mut rig = EngineRig::start(home.path());
        // Nobody has told yet what the network costs.
        downloads_until(&mut rig, "waiting still", waits).await;
        rig.engine.set_surroundings(metered);
        downloads_until(&mut rig, "waiting on", waits).await;
        assert!(!was_asked_for(&origin, "/1.mp4") && !was_asked_for(&origin, "/2.mp4"), "{:?}", origin.requests());
        rig.engine.set_surroundings(Surroundings::default());
        let done = |view: &DownloadsView| {
            !view.waits_for_unmetered && view.items.iter().all(|i| i.state == DownloadState::Done)
        };
        downloads_until(&mut rig, "done", done).await;
        rig.stop().await;
    });
}

#[test]
fn a_download_that_runs_is_held_where_the_network_begins_to_cost() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 1, &noise(home.path(), 8)).await;
        let ids = episode_ids(&rig).await;
        rig.engine.set_surroundings(Surroundings::default());
        set(&rig, |settings| settings.downloads_unmetered_only = true).await;
        origin.shape(Some(Link::new(Trace::constant(8.0), Duration::from_millis(10))));
        rig.ask("download", json!({ "episodes": ids })).await;
        let is = |state: DownloadState| move |view: &DownloadsView| view.items.iter().all(|i| i.state == state);
        downloads_until(&mut rig, "running", is(DownloadState::Running)).await;
        rig.engine.set_surroundings(Surroundings { metered: true, ..Surroundings::default() });
        let view = downloads_until(&mut rig, "held", is(DownloadState::Queued)).await;
        assert!(view.waits_for_unmetered);
        origin.shape(None);
        set(&rig, |settings| settings.downloads_unmetered_only = false).await;
        downloads_until(&mut rig, "done", is(DownloadState::Done)).await;
        rig.stop().await;
    });
}
