//! Why the gateway could not give something, for its callers and, as a status, for players.

use crate::ReadError;
use crate::http::FetchError;
use hyper::StatusCode;
use model::ErrorCode;

/// Why a playlist could not be had or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// Fetching it failed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is not on this machine, and fetching is switched off.
    #[error("the playlist is not on this machine, and the player is offline")]
    Offline,
    /// What came is neither an HLS nor a DASH playlist.
    #[error("not a playlist: {0}")]
    NotPlaylist(String),
    /// It names more than the gateway keeps in mind.
    #[error("the playlist names more than {limit} addresses")]
    TooMany {
        /// How many it may name.
        limit: usize,
    },
    /// Playlists in playlists without end.
    #[error("playlists are nested too deeply")]
    Nested,
    /// Nothing of that name, or not any more.
    #[error("nothing of that name")]
    Unknown,
}

impl GatewayError {
    /// What the viewer is told.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Offline => ErrorCode::Offline,
            Self::NotPlaylist(_) => ErrorCode::NotMedia,
            Self::TooMany { .. } | Self::Nested => ErrorCode::ServerFailed,
            Self::Unknown => ErrorCode::NotFound,
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Fetch(error) => fetch_status(error),
            Self::Offline => StatusCode::GATEWAY_TIMEOUT,
            Self::NotPlaylist(_) | Self::TooMany { .. } | Self::Nested => StatusCode::BAD_GATEWAY,
            Self::Unknown => StatusCode::NOT_FOUND,
        }
    }
}

/// The status for bytes that could not be read.
pub(super) fn read_status(error: &ReadError) -> StatusCode {
    match error {
        ReadError::Fetch(error) => fetch_status(error),
        ReadError::Offline | ReadError::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        ReadError::Changed => StatusCode::BAD_GATEWAY,
        ReadError::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn fetch_status(error: &FetchError) -> StatusCode {
    match error {
        FetchError::Refused { status: 404 | 410, .. } => StatusCode::NOT_FOUND,
        FetchError::Refused { .. } | FetchError::Private { .. } | FetchError::Address(_) => StatusCode::FORBIDDEN,
        FetchError::PastEnd { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        FetchError::TimedOut | FetchError::Stalled { .. } => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}
