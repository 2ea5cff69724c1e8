//! The queue as front ends show it.

use crate::views;
use library::{DownloadStage, Library, LibraryError};
use media::Media;
use model::*;
use std::collections::{HashMap, HashSet};

/// Every download with how far it is; what is done comes last.
pub(super) fn view(
    library: &Library,
    media: &Media,
    running: Option<&EpisodeId>,
    paused: bool,
) -> Result<DownloadsView, LibraryError> {
    let mut out = DownloadsView { paused, ..DownloadsView::default() };
    out.free_bytes = media.store().and_then(|store| store.stats().free_disk);
    let all = library.downloads()?;
    let series: HashSet<SeriesId> = all.iter().map(|d| d.series.clone()).collect();
    let mut known = HashMap::new();
    for id in series {
        if let Some((series, cards)) = views::cards(library, media, &id)? {
            let streams = library.streams(&id)?;
            known.insert(id, (series, cards, streams));
        }
    }
    for download in all {
        let Some((series, cards, streams)) = known.get(&download.series) else { continue };
        let Some((episode, card)) = series.episodes.iter().zip(cards).find(|(e, _)| e.id == download.episode) else {
            continue;
        };
        let (done_bytes, total_bytes) = views::bytes_of(media, episode, streams.get(&episode.id));
        let state = match download.stage {
            DownloadStage::Done => DownloadState::Done,
            DownloadStage::Failed => DownloadState::Failed,
            DownloadStage::Held => DownloadState::Paused,
            DownloadStage::Waiting if paused => DownloadState::Paused,
            DownloadStage::Waiting if running == Some(&download.episode) => DownloadState::Running,
            DownloadStage::Waiting => DownloadState::Queued,
        };
        out.done_bytes += done_bytes;
        out.total_bytes += total_bytes.unwrap_or(done_bytes);
        out.items.push(DownloadItem {
            series: series.id.clone(),
            series_title: series.title.clone(),
            episode: card.clone(),
            state,
            done_bytes,
            total_bytes,
            error: download.error,
        });
    }
    out.items.sort_by_key(|item| item.state == DownloadState::Done);
    Ok(out)
}
