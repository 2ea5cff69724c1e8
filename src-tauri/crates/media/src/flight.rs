//! A fetch that is under way: one request, whose bytes can be read as they come.

use crate::asset::{Asset, State};
use crate::cache::FRAGMENT_MAX;
use crate::http::{FetchError, Served};
use crate::media::Inner;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// A flight that is past this part of its way is not given up any more (media3's preloading keeps to a like rule): the
/// bytes that are missing cost less than asking again.
const NEARLY: f64 = 0.8;

/// A fetch that brings no fragment within this time ends, however often it was repeated: a fragment at 1 kB/s is given up.
/// Whoever needs the bytes asks again.
const FLIGHT_WITHIN: Duration = Duration::from_secs(120);

/// Names a flight within its asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FlightId(pub(crate) u64);

pub(crate) struct Flight {
    pub(crate) id: FlightId,
    /// Place of the buffer's first byte.
    pub(crate) start: u64,
    pub(crate) buffer: Vec<u8>,
    /// Where it will end, if that is known.
    end: Option<u64>,
    /// How many readers wait for it.
    pub(crate) waiting: u32,
    pub(crate) task: AbortHandle,
}

impl Flight {
    /// Starts for the bytes of `gap` up to a fragment's border.
    pub(crate) fn take_off(asset: Arc<Asset>, media: Arc<Inner>, id: FlightId, gap: Range<u64>, state: &State) -> Self {
        let range = gap.start..gap.end.min(fragment_end(gap.start));
        let (location, known, generation) = (state.location.clone(), state.validator.clone(), state.generation);
        let (start, end) = (range.start, range.end);
        let task = media.runtime.clone().spawn(async move {
            let journey = Journey { asset: asset.clone(), media: media.clone(), id, generation };
            let outcome = journey.fly(location, range, known).await;
            journey.land(outcome).await;
            media.tell();
        });
        Self { id, start, buffer: Vec::new(), end: Some(end), waiting: 0, task: task.abort_handle() }
    }

    /// What it has brought so far.
    pub(crate) fn brought(&self) -> Range<u64> {
        self.start..self.start + self.buffer.len() as u64
    }

    /// What it will bring yet.
    pub(crate) fn coming(&self) -> Range<u64> {
        let at = self.brought().end;
        at..self.end.unwrap_or(u64::MAX).max(at)
    }

    /// Whether it may be given up.
    pub(crate) fn may_end(&self) -> bool {
        let nearly =
            self.end.is_some_and(|end| self.buffer.len() as f64 >= NEARLY * end.saturating_sub(self.start) as f64);
        self.waiting == 0 && !nearly
    }

    /// The bytes, with their place; the flight goes on behind them.
    pub(crate) fn take(&mut self) -> (u64, Vec<u8>) {
        let start = self.start;
        let bytes = std::mem::take(&mut self.buffer);
        self.start += bytes.len() as u64;
        (start, bytes)
    }
}

/// Where the fragment ends that a byte lies in: fragments keep to a grid, so that they fit together.
pub(crate) fn fragment_end(at: u64) -> u64 {
    let size = FRAGMENT_MAX as u64;
    (at / size + 1) * size
}

struct Journey {
    asset: Arc<Asset>,
    media: Arc<Inner>,
    id: FlightId,
    generation: u64,
}

