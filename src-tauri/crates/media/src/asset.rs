//! One resource: which bytes of it are there, which are on their way, and who waits for them.
//!
//! A hole is fetched once, whoever asks, by a flight: a request for at most a fragment's worth of bytes. What it brings
//! can be read at once from memory; when it has landed, its bytes go to the store. If the store cannot take them, they stay
//! in memory, some megabytes of them, and playing goes on.

use crate::cache::{CacheError, Store, Version};
use crate::flight::{Flight, FlightId};
use crate::http::{Answer, FetchError, Location};
use crate::loose::{Held, Loose};
use crate::media::Inner;
use crate::reader::Reader;
use crate::{Ranges, ResourceKey, Validator};
use bytes::Bytes;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// After a failure nothing is fetched in advance for so long. (Who needs the bytes now asks sooner.)
const PREFETCH_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// One resource on the network.
pub struct Asset {
    me: Weak<Asset>,
    media: Weak<Inner>,
    key: ResourceKey,
    state: Mutex<State>,
    /// Something arrived, failed or was given up.
    pub(crate) news: Condvar,
}

pub(crate) struct State {
    pub(crate) location: Location,
    /// The address that was given; the one above may be a fresher one.
    given: String,
    /// Counts how often the resource turned out to be another one: readers of an older one end.
    pub(crate) generation: u64,
    /// What of the store this is, once it was asked.
    pub(crate) version: Option<Version>,
    pub(crate) validator: Validator,
    /// Bytes of the whole, if known.
    pub(crate) total: Option<u64>,
    /// A server answered: a total that is not known now is known at the end only.
    pub(crate) answered: bool,
    pub(crate) flights: Vec<Flight>,
    flown: u64,
    /// What has landed and is not in the store (yet), by its place.
    loose: Loose,
    /// The last failure, since nothing came.
    pub(crate) failed: Option<(FetchError, Instant)>,
    /// Where somebody plays it.
    pub(crate) reading: u64,
}

/// What of a resource is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Availability {
    /// Bytes of the whole, if known.
    pub total: Option<u64>,
    /// What can be read without the network.
    pub cached: Ranges,
    /// What is on its way.
    pub coming: Ranges,
}

impl Availability {
    /// Whether all of it can be read without the network.
    pub fn is_whole(&self) -> bool {
        self.total.is_some_and(|total| self.cached.contains(0..total))
    }

    /// The first bytes of `within` that are neither there nor on their way.
    pub fn first_gap(&self, within: Range<u64>) -> Option<Range<u64>> {
        let end = self.total.map_or(within.end, |total| within.end.min(total));
        let there: Ranges = self.cached.iter().chain(self.coming.iter()).collect();
        there.holes(within.start..end.max(within.start)).iter().next()
    }
}

/// A fetch that was asked for in advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefetch(FlightId);

impl Asset {
    pub(crate) fn new(media: Weak<Inner>, key: ResourceKey, location: Location, held: Held) -> Arc<Self> {
        let state = State {
            given: location.url.clone(),
            location,
            generation: 0,
            version: None,
            validator: Validator::default(),
            total: None,
            answered: false,
            flights: Vec::new(),
            flown: 0,
            loose: Loose::new(held),
            failed: None,
            reading: 0,
        };
        Arc::new_cyclic(|me| Self { me: me.clone(), media, key, state: Mutex::new(state), news: Condvar::new() })
    }

    /// The name under which its bytes are kept.
    pub fn key(&self) -> &ResourceKey {
        &self.key
    }

    /// The address that it is fetched from.
    pub fn url(&self) -> String {
        self.state().location.url.clone()
    }

    /// A reader of its own for whoever plays it.
    pub fn reader(&self) -> Option<Reader> {
        Some(Reader::new(self.me.upgrade()?))
    }

    /// What is there and what is on its way. Waits for neither disk nor network.
    pub fn availability(&self) -> Availability {
        self.look_around(&mut self.state())
    }

    /// What is there, in the store and in memory, and what is on its way.
    pub(crate) fn look_around(&self, state: &mut State) -> Availability {
        let mut cached = self.look_up(state).cached;
        for (start, bytes) in state.loose.pieces() {
            cached.insert(start..start + bytes.len() as u64);
        }
        for flight in &state.flights {
            cached.insert(flight.brought());
        }
        let coming = state.flights.iter().map(Flight::coming).collect();
        Availability { total: state.total, cached, coming }
    }

    /// Why fetching failed last, if nothing came since.
    pub fn failure(&self) -> Option<FetchError> {
        self.state().failed.as_ref().map(|(error, _)| error.clone())
    }

