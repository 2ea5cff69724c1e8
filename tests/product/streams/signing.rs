//! DASH whose addresses are signed, and expire while it plays or comes.

use super::{SECONDS, ends, live, moved, open, segments_of, serve_dash};
use crate::network::downloads::downloads_until;
use model::*;
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tests::link::{Link, Trace};
use tests::origin::{Behaviour, Origin, Resource};

/// From now on the segments of an episode want another signature, which its description says.
fn sign(origin: &Origin, home: &Path, episode: u32, signature: &str) {
    let made = home.join(episode.to_string());
    let text = std::fs::read_to_string(made.join("index.mpd")).unwrap();
    let signed = text.replace(".m4s\"", &format!(".m4s?sign={signature}\""));
    assert_ne!(signed, text);
    origin.put(&format!("/{episode}/index.mpd"), Resource::new(signed).typed("application/dash+xml"));
    for entry in std::fs::read_dir(made).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if file.ends_with(".m4s") {
            origin.sign(&format!("/{episode}/{file}"), signature);
        }
    }
}

/// How many files of an episode were asked for with a signature.
fn signed(origin: &Origin, episode: u32, signature: &str) -> usize {
    let (folder, query) = (format!("/{episode}/"), format!("sign={signature}"));
    origin.requests().iter().filter(|r| r.path.starts_with(&folder) && r.query == query).count()
}

/// What plays from the fifth segment on, of all streams of an episode.
fn late(episode: u32) -> impl Iterator<Item = String> {
    let segments = (0..=2).flat_map(|stream| (5..=SECONDS / 2).map(move |number| (stream, number)));
    segments.map(move |(stream, number)| format!("/{episode}/chunk-stream{stream}-{number:05}.m4s"))
}

fn descriptions(origin: &Origin, episode: u32) -> usize {
    let path = format!("/{episode}/index.mpd");
    origin.requests().iter().filter(|request| request.path == path).count()
}

#[test]
fn signatures_that_expire_in_the_middle_of_a_dash_episode_are_renewed() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        for episode in [1, 2] {
            serve_dash(&origin, home.path(), episode);
            sign(&origin, home.path(), episode, "a");
        }
        // Not all of the other one is here before its signature expires.
        late(1).for_each(|path| origin.always(&path, Behaviour::StallBeforeHead));
        let mut rig = open(&origin, home.path(), [1, 2].iter().map(|n| format!("/{n}/index.mpd"))).await;
        // Slow enough that most of it is not here yet when it begins.
        origin.shape(Some(Link::new(Trace::constant(4.0), Duration::from_millis(20))));
        rig.play(Some(1)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        sign(&origin, home.path(), 2, "b");
        rig.wait("the second segment", |e| moved(e, 2_500)).await;
        ends(&mut rig).await;
        assert!(signed(&origin, 2, "b") > 2, "it was all here before: {:?}", segments_of(&origin, 2));
        assert_eq!(descriptions(&origin, 2), 2, "one new description for all segments");
        rig.ask("close_player", json!({})).await;

        let ids: Vec<EpisodeId> = rig.series().await.episodes.into_iter().map(|card| card.id).collect();
        rig.ask("download", json!({ "episodes": [ids[0]] })).await;
        downloads_until(&mut rig, "some of it", |v| v.items.iter().any(|i| i.done_bytes > 100_000)).await;
        sign(&origin, home.path(), 1, "b");
        late(1).for_each(|path| origin.always(&path, Behaviour::Honest));
        origin.release();
        let over = |view: &DownloadsView| {
            view.items.iter().all(|i| matches!(i.state, DownloadState::Done | DownloadState::Failed))
        };
        let view = downloads_until(&mut rig, "the rest", over).await;
        assert_eq!(view.items[0].state, DownloadState::Done, "{:?}", view.items[0].error);
        assert!(signed(&origin, 1, "b") > 2, "it was all here before: {:?}", segments_of(&origin, 1));
        rig.stop().await;
    });
}
