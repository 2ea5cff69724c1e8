//! HLS from a server, and playlists in disguise.

use super::{Net, live, load, long_film, noise, range_of};
use crate::rig::{DeckRig, EngineRig, alone, clip};
use engine::Event;
use model::{Direction, ErrorCode, Phase};
use playback::DeckEvent;
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tests::hls;
use tests::link::{Link, Trace};
use tests::origin::{Origin, Resource};

/// Serves a film in HLS segments; the playlist's path.
fn serve_hls(origin: &Origin, film: &Path, kind: hls::Kind) -> String {
    let folder = kind.name();
    for (name, piece) in hls::cut(film, 1, kind).unwrap() {
        origin.put(&format!("/{folder}/{name}"), piece);
    }
    format!("/{folder}/{}", hls::PLAYLIST)
}

#[test]
fn streams_in_segments_play_and_the_second_time_their_segments_come_from_the_cache() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 6);
        let lists: Vec<String> =
            [hls::Kind::TransportStreams, hls::Kind::FragmentedMp4].map(|kind| serve_hls(&origin, &film, kind)).into();
        let list = lists.iter().map(|path| origin.url(path)).collect::<Vec<_>>().join("\n");
        origin.put("/list.txt", Resource::new(list).typed("text/plain"));
        let mut rig = EngineRig::start(home.path());
        rig.ask("add_source", json!({ "path": origin.url("/list.txt") })).await;
        rig.scanned().await;
        rig.play(Some(0)).await;
        rig.until("the first plays", |s| s.index == 0 && s.phase == Phase::Playing).await;
        rig.swipe(Direction::Next);
        rig.until("the second plays", |s| s.index == 1 && s.phase == Phase::Playing).await;
        rig.ask("seek", json!({ "position_ms": 3500, "mode": "accurate" })).await;
        rig.wait("a place behind the seek", |e| {
            matches!(e, Event::Position { position_ms, .. } if *position_ms >= 3500).then_some(())
        })
        .await;
        rig.ask("close_player", json!({})).await;
        origin.forget();
        rig.play(Some(0)).await;
        rig.until("it plays again", |s| s.index == 0 && s.phase == Phase::Playing).await;
        let first: Vec<_> =
            origin.requests().into_iter().map(|r| r.path).filter(|p| p.starts_with("/mpegts/index0")).collect();
        assert!(first.is_empty(), "{first:?}");
        rig.stop().await;
    });
}

#[test]
fn of_segments_that_are_parts_of_one_file_nothing_is_asked_for_twice_over_a_slow_link() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        // Longer than what a demuxer reads ahead itself.
        let film = long_film(home.path());
        for (name, piece) in hls::cut(&film, 3, hls::Kind::OneFile).unwrap() {
            origin.put(&format!("/{name}"), piece);
        }
        origin.put("/list.txt", Resource::new(origin.url("/index.m3u8")).typed("text/plain"));
        let mut rig = EngineRig::start(home.path());
        rig.ask("add_source", json!({ "path": origin.url("/list.txt") })).await;
        rig.scanned().await;
        origin.shape(Some(Link::new(Trace::constant(9.5), Duration::from_millis(40))));
        rig.play(Some(0)).await;
        for part in [0.3, 0.6, 0.999] {
            rig.wait("more of it is here", |e| match e {
                Event::Buffered { stretches, .. } => {
                    stretches.iter().any(|s| s.from == 0.0 && s.to > part).then_some(())
                }
                _ => None,
            })
            .await;
        }
        let requests = origin.requests();
        let mut ranges: Vec<_> = requests.iter().filter(|r| r.path.ends_with(".ts")).map(range_of).collect();
        ranges.sort_unstable();
        assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0), "{ranges:?}");
        rig.stop().await;
    });
}

#[test]
fn a_playlist_under_the_name_of_a_film_is_refused() {
    let _alone = alone();
    let net = Net::new();
    let inside = net.origin.url("/secret.ts");
    let list = format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{inside}\n#EXT-X-ENDLIST\n");
    net.origin.put("/1.mp4", Resource::new(list));
    net.origin.put("/secret.ts", Resource::new(std::fs::read(clip(1)).unwrap()));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &net.asset("/1.mp4"), true);
    let error = rig.wait(id, "failure", |e| if let DeckEvent::Failed(e) = e { Some(e.clone()) } else { None });
    assert_eq!(error.code, ErrorCode::NotMedia, "{error:?}");
    assert!(net.origin.requests().iter().all(|r| r.path == "/1.mp4"), "{:?}", net.origin.requests());
}
