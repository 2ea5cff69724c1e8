//! Catalogs on a server, and the series that they make: swiped through, fetched ahead.

use super::{episode_ids, live, made_of_noise, noise, range_of, series_on};
use crate::rig::{EngineRig, clip};
use engine::Event;
use model::*;
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tests::link::{Link, Trace};
use tests::origin::{Behaviour, Origin, Resource};

#[test]
fn a_catalog_on_a_server_is_a_series_to_swipe_through() {
    live(async {
        let origin = Origin::start();
        let episodes: Vec<_> = (1..=3)
            .map(|number| {
                origin.put(&format!("/media/{number}.mp4"), Resource::new(std::fs::read(clip(number)).unwrap()));
                json!({ "url": format!("media/{number}.mp4"), "title": format!("Part {number}"),
                    "subtitles": [{ "url": format!("{number}.srt"), "language": "en" }] })
            })
            .collect();
        origin.put("/2.srt", Resource::new("1\n00:00:00,100 --> 00:00:01,500\nHello\n").typed("text/plain"));
        let catalog = json!({ "series": [{ "title": "Net", "episodes": episodes }] });
        origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::start(home.path());
        rig.ask("add_source", json!({ "path": origin.url("/list.json") })).await;
        rig.scanned().await;
        rig.play(Some(0)).await;
        rig.neighbours_ready().await;
        rig.swipe(Direction::Next);
        let state = rig.until("the second episode plays", |s| s.index == 1 && s.phase == Phase::Playing).await;
        assert_eq!(state.episode.title.as_deref(), Some("Part 2"));
        rig.wait("the words", |e| match e {
            Event::Cues { cues, .. } if cues.iter().any(|c| c.spans.iter().any(|s| s.text == "Hello")) => Some(()),
            _ => None,
        })
        .await;
        rig.stop().await;
    });
}

#[test]
fn a_catalog_that_is_none_says_so_and_keeps_what_was_there() {
    live(async {
        let origin = Origin::start();
        origin.put("/1.mp4", Resource::new(std::fs::read(clip(1)).unwrap()));
        origin.put("/list.txt", Resource::new(origin.url("/1.mp4")).typed("text/plain"));
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::start(home.path());
        let source: SourceInfo =
            serde_json::from_value(rig.ask("add_source", json!({ "path": origin.url("/list.txt") })).await).unwrap();
        rig.scanned().await;
        assert_eq!(rig.home().await.sources[0].episodes, 1);
        origin.always("/list.txt", Behaviour::Html);
        rig.ask("rescan_source", json!({ "id": source.id })).await;
        rig.scanned().await;
        let after = rig.home().await.sources.remove(0);
        assert_eq!((after.episodes, after.error.unwrap().code), (1, ErrorCode::NotMedia));
        rig.stop().await;
    });
}

#[test]
fn the_next_episodes_are_fetched_ahead_and_the_swipe_finds_them_ready() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 4, &film).await;
        origin.shape(Some(Link::new(Trace::constant(40.0), Duration::from_millis(20))));
        rig.play(Some(0)).await;
        for index in 1..3 {
            rig.neighbours_ready().await;
            rig.swipe(Direction::Next);
            rig.until("it plays", |s| s.index == index && s.phase == Phase::Playing).await;
            let statistics: Statistics = serde_json::from_value(rig.ask("statistics", json!({})).await).unwrap();
            let swipe = statistics.last_swipe.unwrap();
            assert_eq!((swipe.readiness, swipe.origin), (SwipeReadiness::Ready, SwipeOrigin::Cache));
        }
        let statistics: Statistics = serde_json::from_value(rig.ask("statistics", json!({})).await).unwrap();
        assert_eq!(statistics.network.unwrap().ready_rate, Some(1.0));
        rig.stop().await;
    });
}

/// The first position after the beginning.
fn moves(event: &Event) -> Option<()> {
    matches!(event, Event::Position { position_ms: 1.., .. }).then_some(())
}

#[test]
fn over_a_link_that_hardly_carries_it_an_episode_gathers_some_and_plays_before_others_share_the_link() {
    gathers_alone(1.15);
}

#[test]
fn over_a_link_that_does_not_carry_it_others_share_the_link_only_when_it_plays() {
    gathers_alone(0.35);
}

/// Over a link of so many times what an episode needs.
fn gathers_alone(part: f64) {
    live(async move {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 3, &film).await;
        let needs = std::fs::metadata(&film).unwrap().len() as f64 * 8e-6 / 8.0;
        origin.shape(Some(Link::new(Trace::constant(needs * part), Duration::from_millis(40))));
        rig.play(Some(0)).await;
        rig.until("it gathers", |s| s.phase == Phase::Rebuffering && s.position_ms == 0).await;
        rig.wait("it moves", moves).await;
        let others = origin.requests().iter().filter(|r| r.path.ends_with(".mp4") && r.path != "/1.mp4").count();
        assert_eq!(others, 0, "{:?}", origin.requests());
        assert_eq!(waited(&rig).await, 0, "gathering before it begins is no wait");
        origin.shape(None);
        rig.neighbours_ready().await;
        rig.stop().await;
    });
}

#[test]
fn parts_of_an_episode_follow_each_other_over_a_slow_link() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 1, &film).await;
        origin.shape(Some(Link::new(Trace::constant(9.0), Duration::from_millis(40))));
        for _ in 0..4 {
            origin.script("/1.mp4", Behaviour::Honest);
        }
        origin.script("/1.mp4", Behaviour::StallAfter(100_000));
        rig.play(Some(0)).await;
        rig.wait("it moves", moves).await;
        rig.until("it waits", |s| s.phase == Phase::Rebuffering).await;
        let films = origin.requests().iter().filter(|r| r.path == "/1.mp4").count();
        assert_eq!(films, 5, "what comes later was asked for beside what is missing: {:?}", origin.requests());
        origin.release();
        rig.until("it goes on", |s| s.phase == Phase::Playing).await;
        rig.stop().await;
    });
}

