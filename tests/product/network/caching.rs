//! The engine and its cache: what stays in it while one watches, and a cache that comes back.

use super::{live, noise, series_on};
use crate::rig::{DEADLINE, EngineRig, clip};
use engine::{Event, Places};
use model::*;
use serde_json::json;
use std::time::{Duration, Instant};
use tests::origin::Origin;

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
