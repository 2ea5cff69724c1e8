//! Decks and the engine on episodes that come from a server: the scripted origin, which also stalls, lies and goes away.

use crate::rig::{DEADLINE, DeckRig, EngineRig, alone, clip};
use engine::Event;
use media::http::{ClientOptions, Location, Reach};
use media::{Asset, Media, cache::Limit};
use model::*;
use playback::{DeckEvent, LoadId, Source};
use serde_json::json;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tests::link::{Link, Trace};
use tests::origin::{Behaviour, Origin, Resource};
use tokio::runtime::Runtime;

/// A cache of its own, and the runtime that fetches into it.
struct Net {
    media: Media,
    origin: Origin,
    runtime: Runtime,
    folder: tempfile::TempDir,
}

impl Net {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let media = open(&runtime, folder.path());
        Self { media, origin: Origin::start(), runtime, folder }
    }

    /// Serves a file under its name.
    fn serve(&self, path: &Path) -> Arc<Asset> {
        let name = format!("/{}", path.file_name().unwrap().to_str().unwrap().replace(' ', "-"));
        self.origin.put(&name, Resource::new(std::fs::read(path).unwrap()));
        self.asset(&name)
    }

    fn asset(&self, name: &str) -> Arc<Asset> {
        self.media.asset(&location(&self.origin.url(name)))
    }

    /// The same cache, as the program finds it when it is started again.
    fn start_again(&mut self) {
        self.media.close(DEADLINE);
        self.media = open(&self.runtime, self.folder.path());
    }
}

/// Runs a test of the whole engine, alone.
pub fn live(test: impl Future<Output = ()>) {
    let _alone = alone();
    Runtime::new().unwrap().block_on(test);
}

fn location(url: &str) -> Location {
    Location { reach: Reach::Anywhere, ..Location::new(url) }
}

fn open(runtime: &Runtime, folder: &Path) -> Media {
    let _runtime = runtime.enter();
    let (media, trouble) = Media::open(folder, Limit::Bytes(256 << 20), ClientOptions::default(), || {}).unwrap();
    assert!(trouble.is_none(), "{trouble:?}");
    media
}

fn load(rig: &mut DeckRig, asset: &Arc<Asset>, play: bool) -> LoadId {
    rig.load_source(Source::Network(asset.clone()), Duration::ZERO, play)
}

/// A film of noise, big for its length, with its index at the end.
pub fn noise(folder: &Path, seconds: u32) -> std::path::PathBuf {
    let path = folder.join("noise.mp4");
    let made = std::process::Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i"])
        .arg(format!("nullsrc=size=360x640:rate=30:duration={seconds},geq=random(1)*255:128:128"))
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-b:v", "8M", "-pix_fmt", "yuv420p"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    path
}

#[test]
fn an_episode_plays_from_a_server_and_the_second_time_from_the_cache() {
    let _alone = alone();
    let mut net = Net::new();
    let asset = net.serve(&clip(1));
    let mut rig = DeckRig::new();
    let first = load(&mut rig, &asset, false);
    rig.ready(first);
    rig.deck.seek(Duration::from_millis(1500), SeekMode::Accurate);
    assert!(rig.sought(first) >= Duration::from_millis(1450));
    rig.deck.play();
    rig.wait(first, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
    rig.deck.unload();
    drop(asset);
    net.start_again();
    net.origin.forget();
    net.media.set_offline(true);
    let asset = net.asset("/Clips---S01E01.mp4");
    let again = load(&mut rig, &asset, true);
    rig.wait(again, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
    assert_eq!(net.origin.requests(), []);
}

#[test]
fn an_index_at_the_end_costs_two_requests_and_not_the_file() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 12));
    let length = std::fs::metadata(net.folder.path().join("noise.mp4")).unwrap().len();
    assert!(length > 8 << 20, "{length}");
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, false);
    rig.ready(id);
    assert!(net.origin.requests().len() <= 2, "{:?}", net.origin.requests());
    assert!(net.origin.sent() <= 4 << 20, "{} of {length}", net.origin.sent());
}

