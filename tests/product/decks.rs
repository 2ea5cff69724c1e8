//! One deck on real files: what it shows, where it stands, and that nothing wedges it.

use crate::rig::{DEADLINE, DeckRig, alone, clip};
use model::{Direction, ErrorCode, SeekMode};
use playback::{DeckEvent, DeckId};
use std::time::{Duration, Instant};
use tests::clips::{COLOURS, FPS, is_colour};

const FRAME: Duration = Duration::from_nanos(1_000_000_000 / FPS as u64);

fn colour_is(rig: &DeckRig, wanted: (u8, u8, u8)) -> bool {
    rig.output.middle(DeckId(0)).is_some_and(|(seen, _)| is_colour(seen, wanted))
}

fn failure(path: &std::path::Path) -> ErrorCode {
    let mut rig = DeckRig::new();
    let load = rig.load(path, Duration::ZERO, true);
    rig.wait(load, "failure", |e| if let DeckEvent::Failed(e) = e { Some(e.code) } else { None })
}

#[test]
fn a_loaded_deck_shows_its_first_frame_and_stands() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let load = rig.load(&clip(1), Duration::ZERO, false);
    rig.ready(load);
    assert!(colour_is(&rig, COLOURS[0]));
    assert_eq!(rig.output.presented(DeckId(0), load), 1, "only the first frame is decoded into the stage");
    let quiet = rig.events.recv_timeout(Duration::from_millis(350)).ok();
    assert!(!matches!(quiet.map(|m| m.event), Some(DeckEvent::Position(_))), "a standing deck does not tick");
}

#[test]
fn the_size_of_the_picture_is_the_files_not_the_stages() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let load = rig.load(&clip(1), Duration::ZERO, false);
    let size = rig.wait(load, "size", |e| if let DeckEvent::PictureSize(w, h) = e { Some((*w, *h)) } else { None });
    assert_eq!(size, tests::clips::SIZE, "somebody scaled it before our own path did");
    rig.ready(load);
    assert_eq!(rig.deck.stats().coded_size, Some(tests::clips::SIZE));
}

#[test]
fn a_deck_plays_to_its_end_and_begins_anew_when_it_is_played_again() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let load = rig.load(&clip(1), Duration::ZERO, true);
    let mut positions = Vec::new();
    rig.wait(load, "end", |e| match e {
        DeckEvent::Position(at) => {
            positions.push(*at);
            None
        }
        DeckEvent::Ended => Some(()),
        _ => None,
    });
    assert!(positions.is_sorted(), "{positions:?}");
    assert!(positions.len() <= 23, "ten ticks a second at most: {}", positions.len());
    rig.deck.play();
    let again = rig.wait(load, "position", |e| match e {
        DeckEvent::Position(at) if *at < Duration::from_secs(1) => Some(*at),
        _ => None,
    });
    assert!(again < Duration::from_secs(1));
}

#[test]
fn a_deck_that_is_sought_after_its_end_stands_there() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let load = rig.load(&clip(1), Duration::ZERO, true);
    rig.wait(load, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
    rig.deck.seek(Duration::from_millis(500), SeekMode::Accurate);
    rig.sought(load);
    let shown = rig.output.presented(DeckId(0), load);
    let mut other = DeckRig::new();
    let played = other.load(&clip(1), Duration::ZERO, true);
    other.wait(played, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
    assert_eq!(rig.output.presented(DeckId(0), load), shown, "it plays on");
}

#[test]
fn a_start_position_is_the_first_thing_seen() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let start = Duration::from_millis(1300);
    let load = rig.load(&clip(2), start, false);
    rig.ready(load);
    let (_, pts) = rig.output.middle(DeckId(0)).unwrap();
    assert!(pts.unwrap().abs_diff(start) <= FRAME, "{pts:?}");
    assert_eq!(rig.output.presented(DeckId(0), load), 1, "nothing before it was shown");
}

#[test]
fn of_many_seeks_the_newest_wins() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let load = rig.load(&clip(1), Duration::ZERO, false);
    rig.ready(load);
    for i in 0..40 {
        rig.deck.seek(Duration::from_millis(i * 40), SeekMode::KeyUnit);
    }
    let last = Duration::from_millis(733);
    rig.deck.seek(last, SeekMode::Accurate);
    rig.wait(load, "the newest target", |e| match e {
        DeckEvent::Seeked(at) if at.abs_diff(last) <= FRAME => Some(()),
        _ => None,
    });
    assert!(rig.output.presented(DeckId(0), load) < 30, "seeks were coalesced");
}

#[test]
fn frames_are_stepped_one_by_one_both_ways() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let load = rig.load(&clip(1), Duration::from_secs(1), false);
    rig.ready(load);
    let number = |at: Duration| (at.as_secs_f64() * f64::from(FPS) + 1e-3).floor() as i64;
    let mut at = number(rig.output.middle(DeckId(0)).unwrap().1.unwrap());
    for (direction, change) in [
        (Direction::Next, 1),
        (Direction::Next, 1),
        (Direction::Previous, -1),
        (Direction::Previous, -1),
        (Direction::Previous, -1),
    ] {
        rig.deck.step(direction);
        let now = number(rig.sought(load));
        assert_eq!(now - at, change, "{direction:?}");
        at = now;
    }
}

