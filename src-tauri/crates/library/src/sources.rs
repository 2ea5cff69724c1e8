//! The sources: places that episodes come from, and how their last scan went.

use crate::columns::{millis, moment, path_to_bytes, place_from_bytes, place_to_bytes};
use crate::{Library, LibraryError};
use model::{ApiError, MediaRef, RequestHeaders, SourceId};
use rusqlite::{Row, params};
use std::path::PathBuf;
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

/// A catalog on the network may demand headers.
pub(crate) const V2: &str = "ALTER TABLE sources ADD COLUMN request TEXT;";

const SELECT: &str = "
SELECT id, path, added_ms, scanned_ms, error, request,
    (SELECT count(*) FROM series WHERE source_id = sources.id),
    (SELECT count(*) FROM episodes JOIN series ON series.id = series_id WHERE source_id = sources.id)
FROM sources
";

/// A place that episodes come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Derived from the place: a source that is removed and added again finds its progress again.
    pub id: SourceId,
    /// The folder, absolute and without links, or the address of a catalog.
    pub place: MediaRef,
    /// What its server wants to be told.
    pub request: RequestHeaders,
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

    /// Adds a folder or the address of a catalog. What is there already, a folder also under another spelling or through a
    /// link, stays as it is and is returned.
    ///
    /// # Errors
    /// [`LibraryError::Source`] when there is no such folder or it may not be read.
    pub fn add_source(&mut self, place: impl Into<MediaRef>, now: SystemTime) -> Result<Source, LibraryError> {
        let place = match place.into() {
            MediaRef::File(path) => std::fs::canonicalize(&path)
                .map(|found| MediaRef::File(without_verbatim_prefix(found)))
                .map_err(|source| LibraryError::Source { path, source })?,
            address => address,
        };
        let id = source_id(&place);
        self.write(|transaction| {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO sources (id, path, added_ms) VALUES (?1, ?2, ?3)")?
                .execute(params![id.as_str(), place_to_bytes(&place), millis(now)])?;
            transaction.query_row(&format!("{SELECT} WHERE path = ?1"), [place_to_bytes(&place)], source_from)
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

    /// Keeps what a source's server wants to be told. An unknown source is left alone.
    ///
    /// # Errors
    /// [`LibraryError::Write`], [`LibraryError::Json`].
    pub fn set_request(&mut self, source: &SourceId, request: &RequestHeaders) -> Result<(), LibraryError> {
        let json = serde_json::to_string(request)?;
        self.write(|transaction| {
            transaction.execute("UPDATE sources SET request = ?2 WHERE id = ?1", params![source.as_str(), json])?;
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
        place: place_from_bytes(row.get(1)?),
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
        request: row.get::<_, Option<String>>(5)?.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
        series: row.get(6)?,
        episodes: row.get(7)?,
    })
}

/// From the address, or the path's text, or its bytes in hexadecimal where it is not Unicode (a lossy text could be that of another folder).
fn source_id(place: &MediaRef) -> SourceId {
    let path = match place {
        MediaRef::Url(url) => return SourceId::derive(&["catalog", url]),
        MediaRef::File(path) => path,
    };
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
