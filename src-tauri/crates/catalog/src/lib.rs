//! Sources: reads a tree of files, or a catalog on the network, into series and episodes.
//!
//! Names follow Kodi's and Jellyfin's rules and the ones that micro-drama folders have. The parsers (`naming`, `nfo`,
//! `sidecar`) are pure functions, and so is `list`, the catalogs'; `walk` alone touches the disk. No media is decoded here.

mod beside;
pub mod folder;
mod group;
mod language;
mod list;
mod naming;
mod nfo;
mod order;
mod sidecar;
mod text;
mod walk;

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod disk_tests;
#[cfg(test)]
mod scan_tests;

pub use folder::{Scan, ScanError, SkipReason, Skipped, scan};
pub use list::{ListError, Listing, MAX_BYTES as MAX_LIST_BYTES, is_private, parse_list};
