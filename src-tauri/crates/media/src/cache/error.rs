//! What can go wrong with the cache. Nothing of it is a reason to stop playing: the network still has the bytes.

use crate::ResourceKey;
use std::io;
use std::path::PathBuf;

/// An error of the cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The folder of the cache cannot be made, read or written.
    #[error("the cache's folder {} cannot be used: {source}", path.display())]
    Folder {
        /// The folder, or the one in it that is the trouble.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The index cannot be opened, read or written for now. (A corrupt one is replaced and is no error.)
    #[error("the cache's index {} cannot be used: {source}", path.display())]
    Index {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Another process writes this cache, so that this one may only read it.
    #[error("another process is using the cache: this one may only read it")]
    ReadOnly,
    /// The limit leaves no room: what is there is pinned, or the limit is smaller than a fragment.
    #[error("the cache has no room for {needed} bytes: {pinned} of {limit} bytes are pinned")]
    NoRoom {
        /// Bytes that the fragment takes on the disk.
        needed: u64,
        /// Bytes that may not go.
        pinned: u64,
        /// Bytes that the cache may take.
        limit: u64,
    },
    /// The disk is full, and nothing was left that might go.
    #[error("the disk of the cache is full: {source}")]
    DiskFull {
        /// What the system said.
        source: io::Error,
    },
    /// A fragment cannot be written.
    #[error("the cache cannot write to {}: {source}", path.display())]
    Write {
        /// The folder of the cache.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A fragment cannot be read for now. It stays.
    #[error("the cache cannot read at {offset} of {key}: {source}")]
    Read {
        /// The resource.
        key: ResourceKey,
        /// Where the fragment begins, in bytes.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A fragment was not what had been written. It was dropped: asked again, the cache has a hole there.
    #[error("the cached fragment at {offset} of {key} was damaged: {reason}")]
    Corrupt {
        /// The resource.
        key: ResourceKey,
        /// Where the fragment began, in bytes.
        offset: u64,
        /// What was wrong with it.
        reason: String,
    },
    /// The version of the resource that the caller speaks of is no longer (or was never) in the cache: it was replaced
    /// by a newer one, or removed. Ask [`crate::cache::Store::resource`] again.
    #[error("{key} was replaced or removed in the cache")]
    Stale {
        /// The resource.
        key: ResourceKey,
    },
    /// A fragment would reach beyond the end of its resource.
    #[error("bytes up to {end} of {key} were to be cached, which has {total}")]
    OutOfBounds {
        /// The resource.
        key: ResourceKey,
        /// Where the bytes would end.
        end: u64,
        /// Bytes of the whole resource.
        total: u64,
    },
    /// More bytes than a fragment may have.
    #[error("a fragment of {length} bytes is longer than the {} that are allowed", super::FRAGMENT_MAX)]
    TooLarge {
        /// How many there were.
        length: usize,
    },
}

/// Why a resource was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Not every byte is there, or it is not known how many there are.
    #[error("only {cached} bytes of {key} are cached, of {}", total.map_or("an unknown number".to_owned(), |total| total.to_string()))]
    NotWhole {
        /// The resource.
        key: ResourceKey,
        /// Bytes that are cached.
        cached: u64,
        /// Bytes of the whole resource, if known.
        total: Option<u64>,
    },
    /// The cache failed. What was written so far is right, and not whole.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// Where it was to be written, it could not be.
    #[error("the export cannot be written: {0}")]
    Write(#[source] io::Error),
}
