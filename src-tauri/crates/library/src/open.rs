//! Opening the database: judge what lies there before anything is written, set it aside if it cannot be used, then bring
//! it up to date.
//!
//! Settings of the connection: write-ahead log with `synchronous = FULL`, so that every acknowledged change outlives not
//! only a killed process but also a power failure. (With `NORMAL` the last changes could be lost with the power.) It
//! costs one flush per change, and changes come every few seconds from a blocking thread.

use crate::{Library, LibraryError, Opened, columns, schema};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const FILE_NAME: &str = "library.sqlite3";
const LOCK_NAME: &str = "library.lock";

/// How long a statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often, and how long apart, the lock on opening is asked for: 5 s in all, as for statements.
const LOCK_ATTEMPTS: u32 = 250;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// The log is cut back to this size after a large transaction (a scan).
const JOURNAL_SIZE_LIMIT: i64 = 4 << 20;
/// What SQLite keeps beside a database, by suffix.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Why a file was not opened.
enum Refusal {
    /// Damaged, or made by another program.
    Corrupt(String),
    /// Written by a version that knows more migrations.
    Newer(i32),
    /// It could not be reached or written: no reason to take it away.
    Failed(LibraryError),
}

pub(crate) fn open(data_dir: &Path, now: SystemTime) -> Result<Opened, LibraryError> {
    std::fs::create_dir_all(data_dir).map_err(|source| folder(data_dir, source))?;
    let path = data_dir.join(FILE_NAME);
    // Two processes that start together must not migrate or set aside at the same time.
    let _lock = lock(data_dir, &path, LOCK_ATTEMPTS)?;
    let (suffix, reason) = match connect(&path) {
        Ok(connection) => return Ok(Opened { library: Library { connection, path }, set_aside: None }),
        Err(Refusal::Failed(error)) => return Err(error),
        Err(Refusal::Corrupt(reason)) => ("corrupt", reason),
        Err(Refusal::Newer(version)) => ("newer", format!("schema version {version}")),
    };
    let aside = set_aside(data_dir, &path, suffix, now)
        .map_err(|source| LibraryError::SetAside { path: path.clone(), source })?;
    tracing::warn!(path = %path.display(), aside = %aside.display(), reason, "library set aside");
    match connect(&path) {
        Ok(connection) => Ok(Opened { library: Library { connection, path }, set_aside: Some(aside) }),
        Err(Refusal::Failed(error)) => Err(error),
        Err(Refusal::Corrupt(reason)) => Err(LibraryError::Damaged { path, findings: reason }),
        Err(Refusal::Newer(_)) => Err(LibraryError::Busy { path }),
    }
}

pub(crate) fn look(data_dir: &Path) -> Result<Option<Library>, LibraryError> {
    let path = data_dir.join(FILE_NAME);
    if !path.exists() {
        return Ok(None);
    }
    let failed = |source| LibraryError::Open { path: path.clone(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    Ok(Some(Library { connection, path }))
}

pub(crate) fn in_memory() -> Result<Library, LibraryError> {
    let path = PathBuf::from(":memory:");
    let failed = |source| LibraryError::Open { path: path.clone(), source };
    let mut connection = Connection::open_in_memory().map_err(failed)?;
    configure(&connection).map_err(failed)?;
    migrate(&mut connection)
        .map_err(|error| LibraryError::Migrate { path: path.clone(), reason: error.to_string() })?;
    Ok(Library { connection, path })
}

/// Holds off other processes until it is dropped. Where the file system knows no locks, it holds off nobody.
fn lock(data_dir: &Path, path: &Path, attempts: u32) -> Result<File, LibraryError> {
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(data_dir.join(LOCK_NAME))
        .map_err(|source| folder(data_dir, source))?;
    for _ in 0..attempts {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "the library's folder has no file locks");
                return Ok(lock);
            }
        }
    }
    Err(LibraryError::Busy { path: path.to_path_buf() })
}

fn connect(path: &Path) -> Result<Connection, Refusal> {
    let refuse = |error| refusal(path, error);
    // Not URI: a folder may be called `file:`. The default flags would read it as a scheme.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(refuse)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(refuse)?;
    // Until the file has proved sound, closing it must not move its log into it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(refuse)?;
    // SQLite falls back to reading without a word.
    if connection.is_readonly("main").map_err(refuse)? {
        return Err(Refusal::Failed(LibraryError::ReadOnly { path: path.to_path_buf() }));
    }
    inspect(&connection, path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(refuse)?;
    configure(&connection).map_err(refuse)?;
    migrate(&mut connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => refusal(path, err),
        other => Refusal::Failed(LibraryError::Migrate { path: path.to_path_buf(), reason: other.to_string() }),
    })?;
    Ok(connection)
}

/// Reads, and only reads, whether the file can be used.
fn inspect(connection: &Connection, path: &Path) -> Result<(), Refusal> {
    let refuse = |error| refusal(path, error);
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i32>(0)).map_err(refuse);
    let version = number("PRAGMA user_version")?;
    if version > schema::LATEST {
        return Err(Refusal::Newer(version));
    }
    let application = number("PRAGMA application_id")?;
    let objects = number("SELECT count(*) FROM sqlite_schema")?;
    let fresh = version == 0 && application == 0 && objects == 0;
    if !fresh && (version < 1 || application != schema::APPLICATION_ID) {
        return Err(Refusal::Corrupt("the file was made by another program".to_owned()));
    }
    let findings = findings(connection, "PRAGMA quick_check(5)").map_err(refuse)?;
    if findings.is_empty() { Ok(()) } else { Err(Refusal::Corrupt(findings.join("; "))) }
}

