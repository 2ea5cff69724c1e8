//! Playlists: fetched, kept as long as they are good, and out of the cache where the network gives none.
//!
//! A live playlist comes from its server every time. If the server fails, the last copy is served for one more target
//! duration, the time in which a player expects nothing new anyway. Others do not change; they are kept in memory for
//! a while and on the disk for when the network or the server gives none, so that a film that was downloaded can be played.

use super::error::GatewayError;
use super::registration::Registration;
use super::route::ResourceId;
use super::shared::Shared;
use super::timeline::Timeline;
use crate::cache::Store;
use crate::http::FetchError;
use crate::{Media, ResourceKey, Validator, dash, hls};
use reqwest::Url;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Bytes that a playlist may have.
const PLAYLIST_MAX: u64 = 4 << 20;

/// The longest wait for a playlist.
const WITHIN: Duration = Duration::from_secs(20);

/// The longest wait for a live playlist of which there is a copy: a player asks again soon.
const LIVE_WITHIN: Duration = Duration::from_secs(5);

/// The longest wait for a playlist of which there is a copy on the disk: it hardly ever differs.
const STORED_WITHIN: Duration = Duration::from_millis(1500);

/// After a server failed, the other playlists of the same stream are taken from the disk at once for so long.
const CUT_OFF_FOR: Duration = Duration::from_secs(30);

/// A playlist that does not change is believed for so long.
const GOOD_FOR: Duration = Duration::from_secs(600);

/// Playlists that lead to each other: a multivariant playlist, a media playlist, and one to spare.
const DEPTH_MAX: u8 = 3;

/// What language a playlist is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Hls,
    Dash,
}

/// A playlist as its server sent it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) text: String,
    /// What addresses in it are relative to.
    pub(super) url: Url,
    pub(super) language: Language,
    /// It will change.
    pub(super) live: bool,
    /// In which time, about.
    period: Duration,
    pub(super) fetched: Instant,
    /// The disk has it.
    on_disk: AtomicBool,
}

impl Kept {
    fn new(text: String, url: Url) -> Result<Self, GatewayError> {
        let (language, live, period) = if hls::is_playlist(&text) {
            (Language::Hls, hls::is_live(&text), hls::target_duration(&text))
        } else if dash::is_description(&text) {
            let document = dash::Document::read(&text, &url).map_err(GatewayError::NotPlaylist)?;
            (Language::Dash, document.is_live(), document.update_period())
        } else {
            let head: String = text.chars().take(40).filter(|c| !c.is_control()).collect();
            return Err(GatewayError::NotPlaylist(head));
        };
        let period = period.unwrap_or(LIVE_WITHIN).clamp(Duration::from_secs(1), Duration::from_secs(60));
        Ok(Self { text, url, language, live, period, fetched: Instant::now(), on_disk: AtomicBool::new(false) })
    }

    fn is_good(&self, newer_than: Option<Instant>) -> bool {
        let good = !self.live && self.fetched.elapsed() < GOOD_FOR;
        good && newer_than.is_none_or(|than| self.fetched > than)
    }

    /// Whether it will do while its server fails: for the target duration that it was good for, and one more.
    fn will_do(&self) -> bool {
        !self.live || self.fetched.elapsed() <= self.period * 2
    }
}

impl Shared {
    /// A playlist of a registration, fetched after `newer_than`, if that is said. Waits at most for some seconds.
    pub(super) async fn playlist(
        &self,
        registration: &Arc<Registration>,
        id: ResourceId,
        newer_than: Option<Instant>,
    ) -> Result<Arc<Kept>, GatewayError> {
        let deadline = Instant::now() + WITHIN;
        let slot = registration.slot(id);
        let Ok(mut slot) = timeout_at(deadline, slot.lock()).await else { return Err(FetchError::TimedOut.into()) };
        if let Some(kept) = slot.as_ref().filter(|kept| kept.is_good(newer_than)) {
            let asked = registration.entry(id).map(|entry| entry.url);
            // The cache may have been full, or emptied meanwhile, or more of what is there may be named by this one now.
            let due = |asked: &Url| !kept.on_disk.load(Ordering::Relaxed) || !self.is_stored(asked);
            if let Some(asked) = asked.filter(due) {
                self.store(kept.clone(), &asked);
            }
            return Ok(kept.clone());
        }
        let has_copy = slot.as_ref().is_some_and(|kept| kept.live);
        let is_stored = registration.entry(id).is_some_and(|entry| self.is_stored(&entry.url));
        let patience = match (is_stored, has_copy) {
            // A copy would not do.
            _ if newer_than.is_some() => WITHIN,
            (true, _) if registration.is_cut_off() => Duration::ZERO,
            (true, _) => STORED_WITHIN,
            (false, true) => LIVE_WITHIN,
            (false, false) => WITHIN,
        };
        match self.fetch(registration, id, deadline.min(Instant::now() + patience)).await {
            Ok(kept) => {
                let kept = Arc::new(kept);
                *slot = Some(kept.clone());
                if !kept.live {
                    self.store(
                        kept.clone(),
                        &registration.entry(id).map_or_else(|| kept.url.clone(), |entry| entry.url),
                    );
                }
                Ok(kept)
            }
            // Also where the server refuses: what was downloaded outlives the address that it came from.
            Err(error) => {
                let passes = passes(&error);
                if passes {
                    registration.cut_off(CUT_OFF_FOR);
                }
                if let Some(kept) = slot.as_ref().filter(|kept| kept.will_do() && (passes || !kept.live)) {
                    tracing::debug!(%error, "the last copy of a playlist instead");
                    return Ok(kept.clone());
                }
                let entry = registration.entry(id).ok_or(GatewayError::Unknown)?;
                let kept = self.restore(&entry.url).await.ok_or(error)?;
                let kept = Arc::new(kept);
                *slot = Some(kept.clone());
                Ok(kept)
            }
        }
    }

