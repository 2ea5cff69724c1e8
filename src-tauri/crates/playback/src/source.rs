//! What a deck plays from: a file, a resource on the network, or a playlist that the gateway serves.

use crate::fault::Fault;
use crate::feeder::Feeder;
use crate::preflight::{check_head, preflight};
use media::gateway::Pace;
use media::{Asset, FetchError, ReadError, Reader};
use model::{ApiError, ErrorCode};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a server may take to say how long its resource is.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// Where a deck's bytes come from.
#[derive(Clone)]
pub enum Source {
    /// A file on this machine.
    File(PathBuf),
    /// One resource on the network (MP4, WebM, Matroska), read through the cache.
    Network(Arc<Asset>),
    /// An address of the gateway on this machine (HLS, DASH), and what the media is called.
    Playlist {
        /// To be played as it is.
        url: String,
        /// For messages.
        name: String,
        /// Where the gateway is told how urgently the deck needs it.
        pace: Pace,
    },
}

impl Source {
    /// The last part of the path or address, for messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => {
                path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy()).into_owned()
            }
            Self::Network(asset) => last_part(asset.key().as_str()),
            Self::Playlist { name, .. } => name.clone(),
        }
    }

    /// What reads a resource on the network, as far as it is cached, or as a whole.
    pub(crate) fn feeder(&self, cached_only: bool) -> Result<Option<Arc<Feeder>>, Fault> {
        let Self::Network(asset) = self else { return Ok(None) };
        let missing = |e: ReadError| Fault::new(e.code(), e.to_string());
        let reader = asset.reader().ok_or(ReadError::Cancelled).map_err(missing)?;
        let (reader, patience) =
            if cached_only { (reader.cached_only(), Duration::ZERO) } else { (reader, ANSWERED_WITHIN) };
        let total = opened(&reader, patience).map_err(missing)?;
        Ok(Some(Arc::new(Feeder::new(reader, total))))
    }

    /// What GStreamer is given.
    pub(crate) fn uri(&self) -> Result<String, ApiError> {
        match self {
            Self::File(path) => {
                preflight(path)?;
                let uri = gstreamer::glib::filename_to_uri(path, None);
                uri.map(|uri| uri.to_string()).map_err(|e| {
                    ApiError::new(ErrorCode::Io, format!("{} could not be opened.", self.name()))
                        .with_detail(e.to_string())
                })
            }
            Self::Network(_) => Ok("appsrc://".into()),
            Self::Playlist { url, .. } => Ok(url.clone()),
        }
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name()).finish()
    }
}

/// Learns how long a resource is, and that it begins like media. Blocks for the network.
///
/// # Errors
/// Those of reading; [`FetchError::NotMedia`] for a page or a playlist under another name.
pub(crate) fn opened(reader: &Reader, patience: Duration) -> Result<u64, ReadError> {
    let total = reader.total(patience)?;
    let mut head = [0; 512];
    let mut filled = 0;
    while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(filled as u64, rest, patience)? {
            0 => break,
            read => filled += read,
        }
    }
    match check_head(&head[..filled], "") {
        Ok(()) => Ok(total),
        Err(_) => Err(ReadError::Fetch(FetchError::NotMedia)),
    }
}

/// The last part of an address's path.
pub(crate) fn last_part(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(address).to_owned()
}