    /// Begins to fetch the first bytes of `range` that are neither there nor on their way, at most to the end of a
    /// fragment. None if there are none, or if nothing may be fetched. Where the disk takes nothing, that is little and only
    /// what comes after the place that is played: what was played has to go from memory, and would be fetched again.
    pub fn prefetch(&self, range: Range<u64>) -> Option<Prefetch> {
        let media = self.media.upgrade().filter(|media| !media.is_offline() && !media.held.is_much())?;
        let begin = if media.disk_fails.load(Ordering::Relaxed) { self.state().reading } else { 0 };
        let gap = self.availability().first_gap(range.start.max(begin)..range.end.max(begin))?;
        let mut state = self.state();
        if state.failed.as_ref().is_some_and(|(_, at)| at.elapsed() < PREFETCH_AGAIN_AFTER) {
            return None;
        }
        Some(Prefetch(self.take_off(&media, &mut state, gap)?))
    }

    /// How many bytes a fetch will bring yet; none once it has landed. Where its end is not known, they are beyond count.
    pub fn left(&self, prefetch: Prefetch) -> Option<u64> {
        let state = self.state();
        let flight = state.flights.iter().find(|flight| flight.id == prefetch.0)?;
        let coming = flight.coming();
        Some(coming.end - coming.start)
    }

    /// Gives up a fetch, unless somebody waits for it or it has nearly landed. What it brought is kept.
    pub fn cancel(&self, prefetch: Prefetch) {
        let mut state = self.state();
        let Some(at) = state.flights.iter().position(|f| f.id == prefetch.0 && f.may_end()) else { return };
        let mut flight = state.flights.swap_remove(at);
        flight.task.abort();
        self.keep(&mut state, flight.take());
        self.news.notify_all();
    }

    /// Ends all fetches; what they brought is kept.
    pub(crate) fn give_up(&self) {
        let mut state = self.state();
        for mut flight in std::mem::take(&mut state.flights) {
            flight.task.abort();
            self.keep(&mut state, flight.take());
        }
        self.news.notify_all();
    }

    /// Takes a newer address for the same resource.
    pub(crate) fn relocate(&self, location: &Location) {
        let mut state = self.state();
        if state.given != location.url {
            state.given.clone_from(&location.url);
            state.location = location.clone();
        }
    }

