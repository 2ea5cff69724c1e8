//! A deck: the handle of one `playbin` and the thread that drives it.
//!
//! Every method only posts a command and returns at once: state changes, seeks and loads block inside GStreamer, so they
//! happen on the deck's own thread. A deck is loaded again and again and ends only when it is dropped.

use crate::audio::AudioOutput;
use crate::bin::{FrameNews, Shared};
use crate::output::VideoOutput;
use crate::source::Source;
use crate::worker::{Command, Worker};
use crate::{DeckEvent, DeckId, DeckMessage, DeckStats, LoadId};
use model::{ApiError, Direction, ErrorCode, SeekMode};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What a deck is to load.
#[derive(Debug, Clone)]
pub struct Load {
    /// Its number; events carry it.
    pub id: LoadId,
    /// Where the bytes come from.
    pub source: Source,
    /// Where the first frame is to be.
    pub start: Duration,
    /// 0.5 to 3.
    pub speed: f64,
    /// Of a stream: bits per second of the variant to play; 0: the first that is listed.
    pub bandwidth: u64,
    /// Language of the audio track to choose, where there are several (BCP 47).
    pub audio_language: Option<String>,
    /// Go on to play as soon as the first frame is there.
    pub play: bool,
}

/// One pipeline of the pool.
pub struct Deck {
    id: DeckId,
    commands: Sender<Command>,
    shared: Arc<Shared>,
    stats: Arc<Mutex<DeckStats>>,
    thread: Option<JoinHandle<()>>,
}

impl Deck {
    /// Builds the pipeline and its thread. `tell` is called from the deck's threads and must not block.
    ///
    /// # Errors
    /// When an element of GStreamer's base plugins is missing.
    pub fn new(
        id: DeckId,
        output: Arc<dyn VideoOutput>,
        audio: AudioOutput,
        tell: impl Fn(DeckMessage) + Send + Sync + 'static,
    ) -> Result<Self, ApiError> {
        let (commands, inbox) = mpsc::channel();
        let tell: Arc<dyn Fn(DeckMessage) + Send + Sync> = Arc::new(tell);
        let stats = Arc::new(Mutex::new(DeckStats::default()));
        let news = commands.clone();
        let shared = {
            let tell = tell.clone();
            Shared::new(id, output, move |item| {
                let message = match &item {
                    FrameNews::First(load) => DeckMessage { deck: id, load: *load, event: DeckEvent::FirstFrame },
                    FrameNews::Shape(load, shape) => {
                        let event = DeckEvent::PictureSize(shape.seen.0, shape.seen.1);
                        DeckMessage { deck: id, load: *load, event }
                    }
                };
                // The worker first: what somebody wishes on hearing of the frame must come after it. (It may be gone.)
                let _ = news.send(Command::Picture(item));
                // Straight from the streaming thread: nothing stands between a decoded frame and those who wait.
                tell(message);
            })
        };
        let missing = |e: gstreamer::glib::BoolError| {
            ApiError::new(ErrorCode::Internal, "An element of GStreamer's base plugins is missing.")
                .with_detail(e.to_string())
        };
        let worker = Worker::new(id, shared.clone(), audio, tell, stats.clone(), commands.clone()).map_err(missing)?;
        let thread =
            std::thread::Builder::new().name(format!("deck-{}", id.0)).spawn(move || worker.run(&inbox)).map_err(
                |e| ApiError::new(ErrorCode::Internal, "A thread could not be started.").with_detail(e.to_string()),
            )?;
        Ok(Self { id, commands, shared, stats, thread: Some(thread) })
    }

    /// Which deck this is.
    pub fn id(&self) -> DeckId {
        self.id
    }

    /// Takes another episode.
    pub fn load(&self, load: Load) {
        self.post(Command::Load(load));
    }

    /// Lets the episode go and holds nothing.
    pub fn unload(&self) {
        self.post(Command::Unload);
    }

    /// Plays, at once when the first frame is there.
    pub fn play(&self) {
        self.post(Command::Play);
    }

    /// Stands still.
    pub fn pause(&self) {
        self.post(Command::Pause);
    }

    /// Seeks. The newest target wins and one seek is in flight.
    pub fn seek(&self, to: Duration, mode: SeekMode) {
        self.post(Command::Seek(to, mode));
    }

    /// Shows the next or the previous frame; use it while paused.
    pub fn step(&self, direction: Direction) {
        self.post(Command::Step(direction));
    }

    /// 0.5 to 3, with the pitch kept.
    pub fn set_speed(&self, speed: f64) {
        self.post(Command::Speed(speed));
    }

    /// Volume from 0 to 1 (perceived: the amplitude is its cube), and whether it is silenced.
    pub fn set_volume(&self, volume: f64, muted: bool) {
        self.post(Command::Volume(volume, muted));
    }

    /// Of a stream, the variant that needs so many bits per second is to play, from its next segment on.
    pub fn set_bandwidth(&self, bandwidth: u64) {
        self.post(Command::Bandwidth(bandwidth));
    }

    /// Chooses the audio track by its index.
    pub fn select_audio(&self, index: usize) {
        self.post(Command::Audio(index));
    }

    /// The output's size changed: the next frame comes in it; a standing deck decodes its frame again.
    pub fn output_resized(&self) {
        self.post(Command::Resized);
    }

    /// Numbers for the statistics overlay.
    pub fn stats(&self) -> DeckStats {
        let mut stats = self.stats.lock().unwrap_or_else(|e| e.into_inner()).clone();
        stats.presented = self.shared.presented.load(Ordering::Acquire);
        stats
    }

    /// Gives the deck up without waiting for its thread: for a deck that hangs in a file system that does not answer. The
    /// thread ends by itself if that ever returns.
    pub fn abandon(mut self) {
        self.post(Command::Quit);
        self.thread.take();
    }

    fn post(&self, command: Command) {
        // The worker outlives its handle, unless it died with a panic, which the engine's deadline reports.
        let _ = self.commands.send(command);
    }
}

impl Drop for Deck {
    fn drop(&mut self) {
        self.post(Command::Quit);
        if let Some(thread) = self.thread.take() {
            // A panic of the worker was printed where it happened.
            let _ = thread.join();
        }
    }
}
