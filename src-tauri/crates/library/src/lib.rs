//! What the user has and what the user did: sources, series, progress, favourites and settings, in one SQLite file.
//!
//! [`Library`] is synchronous. The engine calls it from blocking threads through a mutex; several processes may hold the
//! same file open. The present is always an argument. What a scan finds (series, episodes, subtitle files) is replaced
//! by the next scan. What the user did (progress, favourites, measured running times) refers to it by identifier only,
//! so that it outlives rescans and even the removal of a source.
//!
//! Each table's schema stands in the module that reads and writes the table; `schema` lists them in order.

mod columns;
mod downloads;
mod error;
mod habits;
mod open;
mod places;
mod progress;
mod resume;
mod schema;
mod series;
mod settings;
mod sources;
mod streams;

pub use downloads::{Download, Stage as DownloadStage};
pub use error::LibraryError;
pub use places::Places;
pub use progress::Progress;
pub use resume::Resume;
pub use series::SeriesSummary;
pub use settings::cache_limit;
pub use sources::Source;
pub use streams::{StreamPart, StreamParts, StreamSound};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The open database.
#[derive(Debug)]
pub struct Library {
    connection: Connection,
    /// For error messages.
    path: PathBuf,
}

/// What [`Library::open`] found.
#[derive(Debug)]
pub struct Opened {
    /// The library, ready for use.
    pub library: Library,
    /// Where an unusable earlier database was moved to. The user must be told: the library starts empty.
    pub set_aside: Option<PathBuf>,
}

impl Library {
    /// Opens `library.sqlite3` in `data_dir`, and makes the folder and the file where they are missing.
    ///
    /// A file that is damaged, that another program made or that a newer version wrote is renamed (together with its
    /// `-wal` and `-shm`) to `library.<UTC time>.corrupt` or `.newer`, and a fresh one takes its place. Nothing is ever
    /// overwritten. A file that merely cannot be reached (permissions, a full disk, a lock) stays where it is.
    ///
    /// # Errors
    /// When the folder or the file cannot be made, read or written.
    pub fn open(data_dir: &Path, now: SystemTime) -> Result<Opened, LibraryError> {
        open::open(data_dir, now)
    }

    /// Opens `library.sqlite3` in `data_dir` only to read in it: nothing is made, brought up to date or set aside, whoever
    /// wrote it. None where there is no such file.
    ///
    /// # Errors
    /// When the file cannot be opened. A damaged one shows when it is read.
    pub fn look(data_dir: &Path) -> Result<Option<Self>, LibraryError> {
        open::look(data_dir)
    }

    /// A library that is gone when it is dropped, for tests and for a session that could open no file.
    ///
    /// # Errors
    /// When SQLite has no memory.
    pub fn in_memory() -> Result<Self, LibraryError> {
        open::in_memory()
    }

    /// Reads the whole file and verifies its structure and its references.
    ///
    /// # Errors
    /// [`LibraryError::Damaged`] with what was found, or [`LibraryError::Read`] when it could not even be read.
    pub fn check(&self) -> Result<(), LibraryError> {
        let mut findings = self.read(|connection| open::findings(connection, "PRAGMA integrity_check(20)"))?;
        findings.extend(self.read(|connection| {
            let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
            let rows = statement.query_map([], |row| {
                Ok(format!(
                    "a row of {} refers to a missing row of {}",
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(2)?
                ))
            })?;
            rows.take(20).collect::<rusqlite::Result<Vec<_>>>()
        })?);
        if findings.is_empty() {
            Ok(())
        } else {
            Err(LibraryError::Damaged { path: self.path.clone(), findings: findings.join("; ") })
        }
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LibraryError> {
        work(&self.connection).map_err(|source| LibraryError::Read { path: self.path.clone(), source })
    }

    /// Runs `work` in one transaction. It takes the write lock at once: a transaction that begins by reading could not
    /// wait for another writer later on, it would fail with `SQLITE_BUSY`.
    fn write<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, LibraryError> {
        let Self { connection, path } = self;
        let attempt = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        attempt().map_err(|source| LibraryError::Write { path: path.clone(), source })
    }
}
