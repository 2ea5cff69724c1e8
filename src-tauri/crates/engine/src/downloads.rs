//! Downloads: one after the other into the cache, where they are pinned. The queue is the library's and so outlives a kill;
//! the bytes are the cache's and so are never fetched twice.

mod keeping;
mod now;
mod pins;
mod room;
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
use now::Now;
use showing::Held;
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
/// A disk that takes nothing for so long fails the download.
const UNSTORED: Duration = Duration::from_secs(60);
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

/// Why a download ended before it was whole.
struct Trouble {
    error: ApiError,
    /// It is tried again by itself.
    passes: bool,
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self { error, passes: false }
    }
}

impl Downloads {
    /// Begins to work off the queue. `news` wakes it when bytes came; `paused`: as the library has noted it.
    pub(crate) fn start(
        shelf: Shelf,
        net: Net,
        events: broadcast::Sender<Event>,
        news: Arc<Notify>,
        settings: &Settings,
        paused: Option<Vec<EpisodeId>>,
    ) -> Self {
        let now = Arc::new(Mutex::new(Now::new(paused, settings)));
        let this = Self { shelf, net, events, news, now, queue: Arc::default() };
        let worker = this.clone();
        tokio::spawn(async move { worker.work().await });
        this
    }

    /// Holds everything, or lets it go on; also after a restart.
    pub(crate) async fn pause(&self, paused: bool) -> Result<(), ApiError> {
        {
            let mut now = lock(&self.now);
            now.paused = paused.then(Vec::new);
            now.again_now();
        }
        self.note_pause().await
    }

    /// Holds one, or lets it go on, even while all others are held; what failed begins again.
    pub(crate) async fn pause_one(&self, episode: EpisodeId, paused: bool) -> Result<(), ApiError> {
        let (stage, id) = (if paused { DownloadStage::Held } else { DownloadStage::Waiting }, episode.clone());
        self.shelf.ask(move |l| l.set_download(&id, stage, None)).await?;
        lock(&self.now).let_go_on(&episode, !paused);
        self.note_pause().await
    }

    async fn note_pause(&self) -> Result<(), ApiError> {
        self.changed();
        let but = lock(&self.now).paused.clone();
        self.shelf.ask(move |l| l.pause_downloads(but.as_deref())).await
    }

    /// Ends the work; what was fetched is kept.
    pub(crate) fn stop(&self) {
        lock(&self.now).ended = true;
        self.look();
    }

