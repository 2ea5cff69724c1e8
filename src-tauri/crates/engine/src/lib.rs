//! The engine: a feed of episodes, the decks that play them, and the library behind it, without a window.
//!
//! [`Engine`] is a handle; every front end (the desktop shell, the loopback host of the browser tests, the tests here)
//! drives it by the commands of [`api`] and hears its events. It knows no Tauri and no GTK.

pub mod api;
mod commands;
mod downloads;
mod feed;
mod mending;
mod network;
mod pictures;
mod pool;
mod scans;
mod session;
mod shelf;
mod stage;
mod streams;
mod subtitles;
mod surroundings;
mod texts;
mod views;

pub use api::{Event, dispatch};
pub use library::Places;
pub use playback::{AudioOutput, DeckId, Frame, LoadId, VideoOutput};
pub use stage::{Card, FeedWindow, HeadlessStage, Stage, StageEvent};
pub use surroundings::Surroundings;

use downloads::Downloads;
use library::Library;
use media::Media;
use media::cache::CacheError;
use media::http::ClientOptions;
use model::{ApiError, ErrorCode, Notice, Settings};
use network::Net;
use pictures::Pictures;
use playback::Deck;
use scans::Scans;
use session::{Msg, Session, Tools};
use shelf::Shelf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::sync::{Notify, broadcast, mpsc, oneshot};

/// Events that a slow listener may fall behind before it loses some.
const EVENTS_KEPT: usize = 1024;

/// How long leaving waits for the cache's last write.
const CLOSED_WITHIN: Duration = Duration::from_secs(2);

/// What an engine is made of.
pub struct Config {
    /// Where data and caches lie.
    pub places: Places,
    /// Where pictures go.
    pub stage: Arc<dyn Stage>,
    /// Where sound goes.
    pub audio: AudioOutput,
}

/// A handle to the engine; clones share it.
#[derive(Clone)]
pub struct Engine {
    inbox: mpsc::UnboundedSender<Msg>,
    events: broadcast::Sender<Event>,
    shelf: Shelf,
    scans: Scans,
    pictures: Pictures,
    net: Net,
    downloads: Downloads,
    notices: Arc<Mutex<Vec<Notice>>>,
}

impl Engine {
    /// Opens the library and starts the session on the current Tokio runtime. Blocks for the time that opening takes.
    ///
    /// # Errors
    /// When the data directory cannot be used or GStreamer does not start.
    pub fn start(config: Config) -> Result<Self, ApiError> {
        playback::init()?;
        let to_api = |e: library::LibraryError| ApiError::new(e.code(), e.to_string());
        let opened = Library::open(&config.places.data, SystemTime::now()).map_err(to_api)?;
        let settings = opened.library.settings().map_err(to_api)?;
        let sources = opened.library.sources().map_err(to_api)?;
        let paused = opened.library.downloads_paused().map_err(to_api)?;
        let habits = opened.library.habits().map_err(to_api)?;
        // What another version wrote may not be understood: then it is learned anew.
        let habits = habits.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        let notices: Arc<Mutex<Vec<Notice>>> = Arc::default();
        if let Some(path) = opened.set_aside {
            let notice = Notice { code: ErrorCode::LibrarySetAside, subject: path.display().to_string() };
            lock(&notices).push(notice);
        }
        let (complaints, notified) = (events.clone(), notices.clone());
        let shelf = Shelf::new(opened.library, move |error| {
            tracing::error!(code = ?error.code, "{error}");
            let notice = Notice { code: error.code, subject: error.message };
            let mut notices = lock(&notified);
            if !notices.contains(&notice) {
                notices.push(notice.clone());
                let _ = complaints.send(Event::Notice { notice });
            }
        })?;
        let (inbox, messages) = mpsc::unbounded_channel();
        let (news, came) = (inbox.clone(), Arc::new(Notify::new()));
        let woken = came.clone();
        let tell = move || {
            woken.notify_one();
            let _ = news.send(Msg::Media);
        };
        let (media, trouble) = open_media(&config.places, &settings, tell)?;
        media.set_offline(settings.offline);
        media.set_rules(network::key_rules(&sources));
        let net = Net::start(media.clone());
        if let Some(trouble) = trouble {
            tracing::warn!("the cache cannot be used: {trouble}");
            let code =
                if matches!(trouble, CacheError::ReadOnly) { ErrorCode::CacheShared } else { ErrorCode::CacheUnusable };
            let notice = Notice { code, subject: config.places.cache.display().to_string() };
            lock(&notices).push(notice.clone());
            tokio::spawn(mending::mend(shelf.clone(), net.clone(), events.clone(), notices.clone(), notice));
        }
        let pictures = Pictures::new(shelf.clone(), net.clone(), config.places.cache.join("pictures"));
        let downloads = Downloads::start(shelf.clone(), net.clone(), events.clone(), came, &settings, paused);
        let tools = Tools {
            inbox: inbox.clone(),
            events: events.clone(),
            stage: config.stage.clone(),
            shelf: shelf.clone(),
            pictures: pictures.clone(),
            net: net.clone(),
            downloads: downloads.clone(),
            make_deck: deck_maker(&config, &inbox),
        };
        let make = tools.make_deck.clone();
        let pool = inbox.clone();
        tokio::task::spawn_blocking(move || match session::make_pool(&make) {
            Ok(decks) => drop(pool.send(Msg::Pool(decks))),
            Err(e) => tracing::error!("there will be no playback: {e}"),
        });
        tokio::spawn(Session::new(tools, settings, habits).run(messages));
        let scans = Scans::new(shelf.clone(), media.clone(), events.clone(), downloads.clone());
        for source in sources {
            scans.start(source);
        }
        Ok(Self { inbox, events, shelf, scans, pictures, net, downloads, notices })
    }

