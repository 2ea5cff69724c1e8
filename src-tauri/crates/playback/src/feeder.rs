//! Gives a pipeline the bytes of a resource on the network: an `appsrc` in random-access mode that is fed inside its own
//! need-data callback. (Fed from another thread, a seek races with the feeder and data are corrupted.)
//!
//! The callback may block, and with it the pipeline's streaming thread. It looks every [`SLICE`] whether the pipeline is
//! flushing for a seek; before the pipeline is stopped, the reader is cancelled, which ends it at once.

use crate::fault::Fault;
use crate::gathering::{Beginning, enough};
use crate::source::last_part;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use media::{FetchError, ReadError, Reader};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Bytes that are handed over at once where the pipeline does not say how many it wants.
const CHUNK: u64 = 64 << 10;
/// How long a read waits before it looks whether it is still wanted.
const SLICE: Duration = Duration::from_millis(40);
/// Bytes are missed when they come so much later than they play, or than they are asked for. Then a deck must wait, …
const STARVED_AFTER: Duration = Duration::from_millis(160);
/// … unless its queues hold more than this: behind them, decoders and sinks hold about as much.
const DRY: Duration = Duration::from_millis(120);
/// After it has starved, a deck goes on when so many seconds of playing lie ready.
const GATHER: f64 = 1.0;
/// Where bytes come slower than so many times as fast as they play, a deck gathers so many more seconds before it begins.
const SLOW: f64 = 1.5;
const GATHER_FIRST: f64 = 0.8;
/// A server that sends nothing for so long is given up. Outages of half a minute pass.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

/// What the worker knows of the reading.
pub(crate) struct Feeder {
    reader: Reader,
    total: u64,
    /// With the extension that tells the type.
    name: String,
    /// Why reading ended, for the error that the pipeline then reports.
    fault: Mutex<Option<Fault>>,
    /// Bytes of a second of the film, once it is known.
    rate: AtomicU64,
    /// So many seconds of the film play in one; the bits of an `f64`.
    speed: AtomicU64,
    /// Its first picture is there. Before, it takes every byte as it comes.
    shown: AtomicBool,
    /// It plays: waiting costs playing time.
    runs: AtomicBool,
    /// Its first picture is there and nobody has played it yet: it takes what is here, and asks the network for nothing.
    rests: AtomicBool,
    /// By how many nanoseconds bytes came later than they play: where they only trickle, no single wait is long.
    late: AtomicU64,
    /// When the first bytes came, and how many did since.
    came: Mutex<Option<(Instant, u64)>>,
    begins: Beginning,
    /// The pipeline's queues between the demuxer and the decoders.
    queues: Mutex<Vec<gst::glib::WeakRef<gst::Element>>>,
}

impl Feeder {
    pub(crate) fn new(reader: Reader, total: u64) -> Self {
        let name = last_part(reader.asset().key().as_str());
        // Most micro-dramas are MP4: a name without an extension is taken for one first.
        let name = if name.contains('.') { name } else { format!("{name}.mp4") };
        Self {
            reader,
            total,
            name,
            fault: Mutex::default(),
            rate: AtomicU64::new(0),
            speed: AtomicU64::new(1.0_f64.to_bits()),
            shown: AtomicBool::new(false),
            runs: AtomicBool::new(false),
            rests: AtomicBool::new(false),
            late: AtomicU64::new(0),
            came: Mutex::default(),
            begins: Beginning::default(),
            queues: Mutex::default(),
        }
    }

    /// An element was put into the pipeline.
    pub(crate) fn plugged(&self, element: &gst::Element) {
        if element.factory().is_some_and(|factory| factory.name() == "multiqueue") {
            self.queues.lock().unwrap_or_else(|e| e.into_inner()).push(element.downgrade());
        }
    }

    /// Whether it had something to show, and has (nearly) nothing left.
    fn starves(&self) -> bool {
        self.shown.load(Ordering::Acquire) && self.is_dry()
    }

    /// Whether the pipeline has (nearly) nothing left to decode. A demuxer that pulls advances its streams in step, and
    /// sound waits behind its decoder: so the fullest queue tells how far ahead all of them are.
    fn is_dry(&self) -> bool {
        let queues = self.queues.lock().unwrap_or_else(|e| e.into_inner());
        queued(queues.iter().filter_map(gst::glib::WeakRef::upgrade)).is_none_or(|most| most <= DRY)
    }

    /// Ends every read; the pipeline can be stopped then.
    pub(crate) fn cancel(&self) {
        self.reader.cancel();
    }

    /// The running time is known, and how fast it will pass.
    pub(crate) fn lasts(&self, duration: Duration, speed: f64) {
        self.plays_at(speed);
        let rate = self.total as f64 / duration.as_secs_f64().max(0.1);
        self.rate.store(rate as u64, Ordering::Release);
    }

    /// Its first picture is there.
    pub(crate) fn has_shown(&self) {
        self.shown.store(true, Ordering::Release);
    }

