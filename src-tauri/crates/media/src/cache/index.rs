//! The index on the disk: one row for each resource, fragment and download, in SQLite.
//!
//! Write-ahead log with `synchronous = NORMAL`: a commit costs no flush, a killed process loses nothing that was
//! committed, and a power failure at most the last fragments (whose files are then swept). Commits that concern a
//! download are flushed. An index that cannot be used is renamed (`index.corrupt`, `index.newer`; only the last one of
//! each is kept) and made anew from what the fragments say of themselves.

use crate::{ResourceKey, Validator};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction, ffi, params};
use rusqlite_migration::{M, Migrations};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Marks a file as ours (`application_id` in SQLite's header), and as complete: "ClfC".
const APPLICATION_ID: i32 = 0x436c_6643;
const LATEST: i32 = 1;
/// Lengths and checksums are stored as SQLite's signed numbers with the same 64 bits.
const V1: &str = "
CREATE TABLE resources (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    etag TEXT,
    last_modified TEXT,
    length INTEGER
) STRICT;
CREATE TABLE fragments (
    resource INTEGER NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    size INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (resource, offset)
) STRICT, WITHOUT ROWID;
CREATE TABLE downloads (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
";

/// How long a statement waits for the process that only reads, or for the one that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

#[derive(Debug)]
pub(super) struct Index {
    connection: Connection,
    path: PathBuf,
}

#[derive(Debug, Clone)]
pub(super) struct ResourceRow {
    pub(super) id: i64,
    pub(super) key: ResourceKey,
    pub(super) validator: Validator,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct FragmentRow {
    pub(super) resource: i64,
    pub(super) offset: u64,
    pub(super) length: u64,
    /// Bytes of the file.
    pub(super) size: u64,
    pub(super) checksum: u64,
    /// When it was written or read last, in milliseconds since 1970.
    pub(super) used: u64,
}

/// What is committed at once, in the order of the fields.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) gone_resources: Vec<i64>,
    pub(super) gone_fragments: Vec<(i64, u64)>,
    pub(super) resources: Vec<ResourceRow>,
    pub(super) fragments: Vec<FragmentRow>,
    pub(super) used: Vec<(i64, u64, u64)>,
    /// Whether the resource is one.
    pub(super) downloads: Vec<(bool, ResourceKey)>,
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) resources: Vec<ResourceRow>,
    pub(super) fragments: Vec<FragmentRow>,
    pub(super) downloads: Vec<ResourceKey>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        let Self { gone_resources, gone_fragments, resources, fragments, used, downloads } = self;
        let deletes = gone_resources.is_empty() && gone_fragments.is_empty();
        deletes && resources.is_empty() && fragments.is_empty() && used.is_empty() && downloads.is_empty()
    }
}

