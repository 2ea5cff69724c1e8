//! A source that gives no more, while what it gave before still waits to be played: that is played before the fault is told.

use super::{Stage, Worker};
use crate::fault::Fault;
use crate::feeder::queued;
use crate::source::Source;
use gstreamer as gst;
use gstreamer::prelude::*;
use model::ErrorCode;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Less than this in the queues between demuxer and decoders is as good as nothing: decoders and sinks hold about as much.
const NOTHING: Duration = Duration::from_millis(120);
/// A picture that stands for so long while it is to move shows that all is played, whatever the queues say.
const STANDS: Duration = Duration::from_secs(1);

/// A stream that ends so long before its end has not ended.
const EARLY: Duration = Duration::from_millis(1500);

/// A fault that is told later.
pub(super) struct Pending {
    fault: Fault,
    /// The newest picture, and since when.
    shown: (u64, Instant),
}

impl Worker {
    /// Takes a fault to tell it when what is queued has played; gives it back where it is to be told now.
    pub(super) fn put_off(&mut self, fault: Fault) -> Option<Fault> {
        if self.pending.is_some() {
            // The first one says why.
            return None;
        }
        let network =
            matches!(self.load.as_ref().map(|load| &load.source), Some(Source::Network(_) | Source::Playlist { .. }));
        let of_source = matches!(
            fault.code,
            ErrorCode::Offline
                | ErrorCode::Unreachable
                | ErrorCode::TimedOut
                | ErrorCode::Io
                | ErrorCode::NotFound
                | ErrorCode::ServerRefused
                | ErrorCode::ServerFailed
        );
        let waits = network && of_source && self.stage == Stage::Ready && self.seeking.is_none() && !self.rebuffering;
        if !waits || self.has_played_all() {
            return Some(fault);
        }
        self.pending = Some(Pending { fault, shown: (self.newest_picture(), Instant::now()) });
        None
    }

    /// It plays, and a fault waits: is it time to tell it?
    pub(super) fn mind_pending(&mut self) {
        let newest = self.newest_picture();
        let Some(pending) = &mut self.pending else { return };
        if pending.shown.0 != newest {
            pending.shown = (newest, Instant::now());
        }
        let stands = self.tracks.has_video && pending.shown.1.elapsed() >= STANDS;
        if (stands || self.has_played_all())
            && let Some(pending) = self.pending.take()
        {
            self.fail(pending.fault);
        }
    }

    /// The pipeline has come to its end, or to what it takes for that: a fault that was to be told then, or that only the
    /// gateway knows of, since a player ends a stream of which segments are missing as if it were over.
    pub(super) fn ends_with(&mut self) -> Option<Fault> {
        if let Some(pending) = self.pending.take() {
            return Some(pending.fault);
        }
        let Some(Source::Playlist { pace, .. }) = self.load.as_ref().map(|load| &load.source) else { return None };
        let missing = pace.missing()?;
        let duration = self.playbin.query_duration::<gst::ClockTime>().map(Duration::from)?;
        let early = self.stage == Stage::Ready && self.position() + EARLY < duration;
        early.then(|| Fault::new(missing, "segments of the stream could not be had"))
    }

    /// It waited while it stood.
    pub(super) fn resume_pending(&mut self) {
        if let Some(pending) = &mut self.pending {
            pending.shown.1 = Instant::now();
        }
    }

    /// A seek in a source that gave up begins anew at its place.
    pub(super) fn begins_anew_at(&mut self, to: Duration) -> bool {
        let Some(mut load) = self.load.clone().filter(|_| self.pending.take().is_some()) else { return false };
        load.start = to;
        load.speed = self.speed;
        self.begin(load);
        true
    }

    fn newest_picture(&self) -> u64 {
        self.shared.newest_pts.load(Ordering::Acquire)
    }

    fn has_played_all(&self) -> bool {
        let Some(bin) = self.playbin.downcast_ref::<gst::Bin>() else { return true };
        let queues = bin.iterate_recurse().into_iter().flatten();
        let queues = queues.filter(|e| e.factory().is_some_and(|factory| factory.name() == "multiqueue"));
        queued(queues).is_none_or(|most| most <= NOTHING)
    }
}
