//! The queue as front ends show it.

use super::room;
use crate::network::USUAL_BPS;
use crate::views;
use library::{DownloadStage, Library, LibraryError};
use media::Media;
use model::*;
use std::collections::{HashMap, HashSet};

/// What holds downloads, and which one is being fetched.
pub(super) struct Held {
    pub(super) running: Option<EpisodeId>,
    /// All are held but for these.
    pub(super) paused: Option<Vec<EpisodeId>>,
    /// Their servers could not be had.
    pub(super) put_off: HashMap<EpisodeId, ApiError>,
}

/// Every download with how far it is; what is done comes last.
pub(super) fn view(library: &Library, media: &Media, held: &Held) -> Result<DownloadsView, LibraryError> {
    let mut out = DownloadsView { paused: held.paused.is_some(), ..DownloadsView::default() };
    let stats = media.store().map(|store| store.stats());
    out.free_bytes = stats.and_then(|stats| stats.free_disk);
    let all = library.downloads()?;
    let series: HashSet<SeriesId> = all.iter().map(|d| d.series.clone()).collect();
    let mut known = HashMap::new();
    for id in series {
        if let Some((series, cards)) = views::cards(library, media, &id)? {
            let streams = library.streams(&id)?;
            known.insert(id, (series, cards, streams));
        }
    }
    let is_held = |id: &EpisodeId| held.paused.as_ref().is_some_and(|but| !but.contains(id));
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
            DownloadStage::Waiting if is_held(&download.episode) => DownloadState::Paused,
            DownloadStage::Waiting if held.running.as_ref() == Some(&download.episode) => DownloadState::Running,
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
            kept: download.kept,
            error: match state {
                DownloadState::Queued => held.put_off.get(&download.episode).cloned(),
                _ => download.error,
            },
        });
    }
    out.short_bytes = stats.map_or(0, |stats| room::short_of(&out.items, &stats, USUAL_BPS));
    out.items.sort_by_key(|item| item.state == DownloadState::Done);
    Ok(out)
}
