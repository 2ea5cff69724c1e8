//! HLS with several variants: which one plays, how it changes, what is fetched ahead of it, and its subtitles.

mod adapting;
mod kinds;
mod signing;
mod sounds;

use crate::network::{downloads::downloads_until, range_of, series::waited};
use crate::rig::{EngineRig, alone};
use engine::Event;
use model::*;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tests::link::{Link, Trace};
use tests::origin::{Behaviour, Origin, Resource};
use tokio::runtime::Runtime;

/// The bandwidths that the playlists state; the pictures are 360x640 and 180x320.
const HIGH: u64 = 1_600_000;
const LOW: u64 = 300_000;
/// Seconds of an episode, in segments of two.
const SECONDS: u32 = 24;

/// Runs a test of the whole engine, alone.
fn live(test: impl Future<Output = ()>) {
    let _alone = alone();
    Runtime::new().unwrap().block_on(test);
}

/// Makes an episode's pictures (of lavfi's `picture`) and its sound with ffmpeg, and serves what comes of it under `path`.
fn serve_made(origin: &Origin, folder: &Path, path: &str, episode: u32, picture: &str, list: &str, format: &[&str]) {
    let out = folder.join(path.trim_matches('/').replace('/', "-"));
    std::fs::create_dir_all(&out).unwrap();
    let made = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i"])
        .arg(format!("testsrc2=rate=30:duration={SECONDS}:{picture}"))
        .args(["-f", "lavfi", "-i", &format!("sine=frequency={}:duration={SECONDS}", 220 * episode)])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "60", "-pix_fmt", "yuv420p", "-c:a", "aac"])
        .args(format)
        .arg(out.join(list))
        .status()
        .unwrap();
    assert!(made.success());
    for entry in std::fs::read_dir(&out).unwrap() {
        let made = entry.unwrap().path();
        let mime = match made.extension().and_then(|end| end.to_str()) {
            Some("m3u8") => "application/vnd.apple.mpegurl",
            Some("mpd") => "application/dash+xml",
            _ => "video/mp2t",
        };
        let file = made.file_name().unwrap().to_str().unwrap();
        origin.put(&format!("{path}{file}"), Resource::new(std::fs::read(&made).unwrap()).typed(mime));
    }
}

/// Makes one variant of an episode and serves it under `/{episode}/{name}/`.
fn serve_variant(origin: &Origin, folder: &Path, episode: u32, name: &str, picture: &str, kind: &str) {
    let format = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", "-hls_segment_type", kind];
    serve_made(origin, folder, &format!("/{episode}/{name}/"), episode, picture, "index.m3u8", &format);
}

/// Makes an episode in DASH and serves it under `/{episode}/`: pictures in two sizes (streams 0 and 1), and sound (stream 2).
fn serve_dash(origin: &Origin, folder: &Path, episode: u32) {
    let maps = ["-map", "0:v", "-map", "0:v", "-map", "1:a", "-s:v:1", "180x320", "-b:v:0", "1500k", "-b:v:1", "200k"];
    let sets = ["-adaptation_sets", "id=0,streams=v id=1,streams=a", "-seg_duration", "2", "-f", "dash"];
    let format = [&maps[..], &sets[..]].concat();
    serve_made(origin, folder, &format!("/{episode}/"), episode, "size=360x640", "index.mpd", &format);
}

/// Serves some episodes in two variants each, with subtitles, and opens them.
async fn series(origin: &Origin, home: &Path, episodes: u32, kind: &str) -> EngineRig {
    for episode in 1..=episodes {
        // Noise makes it big: a segment is more than demuxers' queues take unless they are told to.
        serve_variant(origin, home, episode, "high", "size=360x640,noise=alls=20:allf=t", kind);
        serve_variant(origin, home, episode, "low", "size=180x320", kind);
        let master = format!(
            "#EXTM3U\n\
             #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"English\",LANGUAGE=\"en\",URI=\"text/index.m3u8\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH={HIGH},RESOLUTION=360x640,SUBTITLES=\"s\"\nhigh/index.m3u8\n\
             #EXT-X-STREAM-INF:BANDWIDTH={LOW},RESOLUTION=180x320,SUBTITLES=\"s\"\nlow/index.m3u8\n"
        );
        let list = "application/vnd.apple.mpegurl";
        origin.put(&format!("/{episode}/index.m3u8"), Resource::new(master).typed(list));
        let texts = "#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\n0.vtt\n#EXTINF:8,\n1.vtt\n#EXT-X-ENDLIST\n";
        origin.put(&format!("/{episode}/text/index.m3u8"), Resource::new(texts).typed(list));
        for (at, words) in ["Who are you?", "Your sister."].into_iter().enumerate() {
            let text = format!(
                "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:126000,LOCAL:00:00:00.000\n\n00:0{0}.000 --> 00:0{0}.900\n{words}\n",
                at * 8 + 1
            );
            origin.put(&format!("/{episode}/text/{at}.vtt"), Resource::new(text).typed("text/vtt"));
        }
    }
    open(origin, home, (1..=episodes).map(|n| format!("/{n}/index.m3u8"))).await
}

