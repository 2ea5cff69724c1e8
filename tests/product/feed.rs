//! The engine on a real series: swiping, going on, coming back, and what goes wrong.

use crate::rig::{DEADLINE, EngineRig, alone, clip, clips};
use engine::Event;
use model::*;
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tests::clips::{COLOURS, episode_path, is_colour};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a test on an engine of its own, with the clips in its library.
fn with_clips(test: impl AsyncFnOnce(EngineRig)) {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        test(EngineRig::with_folder(home.path(), clips()).await).await;
    });
}

fn seen_colour(rig: &EngineRig) -> Option<(u8, u8, u8)> {
    let (deck, _) = rig.stage.window().current?.deck?;
    rig.stage.pictures.middle(deck).map(|m| m.0)
}

/// A copy of the clips that a test may spoil.
fn own_series(dir: &Path) {
    for number in 1..=5 {
        let to = episode_path(dir, number);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(clip(number), to).unwrap();
    }
}

fn playing(index: u32) -> impl Fn(&PlayerState) -> bool {
    move |s| s.index == index && s.phase == Phase::Playing
}

#[test]
fn a_folder_becomes_a_series_that_plays_and_swipes_with_the_next_deck_ready() {
    with_clips(async |mut rig| {
        let series = rig.series().await;
        assert_eq!((series.card.title.as_str(), series.episodes.len(), series.started), ("Clips", 5, false));
        rig.play(None).await;
        rig.until("episode 1", playing(0)).await;
        for (index, direction) in [(1, Direction::Next), (2, Direction::Next), (1, Direction::Previous)] {
            rig.neighbours_ready().await;
            rig.swipe(direction);
            let state = rig.until("the neighbour", playing(index)).await;
            assert_eq!(state.count, 5);
            let colour = seen_colour(&rig).unwrap();
            assert!(is_colour(colour, COLOURS[index as usize]), "{colour:?} is not episode {}", index + 1);
            let statistics: Statistics = serde_json::from_value(rig.ask("statistics", json!({})).await).unwrap();
            assert_eq!(statistics.last_swipe.unwrap().readiness, SwipeReadiness::Ready);
        }
        rig.stop().await;
    });
}

#[test]
fn an_episode_goes_over_into_the_next_by_itself_and_the_series_ends_with_its_last() {
    with_clips(async |mut rig| {
        rig.play(Some(3)).await;
        rig.until("episode 4", playing(3)).await;
        rig.until("episode 5", playing(4)).await;
        let end = rig.until("the end", |s| s.phase == Phase::Ended).await;
        assert!(!end.has_next && !end.wants_to_play);
        let series = rig.series().await;
        assert!(series.episodes[3].watched && series.episodes[4].watched);
        assert_eq!(series.resume, Some(series.episodes[0].id.clone()), "the first that was not seen");
        rig.stop().await;
    });
}

#[test]
fn auto_next_can_be_switched_off() {
    with_clips(async |mut rig| {
        let mut settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
        settings.auto_next = false;
        rig.ask("save_settings", json!({ "settings": settings })).await;
        rig.play(Some(0)).await;
        let end = rig.until("the end", |s| s.phase == Phase::Ended).await;
        assert_eq!(end.index, 0);
        rig.stop().await;
    });
}

#[test]
fn tomorrow_it_opens_at_the_exact_place() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(2)).await;
        rig.until("episode 3", playing(2)).await;
        rig.ask("set_playing", json!({ "playing": false })).await;
        rig.ask("seek", json!({ "position_ms": 1234, "mode": "accurate" })).await;
        rig.wait("arrival", |e| {
            matches!(e, Event::Position { position_ms, .. } if (1200..1240).contains(position_ms)).then_some(())
        })
        .await;
        let left = rig.state().await.unwrap().position_ms;
        rig.stop().await;

        let mut rig = EngineRig::start(home.path());
        let item = rig.home().await.continue_watching.remove(0);
        assert_eq!(item.episode.number, Some(3));
        assert!(item.position_ms.abs_diff(left) <= 40, "{} for {left}", item.position_ms);
        rig.play(None).await;
        // The first that is heard of it, before it has moved on.
        let opened = rig.wait("the player", |e| match e {
            Event::Player { state: Some(state) } => Some((state.index, state.position_ms)),
            _ => None,
        });
        let (index, position) = opened.await;
        assert_eq!(index, 2);
        assert!(position.abs_diff(left) <= 40, "{position} for {left}");
        rig.until("episode 3", playing(2)).await;
        rig.stop().await;
    });
}

