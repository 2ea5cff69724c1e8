//! Reading a resource as if it were a file that is sometimes slow.
//!
//! A reader blocks, so it belongs on a thread that may: a deck's. Every wait has a bound, and every reader can be cancelled
//! from another thread, before a seek, a reload or the end.

use crate::asset::{Asset, State};
use crate::cache::CacheError;
use crate::flight::FlightId;
use crate::http::FetchError;
use crate::media::Inner;
use model::ErrorCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// After a fetch that failed in passing (no connection, a server that is overloaded), the next one waits so long.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// What is fetched at once for somebody who waits: a second of a usual micro-drama. More would hold up what else is
/// needed, an index at the file's end for example; what comes after is the planner's business.
const DEMAND: u64 = 512 << 10;

/// Why a read gave no bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The reader was cancelled.
    #[error("reading was cancelled")]
    Cancelled,
    /// The bytes are not cached, and fetching is switched off.
    #[error("these bytes are not on this machine, and the player is offline")]
    Offline,
    /// The resource is another one now; what was read so far does not fit what would come.
    #[error("the resource changed on its server")]
    Changed,
    /// Nothing came in time.
    #[error("nothing came in time")]
    TimedOut,
    /// Fetching failed.
    #[error(transparent)]
    Fetch(FetchError),
}

impl ReadError {
    /// What the viewer is told.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Cancelled => ErrorCode::Internal,
            Self::Offline => ErrorCode::Offline,
            Self::Changed => ErrorCode::Changed,
            Self::TimedOut => ErrorCode::TimedOut,
            Self::Fetch(error) => error.code(),
        }
    }
}

/// Reads one resource. Clones share their cancellation.
#[derive(Clone)]
pub struct Reader {
    asset: Arc<Asset>,
    generation: u64,
    cancelled: Arc<AtomicBool>,
    /// It takes what is there and fetches nothing.
    cached_only: bool,
    /// So many bytes at least are fetched at once.
    demand: u64,
}

impl Reader {
    pub(crate) fn new(asset: Arc<Asset>) -> Self {
        let generation = asset.state().generation;
        Self { asset, generation, cancelled: Arc::default(), cached_only: false, demand: DEMAND }
    }

    /// The same reader, which fetches nothing: a hole ends it with [`ReadError::Offline`]. For what is nice to have.
    #[must_use]
    pub fn cached_only(self) -> Self {
        Self { cached_only: true, ..self }
    }

    /// The same reader, which fetches only so many bytes at once, or as many as it is asked for.
    #[must_use]
    pub fn sparing(self, demand: u64) -> Self {
        Self { demand, ..self }
    }