/// Opens a list of addresses as a series.
async fn open(origin: &Origin, home: &Path, paths: impl Iterator<Item = String>) -> EngineRig {
    let list: Vec<String> = paths.map(|path| origin.url(&path)).collect();
    origin.put("/list.txt", Resource::new(list.join("\n")).typed("text/plain"));
    let mut rig = EngineRig::start(home);
    rig.ask("add_source", json!({ "path": origin.url("/list.txt") })).await;
    rig.scanned().await;
    rig
}

async fn change(rig: &EngineRig, with: impl FnOnce(&mut Settings)) {
    let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
    with(&mut settings);
    rig.ask("save_settings", json!({ "settings": settings })).await;
}

fn moved(event: &Event, to: u64) -> Option<()> {
    matches!(event, Event::Position { position_ms, .. } if *position_ms >= to).then_some(())
}

fn lines_of(state: &PlayerState) -> Vec<(Option<u32>, bool)> {
    state.variants.iter().map(|variant| (variant.lines, variant.chosen)).collect()
}

fn variant_changes_within_an_episode(kind: &'static str) {
    live(async move {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 1, kind).await;
        rig.play(Some(0)).await;
        let state = rig.until("the better picture", |s| s.phase == Phase::Playing && s.height == Some(640)).await;
        let state =
            if state.variants.is_empty() { rig.until("the variants", |s| !s.variants.is_empty()).await } else { state };
        assert_eq!(lines_of(&state), [(Some(360), true), (Some(180), false)]);
        change(&rig, |s| s.quality = Quality::Fixed { bits_per_second: LOW }).await;
        // What was read ahead plays first.
        for at in [4_000, 8_000, 12_000] {
            rig.wait("it goes on", |e| moved(e, at)).await;
        }
        let state = rig.until("the smaller picture", |s| s.height == Some(320)).await;
        assert_eq!(lines_of(&state), [(Some(360), false), (Some(180), true)]);
        assert_eq!((state.phase, state.error), (Phase::Playing, None));
        rig.ask("seek", json!({ "position_ms": 22_000, "mode": "accurate" })).await;
        let end = rig.until("the end", |s| s.phase == Phase::Ended).await;
        assert!(end.position_ms >= u64::from(SECONDS - 1) * 1000, "{end:?}");
        rig.stop().await;
    });
}

#[test]
fn the_variant_of_transport_streams_changes_within_an_episode() {
    variant_changes_within_an_episode("mpegts");
}

#[test]
fn the_variant_of_fragmented_mp4_changes_within_an_episode() {
    variant_changes_within_an_episode("fmp4");
}

#[test]
fn what_is_fetched_ahead_of_a_stream_is_what_plays() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 3, "mpegts").await;
        change(&rig, |s| s.quality = Quality::Fixed { bits_per_second: LOW }).await;
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing && s.height == Some(320)).await;
        rig.wait("all of the episode is here", |e| match e {
            Event::Buffered { stretches, .. } => stretches.iter().any(|s| s.from == 0.0 && s.to > 0.999).then_some(()),
            _ => None,
        })
        .await;
        rig.neighbours_ready().await;
        rig.swipe(Direction::Next);
        rig.until("the next plays", |s| s.index == 1 && s.phase == Phase::Playing).await;
        let statistics: Statistics = serde_json::from_value(rig.ask("statistics", json!({})).await).unwrap();
        let swipe = statistics.last_swipe.unwrap();
        assert_eq!((swipe.readiness, swipe.origin), (SwipeReadiness::Ready, SwipeOrigin::Cache));
        let requests = origin.requests();
        let segments = requests.iter().filter(|request| request.path.ends_with(".ts"));
        let mut parts: Vec<_> = segments.map(|request| (request.path.as_str(), range_of(request))).collect();
        assert!(parts.iter().all(|(path, _)| path.contains("/low/")), "{parts:?}");
        parts.sort_unstable();
        let apart = |a: &(&str, (u64, u64)), b: &(&str, (u64, u64))| a.0 != b.0 || a.1.1 < b.1.0;
        assert!(parts.is_sorted_by(apart), "each byte is fetched once: {parts:?}");
        rig.stop().await;
    });
}

