//! The cache's pins follow the queue: what is to be kept is pinned, and nothing else.

use crate::network;
use crate::views;
use library::{Download, DownloadStage, Library, LibraryError, StreamPart, StreamParts};
use media::cache::{CacheError, PinReason, Store};
use media::{Media, ResourceKey};
use model::*;
use std::collections::{HashMap, HashSet};

/// A download with what it consists of: nothing where its episode is gone from the library, or nobody knows yet.
pub(super) type Row = (Download, Vec<StreamPart>);

pub(super) fn rows(library: &Library, media: &Media) -> Result<Vec<Row>, LibraryError> {
    let mut known: HashMap<SeriesId, Option<Series>> = HashMap::new();
    let mut rows = Vec::new();
    for download in library.downloads()? {
        if !known.contains_key(&download.series) {
            known.insert(download.series.clone(), library.series(&download.series)?);
        }
        let series = known.get(&download.series).and_then(Option::as_ref);
        let episode = series.and_then(|s| s.episodes.iter().find(|e| e.id == download.episode));
        let parts = match episode.map(|episode| &episode.media) {
            Some(MediaRef::Url(url)) if network::is_playlist(url) => library.stream(&download.episode)?,
            Some(MediaRef::Url(url)) => {
                let parts = vec![StreamPart { key: media.key(url).to_string(), bytes: None }];
                Some(StreamParts { parts, ..StreamParts::default() })
            }
            Some(MediaRef::File(_)) | None => None,
        };
        rows.push((download, parts.unwrap_or_default().parts));
    }
    Ok(rows)
}

/// What making pins those of the rows came upon.
#[derive(Default)]
pub(super) struct Swept {
    /// They are told done and are not there as a whole.
    pub(super) lost: Vec<EpisodeId>,
    /// Something is not pinned any more: there is more room.
    pub(super) freed: bool,
}

/// Makes the cache's pins those of the rows.
pub(super) fn pin(store: &Store, rows: &[Row]) -> Swept {
    let complain = |e: CacheError| tracing::warn!("a download's pin could not be set: {e}");
    let pinned: HashSet<ResourceKey> = store.downloads().into_iter().collect();
    let parts = rows.iter().flat_map(|row| &row.1);
    let wanted: HashSet<ResourceKey> = parts.map(|part| ResourceKey::new(part.key.as_str())).collect();
    let freed = pinned.iter().any(|key| !wanted.contains(key));
    for key in pinned.iter().filter(|key| !wanted.contains(key)) {
        store.unpin(key, PinReason::Download).unwrap_or_else(complain);
    }
    for key in wanted.iter().filter(|key| !pinned.contains(*key)) {
        store.pin(key, PinReason::Download).unwrap_or_else(complain);
    }
    let done = rows.iter().filter(|(download, _)| download.stage == DownloadStage::Done);
    let lost = done.filter(|(_, parts)| !parts.is_empty() && !is_whole(store, parts));
    Swept { lost: lost.map(|row| row.0.episode.clone()).collect(), freed }
}

/// Whether all of these parts are kept.
pub(super) fn is_whole(store: &Store, parts: &[StreamPart]) -> bool {
    let (there, total) = views::kept(store, parts);
    total.is_some_and(|total| there >= total)
}
