//! What the worker can be told, by whoever holds the deck and by the pipeline itself, and what it does then.

use super::{Next, Seeking, Stage, Worker};
use crate::bin::FrameNews;
use crate::deck::Load;
use crate::decoders::is_hardware;
use crate::{DeckEvent, LoadId};
use gstreamer as gst;
use gstreamer::prelude::*;
use media::{ReadError, Reader};
use model::{Direction, SeekMode};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What the worker can be told.
pub(crate) enum Command {
    Load(Load),
    Unload,
    Play,
    Pause,
    Seek(Duration, SeekMode),
    Step(Direction),
    Speed(f64),
    Volume(f64, bool),
    Audio(usize),
    Bandwidth(u64),
    Resized,
    Picture(FrameNews),
    /// What the pipeline said.
    Bus(Heard),
    /// The length of what a load reads from the network is known, or why not.
    Opened(LoadId, Reader, Result<u64, ReadError>),
    /// The bytes ran out (or enough of them came), in which epoch.
    Starved(bool, u64),
    /// What is known of a sound or text track changed, in which epoch.
    Tags(u64),
    /// A video decoder was plugged, in which epoch.
    Decoder(gst::ElementFactory, u64),
    Quit,
}

/// Something that the pipeline said, and when: after how many stops and how many seeks.
pub(crate) struct Heard {
    pub(crate) epoch: u64,
    pub(crate) seeks: u64,
    pub(crate) message: gst::Message,
}

impl Worker {
    pub(super) fn handle(&mut self, command: Command) {
        match command {
            Command::Load(load) => {
                self.retried = false;
                self.plan(Next::Load(load));
            }
            Command::Unload => self.plan(Next::Unload),
            Command::Quit => self.plan(Next::Quit),
            Command::Play => self.play(),
            Command::Pause if self.waiting_load().is_some() => {
                if let Some(load) = self.waiting_load() {
                    load.play = false;
                }
            }
            Command::Pause => {
                self.playing = false;
                if let Some(load) = &mut self.load {
                    load.play = false;
                }
                self.mind_reading();
                if self.stage == Stage::Ready {
                    let _ = self.playbin.set_state(gst::State::Paused);
                    self.emit(DeckEvent::Paused);
                    self.tell_position();
                }
            }
            Command::Seek(to, mode) => self.seek(to, mode),
            Command::Step(direction) => self.step(direction),
            Command::Speed(speed) => self.set_speed(speed),
            Command::Volume(volume, muted) => {
                self.volume = (volume, muted);
                self.apply_volume();
            }
            Command::Audio(index) => {
                self.tracks.selected_audio = Some(index);
                self.audio_chosen = true;
                self.playbin.set_property("current-audio", i32::try_from(index).unwrap_or(0));
                self.emit(DeckEvent::Tracks(self.tracks.clone()));
            }
            Command::Bandwidth(bandwidth) => match self.waiting_load() {
                Some(load) => load.bandwidth = bandwidth,
                None => self.shared.variants.set_bandwidth(bandwidth),
            },
            Command::Resized => {
                self.shared.resized.store(true, Ordering::Release);
                let stands = self.stage == Stage::Ready && !self.playing && self.waiting_load().is_none();
                if stands && self.tracks.has_video {
                    self.seek(self.position(), SeekMode::Accurate);
                }
            }
            Command::Picture(FrameNews::First(load)) => {
                if self.is_current(load) && self.stage == Stage::Prerolling && self.starts_by_seek() {
                    // A seek overtook it: the frame at that place is the first one.
                    self.shared.presented.store(0, Ordering::Release);
                } else if self.is_current(load) && matches!(self.stage, Stage::Prerolling | Stage::Starting) {
                    // The picture is there; the sound may still be on its way.
                    self.seeking = Some(Seeking { since: Instant::now(), told: false });
                    self.become_ready(false);
                }
            }
            Command::Picture(FrameNews::Shape(load, shape)) => {
                if self.is_current(load) {
                    self.shape = Some(shape);
                    let mut stats = self.stats();
                    stats.coded_size = Some(shape.coded);
                    stats.nominal_fps = shape.fps;
                }
            }
            Command::Decoder(factory, epoch) => {
                if epoch == self.shared.epoch.load(Ordering::Acquire) {
                    self.stats().decoder = Some(factory.name().to_string());
                    self.hardware = Some(factory).filter(is_hardware).or(self.hardware.take());
                }
            }
            Command::Bus(heard) => {
                // What a pipeline said before it was stopped is not about what plays now.
                if heard.epoch == self.shared.epoch.load(Ordering::Acquire) {
                    self.on_bus(&heard);
                }
            }
            Command::Opened(load, reader, outcome) => self.on_opened(load, reader, outcome),
            Command::Starved(starved, epoch) => {
                if epoch == self.shared.epoch.load(Ordering::Acquire) {
                    self.starve(starved);
                }
            }
            Command::Tags(epoch) => {
                if epoch == self.shared.epoch.load(Ordering::Acquire)
                    && matches!(self.stage, Stage::Starting | Stage::Ready)
                {
                    self.read_tracks();
                }
            }
        }
    }
}
