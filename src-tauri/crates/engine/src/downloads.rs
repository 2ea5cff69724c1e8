//! Downloads: one after the other into the cache, where they are pinned. The queue is the library's and so outlives a kill;
//! the bytes are the cache's and so are never fetched twice.

use crate::api::Event;
use crate::lock;
use crate::network;
use crate::shelf::Shelf;
use crate::views;
use library::{Download, DownloadStage, Library, LibraryError};
use media::cache::PinReason;
use media::{Asset, Media};
use model::*;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;

/// Fetches of one download at once.
const AT_ONCE: usize = 2;
/// Front ends hear of progress at most so often.
const TELL_EVERY: Duration = Duration::from_millis(400);
/// Without news it is looked again after this time (a server that failed, a speed limit).
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A server that fails for so long fails the download.
const PATIENCE: Duration = Duration::from_secs(60);
/// So much of the disk is left to others.
const SPARE: u64 = 64 << 20;
/// More episodes than this are not kept of one series.
pub(crate) const KEEP_AT_MOST: u32 = 100;

/// The queue and who works it off. Clones share it.
#[derive(Clone)]
pub(crate) struct Downloads {
    shelf: Shelf,
    media: Media,
    events: broadcast::Sender<Event>,
    news: Arc<Notify>,
    now: Arc<Mutex<Now>>,
}

#[derive(Default)]
struct Now {
    paused: bool,
    /// The program is leaving.
    ended: bool,
    running: Option<EpisodeId>,
    /// In bytes a second.
    limit: Option<u64>,
    told: Option<Instant>,
}

impl Downloads {
    /// Begins to work off the queue. `news` wakes it when bytes came.
    pub(crate) fn start(
        shelf: Shelf,
        media: Media,
        events: broadcast::Sender<Event>,
        news: Arc<Notify>,
        limit_kib: Option<u32>,
    ) -> Self {
        let this = Self { shelf, media, events, news, now: Arc::default() };
        this.set_limit(limit_kib);
        let worker = this.clone();
        tokio::spawn(async move { worker.work().await });
        this
    }

    /// Holds everything, or lets it go on.
    pub(crate) fn pause(&self, paused: bool) {
        lock(&self.now).paused = paused;
        self.changed();
    }

    /// Ends the work; what was fetched is kept.
    pub(crate) fn stop(&self) {
        lock(&self.now).ended = true;
        self.news.notify_one();
    }

    /// What downloads may take of the link.
    pub(crate) fn set_limit(&self, kib: Option<u32>) {
        lock(&self.now).limit = kib.map(|kib| u64::from(kib.max(1)) << 10);
    }

    /// The queue, or what was watched, changed.
    pub(crate) fn changed(&self) {
        lock(&self.now).told = None;
        self.news.notify_one();
    }

    /// Something was watched or added: there may be something to keep.
    pub(crate) fn look(&self) {
        self.news.notify_one();
    }

    /// What front ends show.
    pub(crate) async fn view(&self) -> Result<DownloadsView, ApiError> {
        let (media, running, paused) = {
            let now = lock(&self.now);
            (self.media.clone(), now.running.clone(), now.paused)
        };
        self.shelf.ask(move |library| view(library, &media, running.as_ref(), paused)).await
    }

    /// Lets the bytes of a download go when there is need.
    pub(crate) async fn let_go(&self, episode: EpisodeId) -> Result<(), ApiError> {
        if let Some((asset, _)) = self.asset_of(&episode).await? {
            let media = self.media.clone();
            let unpinned = tokio::task::spawn_blocking(move || {
                media.store().map_or(Ok(()), |store| store.unpin(asset.key(), PinReason::Download))
            });
            if let Ok(Err(e)) = unpinned.await {
                tracing::warn!("a download that was removed stays for now: {e}");
            }
        }
        Ok(())
    }

    async fn work(&self) {
        while !lock(&self.now).ended {
            if let Err(e) = self.keep_next().await {
                tracing::warn!("the next episodes to keep are not known: {}", e.message);
            }
            let next = match self.next().await {
                Ok(next) => next,
                // The library is closed: the program is leaving.
                Err(_) => return,
            };
            self.tell(true).await;
            match next {
                Some(download) => self.run(&download).await,
                None => self.news_or(Duration::from_secs(3600)).await,
            }
        }
    }

    async fn next(&self) -> Result<Option<Download>, ApiError> {
        let held = {
            let now = lock(&self.now);
            now.paused || now.ended
        };
        if held || self.media.is_offline() {
            return self.shelf.ask(|_| Ok(None)).await;
        }
        self.shelf.ask(|l| Ok(l.downloads()?.into_iter().find(|d| d.stage == DownloadStage::Waiting))).await
    }