#[test]
fn a_fetch_behind_the_end_only_tells_where_the_end_is() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&clip(1));
    let length = std::fs::metadata(clip(1)).unwrap().len();
    assert!(asset.prefetch(2 << 20..4 << 20).is_some());
    assert_eq!(asset.reader().unwrap().total(DEADLINE), Ok(length));
    assert_eq!(asset.failure(), None);
}

#[test]
fn a_seek_goes_straight_to_its_place() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 20));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, false);
    rig.ready(id);
    rig.deck.seek(Duration::from_secs(10), SeekMode::Accurate);
    assert!(rig.sought(id) >= Duration::from_millis(9900));
    let cached = asset.availability();
    let hole = cached.cached.holes(0..cached.total.unwrap());
    assert!(!hole.is_empty(), "what lies between was fetched as well: {cached:?}");
}

#[test]
fn a_server_that_stalls_makes_it_wait_and_nothing_is_skipped() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 4));
    // The second fragment comes only when the test says so.
    net.origin.script("/noise.mp4", Behaviour::Honest);
    net.origin.script("/noise.mp4", Behaviour::Honest);
    net.origin.script("/noise.mp4", Behaviour::StallAfter(100_000));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    rig.wait(id, "a wait", |e| matches!(e, DeckEvent::Rebuffering(true)).then_some(()));
    net.origin.release();
    rig.wait(id, "the end of the wait", |e| matches!(e, DeckEvent::Rebuffering(false)).then_some(()));
    let mut last: Option<Duration> = None;
    rig.wait(id, "end", |e| match e {
        DeckEvent::Position(at) => {
            assert!(last.is_none_or(|last| *at <= last + Duration::from_millis(500)), "from {last:?} to {at:?}");
            last = Some(*at);
            None
        }
        DeckEvent::Ended => Some(()),
        DeckEvent::Failed(error) => panic!("{error:?}"),
        _ => None,
    });
}

#[test]
fn a_link_that_is_too_slow_makes_it_wait_again_and_again_and_damages_nothing() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 3));
    // A third of what it needs, in bursts: waits of many lengths.
    net.origin.shape(Some(Link::new(Trace::parse("0 0.4\n0.3 6\n0.6 0.4\n").unwrap(), Duration::from_millis(30))));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    let mut waits = 0;
    let end = Instant::now() + 12 * DEADLINE;
    while Instant::now() < end {
        let message = rig.events.recv_timeout(3 * DEADLINE).unwrap();
        match message.event {
            _ if message.load != id => {}
            DeckEvent::Rebuffering(true) => waits += 1,
            DeckEvent::Failed(error) => panic!("after {waits} waits: {error:?}"),
            DeckEvent::Ended => {
                assert!(waits > 0);
                return;
            }
            _ => {}
        }
    }
    panic!("no end after {waits} waits");
}