#[test]
fn subtitles_in_segments_are_one_track() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 1, "mpegts").await;
        change(&rig, |s| s.subtitle_language = Some("en".into())).await;
        rig.play(Some(0)).await;
        let cues = rig
            .wait("cues", |e| match e {
                Event::Cues { cues, .. } if !cues.is_empty() => Some(cues.clone()),
                _ => None,
            })
            .await;
        let shown: Vec<_> = cues.iter().map(|cue| (cue.start_ms, cue.spans[0].text.as_str())).collect();
        assert_eq!(shown, [(1000, "Who are you?"), (9000, "Your sister.")]);
        let state = rig.state().await.unwrap();
        assert_eq!(state.subtitle_tracks[0].title.as_deref(), Some("English"));
        rig.stop().await;
    });
}

#[test]
fn a_stream_begins_with_its_first_segment_and_counts_as_waiting_only_where_it_then_has_to() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let second = ["high", "low"].map(|variant| format!("/1/{variant}/index1.ts"));
        second.iter().for_each(|path| origin.always(path, Behaviour::StallBeforeHead));
        let mut rig = series(&origin, home.path(), 1, "mpegts").await;
        // Small segments: all of one is less than what fills the demuxer's queue.
        change(&rig, |s| s.quality = Quality::Fixed { bits_per_second: LOW }).await;
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        assert_eq!(waited(&rig).await, 0);
        rig.wait("the first segment", |e| moved(e, 1_000)).await;
        rig.until("it waits", |s| s.phase == Phase::Rebuffering).await;
        second.iter().for_each(|path| origin.always(path, Behaviour::Honest));
        origin.release();
        rig.until("it plays again", |s| s.phase == Phase::Playing).await;
        rig.wait("the third segment", |e| moved(e, 5_000)).await;
        assert!(waited(&rig).await > 0);
        rig.stop().await;
    });
}

/// The segments that were asked for of an episode.
fn segments_of(origin: &Origin, episode: u32) -> Vec<String> {
    let prefix = format!("/{episode}/");
    let paths = origin.requests().into_iter().map(|request| request.path);
    paths.filter(|path| path.starts_with(&prefix) && !path.ends_with("m3u8") && !path.ends_with("mpd")).collect()
}

fn downloaded_stream_plays_without_its_server(kind: &'static str) {
    live(async move {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 2, kind).await;
        change(&rig, |s| s.subtitle_language = Some("en".into())).await;
        let ids: Vec<EpisodeId> = rig.series().await.episodes.into_iter().map(|card| card.id).collect();
        rig.ask("download", json!({ "episodes": [ids[1]] })).await;
        let done = downloads_until(&mut rig, "done", |v| v.items.iter().all(|i| i.state == DownloadState::Done)).await;
        assert_eq!(done.items[0].total_bytes, Some(done.items[0].done_bytes));
        let asked = segments_of(&origin, 2);
        assert!(asked.iter().all(|path| path.contains("/high/") || path.contains("/text/")), "the best: {asked:?}");
        let (kept, sent) = (done.items[0].done_bytes, origin.sent());
        assert!(sent < kept + kept / 20, "each byte once: {sent} for {kept}");
        rig.stop().await;

        origin.go_down();
        let mut rig = EngineRig::start(home.path());
        assert_eq!(rig.series().await.episodes[1].presence, Presence::Downloaded);
        rig.play(Some(1)).await;
        rig.wait("its subtitles", |e| matches!(e, Event::Cues { cues, .. } if cues.len() == 2).then_some(())).await;
        rig.until("it plays", |s| s.phase == Phase::Playing && s.height == Some(640)).await;
        ends(&mut rig).await;
        rig.stop().await;
    });
}

/// Sought to near its end, it plays up to there.
async fn ends(rig: &mut EngineRig) {
    rig.ask("seek", json!({ "position_ms": 22_500, "mode": "accurate" })).await;
    rig.wait("the seek arrives", |e| moved(e, 22_501)).await;
    let end = rig.until("the end", |s| s.phase == Phase::Ended).await;
    assert!(end.position_ms >= u64::from(SECONDS - 1) * 1000, "{end:?}");
}