/// What one of SQLite's checks has to say; empty for a sound file.
pub(crate) fn findings(connection: &Connection, pragma: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(pragma)?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.filter(|row| row.as_ref().map_or(true, |text| text != "ok")).collect()
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" && mode != "memory" {
        // Some network and Android file systems cannot share memory. A rollback journal is as safe, only slower.
        tracing::warn!(mode, "the library's file system allows no write-ahead log");
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On macOS a plain fsync does not reach the medium; the log must be there before it is thrown away.
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.query_row(&format!("PRAGMA journal_size_limit = {JOURNAL_SIZE_LIMIT}"), [], |_| Ok(()))
}

/// Without foreign keys meanwhile: a migration that makes a table anew must not delete by cascade what refers to it.
fn migrate(connection: &mut Connection) -> rusqlite_migration::Result<()> {
    connection.pragma_update(None, "foreign_keys", false)?;
    schema::migrations().to_latest(connection)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

fn refusal(path: &Path, error: rusqlite::Error) -> Refusal {
    let damaged = match error.sqlite_error() {
        Some(cause) => {
            matches!(cause.code, ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
                // A file that ends in the middle of a page.
                || cause.extended_code == ffi::SQLITE_IOERR_SHORT_READ
        }
        None => false,
    };
    if damaged {
        Refusal::Corrupt(error.to_string())
    } else {
        Refusal::Failed(LibraryError::Open { path: path.to_path_buf(), source: error })
    }
}

/// Renames the database and its companions, so that SQLite can still open them together under the new name. The
/// database goes last: if this is interrupted, the next opening finds it and goes on.
fn set_aside(data_dir: &Path, path: &Path, suffix: &str, now: SystemTime) -> io::Result<PathBuf> {
    let aside = free_name(data_dir, suffix, &timestamp(now)?)?;
    for companion in COMPANIONS {
        match std::fs::rename(with_suffix(path, companion), with_suffix(&aside, companion)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    std::fs::rename(path, &aside)?;
    Ok(aside)
}

fn free_name(data_dir: &Path, suffix: &str, timestamp: &str) -> io::Result<PathBuf> {
    let numbered = (2..=1000).map(|number| format!("{timestamp}-{number}"));
    std::iter::once(timestamp.to_owned())
        .chain(numbered)
        .map(|stem| data_dir.join(format!("library.{stem}.{suffix}")))
        .find(|aside| {
            // Also not where a link leads nowhere: a rename would replace the link.
            let taken = |path: &Path| path.symlink_metadata().is_ok();
            !taken(aside) && !COMPANIONS.iter().any(|companion| taken(&with_suffix(aside, companion)))
        })
        .ok_or_else(|| io::Error::new(io::ErrorKind::AlreadyExists, "too many libraries were set aside already"))
}

/// `20260131T235959Z`, by SQLite's own calendar.
fn timestamp(now: SystemTime) -> io::Result<String> {
    let seconds = columns::millis(now).div_euclid(1000);
    Connection::open_in_memory()
        .and_then(|calendar| {
            let sql = "SELECT coalesce(strftime('%Y%m%dT%H%M%SZ', ?1, 'unixepoch'), 'undated')";
            calendar.query_row(sql, [seconds], |row| row.get(0))
        })
        .map_err(io::Error::other)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn folder(path: &Path, source: io::Error) -> LibraryError {
    LibraryError::Folder { path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_is_safe_against_power_failure() {
        let dir = tempfile::tempdir().unwrap();
        let library = open(dir.path(), SystemTime::UNIX_EPOCH).unwrap().library;
        let number = |pragma: &str| library.connection.query_row(pragma, [], |row| row.get::<_, i64>(0)).unwrap();
        let mode: String = library.connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(number("PRAGMA synchronous"), 2, "FULL");
        assert_eq!(number("PRAGMA foreign_keys"), 1);
        assert_eq!(number("PRAGMA busy_timeout"), 5000);
    }

    #[test]
    fn a_file_that_was_set_aside_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_769_903_999);
        for expected in ["library.20260131T235959Z.corrupt", "library.20260131T235959Z-2.corrupt"] {
            std::fs::write(dir.path().join(FILE_NAME), expected.repeat(100)).unwrap();
            let aside = open(dir.path(), now).unwrap().set_aside.unwrap();
            assert_eq!(aside, dir.path().join(expected));
        }
        for name in ["library.20260131T235959Z.corrupt", "library.20260131T235959Z-2.corrupt"] {
            assert_eq!(std::fs::read(dir.path().join(name)).unwrap(), name.repeat(100).as_bytes());
        }
    }

    #[test]
    fn opening_waits_for_a_process_that_is_opening_but_not_forever() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let held = lock(dir.path(), &path, 1).unwrap();
        let error = lock(dir.path(), &path, 2).unwrap_err();
        assert!(matches!(error, LibraryError::Busy { .. }));
        assert!(error.to_string().contains(FILE_NAME), "{error}");
        drop(held);
        lock(dir.path(), &path, 1).unwrap();
    }

    #[test]
    fn a_full_disk_is_reported_as_a_failed_write_and_keeps_what_was_there() {
        let mut library = in_memory().unwrap();
        library.set_favourite(&model::SeriesId("kept".into()), true, SystemTime::UNIX_EPOCH).unwrap();
        let pages: i64 = library.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        library.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        let error = (0..10_000)
            .find_map(|n| {
                let episode = model::EpisodeId(format!("episode {n}"));
                library.set_duration(&episode, Duration::from_secs(60)).err()
            })
            .expect("the disk is full at some point");
        assert_eq!(error.code(), model::ErrorCode::LibraryWrite);
        library.check().unwrap();
    }
}
