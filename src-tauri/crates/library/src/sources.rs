//! The sources: places that episodes come from, and how their last scan went.

use crate::columns::{millis, moment, path_from_bytes, path_to_bytes};
use crate::{Library, LibraryError};
use model::{ApiError, SourceId};
use rusqlite::{Row, params};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub(crate) const V1: &str = "
CREATE TABLE sources (
    id TEXT PRIMARY KEY NOT NULL,
    path BLOB NOT NULL UNIQUE,
    added_ms INTEGER NOT NULL,
    scanned_ms INTEGER,
    error TEXT
) STRICT;
";

const SELECT: &str = "
SELECT id, path, added_ms, scanned_ms, error,
    (SELECT count(*) FROM series WHERE source_id = sources.id),
    (SELECT count(*) FROM episodes JOIN series ON series.id = series_id WHERE source_id = sources.id)
FROM sources
";

/// A place that episodes come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Derived from the path: a source that is removed and added again finds its progress again.
    pub id: SourceId,
    /// The folder, absolute and without links.
    pub path: PathBuf,
    /// When the user added it.
    pub added: SystemTime,
    /// When a scan was stored last.
    pub scanned: Option<SystemTime>,
    /// How many series that scan found.
    pub series: u32,
    /// How many episodes.
    pub episodes: u32,
    /// Why the last scan failed, or what it had to leave out.
    pub error: Option<ApiError>,
}

impl Library {
    /// All sources, in the order in which they were added.
    ///
    /// # Errors
    /// [`LibraryError::Read`].
    pub fn sources(&self) -> Result<Vec<Source>, LibraryError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY added_ms, rowid"))?;
            statement.query_map([], source_from)?.collect()
        })
    }

    /// Adds a folder. A folder that is there already, also under another spelling or through a link, stays as it is and
    /// is returned.
    ///
    /// # Errors
    /// [`LibraryError::Source`] when there is no such folder or it may not be read.
    pub fn add_source(&mut self, path: &Path, now: SystemTime) -> Result<Source, LibraryError> {
        let path = std::fs::canonicalize(path)
            .map(without_verbatim_prefix)
            .map_err(|source| LibraryError::Source { path: path.to_path_buf(), source })?;
        let id = source_id(&path);
        self.write(|transaction| {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO sources (id, path, added_ms) VALUES (?1, ?2, ?3)")?
                .execute(params![id.as_str(), path_to_bytes(&path), millis(now)])?;
            transaction.query_row(&format!("{SELECT} WHERE path = ?1"), [path_to_bytes(&path)], source_from)
        })
    }

    /// Removes a source with its series. Progress and favourites are kept, for the case that it comes back. Removing an
    /// unknown source does nothing.
    ///
    /// # Errors
    /// [`LibraryError::Write`].
    pub fn remove_source(&mut self, source: &SourceId) -> Result<(), LibraryError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM sources WHERE id = ?1", [source.as_str()])?;
            Ok(())
        })
    }

    /// Notes why the last scan failed or what it had to leave out; `None` clears it. The series of the scan before stay.
    ///
    /// # Errors
    /// [`LibraryError::UnknownSource`], [`LibraryError::Write`].
    pub fn note_scan_error(&mut self, source: &SourceId, error: Option<&ApiError>) -> Result<(), LibraryError> {
        let json = error.map(serde_json::to_string).transpose()?;
        let known = self.write(|transaction| {
            transaction.execute("UPDATE sources SET error = ?2 WHERE id = ?1", params![source.as_str(), json])
        })?;
        if known == 0 { Err(LibraryError::UnknownSource(source.clone())) } else { Ok(()) }
    }
}

fn source_from(row: &Row<'_>) -> rusqlite::Result<Source> {
    Ok(Source {
        id: SourceId(row.get(0)?),
        path: path_from_bytes(row.get(1)?),
        added: moment(row.get(2)?),
        scanned: row.get::<_, Option<i64>>(3)?.map(moment),
        error: row.get::<_, Option<String>>(4)?.and_then(|json| match serde_json::from_str(&json) {
            Ok(error) => Some(error),
            Err(error) => {
                // Only a note: another version may have written a code that this one does not know.
                tracing::warn!(%error, "unreadable scan error in the library");
                None
            }
        }),
        series: row.get(5)?,
        episodes: row.get(6)?,
    })
}

/// The path's text, or its bytes in hexadecimal where it is not Unicode (a lossy text could be that of another folder).
fn source_id(path: &Path) -> SourceId {
    match path.to_str() {
        Some(text) => SourceId::derive(&["folder", text]),
        None => {
            let hex: String = path_to_bytes(path).iter().map(|byte| format!("{byte:02x}")).collect();
            SourceId::derive(&["folder", "bytes", &hex])
        }
    }
}

/// `C:\films` instead of `\\?\C:\films`, which many programs and URI functions do not understand.
fn without_verbatim_prefix(path: PathBuf) -> PathBuf {
    if !cfg!(windows) {
        return path;
    }
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(rest) if rest.as_bytes().get(1) == Some(&b':') => PathBuf::from(rest),
        _ => path,
    }
}