#[test]
fn a_downloaded_stream_of_transport_streams_plays_without_its_server() {
    downloaded_stream_plays_without_its_server("mpegts");
}

#[test]
fn a_downloaded_stream_of_fragmented_mp4_plays_without_its_server() {
    downloaded_stream_plays_without_its_server("fmp4");
}

#[test]
fn a_dash_stream_plays_and_a_downloaded_one_plays_without_its_server() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        [1, 2].iter().for_each(|&episode| serve_dash(&origin, home.path(), episode));
        let mut rig = open(&origin, home.path(), [1, 2].iter().map(|n| format!("/{n}/index.mpd"))).await;
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing && s.height == Some(640)).await;
        rig.wait("the second segment", |e| moved(e, 2_500)).await;
        rig.ask("close_player", json!({})).await;
        let ids: Vec<EpisodeId> = rig.series().await.episodes.into_iter().map(|card| card.id).collect();
        rig.ask("download", json!({ "episodes": [ids[1]] })).await;
        let done = downloads_until(&mut rig, "done", |v| v.items.iter().all(|i| i.state == DownloadState::Done)).await;
        assert_eq!(done.items[0].total_bytes, Some(done.items[0].done_bytes));
        let asked = segments_of(&origin, 2);
        assert!(asked.iter().any(|path| path.contains("stream0")) && asked.iter().any(|path| path.contains("stream2")));
        assert!(asked.iter().all(|path| !path.contains("stream1")), "the best pictures alone: {asked:?}");
        rig.stop().await;

        origin.go_down();
        let mut rig = EngineRig::start(home.path());
        assert_eq!(rig.series().await.episodes[1].presence, Presence::Downloaded);
        rig.play(Some(1)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing && s.height == Some(640)).await;
        ends(&mut rig).await;
        rig.stop().await;
    });
}

#[test]
fn what_is_fetched_ahead_of_a_dash_stream_is_what_its_player_began_with_until_the_viewer_wishes_otherwise() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        serve_dash(&origin, home.path(), 1);
        let mut rig = open(&origin, home.path(), std::iter::once("/1/index.mpd".to_owned())).await;
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing && s.height == Some(640)).await;
        // By itself it would begin with the smaller variant now.
        change(&rig, |s| s.data_saver = true).await;
        rig.wait("the third segment", |e| moved(e, 4_500)).await;
        assert!(segments_of(&origin, 1).iter().all(|path| !path.contains("stream1")), "{:?}", segments_of(&origin, 1));
        change(&rig, |s| s.quality = Quality::Fixed { bits_per_second: LOW }).await;
        rig.until("the smaller picture", |s| s.phase == Phase::Playing && s.height == Some(320)).await;
        rig.wait("that it goes on where it was", |e| match e {
            Event::Position { position_ms, .. } => {
                assert!(*position_ms > 4_000, "it began anew at {position_ms}");
                (*position_ms > 5_000).then_some(())
            }
            _ => None,
        })
        .await;
        rig.stop().await;
    });
}

#[test]
fn a_stream_that_is_here_in_part_plays_as_far_as_it_reaches_offline_and_only_then_it_says_so() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 1, "mpegts").await;
        origin.shape(Some(Link::new(Trace::constant(6.0), Duration::from_millis(20))));
        rig.play(Some(0)).await;
        rig.wait("that it moves", |e| moved(e, 300)).await;
        change(&rig, |s| s.offline = true).await;
        let mut reaches = 0.0;
        let mut last = 0;
        let error = rig
            .wait("its end", |event| match event {
                Event::Buffered { stretches, .. } => {
                    reaches = stretches.first().map_or(0.0, |stretch| stretch.to * f64::from(SECONDS) * 1e3);
                    None
                }
                Event::Position { position_ms, .. } => {
                    last = *position_ms;
                    None
                }
                Event::Player { state: Some(state) } => state.error.clone(),
                _ => None,
            })
            .await;
        assert_eq!(error.code, ErrorCode::Offline);
        assert!(last as f64 > reaches - 1_500.0, "it played to {last} ms, {reaches} ms are here");
        assert!(reaches < 20_000.0, "{reaches} ms came before it was offline");
        rig.stop().await;
    });
}