    /// What downloads may take of the link.
    pub(crate) fn set_limit(&self, kib: Option<u32>) {
        lock(&self.now).set_limit(kib);
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

    /// The cache may take more: what had no room may have some.
    pub(crate) fn room_grew(&self) {
        lock(&self.now).freed = true;
        self.look();
    }

    /// What could not be fetched may be had now.
    pub(crate) fn again_now(&self) {
        lock(&self.now).again_now();
        self.look();
    }

    /// Something is watched, or was to its end: what its series keeps may be something else now.
    pub(crate) fn watched(&self, episode: &EpisodeId, finished: bool) {
        let seen = Some((episode.clone(), finished));
        // Told every few seconds, new only now and then.
        if std::mem::replace(&mut lock(&self.now).seen, seen.clone()) != seen {
            self.look();
        }
    }

    /// Something was watched or added: there may be something to keep.
    pub(crate) fn look(&self) {
        lock(&self.now).unkept = true;
        self.queue.notify_one();
        self.news.notify_one();
    }

    /// What front ends show.
    pub(crate) async fn view(&self) -> Result<DownloadsView, ApiError> {
        let media = self.net.media.clone();
        let (held, cannot_reach) = {
            let now = lock(&self.now);
            let held = Held { running: now.running.clone(), paused: now.paused.clone(), put_off: now.put_off_by() };
            (held, now.waits_for_servers())
        };
        let waits_for_unmetered = self.waits_for_unmetered();
        let waits_for_network = cannot_reach && !self.net.surroundings().network;
        let view = self.shelf.ask(move |library| showing::view(library, &media, &held)).await?;
        Ok(DownloadsView { waits_for_unmetered, waits_for_network, ..view })
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
        let swept = tokio::task::spawn_blocking(move || {
            media.store().map(|store| pins::pin(&store, &rows)).unwrap_or_default()
        });
        let swept = swept.await.unwrap_or_default();
        lock(&self.now).freed |= swept.freed;
        for episode in swept.lost {
            self.shelf.ask(move |l| l.set_download(&episode, DownloadStage::Waiting, None)).await?;
        }
        Ok(())
    }

    async fn work(&self) {
        while !lock(&self.now).ended {
            self.tend().await;
            let next = match self.next().await {
                Ok(next) => next,
                // The library is closed: the program is leaving.
                Err(_) => return,
            };
            self.tell(true).await;
            match next {
                Some(download) => self.run(&download).await,
                None => self.queue_or_due().await,
            }
        }
    }

    /// Makes what is kept and what is pinned what the library says.
    async fn tend(&self) {
        if let Err(e) = self.keep_next().await {
            tracing::warn!("the next episodes to keep are not known: {}", e.message);
        }
        if let Err(e) = self.sweep().await {
            tracing::warn!("what is to be kept is not known: {}", e.message);
        }
        if std::mem::take(&mut lock(&self.now).freed)
            && let Err(e) = self.shelf.ask(room::try_again).await
        {
            tracing::warn!("what had no room is not known: {}", e.message);
        }
    }

    async fn next(&self) -> Result<Option<Download>, ApiError> {
        if lock(&self.now).ended || self.waits_for_unmetered() || self.net.media.is_offline() {
            return self.shelf.ask(|_| Ok(None)).await;
        }
        let all = self.shelf.ask(|l| l.downloads()).await?;
        Ok(lock(&self.now).first(all, Instant::now()))
    }

    async fn run(&self, download: &Download) {
        let id = download.episode.clone();
        lock(&self.now).begin(&id);
        let outcome = self.fetch(&id).await;
        lock(&self.now).running = None;
        let (stage, error) = match outcome {
            Ok(true) => (DownloadStage::Done, None),
            // Held, removed, offline or metered: whoever did that has noted it.
            Ok(false) => return,
            Err(Trouble { error, passes: true }) => {
                tracing::info!("a download is tried again later: {error}");
                return lock(&self.now).put_off(&id, error, Instant::now());
            }
            Err(Trouble { error, .. }) => (DownloadStage::Failed, Some(error)),
        };
        let noted = self.shelf.ask(move |l| l.set_download(&id, stage, error.as_ref())).await;
        if let Err(e) = noted {
            tracing::warn!("a download's end could not be noted: {}", e.message);
        }
        let _ = self.events.send(Event::LibraryChanged);
    }

    /// Fetches an episode as a whole; false when it is not to be fetched now.
    async fn fetch(&self, id: &EpisodeId) -> Result<bool, Trouble> {
        let Some(whole) = self.find(id).await? else { return Ok(false) };
        let outcome = self.fetch_all(id, &whole).await;
        if !matches!(outcome, Ok(true)) {
            // Nobody wants what is on its way any more; what came of it is kept.
            whole.cancel();
        }
        outcome
    }

    async fn fetch_all(&self, id: &EpisodeId, whole: &Arc<Whole>) -> Result<bool, Trouble> {
        let cannot = || ApiError::new(ErrorCode::CacheUnusable, format!("{} cannot be kept.", whole.name));
        let store = self.net.media.store().ok_or_else(cannot)?;
        self.pin(&store, whole).await?;
        // Bytes that are there, and those on the disk: since when they are as many.
        let mut grown = ((whole.there().bytes, 0), Instant::now());
        loop {
            // What was removed meanwhile makes room.
            self.tend().await;
            if !self.is_wanted(id).await? {
                return Ok(false);
            }
            let there = whole.there();
            if there.is_whole {
                // In memory is not on the disk.
                if !whole.is_stored(&store) {
                    whole.settle();
                } else if self.verify(whole).await {
                    // It may have changed on its server meanwhile, and begun anew without its pin.
                    self.pin(&store, whole).await?;
                    return Ok(true);
                }
            }
            if !there.is_whole {
                room::check(whole, &store)?;
            }
            let stored = whole.stored_bytes(&store);
            if (there.bytes, stored) != grown.0 {
                lock(&self.now).came(id, there.bytes.saturating_sub(grown.0.0));
                grown = ((there.bytes, stored), Instant::now());
            }
            gives_up(whole, &there, grown.1.elapsed())?;
            if lock(&self.now).may_fetch() && !self.net.is_urgent() {
                whole.fetch(AT_ONCE);
            }
            self.tell(false).await;
            self.news_or(LOOK_EVERY).await;
        }
    }

    /// Finds out what there is to fetch; none when it is not to be fetched now.
    async fn find(&self, id: &EpisodeId) -> Result<Option<Arc<Whole>>, Trouble> {
        loop {
            match whole::find(&self.shelf, &self.net, id).await {
                Ok(whole) => return Ok(Some(Arc::new(whole))),
                // Whoever goes offline holds the queue.
                Err(error) if error.code == ErrorCode::Offline => {}
                Err(error) => return Err(Trouble { passes: network::passes(error.code), error }),
            }
            self.tend().await;
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

    /// It is still its turn, and nothing holds it.
    async fn is_wanted(&self, id: &EpisodeId) -> Result<bool, ApiError> {
        Ok(self.next().await?.is_some_and(|first| first.episode == *id))
    }

    /// Fills and clears what series keep by themselves.
    async fn keep_next(&self) -> Result<(), ApiError> {
        if !std::mem::take(&mut lock(&self.now).unkept) {
            return Ok(());
        }
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

    /// Until the queue changes, or something is to be tried again. (Not with every byte that comes.)
    async fn queue_or_due(&self) {
        let due = lock(&self.now).due();
        match due {
            Some(due) => drop(tokio::time::timeout_at(due, self.queue.notified()).await),
            None => self.queue.notified().await,
        }
    }
}

/// Ends a download whose server was asked several times for the same bytes (each fetch does that), or whose disk takes
/// nothing.
fn gives_up(whole: &Whole, there: &There, still: Duration) -> Result<(), Trouble> {
    match whole.failure().filter(|_| there.coming == 0) {
        Some(error) => {
            let passes = error.passes() || error == FetchError::TimedOut;
            let failed = ApiError::new(error.code(), format!("{} could not be fetched.", whole.name));
            Err(Trouble { error: failed.with_detail(error.to_string()), passes })
        }
        // All of it is here, and the disk does not take it.
        None if still > UNSTORED && there.is_whole => {
            Err(ApiError::new(ErrorCode::CacheUnusable, format!("{} cannot be kept.", whole.name)).into())
        }
        None => Ok(()),
    }
}