    /// Everything that happens from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Takes what the stage tells. Never blocks.
    pub fn stage_event(&self, event: StageEvent) {
        self.send(Msg::Stage(event));
    }

    /// Takes what the device is in, now and whenever that changes. Never blocks.
    pub fn set_surroundings(&self, surroundings: Surroundings) {
        let before = self.net.set_surroundings(surroundings);
        if before == Some(surroundings) {
            return;
        }
        let changed = before.unwrap_or_default().network != surroundings.network;
        if changed {
            self.tell_reach();
        }
        self.downloads.again_now();
        self.send(Msg::Surroundings { back: changed && surroundings.network });
    }

    /// Tells front ends whether anything is fetched, and whether there is a network to fetch it from.
    pub(crate) fn tell_reach(&self) {
        let (offline, network) = (self.net.media.is_offline(), self.net.surroundings().network);
        // Nobody may be listening.
        let _ = self.events.send(Event::Offline { offline, network });
    }

    /// A poster or still by its key, as encoded bytes and their media type.
    ///
    /// # Errors
    /// When nothing has this key or nothing can be decoded.
    pub async fn picture(&self, key: &str) -> Result<(Vec<u8>, &'static str), ApiError> {
        self.pictures.get(key).await
    }

    /// Saves the position, ends every thread and closes the library. The handle answers nothing any more.
    pub async fn shutdown(&self) {
        self.scans.stop();
        self.downloads.stop();
        if let Some(gateway) = &self.net.gateway {
            gateway.stop().await;
        }
        let (done, decks) = oneshot::channel();
        self.send(Msg::Quit(done));
        let decks = decks.await.unwrap_or_default();
        let (shelf, net) = (self.shelf.clone(), self.net.clone());
        let ended = tokio::task::spawn_blocking(move || {
            drop(decks);
            net.media.close(CLOSED_WITHIN);
            shelf.close();
        });
        // A panic was printed where it happened.
        let _ = ended.await;
    }

    pub(crate) fn send(&self, msg: Msg) {
        // After shutdown there is nobody to hear it.
        let _ = self.inbox.send(msg);
    }
}

/// The cache and the network.
fn open_media(
    places: &Places,
    settings: &Settings,
    changed: impl Fn() + Send + Sync + 'static,
) -> Result<(Media, Option<CacheError>), ApiError> {
    Media::open(&places.cache.join("media"), commands::limit_of(settings), ClientOptions::default(), changed)
        .map_err(|e| ApiError::new(ErrorCode::Internal, "The network could not be set up.").with_detail(e.to_string()))
}

/// Numbers decks, so that one that was given up is never mistaken for the one in its place.
fn deck_maker(
    config: &Config,
    inbox: &mpsc::UnboundedSender<Msg>,
) -> Arc<dyn Fn() -> Result<Deck, ApiError> + Send + Sync> {
    let (stage, audio, inbox, number) = (config.stage.clone(), config.audio, inbox.clone(), AtomicUsize::new(0));
    Arc::new(move || {
        let inbox = inbox.clone();
        let id = DeckId(number.fetch_add(1, Ordering::Relaxed));
        Deck::new(id, stage.clone(), audio, move |message| drop(inbox.send(Msg::Deck(message))))
    })
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

#[cfg(test)]
mod tests {
    /// The committed bindings are what the types say; `UPDATE_BINDINGS=1 cargo test -p engine bindings` writes them.
    #[test]
    fn bindings_are_current() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/bindings/index.ts");
        let expected = crate::api::typescript();
        if std::env::var_os("UPDATE_BINDINGS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &expected).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == expected, "ui/src/bindings is stale: run `UPDATE_BINDINGS=1 cargo test -p engine bindings`");
    }
}
