//! A deck's thread: it alone changes the pipeline's state and reads its bus.
//!
//! Commands, bus messages and news of the video path come through one channel, in order, so that this reads as one
//! story: load → preroll (→ seek to the start) → Ready → play, pause, seek … → the next load.

use crate::audio::AudioOutput;
use crate::bin::{FrameNews, Shape, Shared, VideoBin};
use crate::deck::Load;
use crate::decoders::prefer_software;
use crate::fault::Fault;
use crate::pipeline::pipeline;
use crate::{DeckEvent, DeckId, DeckMessage, DeckStats, LoadId, MediaTracks, preflight};
use gstreamer as gst;
use gstreamer::prelude::*;
use model::{Direction, ErrorCode, SeekMode, Track, TrackId, TrackKind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// More tracks of a kind than this are not offered.
const MAX_TRACKS: i32 = 64;
/// Time between position ticks.
const TICK: Duration = Duration::from_millis(100);

/// A file that is read and yet shows nothing for this long is given up: what plays at all shows its first frame in a
/// tenth of it.
const FIRST_FRAME_WITHIN: Duration = Duration::from_millis(2500);

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
    Resized,
    Picture(FrameNews),
    Bus(gst::Message),
    Decoder(String),
    Quit,
}

/// A seek or preroll that has not arrived yet.
#[derive(Debug, Clone, Copy)]
struct Seeking {
    since: Instant,
    told: bool,
}

/// A seek that has not arrived after this time (a damaged file, a disk that sleeps) no longer holds up the next.
const SEEK_GIVES_WAY: Duration = Duration::from_secs(2);

/// What is to become of the pipeline next.
enum Next {
    Load(Load),
    Unload,
    Quit,
}

/// A pipeline that is still building itself is better not stopped: elements are being plugged by one thread while another
/// takes them down. What would stop it waits until the preroll is complete, some ten milliseconds, or at most this long
/// where the disk does not answer.
const BUILT_WITHIN: Duration = Duration::from_secs(1);

/// Where the load stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is loaded, or it failed.
    Idle,
    /// The first preroll is under way.
    Prerolling,
    /// Seeking to the start position before anything is shown.
    Starting,
    /// The first frame is there.
    Ready,
}

pub(crate) struct Worker {
    id: DeckId,
    playbin: gst::Element,
    video: VideoBin,
    shared: Arc<Shared>,
    audio: AudioOutput,
    inbox: Sender<Command>,
    volume: (f64, bool),
    /// The pipeline failed: the next load gets a fresh one.
    worn: bool,
    tell: Arc<dyn Fn(DeckMessage) + Send + Sync>,
    stats: Arc<Mutex<DeckStats>>,
    load: Option<Load>,
    began: Instant,
    stage: Stage,
    playing: bool,
    at_end: bool,
    speed: f64,
    shape: Option<Shape>,
    tracks: MediaTracks,
    /// What a missing decoder said; decisive if no picture comes.
    missing: Option<Fault>,
    retried: bool,
    /// The pipeline is on its way to a position: since when, and whether somebody waits to hear of the arrival (nobody
    /// does at the first preroll). Until then further seeks wait, and only the newest of them is kept.
    seeking: Option<Seeking>,
    next_seek: Option<(Duration, SeekMode)>,
    /// Waits until the pipeline may be stopped, or until then.
    next: Option<(Next, Instant)>,
    rebuffering: bool,
}

impl Worker {
    pub(crate) fn new(
        id: DeckId,
        shared: Arc<Shared>,
        audio: AudioOutput,
        tell: Arc<dyn Fn(DeckMessage) + Send + Sync>,
        stats: Arc<Mutex<DeckStats>>,
        inbox: Sender<Command>,
    ) -> Result<Self, gst::glib::BoolError> {
        let (playbin, video) = pipeline(&shared, audio, &inbox)?;
        Ok(Self {
            id,
            playbin,
            video,
            shared,
            audio,
            inbox,
            volume: (1.0, false),
            worn: false,
            tell,
            stats,
            load: None,
            began: Instant::now(),
            stage: Stage::Idle,
            playing: false,
            at_end: false,
            speed: 1.0,
            shape: None,
            tracks: MediaTracks::default(),
            missing: None,
            retried: false,
            seeking: None,
            next_seek: None,
            next: None,
            rebuffering: false,
        })
    }

