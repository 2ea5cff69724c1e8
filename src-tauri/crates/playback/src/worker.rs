//! A deck's thread: it alone changes the pipeline's state and reads its bus.
//!
//! Commands, bus messages and news of the video path come through one channel, in order, so that this reads as one
//! story: load → preroll (→ seek to the start) → Ready → play, pause, seek … → the next load.

mod bus;
mod commands;
mod loading;
mod network;
mod outlasting;
mod seeking;

pub(crate) use commands::{Command, Heard};

use crate::audio::AudioOutput;
use crate::bin::{Shape, Shared, VideoBin};
use crate::deck::Load;
use crate::fault::Fault;
use crate::pipeline::pipeline;
use crate::source::Source;
use crate::{DeckEvent, DeckId, DeckMessage, DeckStats, LoadId, MediaTracks};
use gstreamer as gst;
use gstreamer::prelude::*;
use media::Reader;
use media::gateway::Need;
use model::{ErrorCode, SeekMode};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Time between position ticks.
const TICK: Duration = Duration::from_millis(100);

/// A file that is read and yet shows nothing for this long is given up: what plays at all shows its first frame in a
/// tenth of it.
const FIRST_FRAME_WITHIN: Duration = Duration::from_millis(2500);

/// The same for what comes from the network: a slow link may need some seconds for a first picture.
const FIRST_FRAME_FROM_NETWORK: Duration = Duration::from_secs(30);

/// When a load has said nothing for this long, it is looked whether it still works at all.
const LISTEN_AFTER: Duration = Duration::from_millis(250);

