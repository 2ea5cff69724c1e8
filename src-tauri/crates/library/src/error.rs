//! What can go wrong with the library, always with the file's name.

use model::{ErrorCode, SourceId};
use std::io;
use std::path::PathBuf;

/// An error of the library.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The system names no home folder, so there is no place for the user's data.
    #[error("the system names no home folder for this user; set CLIFFHANGER_HOME to a folder that may be written")]
    NoHome,
    /// The folder of the library cannot be made or written.
    #[error("the library's folder {} cannot be used: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has been opening the same library for too long.
    #[error("the library {} is being opened by another process", path.display())]
    Busy {
        /// The database file.
        path: PathBuf,
    },
    /// The database cannot be opened or brought up to date. It is left as it is.
    #[error("the library {} cannot be opened: {source}", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The schema of an older database cannot be brought up to date. The file is left as it is.
    #[error("the library {} cannot be brought up to date: {reason}", path.display())]
    Migrate {
        /// The database file.
        path: PathBuf,
        /// What the migration said.
        reason: String,
    },
    /// The database may be read and not written.
    #[error("the library {} is read-only", path.display())]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// The database is unusable, and it cannot be renamed either.
    #[error("the library {} is unusable and cannot be set aside: {source}", path.display())]
    SetAside {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Reading failed.
    #[error("the library {} cannot be read: {source}", path.display())]
    Read {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Writing failed; nothing of the change was kept.
    #[error("the library {} cannot be written: {source}", path.display())]
    Write {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// [`crate::Library::check`] found damage.
    #[error("the library {} is damaged: {findings}", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What was found, at most 20 things of each kind.
        findings: String,
    },
    /// The folder that should become a source cannot be reached.
    #[error("{} cannot be added: {source}", path.display())]
    Source {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No source has this identifier (any more).
    #[error("there is no source {0}")]
    UnknownSource(SourceId),
    /// A scan names the same thing twice, or holds a series of another source.
    #[error("the scan of source {origin} is inconsistent: {reason}")]
    BadScan {
        /// The source.
        origin: SourceId,
        /// What is wrong with it.
        reason: String,
    },
    /// A value cannot be written as JSON.
    #[error("the settings cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl LibraryError {
    /// What it is for the UI.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Folder { .. }
            | Self::NoHome
            | Self::Busy { .. }
            | Self::Open { .. }
            | Self::ReadOnly { .. }
            | Self::SetAside { .. }
            | Self::Write { .. } => ErrorCode::LibraryWrite,
            Self::Read { .. } | Self::Damaged { .. } => ErrorCode::Io,
            Self::Source { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => ErrorCode::NotFound,
                io::ErrorKind::PermissionDenied => ErrorCode::Forbidden,
                _ => ErrorCode::Io,
            },
            Self::UnknownSource(_) => ErrorCode::Unknown,
            Self::Migrate { .. } | Self::BadScan { .. } | Self::Json(_) => ErrorCode::Internal,
        }
    }
}
