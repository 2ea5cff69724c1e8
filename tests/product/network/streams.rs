//! HLS from a server, and playlists in disguise.

use super::downloads::downloads_until;
use super::{
    Net, asks_for_nothing, episode_ids, live, load, location, long_film, made_of_noise, noise, noise_with_sound,
    range_of,
};
use crate::rig::{DeckRig, EngineRig, alone, clip};
use engine::Event;
use media::gateway::Gateway;
use model::{Direction, DownloadState, ErrorCode, Phase, SeekMode};
use playback::{DeckEvent, Source};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tests::hls;
use tests::link::{Link, Trace};
use tests::origin::{Origin, Resource};

/// Serves a film in HLS segments of a second; the playlist's path.
fn serve_hls(origin: &Origin, film: &Path, kind: hls::Kind) -> String {
    serve_hls_in(origin, film, 1, kind)
}

/// The same in segments of so many seconds.
fn serve_hls_in(origin: &Origin, film: &Path, seconds: u32, kind: hls::Kind) -> String {
    let folder = kind.name();
    for (name, piece) in hls::cut(film, seconds, kind).unwrap() {
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
fn a_stream_that_is_held_ready_takes_a_second_and_not_its_segments_before_it_plays() {
    let _alone = alone();
    let net = Net::new();
    let list = serve_hls_in(&net.origin, &noise_with_sound(net.folder.path(), 12), 4, hls::Kind::TransportStreams);
    net.origin.shape(Some(Link::new(Trace::constant(30.0), Duration::from_millis(20))));
    let gateway = {
        let _runtime = net.runtime.enter();
        Gateway::start(net.media.clone()).unwrap()
    };
    let location = location(&net.origin.url(&list));
    let (url, pace) = (gateway.playlist(&location), gateway.pace(&location));
    let mut rig = DeckRig::new();
    let id = rig.load_source(Source::Playlist { url, name: "index.m3u8".into(), pace }, Duration::ZERO, false);
    rig.ready(id);
    asks_for_nothing(&net);
    assert!(net.origin.sent() <= 5 << 19, "{} bytes for a first picture", net.origin.sent());
    rig.deck.play();
    rig.wait(id, "its playing on", |e| matches!(e, DeckEvent::Position(at) if at.as_secs() >= 2).then_some(()));
    rig.deck.seek(Duration::from_secs(9), SeekMode::Accurate);
    rig.deck.pause();
    rig.wait(id, "arrival", |e| matches!(e, DeckEvent::Seeked(at) if at.as_secs() >= 8).then_some(()));
    rig.deck.unload();
    net.runtime.block_on(gateway.stop());
}

#[test]
fn sound_apart_that_outlasts_the_picture_is_downloaded_with_it_and_plays_without_its_server_to_the_end() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = made_of_noise(home.path(), 2, 1, &["-f", "lavfi", "-i", "sine=duration=4"]);
        let list = serve_hls(&origin, &film, hls::Kind::SoundApart);
        origin.put("/list.txt", Resource::new(origin.url(&list)).typed("text/plain"));
        let mut rig = EngineRig::with_list(home.path(), &origin.url("/list.txt")).await;
        rig.ask("download", json!({ "episodes": episode_ids(&rig).await })).await;
        downloads_until(&mut rig, "done", |v| v.items.iter().all(|i| i.state == DownloadState::Done)).await;
        origin.go_down();
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        let end = rig.until("the end", |s| matches!(s.phase, Phase::Ended | Phase::Failed)).await;
        assert_eq!((end.phase, end.error), (Phase::Ended, None));
        rig.stop().await;
    });
}

#[test]
fn segments_that_are_parts_of_one_file_are_not_given_up_and_asked_for_in_turns_over_a_slow_link() {
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
        for part in [0.2, 0.4, 0.6, 0.8, 0.999] {
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
        let twice = ranges.windows(2).filter(|pair| pair[0].1 >= pair[1].0).count();
        // One may have been given up for another, if the machine was busy.
        assert!(twice <= 2, "{ranges:?}");
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