/// A seek or preroll that has not arrived yet.
#[derive(Debug, Clone, Copy)]
struct Seeking {
    since: Instant,
    told: bool,
}

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
    /// Waits for the first answer of a server.
    Opening,
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
    /// The viewer chose the sound of this load: wishes by language no longer count.
    audio_chosen: bool,
    /// A hardware decoder was plugged for this load.
    hardware: Option<gst::ElementFactory>,
    /// What a missing decoder said; decisive if no picture comes.
    missing: Option<Fault>,
    retried: bool,
    /// The pipeline is on its way to a position: since when, and whether somebody waits to hear of the arrival (nobody
    /// does at the first preroll). Until then further seeks wait, and only the newest of them is kept.
    seeking: Option<Seeking>,
    next_seek: Option<(Duration, SeekMode)>,
    /// A step back is under way: from which frame, and how many frames before it was looked.
    back: Option<(i64, i64)>,
    /// Waits until the pipeline may be stopped, or until then.
    next: Option<(Next, Instant)>,
    rebuffering: bool,
    /// Where the playing has not got on from, and since when.
    stands: Option<(Duration, Instant)>,
    /// Where it is, since when, and whether it was said that it stands there.
    still: Option<(Duration, Instant, bool)>,
    /// Why it will fail when what it has is played.
    pending: Option<outlasting::Pending>,
    /// Reads the length of what is being opened.
    opening: Option<Reader>,
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
            audio_chosen: false,
            hardware: None,
            missing: None,
            retried: false,
            seeking: None,
            next_seek: None,
            back: None,
            next: None,
            rebuffering: false,
            stands: None,
            still: None,
            pending: None,
            opening: None,
        })
    }

    pub(crate) fn run(mut self, inbox: &Receiver<Command>) {
        let mut tick_due = Instant::now();
        loop {
            let patience = match &self.next {
                Some((_, until)) => Some(until.saturating_duration_since(Instant::now())),
                None if self.awaits_frame() => {
                    Some(self.first_frame_within().saturating_sub(self.began.elapsed()).min(LISTEN_AFTER))
                }
                None => self.ticks().then(|| tick_due.saturating_duration_since(Instant::now())),
            };
            let command = match patience {
                Some(patience) => inbox.recv_timeout(patience),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match command {
                Ok(command) => self.handle(command),
                Err(RecvTimeoutError::Timeout) if self.stage == Stage::Prerolling && self.demuxer_gave_up() => {
                    self.on_fault(Fault::new(ErrorCode::Damaged, "the file holds nothing that can be played"));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            // By the clock, not after a silence: a busy pipeline may have something to say all the time.
            if self.ticks() && tick_due <= Instant::now() {
                self.tick();
                tick_due = Instant::now() + TICK;
            }
            let within = self.first_frame_within();
            if self.awaits_frame() && self.began.elapsed() >= within {
                self.on_fault(Fault::new(ErrorCode::TimedOut, format!("no first frame within {within:?}")));
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

    /// It was sought, or its speed changed, before its first frame: a seek goes there first.
    fn starts_by_seek(&self) -> bool {
        self.wants_start() || !self.shared.open.load(Ordering::Acquire)
    }

    /// The position moves and is told.
    fn ticks(&self) -> bool {
        self.playing && self.stage == Stage::Ready && !self.at_end
    }

    fn awaits_frame(&self) -> bool {
        matches!(self.stage, Stage::Opening | Stage::Prerolling | Stage::Starting)
    }

    fn first_frame_within(&self) -> Duration {
        match self.load.as_ref().map(|load| &load.source) {
            Some(Source::Network(_) | Source::Playlist { .. }) => FIRST_FRAME_FROM_NETWORK,
            _ => FIRST_FRAME_WITHIN,
        }
    }

    /// The pipeline is between its start and the end of its first preroll.
    fn builds(&self) -> bool {
        match self.stage {
            Stage::Prerolling | Stage::Starting => true,
            Stage::Ready => self.seeking.is_some_and(|s| !s.told),
            Stage::Idle | Stage::Opening => false,
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
        // What waits for the network is not waited for.
        self.release();
        if !matches!(self.next, Some((Next::Quit, _))) {
            self.next = Some((next, Instant::now() + BUILT_WITHIN));
        }
    }

    fn apply_volume(&self) {
        let (volume, muted) = self.volume;
        // The ear hears loudness roughly as the cube root of amplitude: GStreamer calls that scale "cubic".
        self.playbin.set_property("volume", volume.clamp(0.0, 1.0).powi(3));
        self.playbin.set_property("mute", muted);
    }

    fn play(&mut self) {
        if let Some(load) = self.waiting_load() {
            load.play = true;
            return;
        }
        let Some(load) = &mut self.load else { return };
        load.play = true;
        let begins = self.stage == Stage::Ready && !self.playing;
        self.playing |= begins;
        self.resume_waiting();
        self.resume_pending();
        self.mind_reading();
        if !begins {
            return;
        }
        if self.at_end {
            self.at_end = false;
            self.seek(Duration::ZERO, SeekMode::Accurate);
        }
        if !self.rebuffering {
            let _ = self.playbin.set_state(gst::State::Playing);
        }
        self.emit(DeckEvent::Playing);
    }

    /// Lets the reading rest where the deck stands and nothing is under way, and go on everywhere else.
    fn mind_reading(&self) {
        if let Some(feeder) = self.shared.feeder() {
            feeder.set_running(self.playing);
        }
        let is_held = !self.playing && self.load.as_ref().is_some_and(|load| !load.play);
        let arrived = self.stage == Stage::Ready && self.seeking.is_none();
        self.read_as(match is_held {
            true if arrived && !self.rebuffering => Need::Rest,
            true if !self.seeking.is_some_and(|seeking| seeking.told) => Need::Spare,
            _ => Need::Full,
        });
    }

    fn read_as(&self, need: Need) {
        if let Some(feeder) = self.shared.feeder() {
            if need == Need::Rest { feeder.rest() } else { feeder.wake() }
        }
        if let Some(Source::Playlist { pace, .. }) = self.load.as_ref().map(|load| &load.source) {
            pace.set(need);
        }
    }

    fn tell_duration(&self) {
        let duration = self.playbin.query_duration::<gst::ClockTime>().map(Duration::from);
        if let Some((feeder, duration)) = self.shared.feeder().zip(duration) {
            feeder.lasts(duration, self.speed);
        }
        self.emit(DeckEvent::Duration(duration));
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
        self.mind_pending();
        self.mind_waiting();
        let dropped = self.video.sink.property::<gst::Structure>("stats").get::<u64>("dropped").unwrap_or(0);
        self.stats().dropped = dropped;
    }

    fn tell_position(&self) {
        self.emit(DeckEvent::Position(self.position()));
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