    /// So fast it plays.
    pub(crate) fn plays_at(&self, speed: f64) {
        self.speed.store(speed.to_bits(), Ordering::Release);
    }

    /// Bytes that a second of playing needs; 0 where that is not known.
    fn needs(&self) -> f64 {
        self.rate.load(Ordering::Acquire) as f64 * f64::from_bits(self.speed.load(Ordering::Acquire))
    }

    /// It plays, or stands.
    pub(crate) fn set_running(&self, runs: bool) {
        self.runs.store(runs, Ordering::Release);
        self.late.store(0, Ordering::Release);
    }

    /// The first picture is there, and playing is to begin. True where it had better wait, because bytes come hardly faster
    /// than they play: it tells when enough have come.
    pub(crate) fn gathers_first(&self) -> bool {
        let rate = self.needs();
        let came = *self.came.lock().unwrap_or_else(|e| e.into_inner());
        let slow = came.is_some_and(|(since, bytes)| (bytes as f64) < SLOW * rate * since.elapsed().as_secs_f64());
        slow && self.begins.ask()
    }

    /// It has what a swipe to it needs: what else its pipeline's queues would hold must not cost another deck its link.
    pub(crate) fn rest(&self) {
        self.rests.store(true, Ordering::Release);
    }

    /// It plays, or seeks: whatever that needs is fetched.
    pub(crate) fn wake(&self) {
        self.rests.store(false, Ordering::Release);
        self.late.store(0, Ordering::Release);
    }

    /// Takes note that bytes took so long to come.
    fn note(&self, bytes: usize, took: Duration) {
        self.came.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert_with(|| (Instant::now(), 0)).1 +=
            bytes as u64;
        let rate = self.needs();
        if rate <= 0.0 || !self.runs.load(Ordering::Acquire) {
            return;
        }
        let plays = Duration::from_secs_f64(bytes as f64 / rate);
        let late = (self.late() + took).saturating_sub(plays);
        self.late.store(u64::try_from(late.as_nanos()).unwrap_or(u64::MAX), Ordering::Release);
    }

    fn late(&self) -> Duration {
        Duration::from_nanos(self.late.load(Ordering::Acquire))
    }