    async fn run(&self, download: &Download) {
        lock(&self.now).running = Some(download.episode.clone());
        let outcome = self.fetch(&download.episode).await;
        lock(&self.now).running = None;
        let (stage, error) = match outcome {
            Ok(true) => (DownloadStage::Done, None),
            // Held, removed or offline: whoever did that has noted it.
            Ok(false) => return,
            Err(error) => (DownloadStage::Failed, Some(error)),
        };
        let id = download.episode.clone();
        let noted = self.shelf.ask(move |l| l.set_download(&id, stage, error.as_ref())).await;
        if let Err(e) = noted {
            tracing::warn!("a download's end could not be noted: {}", e.message);
        }
        let _ = self.events.send(Event::LibraryChanged);
    }

    /// Fetches an episode as a whole; false when it is not to be fetched now.
    async fn fetch(&self, id: &EpisodeId) -> Result<bool, ApiError> {
        let Some((asset, name)) = self.asset_of(id).await? else {
            return Err(ApiError::new(ErrorCode::Unknown, "This episode is not in the library any more."));
        };
        let (media, pinned) = (self.media.clone(), asset.clone());
        let pin = move || media.store().map_or(Ok(()), |store| store.pin(pinned.key(), PinReason::Download));
        match tokio::task::spawn_blocking(pin).await {
            Ok(Err(e)) => {
                let error = ApiError::new(ErrorCode::CacheUnusable, format!("{name} cannot be kept."));
                return Err(error.with_detail(e.to_string()));
            }
            _ if self.media.store().is_none() => {
                return Err(ApiError::new(ErrorCode::CacheUnusable, format!("{name} cannot be kept.")));
            }
            _ => {}
        }
        let (mut failing, mut fetched_from) = (None, Instant::now());
        let mut budget = asset.availability().cached.len();
        loop {
            if !self.is_wanted(id).await? {
                return Ok(false);
            }
            let there = asset.availability();
            if there.is_whole() {
                // In memory is not on the disk.
                if !self.is_stored(&asset) {
                    asset.settle();
                } else if self.verify(&asset).await {
                    return Ok(true);
                }
            }
            self.has_room(&name, &asset, there.total)?;
            if there.coming.is_empty() {
                failing = asset.failure().map(|error| (error, failing.map_or(Instant::now(), |(_, since)| since)));
                if let Some((error, since)) = &failing
                    && (!error.passes() || since.elapsed() > PATIENCE)
                {
                    let failed = ApiError::new(error.code(), format!("{name} could not be fetched."));
                    return Err(failed.with_detail(error.to_string()));
                }
            }
            let limit = lock(&self.now).limit;
            let allowed = limit.is_none_or(|limit| {
                let due = Duration::from_secs_f64(there.cached.len().saturating_sub(budget) as f64 / limit as f64);
                if due + Duration::from_secs(5) < fetched_from.elapsed() {
                    // Unused time is not saved up.
                    (budget, fetched_from) = (there.cached.len(), Instant::now());
                }
                due <= fetched_from.elapsed()
            });
            for _ in there.coming.iter().count()..if allowed { AT_ONCE } else { 0 } {
                if asset.prefetch(0..there.total.unwrap_or(u64::MAX)).is_none() {
                    break;
                }
            }
            self.tell(false).await;
            self.news_or(LOOK_EVERY).await;
        }
    }

    /// It is still the first that waits, and nothing holds it.
    async fn is_wanted(&self, id: &EpisodeId) -> Result<bool, ApiError> {
        Ok(self.next().await?.is_some_and(|first| first.episode == *id))
    }

    fn has_room(&self, name: &str, asset: &Asset, total: Option<u64>) -> Result<(), ApiError> {
        let (Some(total), Some(store)) = (total, self.media.store()) else { return Ok(()) };
        let missing = total.saturating_sub(store.ranges(asset.key()).len());
        let stats = store.stats();
        let disk = stats.free_disk.is_some_and(|free| free < missing.saturating_add(SPARE));
        if disk || stats.limit.saturating_sub(stats.pinned_bytes) < missing {
            let what = if disk { "the disk has" } else { "the cache's limit leaves" };
            let needed = missing.div_ceil(1 << 20);
            return Err(ApiError::new(ErrorCode::NoSpace, format!("{name} needs {needed} MiB more than {what}.")));
        }
        Ok(())
    }

    fn is_stored(&self, asset: &Asset) -> bool {
        self.media.store().is_some_and(|store| {
            store.total(asset.key()).is_some_and(|total| store.ranges(asset.key()).contains(0..total))
        })
    }