#[test]
fn a_finished_episode_resumes_at_the_next() {
    with_clips(async |mut rig| {
        rig.play(Some(1)).await;
        rig.until("episode 2", playing(1)).await;
        rig.until("episode 3", playing(2)).await;
        rig.ask("close_player", json!({})).await;
        let series = rig.series().await;
        assert_eq!(series.resume, Some(series.episodes[2].id.clone()));
        assert!(series.episodes[1].watched && series.started);
        rig.stop().await;
    });
}

#[test]
fn a_broken_episode_says_why_and_never_blocks_the_swipe() {
    let _alone = alone();
    runtime().block_on(async {
        let (home, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        own_series(dir.path());
        std::fs::write(episode_path(dir.path(), 2), b"<html>not found</html>").unwrap();
        let mut rig = EngineRig::with_folder(home.path(), dir.path()).await;
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        rig.swipe(Direction::Next);
        let failed = rig.until("the failure", |s| s.index == 1 && s.phase == Phase::Failed).await;
        assert_eq!(failed.error.unwrap().code, ErrorCode::NotMedia);
        rig.swipe(Direction::Next);
        rig.until("episode 3", playing(2)).await;
        // Mended, it plays when it is tried again.
        std::fs::copy(clip(2), episode_path(dir.path(), 2)).unwrap();
        rig.swipe(Direction::Previous);
        rig.until("the failure again", |s| s.index == 1).await;
        rig.ask("retry", json!({})).await;
        rig.until("episode 2", playing(1)).await;
        rig.stop().await;
    });
}

#[test]
fn the_ends_of_the_feed_are_told_and_change_nothing() {
    with_clips(async |mut rig| {
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        rig.ask("step", json!({ "direction": "previous" })).await;
        rig.wait("the edge", |e| matches!(e, Event::FeedEnd { direction: Direction::Previous }).then_some(())).await;
        assert_eq!(rig.state().await.unwrap().index, 0);
        rig.stop().await;
    });
}

#[test]
fn ten_swipes_at_once_arrive_at_the_right_episode() {
    with_clips(async |mut rig| {
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        for direction in "nnnpnnppnn".chars().map(|c| if c == 'n' { Direction::Next } else { Direction::Previous }) {
            rig.swipe(direction);
        }
        rig.until("episode 5", playing(4)).await;
        rig.neighbours_ready().await;
        assert!(is_colour(seen_colour(&rig).unwrap(), COLOURS[4]));
        rig.stop().await;
    });
}

#[test]
fn sidecar_subtitles_come_as_cues_and_can_be_switched_off() {
    with_clips(async |mut rig| {
        rig.play(Some(0)).await;
        let state = rig.until("episode 1", playing(0)).await;
        let track = state.subtitle_tracks[0].clone();
        assert_eq!(track.language.as_deref(), Some("en"));
        rig.ask("select_subtitle", json!({ "track": track.id })).await;
        let text = rig.wait("cues", |e| match e {
            Event::Cues { cues, .. } => cues.first().map(|c| c.spans[0].text.clone()),
            _ => None,
        });
        assert_eq!(text.await, "Line of episode 1");
        rig.ask("select_subtitle", json!({ "track": null })).await;
        rig.wait("no cues", |e| matches!(e, Event::Cues { track: None, .. }).then_some(())).await;
        rig.stop().await;
    });
}

#[test]
fn a_library_that_is_garbage_is_set_aside_and_the_user_is_told() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let data = engine::Places::under(home.path()).data;
        std::fs::create_dir_all(&data).unwrap();
        std::fs::write(data.join("library.sqlite3"), vec![7u8; 40_000]).unwrap();
        let rig = EngineRig::start(home.path());
        let notices = rig.home().await.notices;
        assert_eq!(notices[0].code, ErrorCode::LibrarySetAside);
        assert_eq!(std::fs::read(&notices[0].subject).unwrap(), vec![7u8; 40_000], "nothing of it is lost");
        rig.ask("dismiss_notice", json!({ "notice": notices[0] })).await;
        assert!(rig.home().await.notices.is_empty());
        rig.stop().await;
    });
}

