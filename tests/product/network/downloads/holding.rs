//! What the viewer holds, lets go on and puts first.

use super::{all, downloads_until, episode_ids, item, live, noise, series_on};
use crate::network::range_of;
use crate::rig::{DEADLINE, EngineRig, clip};
use model::*;
use serde_json::json;
use std::time::Duration;
use tests::origin::{Behaviour, Origin};

#[test]
fn what_is_held_as_a_whole_stays_so_after_a_restart_and_one_of_it_goes_on_alone() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 3, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        rig.ask("pause_downloads", json!({ "paused": true })).await;
        rig.ask("download", json!({ "episodes": ids })).await;
        downloads_until(&mut rig, "held", all(DownloadState::Paused)).await;
        let settings = rig.ask("settings", json!({})).await;
        rig.ask("save_settings", json!({ "settings": settings })).await;
        rig.stop().await;

        let mut rig = EngineRig::start(home.path());
        let view = downloads_until(&mut rig, "held still", |view| view.items.len() == 3).await;
        assert!(view.paused && all(DownloadState::Paused)(&view), "{view:?}");
        rig.ask("pause_download", json!({ "episode": ids[1], "paused": false })).await;
        let alone = |view: &DownloadsView| item(view, &ids[1]).state == DownloadState::Done;
        let view = downloads_until(&mut rig, "one of them", alone).await;
        for id in [&ids[0], &ids[2]] {
            let other = item(&view, id);
            assert!(view.paused && other.state == DownloadState::Paused && other.done_bytes == 0, "{view:?}");
        }
        rig.ask("pause_downloads", json!({ "paused": false })).await;
        let view = downloads_until(&mut rig, "all", all(DownloadState::Done)).await;
        assert!(!view.paused);
        rig.stop().await;
    });
}

#[test]
fn what_failed_is_tried_again_while_all_others_are_held() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        origin.always("/1.mp4", Behaviour::Status(404));
        rig.ask("download", json!({ "episodes": [ids[0]] })).await;
        downloads_until(&mut rig, "failed", all(DownloadState::Failed)).await;
        origin.always("/1.mp4", Behaviour::Honest);
        rig.ask("pause_downloads", json!({ "paused": true })).await;
        rig.ask("download", json!({ "episodes": [ids[1]] })).await;
        rig.ask("pause_download", json!({ "episode": ids[0], "paused": false })).await;
        let again = |view: &DownloadsView| item(view, &ids[0]).state == DownloadState::Done;
        let view = downloads_until(&mut rig, "the one", again).await;
        assert_eq!(item(&view, &ids[1]).state, DownloadState::Paused);
        rig.stop().await;
    });
}

#[test]
fn what_is_held_is_not_fetched_any_further_and_keeps_what_came() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 1, &noise(home.path(), 8)).await;
        let ids = episode_ids(&rig).await;
        const CAME: u64 = 300_000;
        origin.always("/1.mp4", Behaviour::StallAfter(CAME));
        rig.ask("download", json!({ "episodes": ids })).await;
        downloads_until(&mut rig, "stalled", |view| view.items.iter().any(|i| i.state == DownloadState::Running)).await;
        origin.asked_for("/1.mp4", 0).await;
        // Some of it came.
        while origin.sent() < CAME {
            let _ = tokio::time::timeout(Duration::from_millis(20), rig.events.recv()).await;
        }
        rig.ask("pause_download", json!({ "episode": ids[0], "paused": true })).await;
        // Long before a fetch that hangs would be given up.
        tokio::time::timeout(DEADLINE, origin.answering(0)).await.expect("the fetches end");
        downloads_until(&mut rig, "held", all(DownloadState::Paused)).await;
        origin.forget();
        origin.always("/1.mp4", Behaviour::Honest);
        rig.ask("pause_download", json!({ "episode": ids[0], "paused": false })).await;
        downloads_until(&mut rig, "done", all(DownloadState::Done)).await;
        let requests = origin.requests();
        let begins: Vec<u64> = requests.iter().filter(|r| r.path == "/1.mp4").map(|r| range_of(r).0).collect();
        assert!(begins.iter().any(|at| (1..=CAME).contains(at)) && !begins.contains(&0), "{begins:?}");
        rig.stop().await;
    });
}

#[test]
fn what_is_put_first_is_fetched_first_and_what_is_held_is_left_out() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 4, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        rig.ask("pause_downloads", json!({ "paused": true })).await;
        rig.ask("download", json!({ "episodes": ids })).await;
        rig.ask("download_first", json!({ "episode": ids[3] })).await;
        rig.ask("pause_download", json!({ "episode": ids[0], "paused": true })).await;
        rig.ask("pause_downloads", json!({ "paused": false })).await;
        let ahead = |view: &DownloadsView| view.items.iter().filter(|i| i.state == DownloadState::Done).count() == 3;
        let view = downloads_until(&mut rig, "the others", ahead).await;
        assert_eq!(item(&view, &ids[0]).state, DownloadState::Paused);
        let mut asked: Vec<String> =
            origin.requests().into_iter().map(|r| r.path).filter(|p| p.ends_with(".mp4")).collect();
        asked.dedup();
        assert_eq!(asked, ["/4.mp4", "/2.mp4", "/3.mp4"]);
        rig.ask("pause_download", json!({ "episode": ids[0], "paused": false })).await;
        downloads_until(&mut rig, "all", all(DownloadState::Done)).await;
        rig.stop().await;
    });
}

#[test]
fn what_is_moved_in_the_queue_is_fetched_in_the_new_order_also_after_a_restart() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 4, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        rig.ask("pause_downloads", json!({ "paused": true })).await;
        rig.ask("download", json!({ "episodes": ids })).await;
        rig.ask("move_download", json!({ "episode": ids[3], "before": ids[1] })).await;
        rig.ask("move_download", json!({ "episode": ids[0], "before": null })).await;
        let moved = [&ids[3], &ids[1], &ids[2], &ids[0]];
        let in_order = |view: &DownloadsView| view.items.iter().map(|item| &item.episode.id).eq(moved);
        downloads_until(&mut rig, "the new order", in_order).await;
        rig.stop().await;

        let mut rig = EngineRig::start(home.path());
        downloads_until(&mut rig, "the same order", in_order).await;
        origin.forget();
        rig.ask("pause_downloads", json!({ "paused": false })).await;
        downloads_until(&mut rig, "all", all(DownloadState::Done)).await;
        let mut asked: Vec<String> =
            origin.requests().into_iter().map(|r| r.path).filter(|p| p.ends_with(".mp4")).collect();
        asked.dedup();
        assert_eq!(asked, ["/4.mp4", "/2.mp4", "/3.mp4", "/1.mp4"]);
        rig.stop().await;
    });
}
