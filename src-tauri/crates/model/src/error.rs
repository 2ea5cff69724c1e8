//! The one error that crosses the boundary between core and UI.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What went wrong, for programs. The UI decides by this code and never by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The file is gone.
    NotFound,
    /// The file or folder may not be read.
    Forbidden,
    /// The file is empty.
    Empty,
    /// The content is not a media file (a web page, a text, random bytes).
    NotMedia,
    /// The media is damaged or ends too early.
    Damaged,
    /// No decoder is installed for this codec.
    UnsupportedCodec,
    /// The media is encrypted.
    Encrypted,
    /// The decoder failed, in hardware and in software.
    DecoderFailed,
    /// The disk or server did not answer in time.
    TimedOut,
    /// Reading failed in another way.
    Io,
    /// No connection to the server, or it keeps breaking.
    Unreachable,
    /// The server refuses to give this.
    ServerRefused,
    /// The server failed, is overloaded, or answers nonsense.
    ServerFailed,
    /// The file on the server is another one than before.
    Changed,
    /// A folder holds no video.
    NoVideo,
    /// The database could not be opened; it was set aside.
    LibrarySetAside,
    /// The database could not be written (a full disk, for example).
    LibraryWrite,
    /// The cache of media cannot be used; everything comes from the network.
    CacheUnusable,
    /// Another process writes the cache of media: here it is only read.
    CacheShared,
    /// There is no room for it on the disk, or in what the cache may take.
    NoSpace,
    /// A request names something that does not exist (any more).
    Unknown,
    /// A request that makes no sense.
    BadRequest,
    /// It is live: there is nothing yet to be kept as a whole.
    Live,
    /// The player is offline, and this is not on this machine.
    Offline,
    /// A defect in this program.
    Internal,
}

/// An error as it crosses to the UI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// For programs.
    pub code: ErrorCode,
    /// One English sentence that names the thing; the UI shows its own words for the code first.
    pub message: String,
    /// What the failing part said, for a bug report.
    pub detail: Option<String>,
}

impl ApiError {
    /// An error without detail.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None }
    }

    /// The same error with what the failing part said.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}
