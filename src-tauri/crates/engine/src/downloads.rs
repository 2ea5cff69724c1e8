//! Downloads: one after the other into the cache, where they are pinned. The queue is the library's and so outlives a kill;
//! the bytes are the cache's and so are never fetched twice.

mod keeping;
mod pins;
mod showing;
mod whole;

use crate::api::Event;
use crate::lock;
use crate::network::{self, Net};
use crate::shelf::Shelf;
use library::{Download, DownloadStage};
use media::FetchError;
use media::cache::Store;
use model::*;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;
use whole::{There, Whole};

/// Fetches of one download at once.
const AT_ONCE: usize = 2;
/// Front ends hear of progress at most so often.
const TELL_EVERY: Duration = Duration::from_millis(400);
/// Without news it is looked again after this time (a server that failed, a speed limit).
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A server that fails for so long fails the download.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time that the limit left unused counts no longer than this.
const UNSAVED: Duration = Duration::from_secs(2);
/// So much of the disk is left to others.
const SPARE: u64 = 64 << 20;
/// More episodes than this are not kept of one series.
pub(crate) const KEEP_AT_MOST: u32 = 100;

/// The queue and who works it off. Clones share it.
#[derive(Clone)]
pub(crate) struct Downloads {
    shelf: Shelf,
    net: Net,
    events: broadcast::Sender<Event>,
    news: Arc<Notify>,
    queue: Arc<Notify>,
    now: Arc<Mutex<Now>>,
}

struct Now {
    paused: bool,
    /// Nothing is fetched where the user pays by the byte.
    avoids_meters: bool,
    /// Pins may not be those of the queue.
    unswept: bool,
    /// The program is leaving.
    ended: bool,
    running: Option<EpisodeId>,
    /// In bytes a second.
    limit: Option<u64>,
    /// Bytes that were fetched since then, for the limit: one account for all downloads.
    spent: (u64, Instant),
    told: Option<Instant>,
}

impl Now {
    /// Whether the limit allows another fetch.
    fn may_fetch(&mut self) -> bool {
        let Some(limit) = self.limit else { return true };
        let due = Duration::from_secs_f64(self.spent.0 as f64 / limit.max(1) as f64);
        let passed = self.spent.1.elapsed();
        if due + UNSAVED < passed {
            // Unused time is not saved up.
            self.spent = (0, Instant::now());
        }
        due <= passed
    }
}

impl Downloads {
    /// Begins to work off the queue. `news` wakes it when bytes came.
    pub(crate) fn start(
        shelf: Shelf,
        net: Net,
        events: broadcast::Sender<Event>,
        news: Arc<Notify>,
        settings: &Settings,
    ) -> Self {
        let now = Now {
            paused: false,
            avoids_meters: settings.downloads_unmetered_only,
            unswept: true,
            ended: false,
            running: None,
            limit: None,
            spent: (0, Instant::now()),
            told: None,
        };
        let this = Self { shelf, net, events, news, now: Arc::new(Mutex::new(now)), queue: Arc::default() };
        this.set_limit(settings.download_limit_kib);
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
        self.look();
    }

    /// What downloads may take of the link.
    pub(crate) fn set_limit(&self, kib: Option<u32>) {
        let limit = kib.map(|kib| u64::from(kib.max(1)) << 10);
        let mut now = lock(&self.now);
        if now.limit != limit {
            (now.limit, now.spent) = (limit, (0, Instant::now()));
        }
    }

    /// Fetches nothing from now on where the user pays by the byte, or wherever there is a network.
    pub(crate) fn avoid_meters(&self, avoids: bool) {
        if std::mem::replace(&mut lock(&self.now).avoids_meters, avoids) != avoids {
            self.look();
        }
    }

    /// The user wants nothing to be fetched from here: it costs, or nobody has told yet that it does not.
    fn waits_for_unmetered(&self) -> bool {
        lock(&self.now).avoids_meters && !self.net.is_unmetered()
    }

    /// The queue, or what was watched, changed.
    pub(crate) fn changed(&self) {
        lock(&self.now).unswept = true;
        self.look();
    }

    /// Something was watched or added: there may be something to keep.
    pub(crate) fn look(&self) {
        self.queue.notify_one();
        self.news.notify_one();
    }

    /// What front ends show.
    pub(crate) async fn view(&self) -> Result<DownloadsView, ApiError> {
        let (media, running, paused) = {
            let now = lock(&self.now);
            (self.net.media.clone(), now.running.clone(), now.paused)
        };
        let waits_for_unmetered = self.waits_for_unmetered();
        let view = self.shelf.ask(move |library| showing::view(library, &media, running.as_ref(), paused)).await?;
        Ok(DownloadsView { waits_for_unmetered, ..view })
    }

    /// Pins what is to be kept and lets go of what is not: after a start (the cache's index may have been lost), and whenever
    /// the queue, a source or an address changed. What is not there any more is fetched again.
    async fn sweep(&self) -> Result<(), ApiError> {
        if !std::mem::take(&mut lock(&self.now).unswept) {
            return Ok(());
        }
        let media = self.net.media.clone();
        let rows = self.shelf.ask(move |library| pins::rows(library, &media)).await?;
        let media = self.net.media.clone();
        let lost = tokio::task::spawn_blocking(move || {
            media.store().map(|store| pins::pin(&store, &rows)).unwrap_or_default()
        });
        for episode in lost.await.unwrap_or_default() {
            self.shelf.ask(move |l| l.set_download(&episode, DownloadStage::Waiting, None)).await?;
        }
        Ok(())
    }

