//! Episodes made small and short, then looked at from outside.

use super::*;
use std::fs;

fn options(dir: &Path) -> Options {
    Options { dir: dir.to_path_buf(), only: Some(2), size: (72, 128), limit: Some(2.0), threads: 1 }
}

fn film(summary: &Summary) -> PathBuf {
    let season = summary.folder.join("Season 01");
    let is_film = |p: &PathBuf| p.extension().is_some_and(|e| e == "mp4" || e == "webm");
    fs::read_dir(season).unwrap().map(|f| f.unwrap().path()).find(is_film).unwrap()
}

#[test]
fn short_episode_has_its_streams_its_length_and_its_companions() {
    let dir = tempfile::tempdir().unwrap();
    let summary = run(&options(dir.path())).unwrap();
    assert_eq!((summary.made, summary.kept), (1, 0));
    let film = film(&summary);
    assert!(film.file_name().unwrap().to_string_lossy().starts_with("The Last Ferry - S01E02 - Nineteen Years."));
    let stem = film.with_extension("");
    for suffix in [".nfo", ".en.srt", ".zh-Hans.vtt", ".es.srt", "-thumb.jpg"] {
        let companion = PathBuf::from(format!("{}{suffix}", stem.display()));
        assert!(companion.exists(), "{}", companion.display());
    }
    assert!(summary.folder.join("tvshow.nfo").exists() && summary.folder.join("poster.jpg").exists());
    let left: Vec<_> =
        fs::read_dir(summary.folder.join("Season 01")).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert_eq!(left.len(), 6, "{left:?}");
    let report = playback::preflight(&film);
    assert!(report.is_ok(), "{report:?}");
    let bytes = fs::read(&film).unwrap();
    assert_eq!(tracks(&bytes), ["vide", "soun"], "video and sound");
    assert!((seconds(&bytes) - 2.0).abs() < 0.06, "{} s", seconds(&bytes));
}

/// Where the contents of every box of this type begin.
fn boxes<'a>(bytes: &'a [u8], kind: &'a [u8; 4]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(4).enumerate().filter(move |(_, w)| w == kind).map(|(at, _)| at + 4)
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// The kinds of an MP4's tracks, from their handler boxes (ISO/IEC 14496-12, 8.4.3).
fn tracks(bytes: &[u8]) -> Vec<String> {
    let kinds = boxes(bytes, b"hdlr").map(|at| String::from_utf8_lossy(&bytes[at + 8..at + 12]).into_owned());
    kinds.filter(|k| k == "vide" || k == "soun").collect()
}

/// An MP4's length from its movie header (ISO/IEC 14496-12, 8.2.2), version 0.
fn seconds(bytes: &[u8]) -> f32 {
    let at = boxes(bytes, b"mvhd").next().unwrap();
    number(bytes, at + 16) as f32 / number(bytes, at + 12) as f32
}

#[test]
fn second_run_keeps_what_is_complete() {
    let dir = tempfile::tempdir().unwrap();
    let first = run(&options(dir.path())).unwrap();
    let before = fs::metadata(film(&first)).unwrap().modified().unwrap();
    let second = run(&options(dir.path())).unwrap();
    assert_eq!((second.made, second.kept), (0, 1));
    assert_eq!(fs::metadata(film(&second)).unwrap().modified().unwrap(), before);
}

#[test]
fn film_of_another_length_than_its_marker_says_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let first = run(&options(dir.path())).unwrap();
    fs::write(film(&first), b"cut short").unwrap();
    assert_eq!(run(&options(dir.path())).unwrap().made, 1);
    assert!(fs::metadata(film(&first)).unwrap().len() > 1000);
}

#[test]
fn broken_part_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let season = dir.path().join("The Last Ferry (2026)/Season 01");
    fs::create_dir_all(&season).unwrap();
    let extension = recorder::choose_format().unwrap().extension();
    let part = season.join(format!("The Last Ferry - S01E02 - Nineteen Years.{extension}.part"));
    fs::write(&part, vec![7; 5_000_000]).unwrap();
    let summary = run(&options(dir.path())).unwrap();
    assert!(!part.exists());
    assert!(fs::metadata(film(&summary)).unwrap().len() < 1_000_000);
}

#[test]
fn unknown_episode_is_an_error_that_names_the_range() {
    let dir = tempfile::tempdir().unwrap();
    let error = run(&Options { only: Some(13), ..options(dir.path()) }).unwrap_err();
    assert_eq!(error.to_string(), "there is no episode 13; choose one from 1 to 12");
}

#[test]
fn folder_that_cannot_be_made_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = run(&options(&file)).unwrap_err();
    assert!(matches!(&error, SampleError::CannotWrite { .. }), "{error}");
}