#[test]
fn the_variant_that_was_watched_is_what_plays_when_its_server_is_gone() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 1, "mpegts").await;
        change(&rig, |s| s.quality = Quality::Fixed { bits_per_second: LOW }).await;
        rig.play(Some(0)).await;
        rig.wait("all of the episode is here", |e| match e {
            Event::Buffered { stretches, .. } => stretches.iter().any(|s| s.from == 0.0 && s.to > 0.999).then_some(()),
            _ => None,
        })
        .await;
        rig.stop().await;
        origin.go_down();
        let mut rig = EngineRig::start(home.path());
        change(&rig, |s| (s.quality, s.offline) = (Quality::Auto, true)).await;
        assert_eq!(rig.series().await.episodes[0].presence, Presence::Whole);
        rig.play(Some(0)).await;
        rig.until("it plays", |s| s.phase == Phase::Playing && s.height == Some(320)).await;
        rig.stop().await;
    });
}

#[test]
fn what_has_no_end_or_needs_its_server_says_why_it_cannot_be_downloaded() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let list = |rest: &str| {
            let text = format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n{rest}\n#EXTINF:2,\n0.ts\n");
            Resource::new(text).typed("application/vnd.apple.mpegurl")
        };
        let key = "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-ENDLIST\n#EXT-X-KEY:METHOD=AES-128,URI=\"key\"";
        origin.put("/1.m3u8", list("#EXT-X-MEDIA-SEQUENCE:5"));
        origin.put("/2.m3u8", list(key));
        origin.put("/list.txt", Resource::new([origin.url("/1.m3u8"), origin.url("/2.m3u8")].join("\n")));
        let mut rig = EngineRig::start(home.path());
        rig.ask("add_source", json!({ "path": origin.url("/list.txt") })).await;
        rig.scanned().await;
        let ids: Vec<EpisodeId> = rig.series().await.episodes.into_iter().map(|card| card.id).collect();
        rig.ask("download", json!({ "episodes": ids })).await;
        let failed = |view: &DownloadsView| view.items.iter().all(|i| i.state == DownloadState::Failed);
        let view = downloads_until(&mut rig, "both failed", failed).await;
        let code = |id: &EpisodeId| view.items.iter().find(|i| i.episode.id == *id)?.error.as_ref().map(|e| e.code);
        assert_eq!([code(&ids[0]), code(&ids[1])], [Some(ErrorCode::Live), Some(ErrorCode::Encrypted)]);
        rig.stop().await;
    });
}

#[test]
fn a_stream_whose_server_goes_away_in_the_middle_says_so_and_goes_on_when_that_is_back() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 1, "mpegts").await;
        origin.shape(Some(Link::new(Trace::constant(10.0), Duration::from_millis(20))));
        rig.play(Some(0)).await;
        rig.wait("that it moves", |e| moved(e, 300)).await;
        origin.go_down();
        rig.wait("that what is here has played", |e| moved(e, 1_000)).await;
        // Where it stands is kept, for what is tried again.
        for playing in [false, true] {
            rig.ask("set_playing", json!({ "playing": playing })).await;
        }
        // It may come back at any moment: that is waited for, for some while.
        let deadline = tokio::time::Instant::now() + Duration::from_secs(90);
        let (mut waited, mut error) = (false, None);
        while error.is_none() {
            let event = tokio::time::timeout_at(deadline, rig.events.recv()).await.expect("it waits for ever");
            if let Ok(Event::Player { state: Some(state) }) = event {
                waited |= state.phase == Phase::Rebuffering;
                error = state.error;
            }
        }
        assert!(waited, "meanwhile it says that it waits");
        assert_eq!(error.unwrap().code, ErrorCode::Unreachable);
        origin.come_back();
        rig.ask("retry", json!({})).await;
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        for to in [3_000, 5_000] {
            rig.wait("that it goes on", |e| moved(e, to)).await;
        }
        rig.stop().await;
    });
}

#[test]
fn what_failed_while_its_server_was_gone_plays_by_itself_when_that_is_back() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series(&origin, home.path(), 1, "mpegts").await;
        origin.go_down();
        rig.play(Some(0)).await;
        let failed = rig.until("it fails", |s| s.phase == Phase::Failed).await;
        assert_eq!(failed.error.unwrap().code, ErrorCode::Unreachable);
        origin.come_back();
        rig.until("it plays", |s| s.phase == Phase::Playing).await;
        rig.stop().await;
    });
}