    async fn work(&self) {
        while !lock(&self.now).ended {
            if let Err(e) = self.keep_next().await {
                tracing::warn!("the next episodes to keep are not known: {}", e.message);
            }
            if let Err(e) = self.sweep().await {
                tracing::warn!("what is to be kept is not known: {}", e.message);
            }
            let next = match self.next().await {
                Ok(next) => next,
                // The library is closed: the program is leaving.
                Err(_) => return,
            };
            self.tell(true).await;
            match next {
                Some(download) => self.run(&download).await,
                // Only a change of the queue, not every byte that comes.
                None => self.queue.notified().await,
            }
        }
    }

    async fn next(&self) -> Result<Option<Download>, ApiError> {
        let held = {
            let now = lock(&self.now);
            now.paused || now.ended
        };
        if held || self.waits_for_unmetered() || self.net.media.is_offline() {
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
            // Held, removed, offline or metered: whoever did that has noted it.
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
        let Some(whole) = self.find(id).await? else { return Ok(false) };
        let cannot = || ApiError::new(ErrorCode::CacheUnusable, format!("{} cannot be kept.", whole.name));
        let store = self.net.media.store().ok_or_else(cannot)?;
        self.pin(&store, &whole).await?;
        // Bytes that are there, and those on the disk: since when they are as many.
        let mut grown = ((whole.there().bytes, 0), Instant::now());
        loop {
            if !self.is_wanted(id).await? {
                return Ok(false);
            }
            let there = whole.there();
            if there.is_whole {
                // In memory is not on the disk.
                if !whole.is_stored(&store) {
                    whole.settle();
                } else if self.verify(&whole).await {
                    // It may have changed on its server meanwhile, and begun anew without its pin.
                    self.pin(&store, &whole).await?;
                    return Ok(true);
                }
            }
            if !there.is_whole {
                has_room(&whole, &store)?;
            }
            let stored = whole.stored_bytes(&store);
            if (there.bytes, stored) != grown.0 {
                lock(&self.now).spent.0 += there.bytes.saturating_sub(grown.0.0);
                grown = ((there.bytes, stored), Instant::now());
            }
            gives_up(&whole, &there, grown.1.elapsed())?;
            if lock(&self.now).may_fetch() && !self.net.is_urgent() {
                whole.fetch(AT_ONCE);
            }
            self.tell(false).await;
            self.news_or(LOOK_EVERY).await;
        }
    }

    /// Finds out what there is to fetch; none when it is not to be fetched now.
    async fn find(&self, id: &EpisodeId) -> Result<Option<Arc<Whole>>, ApiError> {
        let began = Instant::now();
        loop {
            match whole::find(&self.shelf, &self.net, id).await {
                Ok(whole) => return Ok(Some(Arc::new(whole))),
                // Whoever goes offline holds the queue.
                Err(error) if error.code == ErrorCode::Offline => {}
                Err(error) if !network::passes(error.code) || began.elapsed() > PATIENCE => return Err(error),
                Err(_) => self.news_or(LOOK_EVERY).await,
            }
            if !self.is_wanted(id).await? {
                return Ok(None);
            }
        }
    }

    async fn pin(&self, store: &Arc<Store>, whole: &Arc<Whole>) -> Result<(), ApiError> {
        let cannot = |why: String| {
            ApiError::new(ErrorCode::CacheUnusable, format!("{} cannot be kept.", whole.name)).with_detail(why)
        };
        let (store, pinned) = (store.clone(), whole.clone());
        match tokio::task::spawn_blocking(move || pinned.pin(&store)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(cannot(e.to_string())),
            Err(e) => Err(cannot(e.to_string())),
        }
    }

    async fn verify(&self, whole: &Arc<Whole>) -> bool {
        let whole = whole.clone();
        tokio::task::spawn_blocking(move || whole.verify()).await.unwrap_or(false)
    }

    /// It is still the first that waits, and nothing holds it.
    async fn is_wanted(&self, id: &EpisodeId) -> Result<bool, ApiError> {
        Ok(self.next().await?.is_some_and(|first| first.episode == *id))
    }

    /// Fills and clears what series keep by themselves.
    async fn keep_next(&self) -> Result<(), ApiError> {
        let changed = self.shelf.ask(|library| keeping::keep_next(library, SystemTime::now())).await?;
        lock(&self.now).unswept |= changed;
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

/// Fails a download at once where asking again is of no use, else when nothing came for a while.
fn gives_up(whole: &Whole, there: &There, still: Duration) -> Result<(), ApiError> {
    let late = still > PATIENCE;
    match whole.failure().filter(|_| there.coming == 0) {
        Some(error) if late || !(error.passes() || error == FetchError::TimedOut) => {
            let failed = ApiError::new(error.code(), format!("{} could not be fetched.", whole.name));
            Err(failed.with_detail(error.to_string()))
        }
        // All of it is here, and the disk does not take it.
        None if late && there.is_whole => {
            Err(ApiError::new(ErrorCode::CacheUnusable, format!("{} cannot be kept.", whole.name)))
        }
        _ => Ok(()),
    }
}

fn has_room(whole: &Whole, store: &Store) -> Result<(), ApiError> {
    let Some(missing) = whole.missing_bytes(store) else { return Ok(()) };
    let stats = store.stats();
    let disk = stats.free_disk.is_some_and(|free| free < missing.saturating_add(SPARE));
    if disk || stats.limit.saturating_sub(stats.pinned_bytes) < missing {
        let what = if disk { "the disk has" } else { "the cache's limit leaves" };
        let needed = missing.div_ceil(1 << 20);
        return Err(ApiError::new(ErrorCode::NoSpace, format!("{} needs {needed} MiB more than {what}.", whole.name)));
    }
    Ok(())
}
