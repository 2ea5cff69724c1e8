//! Servers and networks that are away for a while: nothing fails for good, and all goes on by itself.

use super::{all, downloads_until, episode_ids, item, live, series_on};
use crate::rig::clip;
use engine::Surroundings;
use model::*;
use serde_json::json;
use tests::origin::{Behaviour, Origin};

#[test]
fn without_a_network_downloads_wait_and_say_so_and_go_on_by_themselves() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        let none = Surroundings { network: false, ..Surroundings::default() };
        rig.engine.set_surroundings(none);
        origin.go_down();
        rig.ask("download", json!({ "episodes": ids })).await;
        let waits = |id: &EpisodeId| {
            let id = id.clone();
            move |view: &DownloadsView| {
                let waiting = item(view, &id);
                assert!(view.items.iter().all(|i| i.state != DownloadState::Failed), "{view:?}");
                let error = waiting.error.filter(|_| waiting.state == DownloadState::Queued);
                view.waits_for_network && error.is_some_and(|error| error.code == ErrorCode::Unreachable)
            }
        };
        for id in &ids {
            downloads_until(&mut rig, "waiting", waits(id)).await;
        }
        origin.come_back();
        // The system still knows of no network: it can be wrong.
        let view = downloads_until(&mut rig, "done", all(DownloadState::Done)).await;
        assert!(!view.waits_for_network);
        rig.stop().await;
    });
}

#[test]
fn a_server_that_fails_is_tried_again_later_and_others_have_their_turn() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        origin.always("/1.mp4", Behaviour::Drop);
        rig.ask("download", json!({ "episodes": ids })).await;
        let waits = |view: &DownloadsView| {
            let first = item(view, &ids[0]);
            first.state == DownloadState::Queued
                && first.error.is_some()
                && item(view, &ids[1]).state == DownloadState::Done
        };
        let view = downloads_until(&mut rig, "the second, and the first waiting", waits).await;
        assert!(!view.waits_for_network, "there is one");
        origin.always("/1.mp4", Behaviour::Honest);
        downloads_until(&mut rig, "done", all(DownloadState::Done)).await;
        rig.stop().await;
    });
}
