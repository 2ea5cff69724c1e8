//! The room that downloads take: reckoned before it is filled, given back when something is removed, and read again at the end.

use super::{all, downloads_until, episode_ids, item, live, noise, series_on, told};
use crate::network::range_of;
use crate::rig::EngineRig;
use model::*;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tests::origin::{Behaviour, Origin, Request, Resource};

const MIB: u64 = 1 << 20;

async fn cache(rig: &EngineRig) -> CacheView {
    serde_json::from_value(rig.ask("cache", json!({})).await).unwrap()
}

/// With the smallest cache that can be set, and episodes of so many MiB that say how long they are.
async fn narrow(origin: &Origin, home: &Path, sizes: &[u64], seconds: u64) -> EngineRig {
    let episodes: Vec<_> = sizes
        .iter()
        .zip(1..)
        .map(|(mib, number)| {
            origin.put(&format!("/{number}.mp4"), Resource::new(vec![number; (mib * MIB) as usize]));
            json!({ "url": format!("{number}.mp4"), "duration_s": seconds })
        })
        .collect();
    let catalog = json!({ "title": "Net", "episodes": episodes });
    origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
    let mut rig = EngineRig::start(home);
    let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
    settings.cache_limit_mib = Some(64);
    rig.ask("save_settings", json!({ "settings": settings })).await;
    rig.ask("add_source", json!({ "path": origin.url("/list.json") })).await;
    rig.scanned().await;
    rig
}

#[test]
fn a_season_that_does_not_fit_is_told_before_anything_is_fetched() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        // At 4 Mbit/s, 40 MiB each.
        let mut rig = narrow(&origin, home.path(), &[1, 1], 84).await;
        let ids = episode_ids(&rig).await;
        rig.ask("pause_downloads", json!({ "paused": true })).await;
        rig.ask("download", json!({ "episodes": [ids[0]] })).await;
        let view = downloads_until(&mut rig, "one", |view| view.items.len() == 1).await;
        assert_eq!(view.short_bytes, 0);
        rig.ask("download", json!({ "episodes": ids })).await;
        let view = downloads_until(&mut rig, "both", |view| view.items.len() == 2).await;
        assert!((14 * MIB..18 * MIB).contains(&view.short_bytes), "{}", view.short_bytes);
        // They are smaller than they seemed: nothing keeps them from being fetched.
        rig.ask("pause_downloads", json!({ "paused": false })).await;
        let view = downloads_until(&mut rig, "done", all(DownloadState::Done)).await;
        assert_eq!(view.short_bytes, 0);
        rig.stop().await;
    });
}

#[test]
fn a_download_that_does_not_fit_says_how_much_is_lacking_and_fits_once_another_is_removed() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = narrow(&origin, home.path(), &[40, 40], 1).await;
        let ids = episode_ids(&rig).await;
        rig.ask("download", json!({ "episodes": ids })).await;
        let failed = |view: &DownloadsView| item(view, &ids[1]).state == DownloadState::Failed;
        let view = downloads_until(&mut rig, "no room for the second", failed).await;
        let error = item(&view, &ids[1]).error.unwrap();
        assert_eq!(error.code, ErrorCode::NoSpace);
        // Of its 40 MiB, 24 fit (but for what the cache writes beside them).
        let lacking: u64 = error.message.split(' ').find_map(|word| word.parse().ok().filter(|n| *n > 2)).unwrap();
        assert!((16..=18).contains(&lacking), "{error:?}");
        assert!((15 * MIB..19 * MIB).contains(&view.short_bytes), "{}", view.short_bytes);
        // Nobody has to press Retry.
        rig.ask("remove_download", json!({ "episode": ids[0] })).await;
        downloads_until(&mut rig, "the second", all(DownloadState::Done)).await;
        rig.stop().await;
    });
}

