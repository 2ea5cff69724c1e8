//! The next episodes of a series: fetched and let go of by themselves as the viewer goes on.

use super::{done, downloads_until, episode_ids, item, live, series_on, told};
use crate::rig::clip;
use serde_json::json;
use tests::origin::{Origin, Resource};

#[test]
fn the_next_ones_are_kept_and_go_when_they_were_watched() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 4, &clip(1)).await;
        let (series, ids) = (rig.series().await.card.id, episode_ids(&rig).await);
        rig.ask("keep_next", json!({ "series": series, "count": 2 })).await;
        downloads_until(&mut rig, "the first two", |view| done(view, &ids[..2])).await;
        rig.ask("set_watched", json!({ "episode": ids[0], "watched": true })).await;
        downloads_until(&mut rig, "the two after it", |view| done(view, &ids[1..3])).await;
        rig.stop().await;
    });
}

#[test]
fn what_was_played_to_its_end_goes_and_the_next_one_comes_without_a_command() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 4, &clip(1)).await;
        let (series, ids) = (rig.series().await.card.id, episode_ids(&rig).await);
        rig.ask("keep_next", json!({ "series": series, "count": 2 })).await;
        downloads_until(&mut rig, "the first two", |view| done(view, &ids[..2])).await;
        rig.play(Some(0)).await;
        // The player goes on by itself, and nobody asks for anything any more.
        told(&mut rig, "the two after the first", |view| done(view, &ids[1..3])).await;
        told(&mut rig, "the two after the second", |view| done(view, &ids[2..])).await;
        rig.stop().await;
    });
}

#[test]
fn an_episode_that_a_scan_finds_is_kept_at_once() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let series = rig.series().await.card.id;
        rig.ask("keep_next", json!({ "series": series, "count": 3 })).await;
        downloads_until(&mut rig, "both", |view| {
            done(view, &view.items.iter().map(|i| i.episode.id.clone()).collect::<Vec<_>>()) && view.items.len() == 2
        })
        .await;
        origin.put("/3.mp4", Resource::new(std::fs::read(clip(2)).unwrap()));
        let episodes: Vec<_> = (1..=3).map(|n| json!({ "url": format!("{n}.mp4"), "duration_s": 8 })).collect();
        let catalog = json!({ "title": "Net", "episodes": episodes });
        origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
        let source = rig.home().await.sources[0].id.clone();
        rig.ask("rescan_source", json!({ "id": source })).await;
        told(&mut rig, "the third", |view| view.items.len() == 3).await;
        rig.stop().await;
    });
}

#[test]
fn what_is_removed_of_the_next_ones_stays_away_until_the_viewer_asks_anew() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 4, &clip(1)).await;
        let (series, ids) = (rig.series().await.card.id, episode_ids(&rig).await);
        rig.ask("keep_next", json!({ "series": series, "count": 2 })).await;
        let view = downloads_until(&mut rig, "the first two", |view| done(view, &ids[..2])).await;
        assert!(item(&view, &ids[1]).kept);
        rig.ask("remove_download", json!({ "episode": ids[1] })).await;
        downloads_until(&mut rig, "only the first", |view| done(view, &ids[..1])).await;
        // The worker has looked what to keep at least twice when this is here.
        rig.ask("set_watched", json!({ "episode": ids[0], "watched": true })).await;
        downloads_until(&mut rig, "the third, without the second", |view| done(view, &ids[2..3])).await;
        rig.ask("keep_next", json!({ "series": series, "count": 2 })).await;
        downloads_until(&mut rig, "the second again", |view| done(view, &ids[1..3])).await;
        rig.ask("keep_next", json!({ "series": series, "count": 0 })).await;
        downloads_until(&mut rig, "nothing", |view| view.items.is_empty()).await;
        rig.stop().await;
    });
}