#[test]
fn a_deck_that_waits_for_a_server_takes_the_next_episode_at_once() {
    let _alone = alone();
    let net = Net::new();
    let silent = net.serve(&clip(1));
    let other = net.serve(&clip(2));
    net.origin.always("/Clips---S01E01.mp4", Behaviour::StallBeforeHead);
    let mut rig = DeckRig::new();
    for _ in 0..5 {
        load(&mut rig, &silent, true);
        let began = Instant::now();
        let id = load(&mut rig, &other, false);
        rig.ready(id);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}

#[test]
fn what_a_server_says_is_what_the_viewer_is_told() {
    let _alone = alone();
    let net = Net::new();
    let cases = [
        (Behaviour::Status(404), ErrorCode::NotFound),
        (Behaviour::Status(403), ErrorCode::ServerRefused),
        (Behaviour::Html, ErrorCode::NotMedia),
        (Behaviour::RedirectLoop, ErrorCode::ServerFailed),
    ];
    let mut rig = DeckRig::new();
    for (place, (behaviour, code)) in cases.into_iter().enumerate() {
        let name = format!("/{place}.mp4");
        net.origin.put(&name, Resource::new(std::fs::read(clip(1)).unwrap()));
        net.origin.always(&name, behaviour.clone());
        let id = load(&mut rig, &net.asset(&name), true);
        let error = rig.wait(id, "failure", |e| if let DeckEvent::Failed(e) = e { Some(e.clone()) } else { None });
        assert_eq!(error.code, code, "{behaviour:?}: {error:?}");
        assert!(error.message.contains(&format!("{place}.mp4")), "{error:?}");
    }
    let id = load(&mut rig, &net.serve(&clip(3)), false);
    rig.ready(id);
}

#[test]
fn a_file_that_changes_on_its_server_is_played_in_its_new_version() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 8));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    rig.ready(id);
    let other = std::fs::read(clip(2)).unwrap();
    net.origin.put("/noise.mp4", Resource::new(other));
    rig.wait(id, "end", |e| match e {
        DeckEvent::Ended => Some(()),
        DeckEvent::Failed(error) => panic!("{error:?}"),
        _ => None,
    });
}

#[test]
fn a_network_that_is_gone_for_a_while_only_makes_it_wait() {
    let _alone = alone();
    let net = Net::new();
    let asset = net.serve(&noise(net.folder.path(), 8));
    net.origin.shape(Some(Link::new(Trace::constant(12.0), Duration::from_millis(20))));
    let mut rig = DeckRig::new();
    let id = load(&mut rig, &asset, true);
    rig.ready(id);
    net.origin.go_down();
    rig.wait(id, "a wait", |e| matches!(e, DeckEvent::Rebuffering(true)).then_some(()));
    net.origin.come_back();
    let end = Instant::now() + 6 * DEADLINE;
    while Instant::now() < end {
        let message = rig.events.recv_timeout(DEADLINE).unwrap();
        match message.event {
            DeckEvent::Ended => return,
            DeckEvent::Failed(error) => panic!("{error:?}"),
            _ => {}
        }
    }
    panic!("it did not come to its end");
}

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

/// A series of `count` big episodes on a server, and the engine on it.
pub async fn series_on(origin: &Origin, home: &Path, count: u32, film: &Path) -> EngineRig {
    let bytes = std::fs::read(film).unwrap();
    let episodes: Vec<_> = (1..=count)
        .map(|number| {
            // Each differs, so that none is taken for another.
            let mut bytes = bytes.clone();
            bytes.extend(free_box(number));
            origin.put(&format!("/{number}.mp4"), Resource::new(bytes));
            json!({ "url": format!("{number}.mp4"), "duration_s": 8 })
        })
        .collect();
    let catalog = json!({ "title": "Net", "episodes": episodes });
    origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
    let mut rig = EngineRig::start(home);
    rig.ask("add_source", json!({ "path": origin.url("/list.json") })).await;
    rig.scanned().await;
    rig
}

fn free_box(number: u32) -> Vec<u8> {
    [12_u32.to_be_bytes(), *b"free", number.to_be_bytes()].concat()
}

/// The episodes of the first series.
pub async fn episode_ids(rig: &EngineRig) -> Vec<EpisodeId> {
    rig.series().await.episodes.into_iter().map(|card| card.id).collect()
}