    async fn fetch(
        &self,
        registration: &Arc<Registration>,
        id: ResourceId,
        deadline: Instant,
    ) -> Result<Kept, GatewayError> {
        let entry = registration.entry(id).ok_or(GatewayError::Unknown)?;
        if entry.depth > DEPTH_MAX {
            return Err(GatewayError::Nested);
        }
        if self.media.is_offline() {
            return Err(GatewayError::Offline);
        }
        let location = registration.locate(id).ok_or(GatewayError::Unknown)?;
        let small = self.media.client().small(&location, PLAYLIST_MAX, deadline).await?;
        let url = Url::parse(&small.url).map_err(|error| FetchError::Address(error.to_string()))?;
        let text = String::from_utf8_lossy(&small.bytes).into_owned();
        Kept::new(text, url)
    }

    fn is_stored(&self, asked: &Url) -> bool {
        let key = disk_key(&self.media, asked.as_str());
        self.media.store().is_some_and(|store| store.is_whole(&key))
    }

    /// Keeps a playlist on the disk, after the fact, unless more is there of what an older one names. (Where signatures are
    /// in paths, every playlist has other names for the same things. Those under which they are kept are needed when there
    /// is no server.)
    fn store(&self, kept: Arc<Kept>, asked: &Url) {
        let (media, key) = (self.media.clone(), disk_key(&self.media, asked.as_str()));
        self.media.inner.runtime.spawn_blocking(move || {
            let Some(store) = media.store() else { return };
            let older = read(&store, &key).filter(|older| older.text != kept.text);
            let here = |kept: &Kept| names(&media, kept).iter().filter(|name| !store.ranges(name).is_empty()).count();
            if older.is_some_and(|older| here(&older) > here(&kept)) {
                return;
            }
            let bytes = format!("{}\n{}", kept.url, kept.text).into_bytes();
            let hash = format!("\"{:016x}\"", xxhash_rust::xxh3::xxh3_64(&bytes));
            let validator = Validator { etag: Some(hash), last_modified: None, length: Some(bytes.len() as u64) };
            let put = store.resource(&key, &validator).and_then(|state| {
                if state.cached.contains(0..bytes.len() as u64) {
                    return Ok(());
                }
                let chunks = bytes.chunks(crate::cache::FRAGMENT_MAX).enumerate();
                chunks.into_iter().try_for_each(|(at, part)| {
                    store.put(&key, state.version, (at * crate::cache::FRAGMENT_MAX) as u64, part).map(drop)
                })
            });
            match put {
                Ok(()) => kept.on_disk.store(true, Ordering::Relaxed),
                Err(error) => tracing::warn!(%key, %error, "a playlist could not be kept"),
            }
        });
    }

    async fn restore(&self, asked: &Url) -> Option<Kept> {
        let (media, key) = (self.media.clone(), disk_key(&self.media, asked.as_str()));
        let read = self.media.inner.runtime.spawn_blocking(move || read(&*media.store()?, &key));
        read.await.ok()?
    }
}

/// The playlist of this name on the disk. Blocks for it.
fn read(store: &Store, key: &ResourceKey) -> Option<Kept> {
    let state = store.resource(key, &Validator::default()).ok()?;
    let mut bytes = vec![0; usize::try_from(state.validator.length?).ok()?];
    let mut at = 0;
    while at < bytes.len() {
        match store.read(key, state.version, at as u64, &mut bytes[at..]) {
            Ok(read) if read > 0 => at += read,
            _ => return None,
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    let (url, text) = text.split_once('\n')?;
    Kept::new(text.to_owned(), Url::parse(url).ok()?).ok()
}

/// Under which names the things are kept that a playlist names.
fn names(media: &Media, kept: &Kept) -> HashSet<ResourceKey> {
    let of = |timeline: Timeline| {
        let init = timeline.init.into_iter().map(|(url, _)| url);
        init.chain(timeline.parts.into_iter().map(|part| part.url)).map(|url| media.key(url.as_str()))
    };
    match kept.language {
        Language::Hls if hls::is_multivariant(&kept.text) => {
            let all = hls::Multivariant::read(&kept.text, &kept.url);
            all.playlists().into_iter().map(|url| disk_key(media, url.as_str())).collect()
        }
        Language::Hls => of(Timeline::of_hls(&kept.text, &kept.url)).collect(),
        Language::Dash => {
            let Ok(document) = dash::Document::read(&kept.text, &kept.url) else { return HashSet::new() };
            (0..document.variants().len()).flat_map(|variant| of(document.timeline(variant))).collect()
        }
    }
}

/// The name under which a playlist is kept.
pub(super) fn disk_key(media: &Media, asked: &str) -> ResourceKey {
    ResourceKey::new(format!("playlist {}", media.key(asked)))
}

/// Whether the server may give the playlist later.
fn passes(error: &GatewayError) -> bool {
    match error {
        GatewayError::Offline => true,
        GatewayError::Fetch(error) => error.passes() || *error == FetchError::TimedOut,
        _ => false,
    }
}
