//! What a load from the network needs besides: its length before it begins, waits when bytes run out, and an end to every
//! read before the pipeline is touched.

use super::{Command, FIRST_FRAME_FROM_NETWORK, Stage, Worker};
use crate::DeckEvent;
use crate::LoadId;
use crate::fault::Fault;
use crate::feeder::{Feeder, PATIENCE};
use crate::source::{Source, opened};
use gstreamer as gst;
use gstreamer::prelude::*;
use media::{ReadError, Reader};
use model::ErrorCode;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// A player of a stream asks again and again for what it does not get, and shows what little comes each time: only this much
/// is getting on.
const GETS_ON: Duration = Duration::from_secs(1);
/// A stream that stands for so long while it is to move waits for something.
const STANDS: Duration = Duration::from_millis(1500);

impl Worker {
    /// A server answered.
    pub(super) fn on_opened(&mut self, load: LoadId, reader: Reader, outcome: Result<u64, ReadError>) {
        if !self.is_current(load) || self.stage != Stage::Opening || self.opening.take().is_none() {
            return;
        }
        let Some(source) = self.load.as_ref().map(|load| load.source.clone()) else { return };
        match outcome {
            Ok(0) => self.fail(Fault::new(ErrorCode::Empty, "the server says that it has no bytes")),
            Ok(total) => {
                let feeder = Arc::new(Feeder::new(reader, total));
                *self.shared.feeder.lock().unwrap_or_else(|e| e.into_inner()) = Some(feeder);
                self.preroll(&source);
            }
            Err(error) => self.fail(Fault::new(error.code(), error.to_string())),
        }
    }

    /// Ends every read that waits for the network.
    pub(super) fn release(&mut self) {
        if let Some(reader) = self.opening.take() {
            reader.cancel();
        }
        if let Some(feeder) = self.shared.feeder() {
            feeder.cancel();
        }
    }

    /// Bytes ran out, or came back: meanwhile it stands, so that nothing is skipped.
    pub(super) fn starve(&mut self, starved: bool) {
        // Of a source that gives no more, what is there is played to its end.
        if starved == self.rebuffering || (starved && self.pending.is_some()) {
            return;
        }
        self.rebuffering = starved;
        if self.playing && self.stage == Stage::Ready {
            let _ = self.playbin.set_state(if starved { gst::State::Paused } else { gst::State::Playing });
        }
        self.mind_reading();
        self.emit(DeckEvent::Rebuffering(starved));
    }

    /// It stood because it was to.
    pub(super) fn resume_waiting(&mut self) {
        self.stands = None;
        if let Some((_, since, _)) = &mut self.still {
            *since = Instant::now();
        }
    }

    /// A stream that does not get on for as long as a file's reader would wait has failed. One that stands waits, whatever its
    /// queues say: of several, one may be empty for long before all are.
    pub(super) fn mind_waiting(&mut self) {
        let Some(Source::Playlist { pace, .. }) = self.load.as_ref().map(|load| &load.source) else { return };
        let (missing, at, now) = (pace.missing(), self.position(), Instant::now());
        match self.stands {
            Some((from, since)) if at.abs_diff(from) < GETS_ON => {
                if since.elapsed() >= PATIENCE {
                    let why = missing.unwrap_or(ErrorCode::TimedOut);
                    return self.fail(Fault::new(why, format!("nothing of the stream came for {PATIENCE:?}")));
                }
            }
            _ => self.stands = Some((at, now)),
        }
        match self.still {
            Some((from, since, told)) if from == at => {
                let stands = since.elapsed() >= STANDS && !self.rebuffering && self.seeking.is_none();
                if stands && !told {
                    self.still = Some((from, since, true));
                    self.emit(DeckEvent::Rebuffering(true));
                }
            }
            before => {
                self.still = Some((at, now, false));
                if before.is_some_and(|(.., told)| told) && !self.rebuffering {
                    self.emit(DeckEvent::Rebuffering(false));
                }
            }
        }
    }
}

/// Asks a server how long its resource is, on a thread of its own; that may take as long as the network does.
pub(super) fn open(load: LoadId, reader: Reader, inbox: Sender<Command>) {
    let started = std::thread::Builder::new().name("deck-open".into()).spawn(move || {
        let outcome = opened(&reader, FIRST_FRAME_FROM_NETWORK);
        // The worker may be gone already.
        let _ = inbox.send(Command::Opened(load, reader, outcome));
    });
    if let Err(e) = started {
        tracing::error!("a thread could not be started: {e}");
    }
}
