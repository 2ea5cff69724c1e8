//! Everything that can come of a fetch instead of bytes.

use std::time::Duration;

use model::ErrorCode;

/// Why a fetch gave no bytes, or no more. Cheap to clone, so that all who wait for one fetch can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The client could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Setup(String),
    /// The address, or a header to be sent with it, is malformed, or its scheme is neither http nor https.
    #[error("not a usable address: {0}")]
    Address(String),
    /// The address, or one that it redirects to, is on this machine or in a private network, and the source may not go
    /// there.
    #[error("{host} is not a public address")]
    Private {
        /// The host that was refused.
        host: String,
    },
    /// More redirects than allowed, or one that leads nowhere.
    #[error("redirected without end by {host}")]
    Redirects {
        /// The host that redirected last.
        host: String,
    },
    /// No connection: no network, no such host, refused, or TLS failed.
    #[error("{host} cannot be reached: {detail}")]
    Unreachable {
        /// The host that was asked.
        host: String,
        /// What the failing layer said.
        detail: String,
    },
    /// The call's deadline passed.
    #[error("no time left")]
    TimedOut,
    /// The server sent nothing for too long, again and again.
    #[error("{host} sends nothing")]
    Stalled {
        /// The host that was asked.
        host: String,
    },
    /// The connection broke or the server closed it before the end, again and again.
    #[error("the connection to {host} broke: {detail}")]
    Broken {
        /// The host that was asked.
        host: String,
        /// What the failing layer said.
        detail: String,
    },
    /// The server refuses (400 to 499).
    #[error("{host} refuses: {status}")]
    Refused {
        /// The host that was asked.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server failed or is overloaded (500 to 599, 408 and 429), again and again.
    #[error("{host} failed: {status}")]
    Failed {
        /// The host that was asked.
        host: String,
        /// The HTTP status.
        status: u16,
        /// When it wishes to be asked again.
        retry_after: Option<Duration>,
    },
    /// The resource is another version than the one known: nothing of what was kept of it fits any more.
    #[error("the resource changed on the server")]
    Changed,
    /// The start of the range lies behind the resource's end.
    #[error("beyond the end of the resource")]
    PastEnd {
        /// Bytes of the whole resource, where the server said it.
        length: Option<u64>,
    },
    /// A web page where media was expected: a portal, a challenge, an error dressed as success.
    #[error("a web page instead of media")]
    NotMedia,
    /// The server encoded the content in a way that was not asked for and is not understood, or its gzip is damaged.
    #[error("unexpected content encoding {0}")]
    Encoded(String),
    /// The server announced more bytes than the resource turned out to have.
    #[error("{claimed} bytes were announced, there are {found}")]
    WrongLength {
        /// Bytes announced.
        claimed: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Larger than the caller allows.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// An answer that HTTP does not allow, such as another range than the one asked for.
    #[error("the server's answer makes no sense: {0}")]
    Nonsense(String),
}

impl FetchError {
    /// What the viewer is told.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Setup(_) => ErrorCode::Internal,
            Self::Address(_) | Self::PastEnd { .. } => ErrorCode::BadRequest,
            Self::Private { .. } => ErrorCode::Forbidden,
            Self::Unreachable { .. } | Self::Broken { .. } => ErrorCode::Unreachable,
            Self::TimedOut | Self::Stalled { .. } => ErrorCode::TimedOut,
            Self::Refused { status: 404 | 410, .. } => ErrorCode::NotFound,
            Self::Refused { .. } => ErrorCode::ServerRefused,
            Self::Changed => ErrorCode::Changed,
            Self::NotMedia => ErrorCode::NotMedia,
            Self::Failed { .. }
            | Self::Redirects { .. }
            | Self::Encoded(_)
            | Self::WrongLength { .. }
            | Self::TooLarge { .. }
            | Self::Nonsense(_) => ErrorCode::ServerFailed,
        }
    }

    /// Whether asking again may help.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Stalled { .. } | Self::Broken { .. } | Self::Failed { .. })
    }
}
