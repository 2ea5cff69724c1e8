//! Material that is not a plain upright 9:16 video with one sound track: each plays, in its right shape.

use crate::rig::{DeckRig, alone};
use model::{Direction, ErrorCode};
use playback::{DeckEvent, DeckId, Load, LoadId};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tests::clips::is_colour;

const RED: (u8, u8, u8) = (200, 30, 30);
const BLUE: (u8, u8, u8) = (30, 30, 200);
const DECK: DeckId = DeckId(0);

/// Makes a file with ffmpeg and the arguments before its name.
fn make(folder: &Path, name: &str, arguments: &str) -> PathBuf {
    let path = folder.join(name);
    let output = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(arguments.split_whitespace())
        .arg(&path)
        .output()
        .expect("ffmpeg");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    path
}

/// Two seconds of a picture whose left half is red and whose right half is blue.
fn halves(size: (u32, u32)) -> String {
    let (w, h) = size;
    format!(
        "-f lavfi -i color=0xC81E1E:size={w}x{h}:rate=30:duration=2,drawbox=x={0}:w={0}:h={h}:color=0x1E1EC8:t=fill",
        w / 2
    )
}

const TONE: &str = "-f lavfi -i sine=frequency=440:sample_rate=48000:duration=2";

/// Loads the file; the picture's size as it should be seen.
fn seen(rig: &mut DeckRig, path: &Path) -> (u32, u32) {
    let load = rig.load(path, Duration::ZERO, false);
    let mut size = None;
    rig.wait(load, "first frame", |e| match e {
        DeckEvent::PictureSize(w, h) => {
            size = Some((*w, *h));
            None
        }
        DeckEvent::FirstFrame => Some(()),
        _ => None,
    });
    size.expect("a size before the first frame")
}

fn plays_to_its_end(rig: &mut DeckRig, path: &Path) {
    let load = rig.load(path, Duration::ZERO, true);
    let mut last = Duration::ZERO;
    rig.wait(load, "end", |e| match e {
        DeckEvent::Position(at) => {
            last = *at;
            None
        }
        DeckEvent::Ended => Some(()),
        DeckEvent::Failed(error) => panic!("{error:?}"),
        _ => None,
    });
    assert!(last > Duration::from_secs(1), "it came to {last:?}");
}

#[test]
fn a_picture_that_lies_on_its_side_is_turned_upright() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let lying = make(folder.path(), "lying.mp4", &format!("{} -c:v libx264", halves((256, 144))));
    let turned = folder.path().join("turned.mp4");
    let arguments = format!("-i {} -c copy -metadata:s:v rotate=90", lying.display());
    let turned = make(folder.path(), &turned.file_name().unwrap().to_string_lossy(), &arguments);
    let mut rig = DeckRig::new();
    assert_eq!(seen(&mut rig, &turned), (144, 256));
    let ends = |rig: &DeckRig| [rig.output.pixel(DECK, 0.5, 0.1).unwrap(), rig.output.pixel(DECK, 0.5, 0.9).unwrap()];
    let [top, bottom] = ends(&rig);
    // As ffmpeg shows it: turned to the left, so that what was at the right is above.
    assert!(is_colour(top, BLUE) && is_colour(bottom, RED), "{top:?} {bottom:?}");
    // The same deck shows an upright picture upright again.
    assert_eq!(seen(&mut rig, &lying), (256, 144));
    let left = rig.output.pixel(DECK, 0.1, 0.5).unwrap();
    let right = rig.output.pixel(DECK, 0.9, 0.5).unwrap();
    assert!(is_colour(left, RED) && is_colour(right, BLUE), "{left:?} {right:?}");
    assert_eq!(seen(&mut rig, &turned), (144, 256));
    let [top, bottom] = ends(&rig);
    assert!(is_colour(top, BLUE) && is_colour(bottom, RED), "and turned once more: {top:?} {bottom:?}");
}

#[test]
fn pixels_that_are_not_square_are_made_square() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let wide = make(folder.path(), "wide.mp4", &format!("{} -vf setsar=2/1 -c:v libx264", halves((144, 256))));
    let mut rig = DeckRig::new();
    assert_eq!(seen(&mut rig, &wide), (288, 256));
    // The stage of these tests is 270 x 480.
    assert_eq!(rig.output.picture_size(DECK), Some((270, 240)));
}

#[test]
fn a_wide_picture_is_fitted_into_the_stage_as_a_whole() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let film = make(folder.path(), "film.mp4", &format!("{} -c:v libx264", halves((320, 180))));
    let mut rig = DeckRig::new();
    assert_eq!(seen(&mut rig, &film), (320, 180));
    assert_eq!(rig.output.picture_size(DECK), Some((270, 152)));
    assert!(is_colour(rig.output.pixel(DECK, 0.03, 0.5).unwrap(), RED), "nothing is cut off");
    assert!(is_colour(rig.output.pixel(DECK, 0.97, 0.5).unwrap(), BLUE));
}

#[test]
fn odd_sizes_play() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let odd = make(
        folder.path(),
        "odd.webm",
        &format!("{} -vf format=gbrp,scale=145:257,setsar=1 -c:v libvpx -b:v 300k", halves((160, 256))),
    );
    let mut rig = DeckRig::new();
    assert_eq!(seen(&mut rig, &odd), (145, 257));
    plays_to_its_end(&mut rig, &odd);
}

