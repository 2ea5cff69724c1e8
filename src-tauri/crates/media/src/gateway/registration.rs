//! One stream that players may ask for: where it is, what its playlists have named so far, and which variant is played.
//!
//! A name is made of a resource's key, so that a live playlist that is fetched again names the same segments by the same
//! addresses, and a signature that changed only changes where they are fetched from.

use super::described::Described;
use super::pace::Pace;
use super::reference::Kind;
use super::route::ResourceId;
use super::shared::Shared;
use super::sound::SoundWish;
use super::variant::{Conditions, Variant, pick};
use crate::http::{Location, Refresh};
use crate::{KeyRules, ResourceKey};
use reqwest::Url;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// Resources of one stream that are kept in mind. A film in segments of a second has fewer.
pub(super) const RESOURCES_MAX: usize = 16_384;

/// Playlists of one stream whose text is kept.
const PLAYLISTS_MAX: usize = 8;

/// Which variant of a stream is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VariantChoice {
    /// What the link, the window and the viewer's thrift say, see [`super::Gateway::steer`].
    #[default]
    Auto,
    /// The one that needs about so many bits per second: what a viewer chose in one episode holds in the next.
    Nearest(u64),
}

impl VariantChoice {
    /// The variant to play, as a place in `variants`, when `current` plays now; see [`pick`].
    pub fn among(self, variants: &[Variant], conditions: Conditions, current: Option<usize>) -> usize {
        match self {
            Self::Auto => pick(variants, conditions, current),
            Self::Nearest(bandwidth) => nearest(variants, bandwidth),
        }
    }
}

/// Something that a playlist named.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) url: Url,
    pub(super) kind: Kind,
    /// The playlist that named it, …
    pub(super) parent: ResourceId,
    /// … as its how-manyth of this kind.
    pub(super) ordinal: usize,
    /// How many playlists lead here.
    pub(super) depth: u8,
    /// Where it is now, if its playlist has another name for it since.
    moved: Option<Url>,
    used: u64,
}

/// A place that holds a playlist's last copy, and lets one at a time fetch another.
pub(super) type Slot = Arc<tokio::sync::Mutex<Option<Arc<super::playlist::Kept>>>>;

pub(super) struct Registration {
    pub(super) id: u64,
    pub(super) pace: Pace,
    shared: Weak<Shared>,
    state: Mutex<State>,
}

struct State {
    location: Location,
    choice: VariantChoice,
    conditions: Conditions,
    sound: SoundWish,
    /// What was chosen last: it is not left lightly.
    current: Option<usize>,
    entries: HashMap<ResourceId, Entry>,
    described: Described,
    playlists: HashMap<ResourceId, Slot>,
    /// When the playlists were fetched whose names are known.
    read: HashMap<ResourceId, Instant>,
    tick: u64,
    /// Its server failed: until then it is not counted on.
    cut_off: Option<Instant>,
}

impl Registration {
    pub(super) fn new(shared: Weak<Shared>, id: u64, location: Location) -> Arc<Self> {
        let state = State {
            location,
            choice: VariantChoice::Auto,
            conditions: Conditions::default(),
            sound: SoundWish::default(),
            current: None,
            entries: HashMap::new(),
            described: Described::default(),
            playlists: HashMap::new(),
            read: HashMap::new(),
            tick: 0,
            cut_off: None,
        };
        Arc::new(Self { id, pace: Pace::default(), shared, state: Mutex::new(state) })
    }

    pub(super) fn relocate(&self, location: &Location) {
        self.state().location = location.clone();
    }

    pub(super) fn choose(&self, choice: VariantChoice) {
        self.state().choice = choice;
    }

    pub(super) fn steer(&self, conditions: Conditions) {
        self.state().conditions = conditions;
    }

    pub(super) fn wish_sound(&self, wish: SoundWish) {
        self.state().sound = wish;
    }

    pub(super) fn wished_sound(&self) -> SoundWish {
        self.state().sound.clone()
    }

    /// Its server failed, and is not counted on for a while.
    pub(super) fn cut_off(&self, time: Duration) {
        self.state().cut_off = Some(Instant::now() + time);
    }