#[test]
fn a_folder_without_video_and_a_missing_folder_end_in_words() {
    let _alone = alone();
    runtime().block_on(async {
        let (home, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(dir.path().join("readme.txt"), "no video").unwrap();
        let rig = EngineRig::with_folder(home.path(), dir.path()).await;
        let source = rig.home().await.sources.remove(0);
        assert_eq!(source.error.unwrap().code, ErrorCode::NoVideo);
        let gone = rig.try_ask("add_source", json!({ "path": "/nowhere/at/all" })).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        let unknown = rig.try_ask("nonsense", json!({})).await.unwrap_err();
        assert_eq!(unknown.code, ErrorCode::BadRequest);
        let bad = rig.try_ask("set_speed", json!({ "speed": "fast" })).await.unwrap_err();
        assert_eq!(bad.code, ErrorCode::BadRequest);
        rig.stop().await;
    });
}

#[test]
fn speed_volume_and_mute_are_bounded_told_and_kept() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        rig.ask("set_speed", json!({ "speed": 99.0 })).await;
        rig.until("the highest speed", |s| s.speed == 3.0).await;
        rig.ask("set_volume", json!({ "volume": 0.4 })).await;
        rig.ask("set_muted", json!({ "muted": true })).await;
        rig.until("silence", |s| s.muted && s.volume == 0.4).await;
        rig.stop().await;
        let rig = EngineRig::start(home.path());
        let settings: Settings = serde_json::from_value(rig.ask("settings", json!({})).await).unwrap();
        assert_eq!((settings.speed, settings.volume, settings.muted), (3.0, 0.4, true));
        rig.stop().await;
    });
}

#[test]
fn pictures_are_decoded_once_and_kept() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let rig = EngineRig::with_folder(home.path(), clips()).await;
        let key = rig.home().await.series[0].picture.clone().unwrap();
        let (first, kind) = rig.engine.picture(&key).await.unwrap();
        assert_eq!(kind, "image/jpeg");
        let kept = std::fs::read_dir(engine::Places::under(home.path()).cache.join("pictures")).unwrap().count();
        assert_eq!(kept, 1);
        assert_eq!(rig.engine.picture(&key).await.unwrap().0, first);
        assert_eq!(rig.engine.picture("../../etc/passwd").await.unwrap_err().code, ErrorCode::Unknown);
        rig.stop().await;
    });
}

/// Makes opening a file wait, as a disk that does not answer does, until this is dropped: another process holds a lease on it
/// (fcntl(2), F_SETLEASE), which the kernel waits for.
struct Stalled(std::process::Child);

impl Stalled {
    fn new(path: &Path) -> Self {
        let hold = "use Fcntl; open(F, '+<', $ARGV[0]) or die; $SIG{IO} = 'IGNORE'; \
                    fcntl(F, 1024, F_WRLCK) or die; $| = 1; print qq(held\n); <STDIN>";
        let mut command = std::process::Command::new("perl");
        command.args(["-e", hold]).arg(path).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut said).unwrap();
        assert_eq!(said, "held\n");
        Self(child)
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[test]
fn a_disk_that_does_not_answer_fails_its_episode_the_feed_goes_on_and_retry_plays_it_later() {
    let _alone = alone();
    runtime().block_on(async {
        let (home, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        own_series(dir.path());
        let mut rig = EngineRig::with_folder(home.path(), dir.path()).await;
        let stalled = Stalled::new(&episode_path(dir.path(), 2));
        rig.play(Some(0)).await;
        rig.until("episode 1", playing(0)).await;
        rig.swipe(Direction::Next);
        let failed = rig.until("the failure", |s| s.index == 1 && s.phase == Phase::Failed).await;
        assert_eq!(failed.error.unwrap().code, ErrorCode::TimedOut);
        rig.swipe(Direction::Next);
        rig.until("episode 3", playing(2)).await;
        drop(stalled);
        rig.swipe(Direction::Previous);
        let state = rig.until("episode 2 again", |s| s.index == 1 && s.phase != Phase::Loading).await;
        if state.phase == Phase::Failed {
            rig.ask("retry", json!({})).await;
        }
        rig.until("episode 2 plays", playing(1)).await;
        rig.stop().await;
    });
}

#[test]
fn a_place_that_was_sought_is_kept_at_once_and_not_only_when_it_plays() {
    with_clips(async |mut rig| {
        rig.play(Some(0)).await;
        rig.until("playing", |s| s.phase == Phase::Playing).await;
        rig.ask("set_playing", json!({ "playing": false })).await;
        rig.until("paused", |s| s.phase == Phase::Paused).await;
        rig.ask("seek", json!({ "position_ms": 1300, "mode": "accurate" })).await;
        let deadline = std::time::Instant::now() + DEADLINE;
        while rig.series().await.episodes[0].position_ms.abs_diff(1300) > 40 {
            assert!(std::time::Instant::now() < deadline, "{:?}", rig.series().await.episodes[0]);
            // Nothing tells of it; a tick of the clock bounds the wait.
            let _ = tokio::time::timeout(Duration::from_millis(20), rig.events.recv()).await;
        }
        rig.stop().await;
    });
}

#[test]
fn a_page_that_comes_later_hears_the_cues_too() {
    with_clips(async |mut rig| {
        rig.ask("select_subtitle", json!({ "track": null })).await;
        rig.play(Some(0)).await;
        rig.until("tracks", |s| !s.subtitle_tracks.is_empty()).await;
        rig.ask("select_subtitle", json!({ "track": "s0" })).await;
        let told = |e: &Event| matches!(e, Event::Cues { cues, .. } if !cues.is_empty()).then_some(());
        rig.wait("cues", told).await;
        rig.ask("player", json!({})).await;
        rig.wait("cues once more", told).await;
        rig.stop().await;
    });
}

#[test]
fn of_a_folder_the_series_left_last_is_played_and_none_of_another_folder() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        for name in ["A", "B"] {
            let folder = other.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::copy(clip(1), folder.join(format!("1.{}", clip(1).extension().unwrap().to_str().unwrap())))
                .unwrap();
        }
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(0)).await;
        rig.until("playing", |s| s.phase == Phase::Playing).await;
        rig.ask("close_player", json!({})).await;
        let first = rig.series().await.card.id;
        let added: SourceInfo =
            serde_json::from_value(rig.ask("add_source", json!({ "path": other.path() })).await).unwrap();
        rig.scanned().await;
        assert_eq!(rig.engine.to_play(None).await.unwrap(), Some(first.clone()), "what was left last");
        let of_folder = rig.engine.to_play(Some(added.id.clone())).await.unwrap().unwrap();
        assert_ne!(of_folder, first);
        rig.ask("remove_source", json!({ "id": added.id.clone() })).await;
        assert_eq!(rig.engine.to_play(Some(added.id)).await.unwrap(), None);
        rig.stop().await;
    });
}

