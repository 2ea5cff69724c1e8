//! Kinds of HLS that servers offer beside the plain one: encrypted, with a border between differently made parts, and live.

use super::{live, moved, open, serve_made, serve_variant};
use model::*;
use serde_json::json;
use tests::origin::{Origin, Resource};

const LIST: &str = "application/vnd.apple.mpegurl";
const HLS: [&str; 6] = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"];

fn list(text: impl Into<String>) -> Resource {
    Resource::new(text.into()).typed(LIST)
}

#[test]
fn an_encrypted_stream_plays_and_seeks() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let (key, info) = (home.path().join("key"), home.path().join("key-info"));
        std::fs::write(&key, b"sixteen bytes it").unwrap();
        std::fs::write(&info, format!("key\n{}\n", key.display())).unwrap();
        let format = [&HLS[..], &["-hls_key_info_file", info.to_str().unwrap()]].concat();
        serve_made(&origin, home.path(), "/1/", 1, "size=360x640", "index.m3u8", &format);
        origin.put("/1/key", Resource::new(std::fs::read(&key).unwrap()));
        let mut rig = open(&origin, home.path(), ["/1/index.m3u8".to_owned()].into_iter()).await;
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing && s.height == Some(640)).await;
        rig.wait("the second segment", |e| moved(e, 2_100)).await;
        assert!(origin.requests().iter().any(|request| request.path == "/1/key"));
        super::ends(&mut rig).await;
        rig.stop().await;
    });
}

#[test]
fn a_stream_of_differently_made_parts_plays_over_the_border_to_its_end() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        serve_variant(&origin, home.path(), 1, "one", "size=360x640", "mpegts");
        serve_variant(&origin, home.path(), 1, "two", "size=180x320", "mpegts");
        let part = |name: &str| (0..2).map(|at| format!("#EXTINF:2,\n{name}/index{at}.ts\n")).collect::<String>();
        let text = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n";
        let (one, two) = (part("one"), part("two"));
        origin.put("/1/index.m3u8", list(format!("{text}{one}#EXT-X-DISCONTINUITY\n{two}#EXT-X-ENDLIST\n")));
        let mut rig = open(&origin, home.path(), ["/1/index.m3u8".to_owned()].into_iter()).await;
        rig.play(Some(0)).await;
        rig.until("the first part", |s| s.phase == Phase::Playing && s.height == Some(640)).await;
        rig.wait("the border is near", |e| moved(e, 3_000)).await;
        rig.until("the second part", |s| s.height == Some(320)).await;
        let end = rig.until("the end", |s| s.phase == Phase::Ended).await;
        assert!((7_500..=8_500).contains(&end.position_ms), "{end:?}");
        rig.stop().await;
    });
}

/// A live playlist that holds the four segments from `first` on.
fn window(first: u32) -> Resource {
    let segments: String = (first..first + 4).map(|at| format!("#EXTINF:2,\nv/index{at}.ts\n")).collect();
    list(format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{first}\n{segments}"))
}

#[test]
fn a_live_stream_plays_on_beyond_what_its_first_playlist_held() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        serve_variant(&origin, home.path(), 1, "v", "size=180x320", "mpegts");
        origin.put("/1/index.m3u8", window(0));
        let mut rig = open(&origin, home.path(), ["/1/index.m3u8".to_owned()].into_iter()).await;
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        for first in 1..=5 {
            origin.put("/1/index.m3u8", window(first));
            // What came newly into the list was not there before: the list was read anew.
            origin.asked_for(&format!("/1/v/index{}.ts", first + 3), 0).await;
        }
        let at = rig.state().await.unwrap().position_ms;
        rig.wait("it plays on", |e| moved(e, at + 1_000)).await;
        assert_eq!(rig.state().await.unwrap().error, None);
        let lists = origin.requests().iter().filter(|request| request.path == "/1/index.m3u8").count();
        assert!(lists > 5, "each list came from the server: {lists}");
        rig.ask("close_player", json!({})).await;
        rig.stop().await;
    });
}
