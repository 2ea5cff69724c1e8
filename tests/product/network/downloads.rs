//! Episodes that are to stay: fetched as a whole, kept, watched offline, and let go.

mod holding;
mod keeping;
mod room;
mod waiting;

use super::{episode_ids, live, noise, series_on};
use crate::rig::{DEADLINE, EngineRig, clip};
use engine::Event;
use model::*;
use serde_json::json;
use std::time::{Duration, Instant};
use tests::link::{Link, Trace};
use tests::origin::{Behaviour, Origin};

pub async fn downloads_until(rig: &mut EngineRig, what: &str, fits: impl Fn(&DownloadsView) -> bool) -> DownloadsView {
    let deadline = Instant::now() + 5 * DEADLINE;
    while Instant::now() < deadline {
        let seen: DownloadsView = serde_json::from_value(rig.ask("downloads", json!({})).await).unwrap();
        if fits(&seen) {
            return seen;
        }
        let _ = tokio::time::timeout(Duration::from_secs(2), async {
            while !matches!(rig.events.recv().await, Ok(Event::Downloads { .. } | Event::LibraryChanged)) {}
        })
        .await;
    }
    panic!("{what}: {:?}", rig.ask("downloads", json!({})).await);
}

/// All are so far.
fn all(state: DownloadState) -> impl Fn(&DownloadsView) -> bool {
    move |view| view.items.iter().all(|item| item.state == state)
}

/// These and no others are here as a whole.
fn done(view: &DownloadsView, wanted: &[EpisodeId]) -> bool {
    let is = |i: &DownloadItem| i.state == DownloadState::Done && wanted.contains(&i.episode.id);
    view.items.len() == wanted.len() && view.items.iter().all(is)
}

fn item(view: &DownloadsView, id: &EpisodeId) -> DownloadItem {
    view.items.iter().find(|item| item.episode.id == *id).cloned().unwrap_or_else(|| panic!("no {id:?} in {view:?}"))
}

/// What is told by itself: nobody asks, and so nothing is set going.
async fn told(rig: &mut EngineRig, what: &str, fits: impl Fn(&DownloadsView) -> bool) -> DownloadsView {
    let pick = |e: &Event| match e {
        Event::Downloads { downloads } if fits(downloads) => Some(downloads.clone()),
        _ => None,
    };
    rig.wait(what, pick).await
}

#[test]
fn a_download_is_whole_verified_and_plays_offline_and_the_rest_says_why_not() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 3, &film).await;
        let ids = episode_ids(&rig).await;
        rig.ask("download", json!({ "episodes": [ids[1]] })).await;
        let done =
            downloads_until(&mut rig, "done", |view| view.items.iter().all(|i| i.state == DownloadState::Done)).await;
        assert_eq!(done.items[0].total_bytes, Some(done.items[0].done_bytes));
        assert_eq!(rig.series().await.episodes[1].presence, Presence::Downloaded);
        let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
        settings.offline = true;
        rig.ask("save_settings", json!({ "settings": settings })).await;
        origin.go_down();
        rig.play(Some(1)).await;
        rig.until("the download plays", |s| s.phase == Phase::Playing).await;
        rig.swipe(Direction::Next);
        let failed = rig.until("the other says why not", |s| s.index == 2 && s.phase == Phase::Failed).await;
        assert_eq!(failed.error.unwrap().code, ErrorCode::Offline);
        rig.swipe(Direction::Previous);
        rig.until("back to the download", |s| s.index == 1 && s.phase == Phase::Playing).await;
        rig.stop().await;
    });
}

#[test]
fn what_is_not_here_plays_by_itself_when_the_player_is_online_again() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 1, &clip(1)).await;
        let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
        settings.offline = true;
        rig.ask("save_settings", json!({ "settings": settings })).await;
        rig.play(Some(0)).await;
        let failed = rig.until("it fails", |s| s.phase == Phase::Failed).await;
        assert_eq!(failed.error.unwrap().code, ErrorCode::Offline);
        settings.offline = false;
        rig.ask("save_settings", json!({ "settings": settings })).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        rig.stop().await;
    });
}

#[test]
fn downloads_outlive_the_program_and_go_on_where_they_were() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 2, &film).await;
        let ids = episode_ids(&rig).await;
        origin.shape(Some(Link::new(Trace::constant(20.0), Duration::from_millis(10))));
        rig.ask("download", json!({ "episodes": ids })).await;
        downloads_until(&mut rig, "begun", |view| view.done_bytes > 2 << 20).await;
        rig.stop().await;
        let sent = origin.sent();
        origin.shape(None);
        let mut rig = EngineRig::start(home.path());
        let view = downloads_until(&mut rig, "done", |v| v.items.iter().all(|i| i.state == DownloadState::Done)).await;
        assert_eq!(view.items.len(), 2);
        let again = origin.sent() - sent;
        assert!(again < view.total_bytes - (1 << 20), "{again} of {} were sent again", view.total_bytes);
        rig.stop().await;
    });
}

#[test]
fn a_download_that_fails_says_so_and_the_queue_goes_on() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        origin.always("/1.mp4", Behaviour::Status(404));
        rig.ask("download", json!({ "episodes": ids })).await;
        let ended = |i: &DownloadItem| matches!(i.state, DownloadState::Done | DownloadState::Failed);
        let view = downloads_until(&mut rig, "ended", |view| view.items.iter().all(ended)).await;
        let of = |id: &EpisodeId| view.items.iter().find(|i| i.episode.id == *id).unwrap().clone();
        assert_eq!(of(&ids[0]).error.unwrap().code, ErrorCode::NotFound);
        assert_eq!(of(&ids[1]).state, DownloadState::Done);
        origin.always("/1.mp4", Behaviour::Honest);
        rig.ask("pause_download", json!({ "episode": ids[0], "paused": false })).await;
        downloads_until(&mut rig, "done", |view| view.items.iter().all(|i| i.state == DownloadState::Done)).await;
        rig.ask("remove_download", json!({ "episode": ids[0] })).await;
        downloads_until(&mut rig, "removed", |view| view.items.len() == 1).await;
        rig.stop().await;
    });
}

#[test]
fn a_source_that_is_removed_lets_go_of_its_downloads() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        rig.ask("download", json!({ "episodes": ids })).await;
        downloads_until(&mut rig, "done", |v| v.items.iter().all(|i| i.state == DownloadState::Done)).await;
        let source = rig.home().await.sources[0].id.clone();
        rig.ask("remove_source", json!({ "id": source })).await;
        for _ in 0..50 {
            let cache: CacheView = serde_json::from_value(rig.ask("cache", json!({})).await).unwrap();
            if cache.pinned_bytes == 0 {
                return rig.stop().await;
            }
            let _ = tokio::time::timeout(Duration::from_millis(100), std::future::pending::<()>()).await;
        }
        panic!("still pinned: {:?}", rig.ask("cache", json!({})).await);
    });
}