#[test]
fn the_stills_of_the_episodes_around_are_decoded_while_the_viewer_rests() {
    let _alone = alone();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(1)).await;
        rig.neighbours_ready().await;
        rig.ask("set_playing", json!({ "playing": false })).await;
        let pictures = engine::Places::under(home.path()).cache.join("pictures");
        let stills = || std::fs::read_dir(&pictures).map_or(0, |entries| entries.count());
        assert_eq!(stills(), 0);
        // It begins after three seconds, and a busy machine takes its time for each.
        let deadline = std::time::Instant::now() + 6 * DEADLINE;
        while stills() < 4 {
            assert!(std::time::Instant::now() < deadline, "{} stills", stills());
            // Nothing tells of them; a tick of the clock bounds the wait.
            let _ = tokio::time::timeout(Duration::from_millis(20), rig.events.recv()).await;
        }
        rig.stop().await;
    });
}

#[test]
fn a_preview_is_the_frame_near_its_position_and_an_unknown_one_says_so() {
    with_clips(async |rig| {
        let episode = rig.series().await.episodes[1].id.clone();
        for at in [0, 1000, 99_000] {
            let (jpeg, kind) = rig.engine.picture(&format!("preview-{at}-{episode}")).await.unwrap();
            assert_eq!(kind, "image/jpeg");
            assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.len() > 300, "{} bytes at {at}", jpeg.len());
        }
        for wrong in ["preview-", "preview-x-y", "preview--5-a", &format!("preview-0-{episode}x")] {
            assert_eq!(rig.engine.picture(wrong).await.unwrap_err().code, ErrorCode::Unknown, "{wrong}");
        }
        rig.stop().await;
    });
}

#[test]
fn leaving_while_everything_is_under_way_is_quick_and_leaves_no_thread() {
    let _alone = alone();
    let before = crate::rig::threads();
    runtime().block_on(async {
        let home = tempfile::tempdir().unwrap();
        let mut rig = EngineRig::with_folder(home.path(), clips()).await;
        rig.play(Some(0)).await;
        rig.swipe(Direction::Next);
        rig.swipe(Direction::Next);
        rig.stop().await;
    });
    // GStreamer's task pool lets its idle threads end by themselves.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while crate::rig::threads() > before + 2 {
        assert!(std::time::Instant::now() < deadline, "threads stay behind: {:?}", crate::rig::thread_names());
        std::thread::yield_now();
    }
}
