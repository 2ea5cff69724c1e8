//! The library from outside, on real files. One binary with a module for each concern, since each binary would link its
//! own SQLite.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod killing;
mod opening;
mod scans;
mod size;
mod versions;
mod watching;

use library::{Library, Source};
use model::{Episode, EpisodeId, EpisodeKey, Series, SeriesId, SourceId};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A moment, `seconds` after the beginning of 2026.
fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600 + seconds)
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Opens a library of which nothing has to be set aside.
fn open(dir: &Path) -> Library {
    let opened = Library::open(dir, at(0)).unwrap();
    assert_eq!(opened.set_aside, None);
    opened.library
}

/// Adds the folder `name` in `dir` as a source.
fn source(library: &mut Library, dir: &Path, name: &str) -> Source {
    let folder = dir.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    library.add_source(&*folder, at(0)).unwrap()
}

fn series_id(name: &str) -> SeriesId {
    SeriesId(format!("series {name}"))
}

fn episode_id(series: &str, number: usize) -> EpisodeId {
    EpisodeId(format!("{series} {number}"))
}

/// A series called `name` with the episodes 1 to `count`.
fn series(source: &SourceId, name: &str, count: usize) -> Series {
    Series {
        id: series_id(name),
        source: source.clone(),
        title: name.to_owned(),
        year: None,
        genres: Vec::new(),
        synopsis: None,
        poster: None,
        episodes: (1..=count)
            .map(|number| Episode {
                id: episode_id(name, number),
                key: EpisodeKey { season: 1, number: u32::try_from(number).ok() },
                number_end: None,
                title: None,
                synopsis: None,
                media: PathBuf::from(format!("/films/{name}/{number}.mp4")).into(),
                sidecars: Vec::new(),
                picture: None,
                duration_ms: None,
            })
            .collect(),
    }
}