    /// Ends the read that is under way, and all later ones, with [`ReadError::Cancelled`]. Never blocks for long.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        // Under the lock: whoever has looked at the flag already waits by now and hears this.
        let _state = self.asset.state();
        self.asset.news.notify_all();
    }

    /// The resource that it reads.
    pub fn asset(&self) -> &Arc<Asset> {
        &self.asset
    }

    /// Reads bytes from `offset` on: at least one, as many as are there without waiting; none at the end. Waits at most
    /// for `patience`; a server that comes back within it goes unnoticed.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read(&self, offset: u64, out: &mut [u8], patience: Duration) -> Result<usize, ReadError> {
        let deadline = Instant::now() + patience;
        let mut distrusted = false;
        loop {
            let media = self.asset.media().ok_or(ReadError::Cancelled)?;
            let mut state = self.begin()?;
            let there = self.asset.look_up(&mut state);
            if state.total.is_some_and(|total| offset >= total) || out.is_empty() {
                return Ok(0);
            }
            if !self.cached_only {
                state.reading = offset;
            }
            let copied = self.asset.copy_from_memory(&mut state, offset, out);
            let cached = there.cached.contiguous(offset).min(out.len() as u64) as usize;
            if copied > 0 {
                drop(state);
                self.note_read(&media, offset, copied);
                return Ok(copied);
            }
            if cached > 0 && !distrusted {
                let version = state.version;
                drop(state);
                let Some((store, version)) = media.store().zip(version) else {
                    distrusted = true;
                    continue;
                };
                match store.read(self.asset.key(), version, offset, &mut out[..cached]) {
                    // Somebody made room meanwhile: now it is a hole.
                    Ok(0) => distrusted = true,
                    Ok(read) => {
                        self.note_read(&media, offset, read);
                        return Ok(read);
                    }
                    Err(CacheError::Stale { .. }) => self.asset.state().version = None,
                    Err(error) => {
                        tracing::warn!(%error, "from the network instead");
                        distrusted = true;
                    }
                }
                continue;
            }
            let around = self.asset.look_around(&mut state);
            let starts = around.cached.iter().chain(around.coming.iter()).map(|range| range.start);
            // Up to what is there or on its way, but never less than is asked for.
            let end = starts.filter(|start| *start > offset && !distrusted).min().unwrap_or(u64::MAX);
            let end = end.min(offset.saturating_add(self.demand.max(out.len() as u64)));
            self.wait(&media, state, offset..end, deadline)?;
        }
    }

    /// Waits for news of the resource, at most for `patience`, and fetches nothing.
    ///
    /// # Errors
    /// When it was cancelled or the resource changed.
    pub fn await_news(&self, patience: Duration) -> Result<(), ReadError> {
        let state = self.begin()?;
        drop(self.asset.news.wait_timeout(state, patience).unwrap_or_else(|e| e.into_inner()));
        self.begin().map(drop)
    }

    /// Bytes of the whole. Where the server does not say it, this waits for the end of the resource, at most for
    /// `patience`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn total(&self, patience: Duration) -> Result<u64, ReadError> {
        let deadline = Instant::now() + patience;
        let mut next = 0;
        loop {
            let media = self.asset.media().ok_or(ReadError::Cancelled)?;
            let mut state = self.begin()?;
            self.asset.look_up(&mut state);
            if let Some(total) = state.total {
                return Ok(total);
            }
            drop(state);
            // What is there already needs no waiting for.
            next = self.asset.availability().cached.contiguous(next) + next;
            let state = self.begin()?;
            if state.total.is_none() {
                // Nearly every server says it with the first bytes.
                let end = if state.answered { u64::MAX } else { next.saturating_add(DEMAND) };
                self.wait(&media, state, next..end, deadline)?;
            }
        }
    }

    /// Who only looks at what is there, for a still or an index, does not play it.
    fn note_read(&self, media: &Inner, offset: u64, length: usize) {
        if !self.cached_only {
            media.ledger.read(self.asset.key(), offset..offset + length as u64);
        }
    }

    fn begin(&self) -> Result<std::sync::MutexGuard<'_, State>, ReadError> {
        let state = self.asset.state();
        if self.cancelled.load(Ordering::Acquire) {
            return Err(ReadError::Cancelled);
        }
        if state.generation != self.generation {
            return Err(ReadError::Changed);
        }
        Ok(state)
    }

    /// Waits for news of the flight that brings the first byte of `gap`; starts it where there is none.
    fn wait(
        &self,
        media: &Arc<Inner>,
        mut state: std::sync::MutexGuard<'_, State>,
        gap: std::ops::Range<u64>,
        deadline: Instant,
    ) -> Result<(), ReadError> {
        let now = Instant::now();
        let late = |state: &State| match &state.failed {
            Some((error, _)) => ReadError::Fetch(error.clone()),
            None => ReadError::TimedOut,
        };
        if now >= deadline {
            return Err(late(&state));
        }
        let flight = match state.flights.iter().find(|flight| flight.coming().contains(&gap.start)) {
            Some(flight) => Some(flight.id),
            None => self.depart(media, &mut state, gap, now)?,
        };
        let mut until = deadline;
        match flight {
            Some(id) => waiting(&mut state, id, |n| n + 1),
            None => until = until.min(now + AGAIN_AFTER),
        }
        let patience = until.saturating_duration_since(now);
        let (mut state, _) = self.asset.news.wait_timeout(state, patience).unwrap_or_else(|e| e.into_inner());
        if let Some(id) = flight {
            waiting(&mut state, id, |n| n.saturating_sub(1));
        }
        Ok(())
    }

    /// Starts a flight, unless the last one has just failed: then none, for now.
    fn depart(
        &self,
        media: &Arc<Inner>,
        state: &mut State,
        gap: std::ops::Range<u64>,
        now: Instant,
    ) -> Result<Option<FlightId>, ReadError> {
        if media.is_offline() || self.cached_only {
            return Err(ReadError::Offline);
        }
        match &state.failed {
            // What the device says of its network is believed where a server cannot be reached.
            Some((FetchError::Unreachable { .. }, _)) if media.cut_off.load(Ordering::Acquire) => {
                state.failed = None;
                return Err(ReadError::Offline);
            }
            Some((error, _)) if !error.passes() && *error != FetchError::TimedOut => {
                let error = error.clone();
                // The next reader tries again.
                state.failed = None;
                return Err(ReadError::Fetch(error));
            }
            Some((_, at)) if now < *at + AGAIN_AFTER => return Ok(None),
            _ => {}
        }
        Ok(self.asset.take_off(media, state, gap))
    }
}

fn waiting(state: &mut State, id: FlightId, change: impl FnOnce(u32) -> u32) {
    if let Some(flight) = state.flights.iter_mut().find(|flight| flight.id == id) {
        flight.waiting = change(flight.waiting);
    }
}
