//! What a catalog demands of requests, from its JSON to what the server hears.

use super::live;
use crate::rig::{EngineRig, clip};
use model::*;
use serde_json::json;
use tests::origin::{Origin, Resource};

const CATALOG: &str = "/list.json";

fn put_catalog(origin: &Origin, signature: &str) {
    let episodes: Vec<_> = (1..=3).map(|number| json!({ "url": format!("{number}.mp4?sign={signature}") })).collect();
    let request = json!({ "referer": "https://example.org/watch", "user_agent": "A player" });
    let catalog = json!({ "title": "Signed", "request": request, "episodes": episodes });
    origin.put(CATALOG, Resource::new(catalog.to_string()).typed("application/json"));
}

#[test]
fn signed_episodes_that_expired_play_with_addresses_from_one_more_reading_of_their_catalog() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        for number in 1..=3 {
            let path = format!("/{number}.mp4");
            origin.put(&path, Resource::new(std::fs::read(clip(number)).unwrap()));
            origin.sign(&path, "tuesday");
        }
        put_catalog(&origin, "monday");
        let mut rig = EngineRig::start(home.path());
        rig.ask("add_source", json!({ "path": origin.url(CATALOG) })).await;
        rig.scanned().await;
        put_catalog(&origin, "tuesday");
        origin.forget();
        rig.play(Some(1)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        rig.neighbours_ready().await;
        let requests = origin.requests();
        let media: Vec<_> = requests.iter().filter(|request| request.path.ends_with(".mp4")).collect();
        for (name, value) in [("referer", "https://example.org/watch"), ("user-agent", "A player")] {
            assert!(media.iter().all(|request| request.header(name) == Some(value)), "{name}: {media:?}");
        }
        let read = requests.iter().filter(|request| request.path == CATALOG).count();
        assert_eq!(read, 1, "three episodes had expired");
        rig.stop().await;
    });
}