    pub(crate) fn media(&self) -> Option<Arc<Inner>> {
        self.media.upgrade()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the store has. The first time it says all that it knows; that is in memory.
    pub(crate) fn look_up(&self, state: &mut State) -> Availability {
        let store = self.media.upgrade().and_then(|media| media.store());
        let Some(store) = store else { return Availability::default() };
        if state.version.is_none() {
            // Nothing, at first: that agrees with everything.
            match store.resource(&self.key, &state.validator) {
                Ok(found) => {
                    state.version = Some(found.version);
                    state.total = state.total.or(found.validator.length);
                    // The store may know less (it was emptied meanwhile): what is known stays known.
                    state.validator = merge(&state.validator, found.validator);
                }
                Err(error) => tracing::warn!(key = %self.key, %error, "the cache does not say what it has"),
            }
        }
        Availability { total: state.total, cached: store.ranges(&self.key), coming: Ranges::new() }
    }

    /// Copies what of the bytes from `offset` on is in memory.
    pub(crate) fn copy_from_memory(&self, state: &mut State, offset: u64, out: &mut [u8]) -> usize {
        let loose = state.loose.before(offset);
        let flying = state.flights.iter().map(|flight| (flight.start, flight.buffer.as_slice()));
        let found = flying.chain(loose).find_map(|(start, bytes)| {
            let rest = bytes.get(usize::try_from(offset.checked_sub(start)?).ok()?..)?;
            Some(rest).filter(|rest| !rest.is_empty())
        });
        let Some(rest) = found else { return 0 };
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        length
    }

    /// Lets go of what is in memory and was played.
    pub(crate) fn drop_played(&self) {
        let mut state = self.state();
        let reading = state.reading;
        state.loose.drop_before(reading);
    }

    /// Starts a flight for the bytes of `gap` up to the end of a fragment.
    pub(crate) fn take_off(&self, media: &Arc<Inner>, state: &mut State, gap: Range<u64>) -> Option<FlightId> {
        let me = self.me.upgrade()?;
        state.flown += 1;
        let id = FlightId(state.flown);
        state.flights.push(Flight::take_off(me, media.clone(), id, gap, state));
        Some(id)
    }

    /// A server answered a flight: is this the resource that is known?
    ///
    /// # Errors
    /// [`FetchError::Changed`] when it is another one; everything kept of the old one is gone then. Blocks for the disk.
    pub(crate) fn learn(&self, answer: &Answer) -> Result<(), FetchError> {
        use crate::cache::Found;
        let Some(media) = self.media.upgrade() else { return Ok(()) };
        let told = Validator { length: answer.validator.length.or(answer.total), ..answer.validator.clone() };
        let found = match media.store().map(|store| store.resource(&self.key, &told)) {
            Some(Ok(resource)) => Some(resource),
            Some(Err(error)) => {
                tracing::warn!(key = %self.key, %error, "the cache does not take what a server says");
                None
            }
            None => None,
        };
        let mut state = self.state();
        let differs = !state.validator.agrees_with(&told);
        if differs || found.as_ref().is_some_and(|f| f.found == Found::Replaced) {
            self.begin_anew(&mut state);
            state.version = found.map(|f| f.version);
            (state.total, state.validator) = (told.length, told);
            return Err(FetchError::Changed);
        }
        state.version = found.map(|f| f.version).or(state.version);
        state.answered = true;
        state.total = told.length.or(state.total);
        state.validator = merge(&state.validator, told);
        Ok(())
    }

    /// Everything known of this resource is of another version. Blocks for the disk.
    pub(crate) fn forget(&self) {
        if let Some(store) = self.media.upgrade().and_then(|media| media.store())
            && let Err(error) = store.remove(&self.key)
        {
            tracing::warn!(key = %self.key, %error, "what changed on its server could not be removed from the cache");
        }
        self.begin_anew(&mut self.state());
    }

    fn begin_anew(&self, state: &mut State) {
        state.generation += 1;
        for flight in std::mem::take(&mut state.flights) {
            flight.task.abort();
        }
        state.loose.clear();
        state.version = None;
        state.validator = Validator::default();
        state.total = None;
        state.answered = false;
        self.news.notify_all();
    }

    /// Hands bytes to the store, on another thread; meanwhile, and if it takes none, they are in memory.
    pub(crate) fn keep(&self, state: &mut State, (start, bytes): (u64, Vec<u8>)) {
        if bytes.is_empty() {
            return;
        }
        let bytes = Bytes::from(bytes);
        state.loose.insert(start, bytes.clone());
        let reading = state.reading;
        state.loose.trim(reading);
        self.put_away(state, start, bytes);
    }

    /// The store is another one now: it knows other versions, and it is offered what is in memory.
    pub(crate) fn store_changed(&self) {
        {
            let mut state = self.state();
            state.version = None;
            self.look_up(&mut state);
        }
        self.settle();
    }

    /// Offers once more to the store what it did not take.
    pub fn settle(&self) {
        let state = self.state();
        let loose: Vec<(u64, Bytes)> = state.loose.pieces().map(|(start, bytes)| (start, bytes.clone())).collect();
        for (start, bytes) in loose {
            self.put_away(&state, start, bytes);
        }
    }

    fn put_away(&self, state: &State, start: u64, bytes: Bytes) {
        let (Some(media), Some(me)) = (self.media.upgrade(), self.me.upgrade()) else { return };
        let (version, generation) = (state.version, state.generation);
        media.runtime.clone().spawn_blocking(move || {
            let Some((store, version)) = media.store().zip(version) else {
                return media.disk_fails.store(true, Ordering::Relaxed);
            };
            let put = put_all(&store, &me.key, version, start, &bytes);
            media
                .disk_fails
                .store(matches!(&put, Err(error) if !matches!(error, CacheError::Stale { .. })), Ordering::Relaxed);
            let mut state = me.state();
            match put {
                _ if state.generation != generation => {}
                Ok(()) => state.loose.remove(start),
                Err(CacheError::Stale { .. }) => state.version = None,
                Err(error) => {
                    // Nobody is told: there is nothing new, and whoever hears it would try again at once.
                    return tracing::warn!(key = %me.key, %error, "fetched bytes could not be kept");
                }
            }
            drop(state);
            media.tell();
        });
    }
}

fn put_all(store: &Store, key: &ResourceKey, version: Version, start: u64, bytes: &[u8]) -> Result<(), CacheError> {
    let mut at = start;
    for part in bytes.chunks(crate::cache::FRAGMENT_MAX) {
        store.put(key, version, at, part)?;
        at += part.len() as u64;
    }
    Ok(())
}

fn merge(known: &Validator, told: Validator) -> Validator {
    Validator {
        etag: told.etag.or_else(|| known.etag.clone()),
        last_modified: told.last_modified.or_else(|| known.last_modified.clone()),
        length: told.length.or(known.length),
    }
}