#[test]
fn over_a_slow_link_what_plays_is_fetched_before_anything_that_may_play_later() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = made_of_noise(home.path(), 12, 4, &[]);
        let mut rig = series_on(&origin, home.path(), 3, &film).await;
        let second = std::fs::metadata(&film).unwrap().len() / 12;
        origin.shape(Some(Link::new(Trace::constant(9.5), Duration::from_millis(40))));
        rig.play(Some(0)).await;
        origin.asked_for("/1.mp4", 5 * second).await;
        let requests = origin.requests();
        let films: Vec<_> =
            requests.iter().filter(|r| r.path.ends_with(".mp4")).map(|r| (&r.path, range_of(r))).collect();
        let before =
            films.iter().take_while(|(path, range)| *path != "/1.mp4" || !(range.0..=range.1).contains(&(5 * second)));
        // Decks ask for no more than 512 KiB at once.
        let mut ahead = before.filter(|(path, range)| *path != "/1.mp4" && range.1 - range.0 >= 512 << 10);
        assert_eq!(ahead.next(), None, "{films:?}");
        rig.stop().await;
    });
}

#[test]
fn an_episode_that_failed_does_not_keep_the_link_to_itself() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 4);
        let mut rig = series_on(&origin, home.path(), 2, &film).await;
        // What its deck asks for first comes, and is no film; the rest never comes.
        let list = format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n{}", "# and so on\n".repeat(3_000_000));
        origin.put("/1.mp4", Resource::new(list));
        origin.script("/1.mp4", Behaviour::Honest);
        origin.always("/1.mp4", Behaviour::StallAfter(0));
        origin.shape(Some(Link::new(Trace::constant(9.5), Duration::from_millis(40))));
        let ids = episode_ids(&rig).await;
        rig.play(Some(0)).await;
        rig.until("it fails", |s| s.phase == Phase::Failed).await;
        origin.shape(None);
        rig.wait("all of the next one is here", |e| match e {
            Event::Presence { episodes } => {
                episodes.iter().find(|(id, p)| *id == ids[1] && *p == Presence::Whole).map(drop)
            }
            _ => None,
        })
        .await;
        rig.stop().await;
    });
}

#[test]
fn a_wait_ends_where_the_viewer_leaves() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 4);
        let mut rig = series_on(&origin, home.path(), 2, &film).await;
        for _ in 0..2 {
            origin.script("/1.mp4", Behaviour::Honest);
        }
        origin.always("/1.mp4", Behaviour::StallAfter(100_000));
        rig.play(Some(0)).await;
        rig.wait("it moves", moves).await;
        rig.until("it waits", |s| s.phase == Phase::Rebuffering).await;
        rig.ask("close_player", json!({})).await;
        let at_close = waited(&rig).await;
        rig.play(Some(1)).await;
        rig.wait("the other one moves", moves).await;
        assert_eq!(waited(&rig).await, at_close);
        rig.stop().await;
    });
}

/// For how long playing has waited for data so far, in milliseconds.
pub async fn waited(rig: &EngineRig) -> u64 {
    let statistics: Statistics = serde_json::from_value(rig.ask("statistics", json!({})).await).unwrap();
    statistics.network.expect("something was fetched").rebuffer_ms
}

#[test]
fn an_episode_that_a_deck_held_already_gets_neighbours_when_it_is_opened() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 4, &clip(1)).await;
        rig.play(Some(0)).await;
        rig.neighbours_ready().await;
        rig.play(Some(1)).await;
        rig.until("it plays", |s| s.index == 1 && s.phase == Phase::Playing).await;
        rig.ask("set_playing", json!({ "playing": false })).await;
        rig.neighbours_ready().await;
        rig.stop().await;
    });
}

#[test]
fn a_cache_that_cannot_be_opened_costs_the_cache_and_not_the_playing() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        // A file where the cache's folder should be.
        let places = engine::Places::under(home.path());
        std::fs::create_dir_all(&places.cache).unwrap();
        std::fs::write(places.cache.join("media"), "in the way").unwrap();
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        assert_eq!(rig.home().await.notices[0].code, ErrorCode::CacheUnusable);
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        rig.until("on to the next by itself", |s| s.index == 1 && s.phase == Phase::Playing).await;
        let refused = rig.try_ask("clear_cache", json!({})).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::CacheUnusable);
        rig.stop().await;
    });
}

#[test]
fn marks_follow_what_is_fetched_ahead_and_say_nothing_twice() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 4, &film).await;
        let ids = episode_ids(&rig).await;
        rig.play(Some(0)).await;
        let mut told: HashMap<EpisodeId, Presence> = HashMap::new();
        rig.wait("marks of this episode and the next", |event| {
            let Event::Presence { episodes } = event else { return None };
            for (id, presence) in episodes {
                assert_ne!(told.insert(id.clone(), *presence), Some(*presence), "{id} was told twice");
            }
            ids[..2].iter().all(|id| told.contains_key(id)).then_some(())
        })
        .await;
        let shown = rig.series().await.episodes;
        assert!(shown[..2].iter().all(|card| matches!(card.presence, Presence::Part | Presence::Whole)), "{shown:?}");
        rig.stop().await;
    });
}
