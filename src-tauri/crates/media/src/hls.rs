//! HLS playlists (RFC 8216 and its successor draft-pantos-hls-rfc8216bis): read as far as steering and prefetching need,
//! and rewritten line by line, so that whatever a server writes beside the addresses reaches the player as it was.

mod attributes;
mod playlist;
mod rewrite;
mod variables;

pub(crate) use playlist::{Multivariant, is_live, is_multivariant, target_duration};
pub(crate) use rewrite::{Only, rewrite};

/// Whether a text is a playlist at all.
pub(crate) fn is_playlist(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with("#EXTM3U")
}
