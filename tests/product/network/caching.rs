//! The engine and its cache: what stays in it while one watches, and a cache that comes back.

use super::{live, noise, series_on};
use crate::rig::{DEADLINE, EngineRig, clip};
use engine::{Event, Places, Surroundings};
use media::cache::{Limit, Store};
use model::*;
use serde_json::json;
use std::time::{Duration, Instant, SystemTime};
use tests::origin::{Origin, Resource};

/// Until something is so; the engine need not tell of it.
async fn eventually(rig: &mut EngineRig, what: &str, is_so: impl AsyncFn(&EngineRig) -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so(rig).await {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        // Any event may bring it; a tick of the clock bounds the wait.
        let _ = tokio::time::timeout(Duration::from_millis(20), rig.events.recv()).await;
    }
}

async fn cache(rig: &EngineRig) -> CacheView {
    serde_json::from_value(rig.ask("cache", json!({})).await).unwrap()
}

#[test]
fn what_plays_and_what_is_next_does_not_make_room_for_others_until_the_player_is_closed() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let bytes = std::fs::metadata(&film).unwrap().len();
        let mut rig = series_on(&origin, home.path(), 3, &film).await;
        rig.play(Some(0)).await;
        rig.wait("this episode and the next to be here", |event| match event {
            Event::Presence { episodes } if episodes.iter().any(|(_, p)| *p == Presence::Whole) => Some(()),
            _ => None,
        })
        .await;
        rig.neighbours_ready().await;
        let pinned = cache(&rig).await.pinned_bytes;
        assert!((bytes..3 * bytes).contains(&pinned), "{pinned} bytes are pinned, an episode has {bytes}");
        rig.ask("clear_cache", json!({})).await;
        assert!(cache(&rig).await.bytes >= bytes, "what plays stays");
        rig.swipe(Direction::Next);
        rig.until("the next plays", |s| s.index == 1 && s.phase == Phase::Playing).await;
        rig.ask("close_player", json!({})).await;
        eventually(&mut rig, "nothing to be pinned", async |rig| cache(rig).await.pinned_bytes == 0).await;
        rig.ask("clear_cache", json!({})).await;
        assert_eq!(cache(&rig).await.bytes, 0);
        rig.stop().await;
    });
}

#[test]
fn what_a_catalog_calls_volatile_in_its_addresses_may_change_and_what_is_cached_stays_found() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        origin.put("/1.mp4", Resource::new(std::fs::read(clip(1)).unwrap()));
        let put = |pass: &str| {
            let catalog = json!({ "title": "Net", "request": { "volatile_parameters": ["pass"] },
                "episodes": [{ "url": format!("1.mp4?pass={pass}"), "id": "one" }] });
            origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
        };
        put("monday");
        let mut rig = EngineRig::start(home.path());
        let source: SourceInfo =
            serde_json::from_value(rig.ask("add_source", json!({ "path": origin.url("/list.json") })).await).unwrap();
        rig.scanned().await;
        rig.play(Some(0)).await;
        let whole = async |rig: &EngineRig| rig.series().await.episodes[0].presence == Presence::Whole;
        eventually(&mut rig, "all of it to be here", whole).await;
        rig.ask("close_player", json!({})).await;
        put("tuesday");
        rig.ask("rescan_source", json!({ "id": source.id })).await;
        rig.scanned().await;
        assert!(whole(&rig).await);
        rig.stop().await;
        let rig = EngineRig::start(home.path());
        assert!(whole(&rig).await, "also when the program is started again");
        rig.stop().await;
    });
}

#[test]
fn a_second_program_on_the_same_cache_says_so_and_plays_and_keeps_it_when_the_first_has_gone() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let place = Places::under(home.path()).cache.join("media");
        let first = Store::open(&place, Limit::Usual, SystemTime::now).unwrap();
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        assert_eq!(rig.home().await.notices[0].code, ErrorCode::CacheShared);
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        assert_eq!(first.stats().bytes, 0);
        drop(first);
        eventually(&mut rig, "the notice to go", async |rig| rig.home().await.notices.is_empty()).await;
        eventually(&mut rig, "what was fetched to be kept", async |rig| cache(rig).await.bytes > 0).await;
        rig.stop().await;
    });
}

#[test]
fn a_series_of_which_nothing_is_here_is_named_while_there_is_no_network() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let there = Surroundings::default();
        let gone = Surroundings { network: false, ..there };
        rig.engine.set_surroundings(there);
        let view = rig.home().await;
        assert_eq!(view.away, []);
        rig.engine.set_surroundings(gone);
        assert_eq!(rig.home().await.away, [view.series[0].id.clone()]);
        rig.engine.set_surroundings(there);
        rig.play(Some(0)).await;
        eventually(&mut rig, "some of it to be here", async |rig| cache(rig).await.bytes > 0).await;
        rig.ask("close_player", json!({})).await;
        rig.engine.set_surroundings(gone);
        assert_eq!(rig.home().await.away, []);
        rig.stop().await;
    });
}

#[test]
fn a_cache_that_comes_back_is_used_again_and_the_notice_goes() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let place = Places::under(home.path()).cache;
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("media"), "in the way").unwrap();
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        assert_eq!(rig.home().await.notices[0].code, ErrorCode::CacheUnusable);
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        std::fs::remove_file(place.join("media")).unwrap();
        eventually(&mut rig, "the notice to go", async |rig| rig.home().await.notices.is_empty()).await;
        eventually(&mut rig, "what was fetched to be kept", async |rig| cache(rig).await.bytes > 0).await;
        rig.stop().await;
    });
}