    /// Why reading failed, if it did.
    pub(crate) fn take_fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(|e| e.into_inner()).take()
    }

    /// Connects it with the source element of a pipeline that was loaded for it.
    /// `starved` hears when the bytes run out and when enough of them have come.
    pub(crate) fn connect(self: &Arc<Self>, source: &gst_app::AppSrc, starved: impl Fn(bool) + Send + Sync + 'static) {
        source.set_stream_type(gst_app::AppStreamType::RandomAccess);
        source.set_format(gst::Format::Bytes);
        source.set_size(i64::try_from(self.total).unwrap_or(i64::MAX));
        source.set_max_bytes(2 * CHUNK);
        if let Some(pad) = source.static_pad("src") {
            // The type finders that fit the name are asked first. Others read in the middle and at the end of the file, and over
            // a network each place costs a request.
            let name = format!("https://media.invalid/{}", self.name);
            pad.add_probe(gst::PadProbeType::QUERY_UPSTREAM, move |_, info| {
                match info.query_mut().map(|q| q.view_mut()) {
                    Some(gst::QueryViewMut::Uri(query)) => {
                        query.set_uri(Some(&name));
                        gst::PadProbeReturn::Handled
                    }
                    _ => gst::PadProbeReturn::Ok,
                }
            });
        }
        let place = Arc::new(AtomicU64::new(0));
        let (sought, feeder) = (place.clone(), self.clone());
        source.set_callbacks(
            gst_app::AppSrcCallbacks::builder()
                .need_data(move |source, length| feeder.feed(source, &place, u64::from(length), &starved))
                .seek_data(move |_, offset| {
                    sought.store(offset, Ordering::Release);
                    true
                })
                .build(),
        );
    }

    /// Hands over the bytes from `place` on: as many as the pipeline wants, since a demuxer that pulls takes a shorter buffer
    /// for the end of the file.
    fn feed(&self, source: &gst_app::AppSrc, place: &AtomicU64, wanted: u64, tell: &dyn Fn(bool)) {
        let at = place.load(Ordering::Acquire);
        let wanted = if wanted == u64::from(u32::MAX) || wanted == 0 { CHUNK } else { wanted };
        let mut bytes = vec![0; wanted.min(self.total.saturating_sub(at)) as usize];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let began = Instant::now();
            match self.read(source, at + filled as u64, rest, tell) {
                None => return,
                Some(0) => break,
                Some(read) => {
                    filled += read;
                    // Longer waits were told, and are over.
                    self.note(read, Some(began.elapsed()).filter(|took| *took < STARVED_AFTER).unwrap_or_default());
                }
            }
        }
        if filled == 0 {
            self.need_not_gather(tell);
            let _ = source.end_of_stream();
            return;
        }
        while self.begins.is_asked() {
            // With these the pipeline's queues may be full, and then nobody would ask again: it gathers before.
            if self.read(source, at + filled as u64, &mut [0], tell).is_none() {
                return;
            }
        }
        bytes.truncate(filled);
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_offset(at);
            buffer.set_offset_end(at + filled as u64);
        }
        place.store(at + filled as u64, Ordering::Release);
        // It refuses only when it is flushing or stopped.
        let _ = source.push_buffer(buffer);
    }

    /// Reads; none when the pipeline does not want it any more or was told of a fault.
    fn read(&self, source: &gst_app::AppSrc, at: u64, out: &mut [u8], tell: &dyn Fn(bool)) -> Option<usize> {
        let read = self.begins.reading(|| self.read_on(source, at, out, tell));
        if read.is_none() {
            self.need_not_gather(tell);
        }
        read
    }

    /// Nothing more comes for now: who waits for it waits in vain.
    fn need_not_gather(&self, tell: &dyn Fn(bool)) {
        if self.begins.take() {
            tell(false);
        }
    }

    fn read_on(&self, source: &gst_app::AppSrc, at: u64, out: &mut [u8], tell: &dyn Fn(bool)) -> Option<usize> {
        let mut since = Instant::now();
        let mut starved: Option<u64> = None;
        let mut seconds = GATHER;
        if self.late() >= STARVED_AFTER && self.starves() {
            // What it had is played.
            starved = Some(0);
            tell(true);
        }
        loop {
            if self.begins.take() {
                // The worker has stopped it already.
                (starved, seconds) = (Some(0), GATHER_FIRST);
            }
            // Once the bytes ran out, some must lie ready before it goes on; as long as they come, it has patience.
            let outcome = match starved {
                Some(before) if !self.has_gathered(at, seconds) => {
                    let there = self.there(at);
                    if there > before {
                        (starved, since) = (Some(there), Instant::now());
                    }
                    self.reader.read(at + there, &mut [0; 1], SLICE).map(|_| None)
                }
                _ if self.rests.load(Ordering::Acquire) && self.there(at) == 0 => {
                    since = Instant::now();
                    self.reader.await_news(SLICE).map(|()| None)
                }
                _ => self.reader.read(at, out, SLICE).map(Some),
            };
            if flushes(source) {
                if starved.is_some() {
                    tell(false);
                }
                return None;
            }
            let waits = match &outcome {
                Ok(None) | Err(ReadError::TimedOut) => true,
                Ok(Some(_)) => false,
                Err(ReadError::Fetch(error)) => error.passes() || *error == FetchError::TimedOut,
                Err(_) => false,
            };
            match outcome {
                _ if waits && since.elapsed() < PATIENCE => {
                    if starved.is_none() && since.elapsed() >= STARVED_AFTER && self.starves() {
                        starved = Some(0);
                        tell(true);
                    }
                }
                Ok(Some(read)) => {
                    if starved.is_some() {
                        self.late.store(0, Ordering::Release);
                        tell(false);
                    }
                    return Some(read);
                }
                Ok(None) => since = Instant::now(),
                Err(ReadError::Cancelled) => {
                    // Whoever stops the pipeline may wait for its preroll: let it come to an end.
                    let _ = source.end_of_stream();
                    return None;
                }
                Err(error) => {
                    let fault = Fault::new(error.code(), error.to_string());
                    *self.fault.lock().unwrap_or_else(|e| e.into_inner()) = Some(fault);
                    gst::element_error!(source, gst::ResourceError::Read, ["{error}"]);
                    return None;
                }
            }
        }
    }

    /// Whether so many seconds lie ready.
    fn has_gathered(&self, at: u64, seconds: f64) -> bool {
        let there = self.there(at);
        there >= enough(self.needs(), seconds) || at + there >= self.total
    }

    /// Bytes that lie ready from a place on.
    fn there(&self, at: u64) -> u64 {
        self.reader.asset().availability().cached.contiguous(at)
    }
}

/// How much of the film is in the fullest of these queues; none where they hold neither sound nor pictures.
pub(crate) fn queued(queues: impl Iterator<Item = gst::Element>) -> Option<Duration> {
    let pads = queues.flat_map(|queue| queue.sink_pads());
    pads.filter(is_heard_or_seen).map(|pad| Duration::from_nanos(pad.property("current-level-time"))).max()
}

fn is_heard_or_seen(pad: &gst::Pad) -> bool {
    let caps = pad.current_caps();
    let kind = caps.as_ref().and_then(|caps| caps.structure(0)).map(|structure| structure.name().as_str());
    kind.is_some_and(|kind| kind.starts_with("audio/") || kind.starts_with("video/"))
}

fn flushes(source: &gst_app::AppSrc) -> bool {
    source.static_pad("src").is_none_or(|pad| pad.pad_flags().contains(gst::PadFlags::FLUSHING))
}