impl Index {
    /// Opens the index, and one made anew if it was corrupt or newer. See [`Index::is_complete`].
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        match Self::connect(path) {
            Err(error) if is_damage(&error) => {
                set_aside(path, "corrupt", &error.to_string());
                Self::connect(path)
            }
            Ok(index) if index.number("PRAGMA user_version")? > LATEST => {
                drop(index);
                set_aside(path, "newer", "written by a newer version");
                Self::connect(path)
            }
            opened => opened,
        }
    }

    /// Opens the index that another process writes.
    pub(super) fn open_read_only(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(Self { connection, path: path.to_path_buf() })
    }

    fn connect(path: &Path) -> rusqlite::Result<Self> {
        // Not URI: a folder may be called `file:`. The default flags would read it as a scheme.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let version = |pragma| connection.query_row(pragma, [], |row| row.get::<_, i32>(0));
        let newer = version("PRAGMA user_version")? > LATEST;
        let finding: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        let foreign = ![0, APPLICATION_ID].contains(&version("PRAGMA application_id")?);
        if finding != "ok" || foreign {
            return Err(corrupt(if foreign { "made by another program" } else { &finding }));
        }
        if !newer {
            // Returns the mode that it got; where there is no shared memory, a rollback journal is as safe.
            connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            Migrations::new(vec![M::up(V1)]).to_latest(&mut connection).map_err(|error| match error {
                rusqlite_migration::Error::RusqliteError { err, .. } => err,
                // A schema that does not fit its version.
                other => corrupt(&other.to_string()),
            })?;
            connection.pragma_update(None, "foreign_keys", true)?;
        }
        Ok(Self { connection, path: path.to_path_buf() })
    }

    /// Whether the rows are all there are. If not, the index is new and must be filled from the fragments.
    pub(super) fn is_complete(&self) -> rusqlite::Result<bool> {
        Ok(self.number("PRAGMA application_id")? == APPLICATION_ID)
    }

    /// Takes the first rows of a new index.
    pub(super) fn fill(&mut self, batch: &Batch) -> rusqlite::Result<()> {
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = self.connection.transaction()?;
        apply(&transaction, batch)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.commit()
    }

    /// Makes the index anew with these rows, since what is there is damaged.
    pub(super) fn replace(&mut self, batch: &Batch) -> rusqlite::Result<()> {
        // Closed first: the files of an open database must not be renamed on Windows.
        self.connection = Connection::open_in_memory()?;
        set_aside(&self.path, "corrupt", "damaged while it was in use");
        *self = Self::connect(&self.path)?;
        self.fill(batch)
    }

    /// Commits all of it or nothing. `flush` is for what must outlive a power failure.
    pub(super) fn commit(&mut self, batch: &Batch, flush: bool) -> rusqlite::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        self.connection.pragma_update(None, "synchronous", if flush { "FULL" } else { "NORMAL" })?;
        let transaction = self.connection.transaction()?;
        apply(&transaction, batch)?;
        transaction.commit()
    }

    pub(super) fn contents(&self) -> rusqlite::Result<Contents> {
        // One transaction, so that the tables fit each other while another process writes.
        let transaction = self.connection.unchecked_transaction()?;
        let mut resources = transaction.prepare("SELECT id, key, etag, last_modified, length FROM resources")?;
        let mut fragments =
            transaction.prepare("SELECT resource, offset, length, size, checksum, used FROM fragments")?;
        let mut downloads = transaction.prepare("SELECT key FROM downloads")?;
        let key = |row: &Row<'_>| Ok(ResourceKey::new(row.get::<_, String>(0)?));
        Ok(Contents {
            resources: resources.query_map([], resource)?.collect::<Result<_, _>>()?,
            fragments: fragments.query_map([], fragment)?.collect::<Result<_, _>>()?,
            downloads: downloads.query_map([], key)?.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn number(&self, pragma: &str) -> rusqlite::Result<i32> {
        self.connection.query_row(pragma, [], |row| row.get(0))
    }
}

fn apply(transaction: &Transaction<'_>, batch: &Batch) -> rusqlite::Result<()> {
    for id in &batch.gone_resources {
        transaction.prepare_cached("DELETE FROM resources WHERE id = ?1")?.execute([id])?;
    }
    for (id, offset) in &batch.gone_fragments {
        let sql = "DELETE FROM fragments WHERE resource = ?1 AND offset = ?2";
        transaction.prepare_cached(sql)?.execute([*id, offset.cast_signed()])?;
    }
    for ResourceRow { id, key, validator } in &batch.resources {
        let sql = "INSERT INTO resources (id, key, etag, last_modified, length) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (id) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified,
                length = excluded.length";
        let length = validator.length.map(u64::cast_signed);
        transaction.prepare_cached(sql)?.execute(params![
            id,
            key.as_str(),
            validator.etag,
            validator.last_modified,
            length
        ])?;
    }
    for row in &batch.fragments {
        let sql = "INSERT OR REPLACE INTO fragments (resource, offset, length, size, checksum, used)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let numbers = [row.offset, row.length, row.size, row.checksum, row.used].map(u64::cast_signed);
        let [offset, length, size, checksum, used] = numbers;
        transaction.prepare_cached(sql)?.execute([row.resource, offset, length, size, checksum, used])?;
    }
    for (id, offset, used) in &batch.used {
        let sql = "UPDATE fragments SET used = ?3 WHERE resource = ?1 AND offset = ?2";
        transaction.prepare_cached(sql)?.execute([*id, offset.cast_signed(), used.cast_signed()])?;
    }
    for (is_one, key) in &batch.downloads {
        let sql = if *is_one {
            "INSERT OR IGNORE INTO downloads (key) VALUES (?1)"
        } else {
            "DELETE FROM downloads WHERE key = ?1"
        };
        transaction.prepare_cached(sql)?.execute([key.as_str()])?;
    }
    Ok(())
}

fn resource(row: &Row<'_>) -> rusqlite::Result<ResourceRow> {
    let length = row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned);
    let validator = Validator { etag: row.get(2)?, last_modified: row.get(3)?, length };
    Ok(ResourceRow { id: row.get(0)?, key: ResourceKey::new(row.get::<_, String>(1)?), validator })
}

fn fragment(row: &Row<'_>) -> rusqlite::Result<FragmentRow> {
    let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(FragmentRow {
        resource: row.get(0)?,
        offset: number(1)?,
        length: number(2)?,
        size: number(3)?,
        checksum: number(4)?,
        used: number(5)?,
    })
}

/// Whether the file itself is the trouble, so that a new one helps.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(cause, _) => {
            matches!(cause.code, ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
                // A file that ends in the middle of a page; one that was deleted or replaced while it was open.
                || [ffi::SQLITE_IOERR_SHORT_READ, ffi::SQLITE_READONLY_DBMOVED].contains(&cause.extended_code)
                // A table or column is missing.
                || cause.extended_code == ffi::SQLITE_ERROR
        }
        rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::SqlInputError { .. } => true,
        _ => false,
    }
}

fn corrupt(reason: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(reason.to_owned()))
}

/// Renames the database and its companions. What cannot be renamed is left: opening will say why.
fn set_aside(path: &Path, suffix: &str, reason: &str) {
    let aside = path.with_extension(suffix);
    // The companions first: the log of another database must never be read into the new one.
    for companion in COMPANIONS {
        let with_companion = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(companion);
            PathBuf::from(name)
        };
        match std::fs::rename(with_companion(path), with_companion(&aside)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, companion, "a companion of the cache's index cannot be renamed");
            }
            _ => {}
        }
    }
    let renamed = std::fs::rename(path, &aside);
    tracing::warn!(path = %path.display(), reason, ?renamed, "the cache's index is made anew");
}
