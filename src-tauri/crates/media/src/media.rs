//! The cache and the network as one: what is asked for comes from the disk where it is, else from its server, once.

use crate::asset::Asset;
use crate::cache::{CacheError, Limit, Mode, Store};
use crate::http::{Client, ClientOptions, FetchError, LinkEstimate, Location};
use crate::{KeyRules, ResourceKey};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::Handle;

/// Between two looks whether the cache is still being written.
const CLOSED_LOOK: Duration = Duration::from_millis(2);

/// Everything that is read over the network goes through one of these. Cheap to clone; clones share all.
#[derive(Clone)]
pub struct Media {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) client: Client,
    store: RwLock<Option<Arc<Store>>>,
    pub(crate) runtime: Handle,
    pub(crate) offline: AtomicBool,
    /// Bytes that came over the network for assets, …
    pub(crate) fetched: AtomicU64,
    /// … and those of them, or of the cache, that somebody read for the first time.
    pub(crate) used: AtomicU64,
    rules: KeyRules,
    assets: Mutex<HashMap<ResourceKey, Weak<Asset>>>,
    changed: Box<dyn Fn() + Send + Sync>,
}

/// What went through since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes of media that came over the network.
    pub fetched: u64,
    /// Different bytes of media that were read, wherever they came from.
    pub used: u64,
}

impl Media {
    /// Opens the cache in `dir` and the network. Without a cache that works everything comes from the network: the error
    /// that comes along is to be told, not to stop for. `changed` is called whenever something was fetched, committed or
    /// failed; it must not block. Call it within a tokio runtime, where the fetches will run. Blocks for the time that
    /// opening takes.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn open(
        dir: &Path,
        limit: Limit,
        options: ClientOptions,
        changed: impl Fn() + Send + Sync + 'static,
    ) -> Result<(Self, Option<CacheError>), FetchError> {
        let (store, error) = match Store::open(dir, limit, SystemTime::now) {
            Ok(store) if store.mode() == Mode::ReadOnly => (Some(store), Some(CacheError::ReadOnly)),
            Ok(store) => (Some(store), None),
            Err(error) => (None, Some(error)),
        };
        let inner = Inner {
            client: Client::new(options)?,
            store: RwLock::new(store.map(Arc::new)),
            runtime: Handle::current(),
            offline: AtomicBool::new(false),
            fetched: AtomicU64::new(0),
            used: AtomicU64::new(0),
            rules: KeyRules::default(),
            assets: Mutex::default(),
            changed: Box::new(changed),
        };
        Ok((Self { inner: Arc::new(inner) }, error))
    }

    /// The resource at a location; everybody who asks for the same one gets the same asset. A newer address of a known
    /// resource takes the place of the older.
    pub fn asset(&self, location: &Location) -> Arc<Asset> {
        let key = ResourceKey::of_url(&location.url, &self.inner.rules);
        let mut assets = self.inner.assets();
        if let Some(asset) = assets.get(&key).and_then(Weak::upgrade) {
            asset.relocate(location);
            return asset;
        }
        assets.retain(|_, asset| asset.strong_count() > 0);
        let asset = Asset::new(Arc::downgrade(&self.inner), key.clone(), location.clone());
        assets.insert(key, Arc::downgrade(&asset));
        asset
    }

    /// Ends all fetches and closes the cache: the program is leaving. Blocks until what is being written is written, at most
    /// for `patience`.
    pub fn close(&self, patience: Duration) {
        self.set_offline(true);
        let store = self.inner.store.write().unwrap_or_else(PoisonError::into_inner).take();
        let Some(left) = store.map(|store| Arc::downgrade(&store)) else { return };
        let deadline = Instant::now() + patience;
        while left.strong_count() > 0 && Instant::now() < deadline {
            // A write takes milliseconds, and nobody tells of its end.
            std::thread::sleep(CLOSED_LOOK);
        }
    }

    /// The name under which a location's bytes are kept.
    pub fn key(&self, url: &str) -> ResourceKey {
        ResourceKey::of_url(url, &self.inner.rules)
    }

    /// For small things: catalogs, playlists, subtitles, pictures.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// The cache, where there is one.
    pub fn store(&self) -> Option<Arc<Store>> {
        self.inner.store()
    }

    /// From now on nothing is fetched (or it is again): what is cached is read all the same.
    pub fn set_offline(&self, offline: bool) {
        self.inner.offline.store(offline, Ordering::Release);
        if offline {
            let assets: Vec<_> = self.inner.assets().values().filter_map(Weak::upgrade).collect();
            assets.iter().for_each(|asset| asset.give_up());
        }
        self.inner.tell();
    }

    /// Whether fetching is switched off.
    pub fn is_offline(&self) -> bool {
        self.inner.is_offline()
    }

    /// What is known of the link over all hosts.
    pub fn link(&self) -> Option<LinkEstimate> {
        self.inner.client.overall()
    }

    /// What went through since the start.
    pub fn traffic(&self) -> Traffic {
        Traffic { fetched: self.inner.fetched.load(Ordering::Relaxed), used: self.inner.used.load(Ordering::Relaxed) }
    }
}

impl Inner {
    pub(crate) fn store(&self) -> Option<Arc<Store>> {
        self.store.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Acquire)
    }

    pub(crate) fn note_fetched(&self, bytes: u64) {
        self.fetched.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn note_used(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn tell(&self) {
        (self.changed)();
    }

    fn assets(&self) -> MutexGuard<'_, HashMap<ResourceKey, Weak<Asset>>> {
        self.assets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