/// The downloads once they are as wanted.
pub async fn downloads_until(rig: &mut EngineRig, what: &str, fits: impl Fn(&DownloadsView) -> bool) -> DownloadsView {
    for _ in 0..12 {
        let seen: DownloadsView = serde_json::from_value(rig.ask("downloads", json!({})).await).unwrap();
        if fits(&seen) {
            return seen;
        }
        let _ = tokio::time::timeout(Duration::from_secs(2), async {
            while !matches!(rig.events.recv().await, Ok(Event::Downloads { .. } | Event::LibraryChanged)) {}
        })
        .await;
    }
    panic!("{what}: {:?}", rig.ask("downloads", json!({})).await);
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

#[test]
fn a_download_is_whole_verified_and_plays_offline_and_the_rest_says_why_not() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 3, &film).await;
        let ids = episode_ids(&rig).await;
        rig.ask("download", json!({ "episodes": [ids[1]] })).await;
        let done =
            downloads_until(&mut rig, "done", |view| view.items.iter().all(|i| i.state == DownloadState::Done)).await;
        assert_eq!(done.items[0].total_bytes, Some(done.items[0].done_bytes));
        assert_eq!(rig.series().await.episodes[1].presence, Presence::Downloaded);
        let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
        settings.offline = true;
        rig.ask("save_settings", json!({ "settings": settings })).await;
        origin.go_down();
        rig.play(Some(1)).await;
        rig.until("the download plays", |s| s.phase == Phase::Playing).await;
        rig.swipe(Direction::Next);
        let failed = rig.until("the other says why not", |s| s.index == 2 && s.phase == Phase::Failed).await;
        assert_eq!(failed.error.unwrap().code, ErrorCode::Offline);
        rig.swipe(Direction::Previous);
        rig.until("back to the download", |s| s.index == 1 && s.phase == Phase::Playing).await;
        rig.stop().await;
    });
}

#[test]
fn downloads_outlive_the_program_and_go_on_where_they_were() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 2, &film).await;
        let ids = episode_ids(&rig).await;
        origin.shape(Some(Link::new(Trace::constant(20.0), Duration::from_millis(10))));
        rig.ask("download", json!({ "episodes": ids })).await;
        downloads_until(&mut rig, "begun", |view| view.done_bytes > 2 << 20).await;
        rig.stop().await;
        let sent = origin.sent();
        origin.shape(None);
        let mut rig = EngineRig::start(home.path());
        let view = downloads_until(&mut rig, "done", |v| v.items.iter().all(|i| i.state == DownloadState::Done)).await;
        assert_eq!(view.items.len(), 2);
        let again = origin.sent() - sent;
        assert!(again < view.total_bytes - (1 << 20), "{again} of {} were sent again", view.total_bytes);
        rig.stop().await;
    });
}

#[test]
fn a_download_that_fails_says_so_and_the_queue_goes_on() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        origin.always("/1.mp4", Behaviour::Status(404));
        rig.ask("download", json!({ "episodes": ids })).await;
        let ended = |i: &DownloadItem| matches!(i.state, DownloadState::Done | DownloadState::Failed);
        let view = downloads_until(&mut rig, "ended", |view| view.items.iter().all(ended)).await;
        let of = |id: &EpisodeId| view.items.iter().find(|i| i.episode.id == *id).unwrap().clone();
        assert_eq!(of(&ids[0]).error.unwrap().code, ErrorCode::NotFound);
        assert_eq!(of(&ids[1]).state, DownloadState::Done);
        origin.always("/1.mp4", Behaviour::Honest);
        rig.ask("pause_download", json!({ "episode": ids[0], "paused": false })).await;
        downloads_until(&mut rig, "done", |view| view.items.iter().all(|i| i.state == DownloadState::Done)).await;
        rig.ask("remove_download", json!({ "episode": ids[0] })).await;
        downloads_until(&mut rig, "removed", |view| view.items.len() == 1).await;
        rig.stop().await;
    });
}

#[test]
fn the_next_ones_are_kept_and_go_when_they_were_watched() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 4, &clip(1)).await;
        let (series, ids) = (rig.series().await.card.id, episode_ids(&rig).await);
        rig.ask("keep_next", json!({ "series": series, "count": 2 })).await;
        let done = |view: &DownloadsView, wanted: &[EpisodeId]| {
            view.items.len() == wanted.len()
                && view.items.iter().all(|i| i.state == DownloadState::Done && wanted.contains(&i.episode.id))
        };
        downloads_until(&mut rig, "the first two", |view| done(view, &ids[..2])).await;
        rig.ask("set_watched", json!({ "episode": ids[0], "watched": true })).await;
        downloads_until(&mut rig, "the two after it", |view| done(view, &ids[1..3])).await;
        rig.stop().await;
    });
}

