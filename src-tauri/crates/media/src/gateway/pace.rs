//! What the player of a stream and the gateway tell each other beside the stream: how fast it is needed, for one that is held
//! ready is to cost nobody else the link; and what could not be had, for GStreamer's players take that for the stream's end.

use crate::Reader;
use model::ErrorCode;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
pub struct Pace(Arc<Told>);

#[derive(Debug)]
struct Told {
    need: AtomicU8,
    missing: Mutex<Option<ErrorCode>>,
}

impl Default for Pace {
    fn default() -> Self {
        Self(Arc::new(Told { need: AtomicU8::new(Need::Full as u8), missing: Mutex::default() }))
    }
}

impl Pace {
    /// From now on it needs that.
    pub fn set(&self, need: Need) {
        self.0.need.store(need as u8, Ordering::Release);
    }

    /// Why a segment, or a part of one, could not be had since this was forgotten last.
    pub fn missing(&self) -> Option<ErrorCode> {
        *self.0.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A player begins, at another place perhaps.
    pub fn forget_missing(&self) {
        self.0.missing.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(super) fn misses(&self, why: ErrorCode) {
        *self.0.missing.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    pub(super) fn rests(&self) -> bool {
        self.0.need.load(Ordering::Acquire) == Need::Rest as u8
    }

    /// The reader that asks for as much at once as is due now.
    pub(super) fn reader(&self, reader: &Reader) -> Reader {
        match self.0.need.load(Ordering::Acquire) {
            need if need == Need::Full as u8 => reader.clone(),
            need if need == Need::Spare as u8 => reader.clone().sparing(SPARE),
            _ => reader.clone().sparing(0),
        }
    }
}
