//! The next episodes of a series: fetched and let go of by themselves as the viewer goes on.

use super::{done, downloads_until, episode_ids, item, live, series_on, told};
use crate::rig::{EngineRig, clip};
use model::{DownloadsView, EpisodeId, SeriesId};
use serde_json::json;
use std::ops::Range;
use tests::origin::{Origin, Resource};

/// A series on a server, of short episodes.
struct Show {
    rig: EngineRig,
    series: SeriesId,
    ids: Vec<EpisodeId>,
    origin: Origin,
    _home: tempfile::TempDir,
}

impl Show {
    async fn of(episodes: u32) -> Self {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let rig = series_on(&origin, home.path(), episodes, &clip(1)).await;
        let (series, ids) = (rig.series().await.card.id, episode_ids(&rig).await);
        Self { rig, series, ids, origin, _home: home }
    }

    /// Of four, the first two of which are kept.
    async fn that_keeps_two() -> Self {
        let mut show = Self::of(4).await;
        show.keep_next(2).await;
        show.until("the first two", 0..2).await;
        show
    }

    async fn keep_next(&self, count: u32) {
        self.rig.ask("keep_next", json!({ "series": self.series, "count": count })).await;
    }

    async fn set_watched(&self, episode: usize) {
        self.rig.ask("set_watched", json!({ "episode": self.ids[episode], "watched": true })).await;
    }

    /// Until these and no others are here as a whole.
    async fn until(&mut self, what: &str, episodes: Range<usize>) -> DownloadsView {
        downloads_until(&mut self.rig, what, |view| done(view, &self.ids[episodes.clone()])).await
    }
}

#[test]
fn the_next_ones_are_kept_and_go_when_they_were_watched() {
    live(async {
        let mut show = Show::that_keeps_two().await;
        show.set_watched(0).await;
        show.until("the two after it", 1..3).await;
        show.rig.stop().await;
    });
}

#[test]
fn what_was_played_to_its_end_goes_and_the_next_one_comes_without_a_command() {
    live(async {
        let Show { mut rig, ids, origin: _origin, _home, .. } = Show::that_keeps_two().await;
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
        let mut show = Show::of(2).await;
        show.keep_next(3).await;
        show.until("both", 0..2).await;
        show.origin.put("/3.mp4", Resource::new(std::fs::read(clip(2)).unwrap()));
        let episodes: Vec<_> = (1..=3).map(|n| json!({ "url": format!("{n}.mp4"), "duration_s": 8 })).collect();
        let catalog = json!({ "title": "Net", "episodes": episodes });
        show.origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
        let source = show.rig.home().await.sources[0].id.clone();
        show.rig.ask("rescan_source", json!({ "id": source })).await;
        told(&mut show.rig, "the third", |view| view.items.len() == 3).await;
        show.rig.stop().await;
    });
}

#[test]
fn what_is_removed_of_the_next_ones_stays_away_until_the_viewer_asks_anew() {
    live(async {
        let mut show = Show::that_keeps_two().await;
        let view = show.until("the first two", 0..2).await;
        assert!(item(&view, &show.ids[1]).kept);
        show.rig.ask("remove_download", json!({ "episode": show.ids[1] })).await;
        show.until("only the first", 0..1).await;
        // The worker has looked what to keep at least twice when this is here.
        show.set_watched(0).await;
        show.until("the third, without the second", 2..3).await;
        show.keep_next(2).await;
        show.until("the second again", 1..3).await;
        show.keep_next(0).await;
        show.until("nothing", 0..0).await;
        show.rig.stop().await;
    });
}
