//! What a playlist names: addresses, and what is behind each.

use reqwest::Url;

/// What is behind an address that a playlist names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Another playlist.
    Playlist,
    /// Media bytes, which are cached.
    Segment,
    /// Keys and session data, which are small and never on the disk.
    Small,
    /// A folder whose files are named by templates.
    Folder,
}

/// Gives the loopback address for what a playlist names; for none (not to be fetched at all), an address that refuses.
pub(crate) type Place<'a> = dyn FnMut(Kind, Option<Url>) -> String + 'a;

/// Resolves an address against its playlist's. None unless it is one of http or https.
pub(crate) fn resolve(base: &Url, address: &str) -> Option<Url> {
    base.join(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
