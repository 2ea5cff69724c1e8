//! The cache and the network as one: what is asked for comes from the disk where it is, else from its server, once.

use crate::asset::Asset;
use crate::cache::{CacheError, Limit, Mode, Store};
use crate::http::{Client, ClientOptions, FetchError, LinkEstimate, Location};
use crate::loose::Held;
use crate::traffic::{Ledger, Traffic};
use crate::{KeyRules, ResourceKey};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// Where it is.
    dir: PathBuf,
    closed: AtomicBool,
    pub(crate) runtime: Handle,
    pub(crate) offline: AtomicBool,
    /// There is no network, as far as the device knows.
    pub(crate) cut_off: AtomicBool,
    pub(crate) ledger: Ledger,
    pub(crate) held: Held,
    /// The disk did not take what came last.
    pub(crate) disk_fails: AtomicBool,
    rules: RwLock<KeyRules>,
    assets: Mutex<HashMap<ResourceKey, Weak<Asset>>>,
    changed: Box<dyn Fn() + Send + Sync>,
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
            dir: dir.to_path_buf(),
            closed: AtomicBool::new(false),
            runtime: Handle::current(),
            offline: AtomicBool::new(false),
            cut_off: AtomicBool::new(false),
            ledger: Ledger::default(),
            held: Held::default(),
            disk_fails: AtomicBool::new(false),
            rules: RwLock::default(),
            assets: Mutex::default(),
            changed: Box::new(changed),
        };
        Ok((Self { inner: Arc::new(inner) }, error))
    }

    /// The resource at a location; everybody who asks for the same one gets the same asset. A newer address of a known
    /// resource takes the place of the older.
    pub fn asset(&self, location: &Location) -> Arc<Asset> {
        let key = self.key(&location.url);
        let mut assets = self.inner.assets();
        if let Some(asset) = assets.get(&key).and_then(Weak::upgrade) {
            asset.relocate(location);
            return asset;
        }
        assets.retain(|_, asset| asset.strong_count() > 0);
        let asset = Asset::new(Arc::downgrade(&self.inner), key.clone(), location.clone(), self.inner.held.clone());
        assets.insert(key, Arc::downgrade(&asset));
        asset
    }

    /// Ends all fetches and closes the cache: the program is leaving. Blocks until what is being written is written, at most
    /// for `patience`.
    pub fn close(&self, patience: Duration) {
        self.set_offline(true);
        self.inner.closed.store(true, Ordering::Release);
        let store = self.inner.store.write().unwrap_or_else(PoisonError::into_inner).take();
        let Some(left) = store.map(|store| Arc::downgrade(&store)) else { return };
        let deadline = Instant::now() + patience;
        while left.strong_count() > 0 && Instant::now() < deadline {
            // A write takes milliseconds, and nobody tells of its end.
            std::thread::sleep(CLOSED_LOOK);
        }
    }

    /// Whether the cache takes what is fetched: it could be opened, and no other process writes it.
    pub fn keeps(&self) -> bool {
        self.store().is_some_and(|store| store.mode() == Mode::Writable)
    }

    /// Where the cache could not be opened or another process wrote it, tries again, and tells whether it keeps what is
    /// fetched from now on. What is in memory is kept then as well. Blocks for the disk.
    pub fn mend_cache(&self, limit: Limit) -> bool {
        if self.keeps() {
            return true;
        }
        let opened = Store::open(&self.inner.dir, limit, SystemTime::now).ok();
        let Some(store) = opened.filter(|s| s.mode() == Mode::Writable) else {
            return false;
        };
        {
            let mut place = self.inner.store.write().unwrap_or_else(PoisonError::into_inner);
            if self.inner.closed.load(Ordering::Acquire) {
                return false;
            }
            *place = Some(Arc::new(store));
        }
        let assets: Vec<_> = self.inner.assets().values().filter_map(Weak::upgrade).collect();
        assets.iter().for_each(|asset| asset.store_changed());
        self.inner.tell();
        true
    }

    /// The name under which a location's bytes are kept.
    pub fn key(&self, url: &str) -> ResourceKey {
        ResourceKey::of_url(url, &self.inner.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What belongs to a name from now on, beside what is known of the usual signatures. What is kept under another name is
    /// found no more.
    pub fn set_rules(&self, rules: KeyRules) {
        *self.inner.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
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

    /// Says whether the device has no network, as far as it knows. What cannot be reached is not waited for then; it is tried
    /// all the same, for devices may be mistaken.
    pub fn set_cut_off(&self, cut_off: bool) {
        self.inner.cut_off.store(cut_off, Ordering::Release);
    }

    /// Whether fetching is switched off.
    pub fn is_offline(&self) -> bool {
        self.inner.is_offline()
    }

    /// What is known of the link over all hosts.
    pub fn link(&self) -> Option<LinkEstimate> {
        self.inner.client.overall()
    }

    /// What is known of the link to the host of an address.
    pub fn link_to(&self, url: &str) -> Option<LinkEstimate> {
        self.inner.client.link_of(url)
    }

    /// What went through since the start.
    pub fn traffic(&self) -> Traffic {
        self.inner.ledger.traffic()
    }
}

impl Inner {
    pub(crate) fn store(&self) -> Option<Arc<Store>> {
        self.store.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Acquire)
    }

    /// Where the disk takes nothing, lets go of what was played.
    pub(crate) fn spare_memory(&self) {
        if self.held.is_much() {
            let assets: Vec<_> = self.assets().values().filter_map(Weak::upgrade).collect();
            assets.iter().for_each(|asset| asset.drop_played());
        }
    }

    pub(crate) fn tell(&self) {
        (self.changed)();
    }

    fn assets(&self) -> MutexGuard<'_, HashMap<ResourceKey, Weak<Asset>>> {
        self.assets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