    /// Reads every byte, and with it every checksum. What was damaged is fetched again.
    async fn verify(&self, asset: &Arc<Asset>) -> bool {
        let Some(reader) = asset.reader().map(media::Reader::cached_only) else { return false };
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = vec![0; 1 << 20];
            let mut at = 0;
            loop {
                match reader.read(at, &mut bytes, Duration::ZERO) {
                    Ok(0) => return true,
                    Ok(read) => at += read as u64,
                    Err(_) => return false,
                }
            }
        });
        read.await.unwrap_or(false)
    }

    async fn asset_of(&self, id: &EpisodeId) -> Result<Option<(Arc<Asset>, String)>, ApiError> {
        let (id, media) = (id.clone(), self.media.clone());
        self.shelf
            .ask(move |library| {
                let Some(series) = library.series_of(&id)?.map_or(Ok(None), |s| library.series(&s))? else {
                    return Ok(None);
                };
                let access = network::access(library, &series.source, &media)?;
                let episode = series.episodes.iter().find(|e| e.id == id);
                let asset = episode.and_then(|e| Some((access.asset(&media, &e.media)?, e)));
                let name =
                    |e: &Episode| e.key.number.map_or_else(|| e.media.to_string(), |n| format!("{} {n}", series.title));
                Ok(asset.map(|(asset, episode)| (asset, name(episode))))
            })
            .await
    }

    /// Fills and clears what series keep by themselves.
    async fn keep_next(&self) -> Result<(), ApiError> {
        let gone = self.shelf.ask(|library| keep_next(library, SystemTime::now())).await?;
        for episode in gone {
            self.let_go(episode).await?;
        }
        Ok(())
    }

    async fn tell(&self, at_once: bool) {
        {
            let mut now = lock(&self.now);
            if !at_once && now.told.is_some_and(|at| at.elapsed() < TELL_EVERY) {
                return;
            }
            now.told = Some(Instant::now());
        }
        if let Ok(downloads) = self.view().await {
            // Nobody may be listening.
            let _ = self.events.send(Event::Downloads { downloads });
        }
    }

    async fn news_or(&self, most: Duration) {
        // Either way it is looked again.
        let _ = tokio::time::timeout(most, self.news.notified()).await;
    }
}

/// Adds the episodes that series keep, and drops those that were watched. Answers which were dropped.
fn keep_next(library: &mut Library, now: SystemTime) -> Result<Vec<EpisodeId>, LibraryError> {
    let keeping = library.all_keep_next()?;
    let all = library.downloads()?;
    let mut wanted: HashSet<EpisodeId> = HashSet::new();
    for (id, count) in keeping {
        let Some(series) = library.series(&id)? else { continue };
        let progress = library.progress(&id)?;
        let from = library.resume_point(&id)?.and_then(|r| series.episodes.iter().position(|e| e.id == r.episode));
        let ahead = series.episodes.iter().skip(from.unwrap_or(0));
        let unwatched = ahead.filter(|e| !progress.get(&e.id).is_some_and(|p| p.watched));
        for episode in unwatched.filter(|e| e.media.as_file().is_none()).take(count as usize) {
            wanted.insert(episode.id.clone());
            if !all.iter().any(|d| d.episode == episode.id) {
                library.add_download(&id, &episode.id, true, now)?;
            }
        }
    }
    let gone: Vec<EpisodeId> =
        all.into_iter().filter(|d| d.kept && !wanted.contains(&d.episode)).map(|d| d.episode).collect();
    for episode in &gone {
        library.remove_download(episode)?;
    }
    Ok(gone)
}

fn view(
    library: &Library,
    media: &Media,
    running: Option<&EpisodeId>,
    paused: bool,
) -> Result<DownloadsView, LibraryError> {
    let mut out = DownloadsView { paused, ..DownloadsView::default() };
    out.free_bytes = media.store().and_then(|store| store.stats().free_disk);
    let all = library.downloads()?;
    let series: HashSet<SeriesId> = all.iter().map(|d| d.series.clone()).collect();
    let mut known = std::collections::HashMap::new();
    for id in series {
        if let Some((series, cards)) = views::cards(library, media, &id)? {
            known.insert(id, (series, cards));
        }
    }
    for download in all {
        let Some((series, cards)) = known.get(&download.series) else { continue };
        let Some((episode, card)) = series.episodes.iter().zip(cards).find(|(e, _)| e.id == download.episode) else {
            continue;
        };
        let (done_bytes, total_bytes) = views::bytes_of(media, episode);
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