    pub(super) fn is_cut_off(&self) -> bool {
        self.state().cut_off.is_some_and(|until| Instant::now() < until)
    }

    /// The variant that is played, of what the stream offers.
    pub(super) fn chosen(&self, variants: &[Variant]) -> Option<usize> {
        if variants.is_empty() {
            return None;
        }
        let mut state = self.state();
        let found = state.choice.among(variants, state.conditions, state.current);
        state.current = Some(found);
        Some(found)
    }

    /// The name for what a playlist named.
    pub(super) fn place(&self, kind: Kind, url: Url, parent: ResourceId, ordinal: usize, depth: u8) -> ResourceId {
        let id = name(kind, &url);
        let mut state = self.state();
        state.tick += 1;
        let used = state.tick;
        state.entries.insert(id, Entry { url, kind, parent, ordinal, depth, moved: None, used });
        if state.entries.len() > RESOURCES_MAX {
            // Live streams name new segments for ever: the quarter that was named longest ago goes.
            let mut ages: Vec<u64> = state.entries.values().map(|entry| entry.used).collect();
            ages.sort_unstable();
            let limit = ages[ages.len() / 4];
            state.entries.retain(|_, entry| entry.used > limit);
        }
        id
    }

    pub(super) fn entry(&self, id: ResourceId) -> Option<Entry> {
        let mut state = self.state();
        if id == ResourceId::ROOT {
            let url = Url::parse(&state.location.url).ok()?;
            let kind = Kind::Playlist;
            return Some(Entry { url, kind, parent: id, ordinal: 0, depth: 0, moved: None, used: 0 });
        }
        state.tick += 1;
        let used = state.tick;
        let entry = state.entries.get_mut(&id)?;
        entry.used = used;
        Some(entry.clone())
    }

    /// All that a playlist names that was fetched then is known now.
    pub(super) fn has_read(&self, id: ResourceId, fetched: Instant) {
        let mut state = self.state();
        let read = state.read.entry(id).or_insert(fetched);
        *read = fetched.max(*read);
    }

    /// A description was read, which names files by templates.
    pub(super) fn describe(&self, names: Vec<String>, live: bool) {
        self.state().described.learn(names, live);
    }

    /// Where a resource is and what to send along. Credentials stay with the host that they were given for.
    pub(super) fn locate(self: &Arc<Self>, id: ResourceId) -> Option<Location> {
        let root = self.state().location.clone();
        if id == ResourceId::ROOT {
            return Some(root);
        }
        let entry = self.entry(id)?;
        let mut location = elsewhere(&root, &entry.url);
        location.refresh = Some(Arc::new(Renewal { registration: Arc::downgrade(self), of: Named::Entry(id) }));
        Some(location)
    }

    /// Like [`Self::locate`], by the address that a playlist named.
    pub(super) fn locate_named(self: &Arc<Self>, kind: Kind, url: &Url) -> Location {
        self.locate(name(kind, url)).unwrap_or_else(|| self.locate_described(url, ResourceId::ROOT))
    }

    /// Where a file is that the description `parent` named.
    fn locate_described(self: &Arc<Self>, url: &Url, parent: ResourceId) -> Location {
        let state = self.state();
        let Some(found) = state.described.find(url) else { return elsewhere(&state.location, url) };
        let mut location = elsewhere(&state.location, &found.name);
        if !is_of(&state.location, &found.now) {
            strip(&mut location);
        }
        let of = Named::File { url: url.clone(), parent };
        location.refresh = Some(Arc::new(Renewal { registration: Arc::downgrade(self), of }));
        location
    }

    /// Where a file in a folder is. None if that is not in the folder.
    pub(super) fn locate_inside(self: &Arc<Self>, id: ResourceId, rest: &str, query: Option<&str>) -> Option<Location> {
        let Entry { url: folder, parent, .. } = self.entry(id).filter(|entry| entry.kind == Kind::Folder)?;
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let url = Url::parse(&format!("{folder}{rest}{query}")).ok()?;
        let inside = crate::dash::is_inside(rest) && url.origin() == folder.origin();
        (inside && url.path().starts_with(folder.path())).then(|| self.locate_described(&url, parent))
    }

