//! The cache's pins follow the queue: what is to be kept is pinned, and nothing else.

use library::{Download, DownloadStage, Library, LibraryError};
use media::cache::{CacheError, PinReason, Store};
use media::{Media, ResourceKey};
use model::*;
use std::collections::{HashMap, HashSet};

/// Every download with the name of its bytes; none where its episode is gone from the library.
pub(super) type Row = (Download, Option<ResourceKey>);

pub(super) fn keys(library: &Library, media: &Media) -> Result<Vec<Row>, LibraryError> {
    let mut known: HashMap<SeriesId, Option<Series>> = HashMap::new();
    let mut rows = Vec::new();
    for download in library.downloads()? {
        if !known.contains_key(&download.series) {
            known.insert(download.series.clone(), library.series(&download.series)?);
        }
        let series = known.get(&download.series).and_then(Option::as_ref);
        let episode = series.and_then(|s| s.episodes.iter().find(|e| e.id == download.episode));
        let key = episode.and_then(|e| match &e.media {
            MediaRef::Url(url) => Some(media.key(url)),
            MediaRef::File(_) => None,
        });
        rows.push((download, key));
    }
    Ok(rows)
}

/// Makes the cache's pins those of the rows. Answers which are told done and are not there as a whole.
pub(super) fn pin(store: &Store, rows: &[Row]) -> Vec<EpisodeId> {
    let complain = |e: CacheError| tracing::warn!("a download's pin could not be set: {e}");
    let pinned: HashSet<ResourceKey> = store.downloads().into_iter().collect();
    let wanted: HashSet<&ResourceKey> = rows.iter().filter_map(|row| row.1.as_ref()).collect();
    for key in pinned.iter().filter(|key| !wanted.contains(key)) {
        store.unpin(key, PinReason::Download).unwrap_or_else(complain);
    }
    for key in wanted.iter().filter(|key| !pinned.contains(**key)) {
        store.pin(key, PinReason::Download).unwrap_or_else(complain);
    }
    let is_whole = |key: &ResourceKey| store.total(key).is_some_and(|total| store.ranges(key).contains(0..total));
    let done = rows.iter().filter(|(download, _)| download.stage == DownloadStage::Done);
    done.filter(|(_, key)| key.as_ref().is_some_and(|key| !is_whole(key))).map(|row| row.0.episode.clone()).collect()
}