    pub(crate) fn run(mut self, inbox: &Receiver<Command>) {
        loop {
            let ticking = self.playing && self.stage == Stage::Ready && !self.at_end;
            let patience = match &self.next {
                Some((_, until)) => Some(until.saturating_duration_since(Instant::now())),
                None if self.awaits_frame() => Some(FIRST_FRAME_WITHIN.saturating_sub(self.began.elapsed())),
                None => ticking.then_some(TICK),
            };
            let command = match patience {
                Some(patience) => inbox.recv_timeout(patience),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match command {
                Ok(command) => self.handle(command),
                Err(RecvTimeoutError::Timeout) if ticking => self.tick(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.awaits_frame() && self.began.elapsed() >= FIRST_FRAME_WITHIN {
                self.on_fault(Fault::new(ErrorCode::TimedOut, format!("no first frame within {FIRST_FRAME_WITHIN:?}")));
            }
            let due = self.next.as_ref().is_some_and(|(_, until)| !self.builds() || *until <= Instant::now());
            match self.next.take_if(|_| due) {
                None => {}
                Some((Next::Load(load), _)) => self.begin(load),
                Some((Next::Unload, _)) => {
                    self.stop();
                    self.load = None;
                }
                Some((Next::Quit, _)) => break,
            }
        }
        self.dispose();
        self.shared.output.clear(self.id);
    }

    /// The load does not simply begin at its beginning.
    fn wants_start(&self) -> bool {
        self.load.as_ref().is_some_and(|l| !l.start.is_zero() || (l.speed - 1.0).abs() > f64::EPSILON)
    }

    fn awaits_frame(&self) -> bool {
        matches!(self.stage, Stage::Prerolling | Stage::Starting)
    }

    /// The pipeline is between its start and the end of its first preroll.
    fn builds(&self) -> bool {
        match self.stage {
            Stage::Prerolling | Stage::Starting => true,
            Stage::Ready => self.seeking.is_some_and(|s| !s.told),
            Stage::Idle => false,
        }
    }

    /// The load that waits to begin: what is wished now is wished of it.
    fn waiting_load(&mut self) -> Option<&mut Load> {
        match &mut self.next {
            Some((Next::Load(load), _)) => Some(load),
            _ => None,
        }
    }

    fn plan(&mut self, next: Next) {
        if !matches!(self.next, Some((Next::Quit, _))) {
            self.next = Some((next, Instant::now() + BUILT_WITHIN));
        }
    }

    fn handle(&mut self, command: Command) {
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
                if self.stage == Stage::Ready {
                    let _ = self.playbin.set_state(gst::State::Paused);
                    self.emit(DeckEvent::Paused);
                    self.tell_position();
                }
            }
            Command::Seek(to, mode) => self.seek(to, mode),
            Command::Step(direction) => self.step(direction),
            Command::Speed(speed) => {
                self.speed = speed;
                if self.stage == Stage::Ready && !self.at_end {
                    self.seek(self.position(), SeekMode::Accurate);
                }
            }
            Command::Volume(volume, muted) => {
                self.volume = (volume, muted);
                self.apply_volume();
            }
            Command::Audio(index) => {
                self.tracks.selected_audio = Some(index);
                self.playbin.set_property("current-audio", i32::try_from(index).unwrap_or(0));
                self.emit(DeckEvent::Tracks(self.tracks.clone()));
            }
            Command::Resized => {
                self.video.resize(&self.shared);
                if self.stage == Stage::Ready && !self.playing && self.tracks.has_video {
                    self.seek(self.position(), SeekMode::Accurate);
                }
            }
            Command::Picture(FrameNews::First(load)) => {
                if self.is_current(load) && self.stage == Stage::Prerolling && self.wants_start() {
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
            Command::Decoder(name) => self.stats().decoder = Some(name),
            Command::Bus(message) => self.on_bus(&message),
        }
    }

    fn apply_volume(&self) {
        let (volume, muted) = self.volume;
        // The ear hears loudness roughly as the cube root of amplitude: GStreamer calls that scale "cubic".
        self.playbin.set_property("volume", volume.clamp(0.0, 1.0).powi(3));
        self.playbin.set_property("mute", muted);
    }

    /// Takes a fresh pipeline in place of a worn one.
    fn renew(&mut self) {
        match pipeline(&self.shared, self.audio, &self.inbox) {
            Ok((playbin, video)) => {
                self.dispose();
                (self.playbin, self.video, self.worn) = (playbin, video, false);
                self.apply_volume();
            }
            Err(e) => tracing::error!("the pipeline could not be renewed: {e}"),
        }
    }

    fn dispose(&self) {
        if let Some(bus) = self.playbin.bus() {
            bus.unset_sync_handler();
        }
        let _ = self.playbin.set_state(gst::State::Null);
    }

    fn begin(&mut self, load: Load) {
        self.stop();
        if self.worn {
            self.renew();
        }
        let (path, id) = (load.path.clone(), load.id);
        self.speed = load.speed;
        self.load = Some(load);
        self.shared.begin(id, !self.wants_start());
        *self.stats() = DeckStats::default();
        if let Err(error) = preflight(&path) {
            return self.emit(DeckEvent::Failed(error));
        }
        let uri = match gst::glib::filename_to_uri(&path, None) {
            Ok(uri) => uri,
            Err(e) => return self.fail(Fault::new(ErrorCode::Io, e.to_string())),
        };
        self.stage = Stage::Prerolling;
        self.began = Instant::now();
        self.playbin.set_property("uri", uri.as_str());
        // A failure here is also on the bus, with its reason.
        let _ = self.playbin.set_state(gst::State::Paused);
    }

    /// Back to READY: that joins the streaming threads, so nothing of the old load can arrive any more.
    fn stop(&mut self) {
        self.shared.open.store(false, Ordering::Release);
        let _ = self.playbin.set_state(gst::State::Ready);
        self.stage = Stage::Idle;
        self.playing = false;
        self.at_end = false;
        self.shape = None;
        self.tracks = MediaTracks::default();
        self.missing = None;
        self.seeking = None;
        self.next_seek = None;
        self.rebuffering = false;
    }

    fn play(&mut self) {
        if let Some(load) = self.waiting_load() {
            load.play = true;
            return;
        }
        let Some(load) = &mut self.load else { return };
        load.play = true;
        if self.stage != Stage::Ready || self.playing {
            return;
        }
        self.playing = true;
        if self.at_end {
            self.at_end = false;
            self.seek(Duration::ZERO, SeekMode::Accurate);
        }
        let _ = self.playbin.set_state(gst::State::Playing);
        self.emit(DeckEvent::Playing);
    }

    fn become_ready(&mut self, announce: bool) {
        if self.stage == Stage::Prerolling {
            self.read_tracks();
        }
        self.stage = Stage::Ready;
        let duration = self.playbin.query_duration::<gst::ClockTime>().map(Duration::from);
        self.emit(DeckEvent::Duration(duration));
        let mut query = gst::query::Seeking::new(gst::Format::Time);
        self.emit(DeckEvent::Seekable(self.playbin.query(&mut query) && query.result().0));
        if announce {
            self.emit(DeckEvent::FirstFrame);
        }
        if self.load.as_ref().is_some_and(|l| l.play) {
            self.play();
        }
    }

    fn position(&self) -> Duration {
        if !self.playing && self.tracks.has_video {
            let pts = self.shared.newest_pts.load(Ordering::Acquire);
            if pts != u64::MAX {
                return Duration::from_nanos(pts);
            }
        }
        self.playbin.query_position::<gst::ClockTime>().map(Duration::from).unwrap_or_default()
    }

    fn tick(&mut self) {
        if self.seeking.is_none() {
            self.tell_position();
        }
        let dropped = self.video.sink.property::<gst::Structure>("stats").get::<u64>("dropped").unwrap_or(0);
        self.stats().dropped = dropped;
    }

    fn tell_position(&self) {
        self.emit(DeckEvent::Position(self.position()));
    }

    fn seek(&mut self, to: Duration, mode: SeekMode) {
        if let Some(load) = self.waiting_load() {
            load.start = to;
            return;
        }
        match self.stage {
            Stage::Idle => {}
            Stage::Starting => self.next_seek = Some((to, mode)),
            // Nothing was shown yet: it simply starts there.
            Stage::Prerolling => {
                if let Some(load) = &mut self.load {
                    load.start = to;
                    self.shared.open.store(false, Ordering::Release);
                }
            }
            Stage::Ready if self.seeking.is_some_and(|s| s.since.elapsed() < SEEK_GIVES_WAY) => {
                self.next_seek = Some((to, mode));
            }
            Stage::Ready => self.seek_now(to, mode),
        }
    }

    fn seek_now(&mut self, to: Duration, mode: SeekMode) {
        let flags = gst::SeekFlags::FLUSH
            | match mode {
                SeekMode::Accurate => gst::SeekFlags::ACCURATE,
                SeekMode::KeyUnit => gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_NEAREST,
            };
        let to = match self.playbin.query_duration::<gst::ClockTime>().map(Duration::from) {
            // A seek to the very end shows nothing: stop a frame before it.
            Some(end) if to >= end => end.saturating_sub(Duration::from_millis(40)),
            _ => to,
        };
        let target = gst::ClockTime::from_nseconds(to.as_nanos().min(u128::from(u64::MAX / 2)) as u64);
        self.at_end = false;
        let sent =
            self.playbin.seek(self.speed, flags, gst::SeekType::Set, target, gst::SeekType::None, gst::ClockTime::NONE);
        self.seeking = sent.is_ok().then(|| Seeking { since: Instant::now(), told: true });
        if sent.is_err() {
            self.emit(DeckEvent::Seeked(self.position()));
        }
    }

    /// Steps by an accurate seek into the middle of the neighbouring frame: that is exact at a constant frame rate, goes
    /// both ways, and keeps sound and picture together (a GStreamer step moves one sink only).
    fn step(&mut self, direction: Direction) {
        if self.stage != Stage::Ready || !self.tracks.has_video {
            return;
        }
        let fps = self.shape.and_then(|s| s.fps).unwrap_or(30.0);
        let frame = (self.position().as_secs_f64() * fps + 1e-3).floor();
        let middle = match direction {
            Direction::Next => frame + 1.5,
            Direction::Previous => (frame - 0.5).max(0.0),
        };
        self.seek(Duration::from_secs_f64(middle / fps), SeekMode::Accurate);
    }

    fn on_bus(&mut self, message: &gst::Message) {
        use gst::MessageView;
        match message.view() {
            MessageView::AsyncDone(_) => self.on_async_done(),
            MessageView::Eos(_) => {
                if self.stage == Stage::Prerolling || self.stage == Stage::Starting {
                    self.read_tracks();
                    // The end before the first frame. Sound alone is enough where no picture was promised.
                    if self.tracks.has_video || self.tracks.audio.is_empty() {
                        return self.on_fault(Fault::new(ErrorCode::Damaged, "the file ends before its first frame"));
                    }
                    self.become_ready(true);
                }
                if self.stage == Stage::Ready {
                    self.at_end = true;
                    self.playing = false;
                    self.tell_position();
                    self.emit(DeckEvent::Ended);
                }
            }
            MessageView::Error(error) => self.on_fault(Fault::from_message(error)),
            MessageView::Element(element) => {
                if let Some(fault) = element.structure().and_then(Fault::from_missing_plugin) {
                    self.missing.get_or_insert(fault);
                }
            }
            MessageView::DurationChanged(_) if self.stage == Stage::Ready => {
                let duration = self.playbin.query_duration::<gst::ClockTime>().map(Duration::from);
                self.emit(DeckEvent::Duration(duration));
            }
            MessageView::Buffering(buffering) => {
                let waits = buffering.percent() < 100;
                if waits != self.rebuffering {
                    self.rebuffering = waits;
                    self.emit(DeckEvent::Rebuffering(waits));
                }
            }
            MessageView::Latency(_) => {
                if let Some(bin) = self.playbin.downcast_ref::<gst::Bin>() {
                    let _ = bin.recalculate_latency();
                }
            }
            MessageView::ClockLost(_) if self.playing => {
                let _ = self.playbin.set_state(gst::State::Paused);
                let _ = self.playbin.set_state(gst::State::Playing);
            }
            _ => {}
        }
    }

    fn on_async_done(&mut self) {
        match self.stage {
            Stage::Prerolling => {
                let Some(load) = self.load.clone() else { return };
                self.read_tracks();
                if let Some(fault) = self.missing.take()
                    && (!self.tracks.has_video || self.shape.is_none())
                {
                    return self.on_fault(fault);
                }
                if self.wants_start() {
                    self.stage = Stage::Starting;
                    self.shared.open.store(true, Ordering::Release);
                    self.seek_now(load.start, SeekMode::Accurate);
                    if self.seeking.is_none() {
                        // It cannot be sought: it starts at its beginning, and the frame that was held back is shown by
                        // decoding it again.
                        self.become_ready(true);
                    }
                } else if !self.tracks.has_video {
                    self.become_ready(true);
                }
            }
            Stage::Starting => {
                self.seeking = None;
                if !self.tracks.has_video {
                    self.become_ready(true);
                }
            }
            Stage::Ready => {
                let arrived = self.seeking.take();
                match self.next_seek.take() {
                    Some((to, mode)) => self.seek_now(to, mode),
                    None if arrived.is_some_and(|s| s.told) => self.emit(DeckEvent::Seeked(self.position())),
                    None => {}
                }
            }
            Stage::Idle => {}
        }
    }

    /// Asks the pipeline which streams it found.
    fn read_tracks(&mut self) {
        let number = |name: &str| self.playbin.property::<i32>(name).clamp(0, MAX_TRACKS) as usize;
        let tags = |kind: &str, i: usize| {
            self.playbin.emit_by_name::<Option<gst::TagList>>(&format!("get-{kind}-tags"), &[&(i as i32)])
        };
        let audio: Vec<Track> = (0..number("n-audio"))
            .map(|i| track(tags("audio", i).as_ref(), TrackKind::Audio, format!("a{i}")))
            .collect();
        let text = (0..number("n-text"))
            .map(|i| track(tags("text", i).as_ref(), TrackKind::Subtitle, format!("t{i}")))
            .collect();
        let wanted = self.load.as_ref().and_then(|l| l.audio_language.clone());
        let chosen = wanted.and_then(|w| audio.iter().position(|t| t.language.as_deref() == Some(&w)));
        let heard = usize::try_from(self.playbin.property::<i32>("current-audio")).unwrap_or(0);
        let selected_audio = (!audio.is_empty()).then_some(chosen.unwrap_or(heard));
        if let Some(chosen) = chosen.filter(|c| *c != heard) {
            self.playbin.set_property("current-audio", chosen as i32);
        }
        self.tracks = MediaTracks { audio, text, has_video: number("n-video") > 0, selected_audio };
        self.emit(DeckEvent::Tracks(self.tracks.clone()));
    }

    fn on_fault(&mut self, fault: Fault) {
        if self.stage == Stage::Idle {
            return;
        }
        if fault.code == ErrorCode::DecoderFailed && !self.retried {
            self.retried = true;
            if prefer_software()
                && let Some(mut load) = self.load.clone()
            {
                if self.stage == Stage::Ready {
                    load.start = self.position();
                }
                return self.begin(load);
            }
        }
        // What could not be plugged says more than the stream error that follows from it.
        let fault = self.missing.take().filter(|_| self.stage != Stage::Ready).unwrap_or(fault);
        self.fail(fault);
    }

    fn fail(&mut self, fault: Fault) {
        self.stop();
        self.worn = true;
        if let Some(load) = &self.load {
            // A file that vanished says so better than the read error that follows.
            let error = preflight(&load.path).err().unwrap_or_else(|| fault.into_error(&load.path));
            self.emit(DeckEvent::Failed(error));
        }
    }

    fn is_current(&self, load: LoadId) -> bool {
        self.load.as_ref().is_some_and(|l| l.id == load)
    }

    fn stats(&self) -> std::sync::MutexGuard<'_, DeckStats> {
        self.stats.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn emit(&self, event: DeckEvent) {
        if let Some(load) = &self.load {
            (self.tell)(DeckMessage { deck: self.id, load: load.id, event });
        }
    }
}

fn track(tags: Option<&gst::TagList>, kind: TrackKind, id: String) -> Track {
    let language = tags.and_then(|t| t.get::<gst::tags::LanguageCode>()).map(|l| l.get().to_string());
    let title = tags.and_then(|t| t.get::<gst::tags::Title>()).map(|l| l.get().to_string());
    Track {
        id: TrackId(id),
        kind,
        language: language.filter(|l| l != "und" && !l.is_empty()),
        title,
        forced: false,
        hearing_impaired: false,
    }
}