#[test]
fn a_hundred_swipes_through_a_bad_network_never_hang_and_it_recovers_by_itself() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 8);
        let mut rig = series_on(&origin, home.path(), 6, &film).await;
        rig.play(Some(0)).await;
        // Two seconds to every answer, then hardly a byte, then nobody there, then all of it.
        let bad = [
            Some(Link::new(Trace::constant(8.0), Duration::from_secs(2))),
            Some(Link::new(Trace::constant(0.008), Duration::from_millis(50))),
            None,
        ];
        let mut random = 7_u32;
        for round in 0..4 {
            match bad.get(round) {
                Some(Some(link)) => origin.shape(Some(link.clone())),
                Some(None) => origin.go_down(),
                None => {
                    origin.shape(None);
                    origin.come_back();
                }
            }
            for _ in 0..25 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                rig.swipe(if random >> 31 == 0 { Direction::Next } else { Direction::Previous });
                let asked = Instant::now();
                assert!(rig.state().await.is_some());
                assert!(asked.elapsed() < Duration::from_secs(1), "{:?} for an answer", asked.elapsed());
                let pause = Duration::from_millis(u64::from(random >> 24));
                let _ = tokio::time::timeout(pause, std::future::pending::<()>()).await;
            }
        }
        // By itself: nobody presses Retry. (At an end of the feed the last episode may be over already.)
        let fine = |s: &PlayerState| matches!(s.phase, Phase::Playing | Phase::Ended);
        for _ in 0..10 {
            if rig.state().await.is_some_and(|state| fine(&state)) {
                return rig.stop().await;
            }
            let _ = tokio::time::timeout(Duration::from_secs(1), std::future::pending::<()>()).await;
        }
        panic!("it did not recover: {:?}", rig.state().await);
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

/// Cuts a film into HLS segments and serves them; the playlist's path.
fn serve_hls(origin: &Origin, folder: &Path, film: &Path, kind: &str) -> String {
    let out = folder.join(format!("hls-{kind}"));
    std::fs::create_dir_all(&out).unwrap();
    let made = std::process::Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-i"])
        .arg(film)
        .args(["-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod", "-hls_segment_type", kind])
        .arg(out.join("index.m3u8"))
        .status()
        .unwrap();
    assert!(made.success());
    for entry in std::fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("/{kind}/{}", path.file_name().unwrap().to_str().unwrap());
        let kind = if name.ends_with("m3u8") { "application/vnd.apple.mpegurl" } else { "video/mp2t" };
        origin.put(&name, Resource::new(std::fs::read(&path).unwrap()).typed(kind));
    }
    format!("/{kind}/index.m3u8")
}

#[test]
fn streams_in_segments_play_and_the_second_time_their_segments_come_from_the_cache() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = noise(home.path(), 6);
        let lists: Vec<String> = ["mpegts", "fmp4"].map(|kind| serve_hls(&origin, home.path(), &film, kind)).into();
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

#[test]
fn a_source_that_is_removed_lets_go_of_its_downloads() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let mut rig = series_on(&origin, home.path(), 2, &clip(1)).await;
        let ids = episode_ids(&rig).await;
        rig.ask("download", json!({ "episodes": ids })).await;
        downloads_until(&mut rig, "done", |v| v.items.iter().all(|i| i.state == DownloadState::Done)).await;
        let source = rig.home().await.sources[0].id.clone();
        rig.ask("remove_source", json!({ "id": source })).await;
        for _ in 0..50 {
            let cache: CacheView = serde_json::from_value(rig.ask("cache", json!({})).await).unwrap();
            if cache.pinned_bytes == 0 {
                return rig.stop().await;
            }
            let _ = tokio::time::timeout(Duration::from_millis(100), std::future::pending::<()>()).await;
        }
        panic!("still pinned: {:?}", rig.ask("cache", json!({})).await);
    });
}
