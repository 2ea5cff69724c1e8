//! The commands of [`crate::api`], each a few lines: questions go to the library, wishes to the session.

use crate::downloads::KEEP_AT_MOST;
use crate::session::Msg;
use crate::{Engine, Event, lock, views};
use media::cache::{CacheError, Limit, Store};
use model::*;
use std::path::PathBuf;
use std::time::SystemTime;
use tokio::sync::oneshot;

type Reply<T> = Result<T, ApiError>;

fn unknown_series() -> ApiError {
    ApiError::new(ErrorCode::Unknown, "This series is not in the library any more.")
}

impl Engine {
    /// The series to play where none was named: the one watched last, else the first, of `source` or of all.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn to_play(&self, source: Option<SourceId>) -> Result<Option<SeriesId>, ApiError> {
        self.shelf.ask(move |l| views::to_play(l, source.as_ref())).await
    }

    pub(crate) async fn home(&self) -> Reply<HomeView> {
        let media = self.net.media.clone();
        let (offline, network) = (media.is_offline(), self.net.surroundings().network);
        let mut view = self.shelf.ask(move |l| views::home(l, &media, offline || !network)).await?;
        (view.offline, view.network) = (offline, network);
        view.scans = self.scans.progress();
        view.notices.clone_from(&lock(&self.notices));
        Ok(view)
    }

    pub(crate) async fn series(&self, id: SeriesId) -> Reply<SeriesView> {
        {
            let media = self.net.media.clone();
            self.shelf.ask(move |l| views::series_view(l, &media, &id)).await?
        }
        .ok_or_else(unknown_series)
    }

    pub(crate) async fn play(&self, series: SeriesId, episode: Option<EpisodeId>) -> Reply<()> {
        let media = self.net.media.clone();
        let feed = self.shelf.ask(move |l| views::feed(l, &media, &series, episode.as_ref())).await?;
        let feed = feed.ok_or_else(unknown_series)?;
        if feed.entries.is_empty() {
            return Err(ApiError::new(ErrorCode::NoVideo, "This series has no episodes."));
        }
        self.told(|done| Msg::Open(Box::new(feed), done)).await
    }

    pub(crate) async fn close_player(&self) -> Reply<()> {
        self.told(Msg::Close).await
    }

    pub(crate) async fn player(&self) -> Reply<Option<PlayerState>> {
        self.told(Msg::State).await
    }

    pub(crate) async fn step(&self, direction: Direction) -> Reply<()> {
        self.post(Msg::Step(direction))
    }

    pub(crate) async fn set_playing(&self, playing: bool) -> Reply<()> {
        self.post(Msg::SetPlaying(playing))
    }

    pub(crate) async fn seek(&self, position_ms: u64, mode: SeekMode) -> Reply<()> {
        self.post(Msg::Seek(position_ms, mode))
    }

    pub(crate) async fn step_frame(&self, direction: Direction) -> Reply<()> {
        self.post(Msg::StepFrame(direction))
    }

    pub(crate) async fn set_speed(&self, speed: f64) -> Reply<()> {
        self.post(Msg::Speed(within("speed", speed, 0.5, 3.0)?))
    }

    pub(crate) async fn set_volume(&self, volume: f64) -> Reply<()> {
        self.post(Msg::Volume(within("volume", volume, 0.0, 1.0)?))
    }

    pub(crate) async fn set_muted(&self, muted: bool) -> Reply<()> {
        self.post(Msg::Muted(muted))
    }

    pub(crate) async fn select_audio(&self, track: TrackId) -> Reply<()> {
        self.post(Msg::Audio(track))
    }

    pub(crate) async fn select_subtitle(&self, track: Option<TrackId>) -> Reply<()> {
        self.post(Msg::Subtitle(track))
    }

    pub(crate) async fn retry(&self) -> Reply<()> {
        self.post(Msg::Retry)
    }

    pub(crate) async fn point_at(&self, episode: Option<EpisodeId>) -> Reply<()> {
        self.post(Msg::PointAt(episode))
    }

    pub(crate) async fn set_favourite(&self, series: SeriesId, favourite: bool) -> Reply<()> {
        self.send(Msg::Favourite(series.clone(), favourite));
        self.shelf.ask(move |l| l.set_favourite(&series, favourite, SystemTime::now())).await?;
        self.changed()
    }

    pub(crate) async fn set_watched(&self, episode: EpisodeId, watched: bool) -> Reply<()> {
        self.send(Msg::Watched(episode.clone(), watched));
        let found = self
            .shelf
            .ask(move |l| match l.series_of(&episode)? {
                Some(series) => l.set_watched(&series, &episode, watched, SystemTime::now()).map(|()| true),
                None => Ok(false),
            })
            .await?;
        if found { self.changed() } else { Err(unknown_series()) }
    }

    pub(crate) async fn settings(&self) -> Reply<Settings> {
        self.shelf.ask(|l| l.settings()).await
    }

    pub(crate) async fn save_settings(&self, mut settings: Settings) -> Reply<()> {
        settings.speed = within("speed", settings.speed, 0.5, 3.0)?;
        settings.volume = within("volume", settings.volume, 0.0, 1.0)?;
        settings.subtitle_scale = within("subtitle_scale", settings.subtitle_scale, 0.5, 2.0)?;
        let kept = settings.clone();
        self.shelf.ask(move |l| l.save_settings(&kept)).await?;
        self.apply_network_settings(&settings).await;
        self.post(Msg::Settings(Box::new(settings)))
    }

    async fn apply_network_settings(&self, settings: &Settings) {
        self.downloads.set_limit(settings.download_limit_kib);
        self.downloads.avoid_meters(settings.downloads_unmetered_only);
        if self.net.media.is_offline() != settings.offline {
            self.net.media.set_offline(settings.offline);
            self.tell_reach();
            self.downloads.again_now();
            self.downloads.changed();
        }
        let limit = limit_of(settings);
        let grows = move |store: &Store| {
            let before = store.stats().limit;
            store.set_limit(limit).map(|()| store.stats().limit > before)
        };
        match self.with_store(grows).await {
            Ok(true) => self.downloads.room_grew(),
            Ok(false) => {}
            Err(e) => tracing::warn!("the cache's limit could not be set: {}", e.message),
        }
    }

    pub(crate) async fn add_source(&self, path: String) -> Reply<SourceInfo> {
        if is_address(path.trim()) {
            let url = url::Url::parse(path.trim()).map_err(|e| {
                ApiError::new(ErrorCode::BadRequest, format!("{path} is no address.")).with_detail(e.to_string())
            })?;
            return self.take_source(MediaRef::Url(url.into())).await;
        }
        let given = PathBuf::from(path.trim());
        let shown = given.display().to_string();
        let look =
            move || match given.canonicalize() {
                Ok(path) if path.is_dir() => Ok(path),
                Ok(_) => Err(ApiError::new(ErrorCode::NotFound, format!("{} is not a folder.", given.display()))),
                Err(e) => Err(ApiError::new(ErrorCode::NotFound, format!("There is no folder {shown}."))
                    .with_detail(e.to_string())),
            };
        let path = tokio::task::spawn_blocking(look).await.map_err(|e| {
            ApiError::new(ErrorCode::Internal, "The folder could not be looked at.").with_detail(e.to_string())
        })??;
        self.take_source(path.into()).await
    }

    async fn take_source(&self, place: MediaRef) -> Reply<SourceInfo> {
        let source = self.shelf.ask(move |l| l.add_source(place, SystemTime::now())).await?;
        self.scans.start(source.clone());
        self.changed()?;
        Ok(views::source_info(source))
    }

    pub(crate) async fn rescan_source(&self, id: SourceId) -> Reply<()> {
        let sources = self.shelf.ask(|l| l.sources()).await?;
        let source = sources.into_iter().find(|s| s.id == id);
        self.scans.start(source.ok_or_else(|| ApiError::new(ErrorCode::Unknown, "This source was removed."))?);
        Ok(())
    }

    pub(crate) async fn remove_source(&self, id: SourceId) -> Reply<()> {
        self.scans.cancel(&id);
        self.shelf.ask(move |l| l.remove_source(&id)).await?;
        self.queue_changed()
    }

    pub(crate) async fn downloads(&self) -> Reply<DownloadsView> {
        self.downloads.view().await
    }

    pub(crate) async fn download(&self, episodes: Vec<EpisodeId>) -> Reply<()> {
        self.shelf
            .ask(move |l| {
                for episode in episodes {
                    if let Some(series) = l.series_of(&episode)? {
                        l.add_download(&series, &episode, false, SystemTime::now())?;
                    }
                }
                Ok(())
            })
            .await?;
        self.queue_changed()
    }

    pub(crate) async fn keep_next(&self, series: SeriesId, count: u32) -> Reply<()> {
        let count = count.min(KEEP_AT_MOST);
        self.shelf.ask(move |l| l.set_keep_next(&series, count)).await?;
        self.queue_changed()
    }

    pub(crate) async fn pause_downloads(&self, paused: bool) -> Reply<()> {
        self.downloads.pause(paused).await
    }

    pub(crate) async fn pause_download(&self, episode: EpisodeId, paused: bool) -> Reply<()> {
        self.downloads.pause_one(episode, paused).await?;
        self.queue_changed()
    }

    pub(crate) async fn download_first(&self, episode: EpisodeId) -> Reply<()> {
        self.shelf.ask(move |l| l.download_first(&episode)).await?;
        self.queue_changed()
    }

    pub(crate) async fn move_download(&self, episode: EpisodeId, before: Option<EpisodeId>) -> Reply<()> {
        self.shelf.ask(move |l| l.move_download(&episode, before.as_ref())).await?;
        self.queue_changed()
    }

    pub(crate) async fn remove_download(&self, episode: EpisodeId) -> Reply<()> {
        self.shelf.ask(move |l| l.decline_download(&episode)).await?;
        self.queue_changed()
    }

    fn queue_changed(&self) -> Reply<()> {
        self.downloads.changed();
        self.changed()
    }

    pub(crate) async fn cache(&self) -> Reply<CacheView> {
        let stats = self.with_store(|store| Ok(store.stats())).await?;
        Ok(CacheView {
            bytes: stats.bytes,
            pinned_bytes: stats.pinned_bytes,
            limit_bytes: stats.limit,
            free_bytes: stats.free_disk,
        })
    }

    pub(crate) async fn clear_cache(&self) -> Reply<()> {
        self.with_store(|store| store.clear(true)).await?;
        self.changed()
    }

    async fn with_store<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Store) -> Result<T, CacheError> + Send + 'static,
    ) -> Reply<T> {
        let failed = |detail: String| {
            ApiError::new(ErrorCode::CacheUnusable, "The cache of media cannot be used.").with_detail(detail)
        };
        let media = self.net.media.clone();
        let done = tokio::task::spawn_blocking(move || media.store().map(|store| job(&store)));
        match done.await {
            Ok(Some(done)) => done.map_err(|e| failed(e.to_string())),
            Ok(None) => Err(failed("it could not be opened".into())),
            Err(e) => Err(failed(e.to_string())),
        }
    }

    pub(crate) async fn forget_habits(&self) -> Reply<()> {
        // By whoever saves them: deleted from here, they would come back with the next swipe.
        let forgotten = self.told(Msg::ForgetHabits).await?;
        forgotten.map_err(|e| ApiError::new(e.code(), e.to_string()))
    }

    pub(crate) async fn statistics(&self) -> Reply<Statistics> {
        self.told(Msg::Statistics).await
    }

    pub(crate) async fn dismiss_notice(&self, notice: Notice) -> Reply<()> {
        lock(&self.notices).retain(|n| *n != notice);
        self.changed()
    }

    fn post(&self, msg: Msg) -> Reply<()> {
        self.send(msg);
        Ok(())
    }

    fn changed(&self) -> Reply<()> {
        self.downloads.look();
        // Nobody may be listening.
        let _ = self.events.send(Event::LibraryChanged);
        Ok(())
    }

    async fn told<T>(&self, msg: impl FnOnce(oneshot::Sender<T>) -> Msg) -> Reply<T> {
        let (reply, replied) = oneshot::channel();
        self.send(msg(reply));
        replied.await.map_err(|_| ApiError::new(ErrorCode::Internal, "The engine has ended."))
    }
}

/// Bounds a number that came from outside.
fn within(name: &str, value: f64, low: f64, high: f64) -> Reply<f64> {
    if value.is_finite() {
        Ok(value.clamp(low, high))
    } else {
        Err(ApiError::new(ErrorCode::BadRequest, format!("{name} must be a number.")))
    }
}

/// What the cache may take.
pub(crate) fn limit_of(settings: &Settings) -> Limit {
    library::cache_limit(settings).map_or(Limit::Usual, Limit::Bytes)
}