    pub(super) fn slot(&self, id: ResourceId) -> Slot {
        let mut state = self.state();
        if state.playlists.len() >= PLAYLISTS_MAX && !state.playlists.contains_key(&id) {
            state.playlists.retain(|id, slot| *id == ResourceId::ROOT || Arc::strong_count(slot) > 1);
        }
        state.playlists.entry(id).or_default().clone()
    }

    pub(super) fn location(&self) -> Location {
        self.state().location.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nearest(variants: &[Variant], bandwidth: u64) -> usize {
    let distance = |at: &usize| (!variants[*at].has_video(), variants[*at].bandwidth.abs_diff(bandwidth));
    (0..variants.len()).min_by_key(distance).unwrap_or_default()
}

/// The name that a resource gets.
pub(super) fn name(kind: Kind, url: &Url) -> ResourceId {
    let key = ResourceKey::of_url(url.as_str(), &KeyRules::default());
    ResourceId(xxhash_rust::xxh3::xxh3_64_with_seed(key.as_str().as_bytes(), kind as u64).max(1))
}

/// The location of another address of the same source.
fn elsewhere(source: &Location, url: &Url) -> Location {
    let mut location = Location { url: url.to_string(), refresh: None, ..source.clone() };
    if !is_of(source, url) {
        strip(&mut location);
    }
    location
}

/// Whether an address is of the server that a source's credentials are for.
fn is_of(source: &Location, url: &Url) -> bool {
    Url::parse(&source.url).is_ok_and(|source| source.origin() == url.origin())
}

fn strip(location: &mut Location) {
    let credentials = ["authorization", "cookie", "proxy-authorization"];
    location.headers.retain(|(name, _)| !credentials.iter().any(|c| name.eq_ignore_ascii_case(c)));
}

/// Gets another address for something whose signature has expired: by fetching the playlist that named it again.
struct Renewal {
    registration: Weak<Registration>,
    of: Named,
}

/// What a playlist named: by its address, …
enum Named {
    Entry(ResourceId),
    /// … or by a template.
    File {
        url: Url,
        parent: ResourceId,
    },
}

impl Refresh for Renewal {
    fn current(&self) -> Option<String> {
        let registration = self.registration.upgrade()?;
        let url = match &self.of {
            Named::Entry(id) => registration.entry(*id).map(|entry| entry.moved.unwrap_or(entry.url))?,
            Named::File { url, .. } => registration.state().described.find(url)?.now,
        };
        Some(url.into())
    }

    fn refresh<'a>(&'a self, expired: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        Box::pin(async move {
            let registration = self.registration.upgrade()?;
            let shared = registration.shared.upgrade()?;
            let (parent, entry) = match &self.of {
                Named::Entry(id) => registration.entry(*id).map(|entry| (entry.parent, Some((*id, entry))))?,
                Named::File { parent, .. } => (*parent, None),
            };
            // Whoever else finds the same out meanwhile is content with the same playlist.
            let read = registration.state().read.get(&parent).copied();
            let current = self.current()?;
            if current != expired {
                return Some(current);
            }
            let newer_than = read.unwrap_or_else(Instant::now);
            let kept = shared.playlist(&registration, parent, Some(newer_than)).await.ok()?;
            let mut same_place = None;
            shared
                .rewrite(&registration, parent, &kept, false, &mut |kind, ordinal, url| {
                    if entry.as_ref().is_some_and(|(_, entry)| (kind, ordinal) == (entry.kind, entry.ordinal)) {
                        same_place = Some(url.clone());
                    }
                })
                .ok()?;
            if let Some(named) = self.current().filter(|url| url != expired) {
                return Some(named);
            }
            // In a live playlist the same place is another segment.
            let moved = same_place.filter(|url| !kept.live && url.as_str() != expired)?;
            if let Some((id, _)) = entry
                && let Some(entry) = registration.state().entries.get_mut(&id)
            {
                entry.moved = Some(moved.clone());
            }
            Some(moved.into())
        })
    }
}