impl Journey {
    async fn fly(
        &self,
        location: crate::http::Location,
        range: Range<u64>,
        known: crate::Validator,
    ) -> Result<(), FetchError> {
        let known = Some(known).filter(|known| *known != crate::Validator::default());
        let (from, deadline) = (range.start, Instant::now() + FLIGHT_WITHIN);
        let answer = self.media.client.range(&location, range, known.as_ref(), deadline).await?;
        let asset = self.asset.clone();
        let learned = tokio::task::spawn_blocking(move || asset.learn(&answer).map(|()| answer)).await;
        let mut answer = learned.map_err(|panic| FetchError::Setup(panic.to_string()))??;
        if answer.served == Served::WholeOnly {
            // Ranges are of no use here: everything comes, from the beginning.
            let mut state = self.asset.state();
            let total = state.total;
            if let Some(flight) = state.flights.iter_mut().find(|flight| flight.id == self.id) {
                (flight.start, flight.end) = (0, total);
            }
        }
        answer.body.go_on_to(fragment_end(from));
        if let Some(end) = answer.body.end() {
            // It may have been asked for more than there is.
            let mut state = self.asset.state();
            let total = state.total.unwrap_or(u64::MAX);
            if let Some(flight) = state.flights.iter_mut().find(|flight| flight.id == self.id) {
                flight.end = Some(end.min(total));
            }
        }
        while let Some(bytes) = answer.body.next().await? {
            if self.take_in(&bytes) {
                answer.body.go_on_until(Instant::now() + FLIGHT_WITHIN);
            }
            self.asset.news.notify_all();
        }
        if answer.body.address() != location.url {
            let mut state = self.asset.state();
            if state.location.url == location.url {
                // It was refreshed on the way: the old address has expired.
                state.location.url = answer.body.address().to_owned();
            }
        }
        if let Some(total) = answer.body.total() {
            self.asset.state().total.get_or_insert(total);
        }
        Ok(())
    }

    /// Takes in what came. Beyond a fragment's border (where a server sends everything) a new buffer begins; tells whether
    /// it does.
    fn take_in(&self, bytes: &[u8]) -> bool {
        let mut state = self.asset.state();
        state.failed = None;
        let Some(flight) = state.flights.iter_mut().find(|flight| flight.id == self.id) else { return false };
        let at = flight.brought().end;
        self.media.ledger.fetched(self.asset.key(), at..at + bytes.len() as u64);
        flight.buffer.extend_from_slice(bytes);
        let is_full = flight.brought().end >= fragment_end(flight.start);
        if is_full {
            let full = flight.take();
            self.asset.keep(&mut state, full);
        }
        is_full
    }

    async fn land(&self, outcome: Result<(), FetchError>) {
        if matches!(outcome, Err(FetchError::Changed)) {
            let (asset, generation) = (self.asset.clone(), self.generation);
            // Unless somebody else, or the store, found that out before.
            let forgotten = tokio::task::spawn_blocking(move || {
                if asset.state().generation == generation {
                    asset.forget();
                }
            });
            // A panic was printed where it happened.
            let _ = forgotten.await;
        }
        {
            let mut state = self.asset.state();
            match outcome {
                Ok(()) => {}
                // That is an answer too: now the length is known.
                Err(FetchError::PastEnd { length: Some(length) }) => {
                    state.total.get_or_insert(length);
                }
                Err(error) => state.failed = Some((error, Instant::now())),
            }
            if let Some(at) = state.flights.iter().position(|flight| flight.id == self.id) {
                let brought = state.flights.swap_remove(at).take();
                self.asset.keep(&mut state, brought);
            }
        }
        self.media.spare_memory();
        self.asset.news.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flight_may_end_before_four_fifths_of_its_way_where_nobody_waits_for_it() {
        let task = tokio::spawn(std::future::pending::<()>()).abort_handle();
        let may_end = |brought: usize, end: Option<u64>, waiting: u32| {
            let (buffer, task) = (vec![0; brought], task.clone());
            Flight { id: FlightId(1), start: 1000, buffer, end, waiting, task }.may_end()
        };
        let end = Some(1100);
        assert_eq!([0, 79, 80, 100].map(|brought| may_end(brought, end, 0)), [true, true, false, false]);
        assert_eq!([0, 79, 80, 100].map(|brought| may_end(brought, end, 1)), [false; 4]);
        assert_eq!([0, 100].map(|brought| may_end(brought, None, 0)), [true; 2], "nobody knows how near it is");
    }
}