#[test]
fn frames_of_uneven_length_are_stepped_one_by_one() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    // Ten frames a second for the first second, thirty after it; the key frame is the first.
    let uneven = "-vf select='gt(t,1)+not(mod(n,3))' -vsync vfr -g 300 -c:v libx264";
    let file = make(folder.path(), "uneven.mp4", &format!("{} {uneven}", halves((144, 256))));
    let mut rig = DeckRig::new();
    let load = rig.load(&file, Duration::from_millis(600), false);
    rig.ready(load);
    let now = |rig: &DeckRig| rig.output.middle(DECK).unwrap().1.unwrap().as_millis();
    assert_eq!(now(&rig), 600);
    let step = |direction| {
        rig.deck.step(direction);
        rig.sought(load);
        now(&rig)
    };
    let steps = |direction, expected: &[u128]| {
        let came: Vec<u128> = expected.iter().map(|_| step(direction)).collect();
        // A frame that is sought into begins where it was sought.
        let same = came.iter().zip(expected).all(|(came, expected)| came.abs_diff(*expected) <= 4);
        assert!(same, "{direction:?}: {came:?} and not {expected:?}");
    };
    steps(Direction::Next, &[700, 800, 900, 1000, 1033, 1066]);
    steps(Direction::Previous, &[1033, 1000, 900, 800, 700, 600]);
    // At the beginning it stays.
    steps(Direction::Previous, &[500, 400, 300, 200, 100, 0, 0, 0]);
}

#[test]
fn times_that_a_container_rounds_do_not_hold_up_a_step() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let rounded = make(folder.path(), "rounded.mkv", &format!("{} -c:v libx264 -bf 0 -g 300", halves((144, 256))));
    let mut rig = DeckRig::new();
    let load = rig.load(&rounded, Duration::ZERO, true);
    // Played, not sought: frames then have the container's own times.
    rig.wait(load, "a position", |e| {
        matches!(e, DeckEvent::Position(at) if *at > Duration::from_millis(300)).then_some(())
    });
    rig.deck.pause();
    rig.wait(load, "the pause", |e| matches!(e, DeckEvent::Paused).then_some(()));
    let frame =
        |rig: &DeckRig| (rig.output.middle(DECK).unwrap().1.unwrap().as_secs_f64() * 30.0 + 0.05).floor() as i64;
    let mut before = None;
    for _ in 0..7 {
        rig.deck.step(Direction::Next);
        rig.sought(load);
        let now = frame(&rig);
        assert!(before.is_none_or(|before| now - before == 1), "from {before:?} to {now}");
        before = Some(now);
    }
}

#[test]
fn a_video_without_sound_plays() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let silent = make(folder.path(), "silent.mp4", &format!("{} -an -c:v libx264", halves((144, 256))));
    plays_to_its_end(&mut DeckRig::new(), &silent);
}

#[test]
fn sound_alone_plays_and_says_that_it_has_no_picture() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let sound = make(folder.path(), "sound.m4a", &format!("{TONE} -c:a aac"));
    let mut rig = DeckRig::new();
    let load = rig.load(&sound, Duration::ZERO, false);
    let tracks = rig.wait(load, "tracks", |e| if let DeckEvent::Tracks(t) = e { Some(t.clone()) } else { None });
    assert!(!tracks.has_video && tracks.audio.len() == 1, "{tracks:?}");
    rig.ready(load);
    plays_to_its_end(&mut rig, &sound);
}

#[test]
fn an_encrypted_file_says_that_it_is_encrypted() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let key = "76a6c65c5ea762046bd749a2e632ccbb";
    let scheme = format!("-encryption_scheme cenc-aes-ctr -encryption_key {key} -encryption_kid {key}");
    let file = make(folder.path(), "encrypted.mp4", &format!("{} -c:v libx264 {scheme}", halves((144, 256))));
    let mut rig = DeckRig::new();
    let load = rig.load(&file, Duration::ZERO, true);
    let code = rig.wait(load, "failure", |e| if let DeckEvent::Failed(e) = e { Some(e.code) } else { None });
    assert_eq!(code, ErrorCode::Encrypted);
}

#[test]
fn sound_tracks_are_named_chosen_by_language_and_changed_while_it_plays() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let arguments = format!(
        "{} {TONE} -f lavfi -i sine=frequency=880:sample_rate=48000:duration=2 -map 0 -map 1 -map 2 -c:v libx264 -c:a aac \
         -metadata:s:a:0 language=zho -metadata:s:a:1 language=eng",
        halves((144, 256))
    );
    let two = make(folder.path(), "two.mkv", &arguments);
    let rig = DeckRig::new();
    let id = LoadId(900);
    let wishes = Some("en".to_owned());
    rig.deck.load(Load {
        id,
        source: two.into(),
        start: Duration::ZERO,
        speed: 1.0,
        bandwidth: 0,
        audio_language: wishes,
        play: true,
    });
    let tracks = rig.wait(id, "tracks", |e| if let DeckEvent::Tracks(t) = e { Some(t.clone()) } else { None });
    assert_eq!(tracks.audio.len(), 2);
    assert_eq!(tracks.audio[1].language.as_deref(), Some("en"));
    assert_eq!(tracks.selected_audio, Some(1), "the language that was wished for");
    rig.wait(id, "a position", |e| {
        matches!(e, DeckEvent::Position(at) if *at > Duration::from_millis(200)).then_some(())
    });
    rig.deck.select_audio(0);
    let chosen =
        rig.wait(id, "the other track", |e| if let DeckEvent::Tracks(t) = e { t.selected_audio } else { None });
    assert_eq!(chosen, 0);
    rig.wait(id, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
}
