//! What is kept for each host: how many requests it may still get, and what its link gives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;
use tokio::sync::Semaphore;

use super::estimate::LinkEstimate;
use super::meter::Meter;

/// Hosts that are remembered. Content networks have thousands; those that nobody uses at the moment may be forgotten.
const REMEMBERED: usize = 256;

/// The longest wish to be left alone that is granted: a host that says more may be mistaken.
const LONGEST_REST: Duration = Duration::from_secs(600);

/// One host and port.
#[derive(Debug)]
pub(super) struct Host {
    /// As in [`key`].
    pub(super) name: String,
    /// Requests that may still begin.
    pub(super) permits: Arc<Semaphore>,
    meter: Mutex<Meter>,
    /// Until when it wishes not to be asked, and the status with which it said so.
    rests: Mutex<Option<(Instant, u16)>>,
}

/// All hosts asked so far.
#[derive(Debug)]
pub(super) struct Hosts {
    per_host: usize,
    known: Mutex<HashMap<String, Arc<Host>>>,
    overall: Mutex<Meter>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds these locks can leave the numbers half written in a way that matters.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Host, with the port where it is not the scheme's.
pub(super) fn key(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl Host {
    /// It wishes not to be asked for so long.
    pub(super) fn rest(&self, now: Instant, wish: Duration, status: u16) {
        *lock(&self.rests) = Some((now + wish.min(LONGEST_REST), status));
    }

    /// For how long it is not to be asked yet, and the status with which it said so.
    pub(super) fn rests(&self, now: Instant) -> Option<(Duration, u16)> {
        let (until, status) = (*lock(&self.rests))?;
        until.checked_duration_since(now).filter(|left| !left.is_zero()).map(|left| (left, status))
    }
}

impl Hosts {
    pub(super) fn new(per_host: usize) -> Self {
        Self { per_host: per_host.max(1), known: Mutex::default(), overall: Mutex::default() }
    }

    pub(super) fn get(&self, url: &Url) -> Arc<Host> {
        let name = key(url);
        let mut known = lock(&self.known);
        if let Some(host) = known.get(&name) {
            return host.clone();
        }
        if known.len() >= REMEMBERED {
            known.retain(|_, host| Arc::strong_count(host) > 1);
        }
        let permits = Arc::new(Semaphore::new(self.per_host));
        let host = Arc::new(Host { name: name.clone(), permits, meter: Mutex::default(), rests: Mutex::default() });
        known.insert(name, host.clone());
        host
    }

    pub(super) fn link(&self, name: &str, now: Instant) -> Option<LinkEstimate> {
        let host = lock(&self.known).get(name)?.clone();
        lock(&host.meter).link(now)
    }

    pub(super) fn overall(&self, now: Instant) -> Option<LinkEstimate> {
        lock(&self.overall).link(now)
    }

    /// Lets `write` note something about a host and about all of them together.
    pub(super) fn note(&self, host: &Host, write: impl FnOnce(&mut [&mut Meter])) {
        write(&mut [&mut lock(&host.meter), &mut lock(&self.overall)]);
    }
}