#[test]
fn a_change_of_speed_keeps_the_place_and_plays_on() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let load = rig.load(&clip(1), Duration::ZERO, true);
    rig.wait(load, "position", |e| matches!(e, DeckEvent::Position(at) if !at.is_zero()).then_some(()));
    rig.deck.set_speed(2.0);
    let at = rig.sought(load);
    assert!(at < Duration::from_millis(1500), "{at:?}");
    rig.wait(load, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
}

#[test]
fn a_stage_that_changes_its_size_again_and_again_does_not_disturb_what_plays() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let load = rig.load(&clip(1), Duration::ZERO, true);
    rig.ready(load);
    for i in 0..40 {
        let width = 144 + 9 * (i % 7);
        let size = (width, width * 16 / 9);
        rig.output.set_size(size);
        rig.deck.output_resized();
        let deadline = Instant::now() + DEADLINE;
        while rig.output.picture_size(DeckId(0)) != Some(size) {
            assert!(Instant::now() < deadline, "no picture of {size:?}");
            let wait = Duration::from_millis(5);
            match rig.events.recv_timeout(wait).map(|m| m.event) {
                Ok(DeckEvent::Failed(error)) => panic!("after {i} changes: {error:?}"),
                Ok(DeckEvent::Ended) => rig.deck.play(),
                _ => {}
            }
        }
    }
}

#[test]
fn speed_and_place_that_are_wished_for_before_the_first_frame_hold() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    // Two seconds at three times their speed.
    let load = rig.load(&clip(1), Duration::ZERO, true);
    rig.deck.set_speed(3.0);
    rig.ready(load);
    let began = Instant::now();
    rig.wait(load, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
    assert!(began.elapsed() < Duration::from_millis(1500), "it took {:?}", began.elapsed());
    // Sought to its very beginning while it loads, it begins there.
    let load = rig.load(&clip(2), Duration::ZERO, false);
    rig.deck.seek(Duration::ZERO, SeekMode::Accurate);
    rig.ready(load);
    assert!(colour_is(&rig, COLOURS[1]));
    let load = rig.load(&clip(3), Duration::from_secs(1), false);
    rig.deck.seek(Duration::ZERO, SeekMode::Accurate);
    rig.ready(load);
    let (_, at) = rig.output.middle(DeckId(0)).unwrap();
    assert!(at.unwrap() < FRAME, "{at:?}");
}

#[test]
fn bad_files_fail_with_their_own_code() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    let good = std::fs::read(clip(1)).unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    assert_eq!(failure(&write("zero.mp4", b"")), ErrorCode::Empty);
    assert_eq!(failure(&write("page.mp4", b"<!DOCTYPE html><html><body>404</body></html>")), ErrorCode::NotMedia);
    assert_eq!(failure(&write("noise.mp4", &[0x5a; 70_000])), ErrorCode::NotMedia);
    assert_eq!(failure(&dir.path().join("nowhere.mp4")), ErrorCode::NotFound);
    // The first kilobytes only: the header promises what is not there.
    let cut = failure(&write("cut.mp4", &good[..900]));
    assert!(matches!(cut, ErrorCode::Damaged | ErrorCode::NotMedia), "{cut:?}");
}

#[test]
fn a_pipe_that_never_answers_does_not_hang_the_deck() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe.mp4");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    assert_eq!(failure(&path), ErrorCode::NotMedia);
}

#[test]
fn after_a_failure_the_deck_takes_the_next_episode() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.mp4");
    std::fs::write(&bad, [0u8; 5000]).unwrap();
    let mut rig = DeckRig::new();
    for round in 0..3 {
        let load = rig.load(&bad, Duration::ZERO, true);
        rig.wait(load, "failure", |e| matches!(e, DeckEvent::Failed(_)).then_some(()));
        let load = rig.load(&clip(round + 1), Duration::ZERO, false);
        rig.ready(load);
        assert!(colour_is(&rig, COLOURS[round as usize]));
    }
}

#[test]
fn a_file_deleted_while_it_plays_plays_on_and_fails_when_it_is_loaded_again() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.mp4");
    std::fs::copy(clip(1), &path).unwrap();
    let mut rig = DeckRig::new();
    let load = rig.load(&path, Duration::ZERO, true);
    rig.ready(load);
    std::fs::remove_file(&path).unwrap();
    rig.wait(load, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
    let load = rig.load(&path, Duration::ZERO, true);
    let code = rig.wait(load, "failure", |e| if let DeckEvent::Failed(e) = e { Some(e.code) } else { None });
    assert_eq!(code, ErrorCode::NotFound);
}

#[test]
fn loading_again_and_again_in_the_middle_of_everything_ends_with_the_last() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let mut load = None;
    for i in 0..30 {
        load = Some(rig.load(&clip(i % 5 + 1), Duration::from_millis(u64::from(i) * 50), i % 2 == 0));
        rig.deck.play();
        rig.deck.seek(Duration::from_millis(300), SeekMode::Accurate);
    }
    rig.ready(load.unwrap());
    let deadline = Instant::now() + DEADLINE;
    while !colour_is(&rig, COLOURS[4]) {
        assert!(Instant::now() < deadline, "the last episode is not on show");
        let _ = rig.events.recv_timeout(Duration::from_millis(50));
    }
}

#[test]
fn a_still_picture_is_a_jpeg_of_the_episode() {
    let _alone = alone();
    playback::init().unwrap();
    let jpeg = playback::thumbnail(&clip(3).into(), 120, Instant::now() + DEADLINE).unwrap();
    assert_eq!(jpeg[..3], [0xff, 0xd8, 0xff]);
}
