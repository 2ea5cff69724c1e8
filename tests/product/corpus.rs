//! Media files by other people: each shows its first frame (or gives its first sound) or fails with a code, in time.
//!
//! The folder is named by `CORPUS` (default `../shared/corpus` beside the project) and is no part of the project; where it
//! is absent the test says so and passes.

use crate::rig::{DeckRig, alone, threads};
use playback::DeckEvent;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const IN_TIME: Duration = Duration::from_secs(3);

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("CORPUS").map(PathBuf::from);
    let folder = named.clone().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(named.is_none(), "CORPUS is {} but there is no such folder", folder.display());
    println!("SKIPPED: there is no corpus at {}", folder.display());
    None
}

/// Files that hold media, and what ffprobe says of them where it was asked: whether it found a stream to play.
fn files(corpus: &Path) -> Vec<(PathBuf, Option<bool>)> {
    let table = std::fs::read_to_string(corpus.join("mp4/FFPROBE.tsv")).unwrap_or_default();
    let probed: BTreeMap<&str, bool> = table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let streams = fields.get(3)?;
            Some((
                *fields.first()?,
                fields.get(1) == Some(&"0") && (streams.contains("video:") || streams.contains("audio:")),
            ))
        })
        .collect();
    let mut found = Vec::new();
    let mut folders = vec![corpus.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(corpus).unwrap().to_string_lossy().into_owned();
                let known = probed.get(name.as_str()).copied();
                const MEDIA: [&str; 10] = ["mp4", "m4v", "m4a", "mov", "mkv", "webm", "ts", "3gp", "flv", "avi"];
                if known.is_some() || MEDIA.contains(&extension.as_str()) {
                    found.push((path, known));
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_media_file_shows_something_or_fails_with_a_code() {
    let Some(corpus) = corpus() else { return };
    let _alone = alone();
    let mut rig = DeckRig::new();
    let (mut outcomes, mut wrong) = (BTreeMap::<String, u32>::new(), Vec::new());
    let (mut differs, mut slowest) = (Vec::new(), (Duration::ZERO, PathBuf::new()));
    let files = files(&corpus);
    assert!(files.len() > 100, "only {} media files found", files.len());
    let before = threads();
    for (path, playable) in &files {
        let began = Instant::now();
        let load = rig.load(path, Duration::ZERO, true);
        let outcome = loop {
            match rig.events.recv_timeout(IN_TIME.saturating_sub(began.elapsed())) {
                Err(_) => break "nothing in time".to_owned(),
                Ok(m) if m.load != load => {}
                Ok(m) => match m.event {
                    DeckEvent::FirstFrame => break "first frame or sound".to_owned(),
                    DeckEvent::Failed(error) => break format!("{:?}", error.code),
                    _ => {}
                },
            }
        };
        let name = path.strip_prefix(&corpus).unwrap_or(path).display().to_string();
        if outcome == "nothing in time" {
            wrong.push(name.clone());
        }
        if playable.is_some_and(|p| p != (outcome == "first frame or sound")) {
            differs.push(format!(
                "{name}: here {outcome}, ffprobe {}",
                if *playable == Some(true) { "playable" } else { "not playable" }
            ));
        }
        *outcomes.entry(outcome).or_default() += 1;
        slowest = slowest.max((began.elapsed(), path.clone()));
    }
    println!("corpus: {} files, by outcome {outcomes:?}", files.len());
    println!("corpus: slowest {:?} {}", slowest.0, slowest.1.display());
    println!("corpus: {} read otherwise than by ffprobe:", differs.len());
    differs.iter().for_each(|d| println!("corpus:   {d}"));
    assert!(wrong.is_empty(), "neither a frame nor a code within {IN_TIME:?}: {wrong:#?}");
    // The pool is as good as new after all of that.
    let load = rig.load(&crate::rig::clip(1), Duration::ZERO, false);
    rig.ready(load);
    assert!(threads() <= before + 16, "threads pile up: {:?}", crate::rig::thread_names());
}
