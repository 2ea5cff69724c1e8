//! Files of every earlier version open, keep what is in them, and end with the same schema as a fresh one.
//!
//! `versions/` holds one dump for each version of the schema, written once and never changed. The data in them is the
//! same, so that one set of expectations serves all.

use crate::{at, episode_id, open, secs, series_id};
use model::{ErrorCode, Settings, SourceId};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// Version 1 first; a version without a dump here fails the first test.
const DUMPS: &[&str] = &[
    include_str!("versions/v1.sql"),
    include_str!("versions/v2.sql"),
    include_str!("versions/v3.sql"),
    include_str!("versions/v4.sql"),
];

/// The schema's version, and everything in it as SQL.
fn schema(dir: &Path) -> (usize, Vec<(String, String, Option<String>)>) {
    let connection = Connection::open(dir.join("library.sqlite3")).unwrap();
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0)).unwrap();
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    (version as usize, rows.map(Result::unwrap).collect())
}

#[test]
fn every_version_has_a_dump() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    assert_eq!(schema(dir.path()).0, DUMPS.len());
}

#[test]
fn a_file_of_every_version_ends_with_the_schema_of_a_fresh_one() {
    let fresh = tempfile::tempdir().unwrap();
    drop(open(fresh.path()));
    for (dump, version) in DUMPS.iter().zip(1..) {
        let dir = tempfile::tempdir().unwrap();
        Connection::open(dir.path().join("library.sqlite3")).unwrap().execute_batch(dump).unwrap();
        assert_eq!(schema(dir.path()).0, version, "the dump is of the version that it stands for");
        drop(open(dir.path()));
        assert_eq!(schema(dir.path()), schema(fresh.path()), "from version {version}");
    }
}

#[test]
fn a_file_of_every_version_keeps_what_is_in_it() {
    for dump in DUMPS {
        let dir = tempfile::tempdir().unwrap();
        Connection::open(dir.path().join("library.sqlite3")).unwrap().execute_batch(dump).unwrap();
        let mut library = open(dir.path());
        library.check().unwrap();

        let sources = library.sources().unwrap();
        assert_eq!(sources.len(), 1);
        assert_eq!((&sources[0].id, sources[0].episodes), (&SourceId("source".into()), 2));
        assert_eq!(sources[0].error.as_ref().unwrap().code, ErrorCode::NotFound);
        let series = library.series(&series_id("A")).unwrap().unwrap();
        assert_eq!((series.title.as_str(), series.year, series.genres), ("A", Some(2025), vec!["Revenge".to_owned()]));
        assert_eq!(series.episodes[0].duration_ms, Some(90_000));
        assert_eq!(series.episodes[1].number_end, Some(3));
        assert!(series.episodes[1].sidecars[0].forced);
        assert!(library.all_series().unwrap()[0].favourite);
        let progress = library.progress(&series_id("A")).unwrap();
        assert!(progress[&episode_id("A", 1)].watched);
        let second = &progress[&episode_id("A", 2)];
        let position = Duration::from_millis(31_500);
        assert_eq!(
            (second.position, second.duration, second.at),
            (position, Some(Duration::from_millis(88_250)), at(3))
        );
        let resume = library.resume_point(&series_id("A")).unwrap().unwrap();
        assert_eq!((resume.episode, resume.position, resume.started), (episode_id("A", 2), position, true));
        assert_eq!(library.settings().unwrap(), Settings { volume: 0.5, ..Settings::default() });

        library.save_progress(&series_id("A"), &episode_id("A", 1), secs(5), None, false, at(9)).unwrap();
        assert_eq!(library.resume_point(&series_id("A")).unwrap().unwrap().episode, episode_id("A", 1));
    }
}
