//! From one load to the next: stop, take a fresh pipeline where the old one is worn, preroll, become ready.

use super::{Stage, Worker, network};
use crate::deck::Load;
use crate::pipeline::pipeline;
use crate::source::Source;
use crate::{DeckEvent, DeckStats, MediaTracks};
use gstreamer as gst;
use gstreamer::prelude::*;
use media::gateway::Need;
use std::sync::atomic::Ordering;
use std::time::Instant;

impl Worker {
    /// Takes a fresh pipeline in place of a worn one.
    pub(super) fn renew(&mut self) {
        match pipeline(&self.shared, self.audio, &self.inbox) {
            Ok((playbin, video)) => {
                self.dispose();
                (self.playbin, self.video, self.worn) = (playbin, video, false);
                self.apply_volume();
            }
            Err(e) => tracing::error!("the pipeline could not be renewed: {e}"),
        }
    }

    pub(super) fn dispose(&self) {
        if let Some(feeder) = self.shared.feeder() {
            feeder.cancel();
        }
        if let Some(bus) = self.playbin.bus() {
            bus.unset_sync_handler();
        }
        let _ = self.playbin.set_state(gst::State::Null);
    }

    pub(super) fn begin(&mut self, load: Load) {
        self.stop();
        if self.worn {
            self.renew();
        }
        let (source, id) = (load.source.clone(), load.id);
        self.speed = load.speed;
        self.shared.variants.begin(&self.playbin, load.bandwidth, load.speed);
        self.load = Some(load);
        self.shared.begin(id, !self.wants_start());
        *self.stats() = DeckStats::default();
        self.began = Instant::now();
        match source {
            Source::Network(asset) => {
                self.stage = Stage::Opening;
                self.opening = asset.reader().inspect(|reader| network::open(id, reader.clone(), self.inbox.clone()));
            }
            source => {
                if let Source::Playlist { pace, .. } = &source {
                    pace.forget_missing();
                }
                self.preroll(&source);
            }
        }
    }

    pub(super) fn preroll(&mut self, source: &Source) {
        match source.uri() {
            Ok(uri) => {
                self.stage = Stage::Prerolling;
                self.mind_reading();
                self.playbin.set_property("uri", uri);
                // A failure here is also on the bus, with its reason.
                let _ = self.playbin.set_state(gst::State::Paused);
            }
            Err(error) => {
                self.stop();
                self.emit(DeckEvent::Failed(error));
            }
        }
    }

    /// Back to READY: that joins the streaming threads, so nothing of the old load can arrive any more.
    pub(super) fn stop(&mut self) {
        self.release();
        self.read_as(Need::Full);
        self.shared.open.store(false, Ordering::Release);
        let _ = self.playbin.set_state(gst::State::Ready);
        self.shared.feeder.lock().unwrap_or_else(|e| e.into_inner()).take();
        self.shared.epoch.fetch_add(1, Ordering::AcqRel);
        self.stage = Stage::Idle;
        self.playing = false;
        self.at_end = false;
        self.shape = None;
        self.tracks = MediaTracks::default();
        self.audio_chosen = false;
        self.hardware = None;
        self.missing = None;
        self.pending = None;
        (self.stands, self.still) = (None, None);
        self.seeking = None;
        self.next_seek = None;
        self.back = None;
        if std::mem::take(&mut self.rebuffering) {
            self.emit(DeckEvent::Rebuffering(false));
        }
    }

    pub(super) fn become_ready(&mut self, announce: bool) {
        if self.stage == Stage::Prerolling {
            self.read_tracks();
        }
        self.stage = Stage::Ready;
        if let Some(feeder) = self.shared.feeder() {
            feeder.has_shown();
        }
        self.tell_duration();
        let mut query = gst::query::Seeking::new(gst::Format::Time);
        self.emit(DeckEvent::Seekable(self.playbin.query(&mut query) && query.result().0));
        if announce {
            self.emit(DeckEvent::FirstFrame);
        }
        if self.load.as_ref().is_some_and(|l| l.play) {
            if self.shared.feeder().is_some_and(|feeder| feeder.gathers_first()) {
                self.starve(true);
            }
            self.play();
        } else {
            self.mind_reading();
        }
    }
}