#[test]
fn a_download_that_did_not_fit_goes_on_where_the_cache_may_take_more() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = narrow(&origin, home.path(), &[80], 1).await;
        let ids = episode_ids(&rig).await;
        rig.ask("download", json!({ "episodes": ids })).await;
        let view = downloads_until(&mut rig, "no room", all(DownloadState::Failed)).await;
        assert_eq!(view.items[0].error.as_ref().unwrap().code, ErrorCode::NoSpace);
        let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
        settings.cache_limit_mib = Some(128);
        rig.ask("save_settings", json!({ "settings": settings })).await;
        downloads_until(&mut rig, "done", all(DownloadState::Done)).await;
        rig.stop().await;
    });
}

/// Where the cache has the first bytes of the only resource.
fn first_fragment(home: &Path) -> PathBuf {
    let folders = std::fs::read_dir(home.join("cache/media/fragments")).unwrap();
    folders.map(|folder| folder.unwrap().path().join(format!("{:016x}", 0))).find(|path| path.exists()).unwrap()
}

#[test]
fn a_byte_that_the_disk_damaged_is_found_at_the_end_and_fetched_again() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 1, &film).await;
        let ids = episode_ids(&rig).await;
        // All but two of its fragments come.
        (0..3).for_each(|_| origin.script("/1.mp4", Behaviour::Honest));
        origin.always("/1.mp4", Behaviour::StallAfter(1000));
        rig.ask("download", json!({ "episodes": ids })).await;
        downloads_until(&mut rig, "three fragments", |view| view.done_bytes >= 6 * MIB).await;
        let path = first_fragment(home.path());
        let whole = std::fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        damaged[1 << 20] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        origin.always("/1.mp4", Behaviour::Honest);
        origin.release();
        downloads_until(&mut rig, "done", all(DownloadState::Done)).await;
        let first = |request: &Request| request.path == "/1.mp4" && range_of(request).0 == 0;
        assert_eq!(origin.requests().iter().filter(|request| first(request)).count(), 2);
        let (bytes, kept) = (std::fs::read(film).unwrap(), std::fs::read(first_fragment(home.path())).unwrap());
        assert!(kept[..2 << 20] == bytes[..2 << 20], "what is kept is not what was sent");
        rig.stop().await;
    });
}

#[test]
fn beyond_the_speed_limit_nothing_more_is_asked_for_until_it_is_raised() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 1, &noise(home.path(), 8)).await;
        let ids = episode_ids(&rig).await;
        let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
        settings.download_limit_kib = Some(1);
        rig.ask("save_settings", json!({ "settings": settings })).await;
        rig.ask("download", json!({ "episodes": ids })).await;
        downloads_until(&mut rig, "a fragment", |view| view.done_bytes >= 2 * MIB).await;
        let asked = origin.count();
        // Whoever fetches looks again before each of these.
        for _ in 0..4 {
            told(&mut rig, "that it runs", all(DownloadState::Running)).await;
        }
        assert_eq!(origin.count(), asked, "{:?}", origin.requests());
        settings.download_limit_kib = None;
        rig.ask("save_settings", json!({ "settings": settings })).await;
        downloads_until(&mut rig, "done", all(DownloadState::Done)).await;
        rig.stop().await;
    });
}

#[test]
fn what_is_removed_makes_room_while_another_one_is_fetched() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &noise(home.path(), 8)).await;
        let ids = episode_ids(&rig).await;
        rig.ask("download", json!({ "episodes": [ids[0]] })).await;
        let size = downloads_until(&mut rig, "the first", all(DownloadState::Done)).await.done_bytes;
        assert!(cache(&rig).await.pinned_bytes >= size);
        origin.always("/2.mp4", Behaviour::StallAfter(100_000));
        rig.ask("download", json!({ "episodes": ids })).await;
        origin.asked_for("/2.mp4", 0).await;
        rig.ask("remove_download", json!({ "episode": ids[0] })).await;
        for _ in 0..50 {
            if cache(&rig).await.pinned_bytes < size {
                let view = downloads_until(&mut rig, "the second, still", |_| true).await;
                assert_eq!(item(&view, &ids[1]).state, DownloadState::Running);
                return rig.stop().await;
            }
            let _ = tokio::time::timeout(Duration::from_millis(100), rig.events.recv()).await;
        }
        panic!("still pinned: {:?}", cache(&rig).await);
    });
}
