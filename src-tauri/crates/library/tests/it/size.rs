//! A large library stays quick. The limits are wide: they catch a missing index, not a slow machine.

use crate::{at, episode_id, open, secs, series, series_id, source};
use model::Sidecar;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn timed<T>(what: &str, limit: Duration, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let value = work();
    let taken = begin.elapsed();
    println!("{what}: {taken:?}");
    assert!(taken < limit, "{what} took {taken:?}");
    value
}

#[test]
fn ten_thousand_episodes_are_stored_and_listed_quickly() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = open(&dir.path().join("data"));
    let source = source(&mut library, dir.path(), "films").id;
    let mut scan: Vec<_> = (0..125).map(|n| series(&source, &format!("Series {n}"), 80)).collect();
    for episode in scan.iter_mut().flat_map(|series| &mut series.episodes) {
        let sidecar = |language: &str| Sidecar {
            media: PathBuf::from(format!("{}.{language}.srt", episode.media)).into(),
            language: Some(language.to_owned()),
            title: None,
            forced: false,
            default: false,
            hearing_impaired: false,
        };
        episode.sidecars = vec![sidecar("en"), sidecar("zh-Hans")];
    }
    let seconds = Duration::from_secs;
    timed("first scan", seconds(10), || library.store_scan(&source, &scan, at(1)).unwrap());
    timed("rescan", seconds(10), || library.store_scan(&source, &scan, at(2)).unwrap());
    timed("1,000 saves", seconds(20), || {
        for n in 0..1000 {
            let name = format!("Series {}", n % 125);
            let (series, episode) = (series_id(&name), episode_id(&name, 1 + n / 125));
            library.save_progress(&series, &episode, secs(30), Some(secs(90)), n % 3 == 0, at(3)).unwrap();
        }
    });
    let all = timed("home: all series", seconds(1), || library.all_series().unwrap());
    assert_eq!(all.iter().map(|one| one.episodes).sum::<u32>(), 10_000);
    let begun = timed("home: continue watching", seconds(1), || library.continue_watching(20).unwrap());
    assert_eq!(begun.len(), 20);
    let one = timed("one series", seconds(1), || library.series(&series_id("Series 7")).unwrap().unwrap());
    assert_eq!(one, with_measured(&scan[7]));
    drop(library);
    let library = timed("opening", seconds(3), || open(&dir.path().join("data")));
    timed("full check", seconds(5), || library.check().unwrap());
}

/// The series as it was scanned, with the running times that the saves above measured.
fn with_measured(series: &model::Series) -> model::Series {
    let mut series = series.clone();
    for episode in series.episodes.iter_mut().take(8) {
        episode.duration_ms = Some(90_000);
    }
    series
}
