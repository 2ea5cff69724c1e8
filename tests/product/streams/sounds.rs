//! Streams with several sounds: one of them is played and fetched, the one that the viewer likes, and the others are not.

use super::{SECONDS, change, live, moved, open, segments_of, serve_made};
use crate::network::downloads::downloads_until;
use crate::rig::EngineRig;
use engine::Event;
use model::*;
use serde_json::json;
use std::path::Path;
use tests::origin::{Origin, Resource};

const SEGMENTS: [&str; 6] = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"];

/// Serves episodes whose pictures, English and Chinese sound lie apart, and opens them.
async fn series(origin: &Origin, home: &Path, episodes: u32) -> EngineRig {
    for episode in 1..=episodes {
        for (name, from) in [("picture", "0:v"), ("english", "1:a"), ("chinese", "1:a")] {
            let format = [&["-map", from][..], &SEGMENTS].concat();
            serve_made(origin, home, &format!("/{episode}/{name}/"), episode, "size=180x320", "index.m3u8", &format);
        }
        let master = "#EXTM3U\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English\",LANGUAGE=\"en\",DEFAULT=YES,URI=\"english/index.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"中文\",LANGUAGE=\"zh-Hans\",URI=\"chinese/index.m3u8\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=180x320,AUDIO=\"a\"\npicture/index.m3u8\n";
        let master = Resource::new(master).typed("application/vnd.apple.mpegurl");
        origin.put(&format!("/{episode}/index.m3u8"), master);
    }
    open(origin, home, (1..=episodes).map(|n| format!("/{n}/index.m3u8"))).await
}

fn names(state: &PlayerState) -> Vec<(Option<&str>, Option<&str>)> {
    state.audio_tracks.iter().map(|track| (track.title.as_deref(), track.language.as_deref())).collect()
}

fn chosen(state: &PlayerState) -> Option<&str> {
    let track = state.audio_tracks.iter().find(|track| Some(&track.id) == state.audio.as_ref());
    track.and_then(|track| track.language.as_deref())
}

fn asked_for(origin: &Origin, episode: u32, part: &str) -> usize {
    segments_of(origin, episode).iter().filter(|path| path.contains(part)).count()
}

/// It goes on from where it was, beyond `to`.
async fn goes_on(rig: &mut EngineRig, from: u64, to: u64) {
    rig.wait("that it goes on where it was", |event| match event {
        Event::Position { position_ms, .. } => {
            assert!(*position_ms + 500 > from, "it began anew at {position_ms}");
            (*position_ms > to).then_some(())
        }
        _ => None,
    })
    .await;
}

#[test]
fn another_sound_is_played_from_where_the_viewer_is_and_in_the_next_episode() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 3).await;
        rig.play(Some(0)).await;
        let state = rig.until("both sounds", |s| s.phase == Phase::Playing && s.audio_tracks.len() == 2).await;
        assert_eq!(names(&state), [(Some("English"), Some("en")), (Some("中文"), Some("zh-Hans"))]);
        assert_eq!(chosen(&state), Some("en"));
        rig.wait("the second segment", |e| moved(e, 2_500)).await;
        assert_eq!(asked_for(&origin, 1, "/chinese/"), 0);
        rig.ask("select_audio", json!({ "track": state.audio_tracks[1].id })).await;
        rig.until("the other sound", |s| s.phase == Phase::Playing && chosen(s) == Some("zh-Hans")).await;
        goes_on(&mut rig, 2_500, 4_500).await;
        assert!(asked_for(&origin, 1, "/chinese/") > 0);
        rig.neighbours_ready().await;
        let english = asked_for(&origin, 2, "/english/");
        rig.swipe(Direction::Next);
        rig.until("the next plays", |s| s.index == 1 && s.phase == Phase::Playing && chosen(s) == Some("zh-Hans"))
            .await;
        rig.wait("the second segment", |e| moved(e, 2_500)).await;
        assert!(asked_for(&origin, 2, "/chinese/") > 0);
        assert_eq!(asked_for(&origin, 2, "/english/"), english, "nothing is fetched of what is not heard");
        rig.stop().await;
    });
}

#[test]
fn the_liked_language_is_what_is_fetched_and_downloaded_and_a_download_keeps_it() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 2).await;
        change(&rig, |s| s.audio_language = Some("zh".into())).await;
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing && chosen(s) == Some("zh-Hans")).await;
        rig.wait("the second segment", |e| moved(e, 2_500)).await;
        rig.ask("close_player", json!({})).await;
        let ids: Vec<EpisodeId> = rig.series().await.episodes.into_iter().map(|card| card.id).collect();
        rig.ask("download", json!({ "episodes": [ids[1]] })).await;
        downloads_until(&mut rig, "done", |v| v.items.iter().all(|i| i.state == DownloadState::Done)).await;
        assert!(asked_for(&origin, 2, "/chinese/") > 0);
        assert_eq!([1, 2].map(|episode| asked_for(&origin, episode, "/english/")), [0, 0]);
        rig.stop().await;

        origin.go_down();
        let mut rig = EngineRig::start(home.path());
        change(&rig, |s| s.audio_language = Some("en".into())).await;
        rig.play(Some(1)).await;
        let state = rig.until("it plays", |s| s.phase == Phase::Playing && !s.audio_tracks.is_empty()).await;
        assert_eq!(names(&state), [(Some("中文"), Some("zh-Hans"))], "there is no other one here");
        super::ends(&mut rig).await;
        rig.stop().await;
    });
}

#[test]
fn one_sound_of_a_dash_stream_is_fetched_and_the_viewer_may_choose_another() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let maps = ["-map", "0:v", "-map", "1:a", "-map", "1:a"];
        let tags = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=spa"];
        let sets = "id=0,streams=0 id=1,streams=1 id=2,streams=2";
        let format = [&maps[..], &tags, &["-adaptation_sets", sets, "-seg_duration", "2", "-f", "dash"]].concat();
        serve_made(&origin, home.path(), "/1/", 1, "size=180x320", "index.mpd", &format);
        let mut rig = open(&origin, home.path(), std::iter::once("/1/index.mpd".to_owned())).await;
        change(&rig, |s| s.audio_language = Some("es".into())).await;
        rig.play(Some(0)).await;
        let state = rig.until("both sounds", |s| s.phase == Phase::Playing && s.audio_tracks.len() == 2).await;
        assert_eq!(chosen(&state), Some("spa"));
        rig.wait("the second segment", |e| moved(e, 2_500)).await;
        assert!(asked_for(&origin, 1, "stream2") > 0);
        assert_eq!(asked_for(&origin, 1, "stream1"), 0);
        rig.ask("select_audio", json!({ "track": state.audio_tracks[0].id })).await;
        rig.until("the other sound", |s| s.phase == Phase::Playing && chosen(s) == Some("eng")).await;
        goes_on(&mut rig, 2_500, 5_000).await;
        assert!(asked_for(&origin, 1, "stream1") > 0);
        rig.ask("seek", json!({ "position_ms": u64::from(SECONDS) * 1000 - 1_500, "mode": "accurate" })).await;
        rig.until("the end", |s| s.phase == Phase::Ended).await;
        rig.stop().await;
    });
}
