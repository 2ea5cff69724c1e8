//! How fast a player needs a stream: one that is held ready is to cost nobody else the link.

use crate::Reader;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Bytes that are fetched at once for a player that is only made ready: a fifth of a second at 5 Mbit/s.
const SPARE: u64 = 128 << 10;

/// How urgently the player of a stream needs what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Need {
    /// It plays, or is to play, or seeks.
    Full,
    /// It is being made ready: it gets what it asks for, in small parts.
    Spare,
    /// It is held ready: it gets what happens to be here, or a trickle that keeps its connection alive.
    Rest,
}

/// Where the player of a stream says what it needs. Clones are one.
#[derive(Debug, Clone)]
pub struct Pace(Arc<AtomicU8>);

impl Default for Pace {
    fn default() -> Self {
        Self(Arc::new(AtomicU8::new(Need::Full as u8)))
    }
}

impl Pace {
    /// From now on it needs that.
    pub fn set(&self, need: Need) {
        self.0.store(need as u8, Ordering::Release);
    }

    pub(super) fn rests(&self) -> bool {
        self.0.load(Ordering::Acquire) == Need::Rest as u8
    }

    /// The reader that asks for as much at once as is due now.
    pub(super) fn reader(&self, reader: &Reader) -> Reader {
        match self.0.load(Ordering::Acquire) {
            need if need == Need::Full as u8 => reader.clone(),
            need if need == Need::Spare as u8 => reader.clone().sparing(SPARE),
            _ => reader.clone().sparing(0),
        }
    }
}
