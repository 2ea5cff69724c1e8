//! What the tests hold on to: a deck or an engine with its events, and waiting with a deadline.

use engine::{AudioOutput, Config, Engine, Event, HeadlessStage, Places, StageEvent, dispatch};
use model::*;
use playback::*;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

/// Nothing here may take longer: the product's own limit for a hang.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// Decoding tests run one at a time: they count threads, and two cores are soon busy.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(|e| e.into_inner())
}

/// A series of four two-second clips, made once for all tests.
pub fn clips() -> &'static Path {
    static CLIPS: OnceLock<tempfile::TempDir> = OnceLock::new();
    CLIPS
        .get_or_init(|| {
            let dir = tempfile::tempdir().unwrap();
            tests::clips::series(dir.path(), 5, 2);
            dir
        })
        .path()
}

/// One of them, from 1.
pub fn clip(number: u32) -> std::path::PathBuf {
    tests::clips::episode_path(clips(), number)
}

/// A deck and what it says.
pub struct DeckRig {
    pub deck: Deck,
    pub output: Arc<CountingOutput>,
    pub events: Receiver<DeckMessage>,
    loads: u64,
}

impl DeckRig {
    pub fn new() -> Self {
        playback::init().unwrap();
        let (tell, events) = channel();
        let output = Arc::new(CountingOutput::default());
        let deck = Deck::new(DeckId(0), output.clone(), AudioOutput::Silent, move |m| drop(tell.send(m))).unwrap();
        Self { deck, output, events, loads: 0 }
    }

    pub fn load(&mut self, path: &Path, start: Duration, play: bool) -> LoadId {
        self.load_source(path.to_owned().into(), start, play)
    }

    pub fn load_source(&mut self, source: Source, start: Duration, play: bool) -> LoadId {
        self.loads += 1;
        let id = LoadId(self.loads);
        self.deck.load(Load { id, source, start, speed: 1.0, bandwidth: 0, audio_language: None, play });
        id
    }

    /// The first event of this load that `pick` takes.
    pub fn wait<T>(&self, load: LoadId, what: &str, mut pick: impl FnMut(&DeckEvent) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        let mut seen = Vec::new();
        while let Ok(message) = self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if message.load == load {
                if let Some(found) = pick(&message.event) {
                    return found;
                }
                seen.push(message.event);
            }
        }
        panic!("no {what} within {DEADLINE:?}; there were {seen:?}");
    }

    pub fn ready(&self, load: LoadId) {
        self.wait(load, "first frame", |e| matches!(e, DeckEvent::FirstFrame).then_some(()));
    }

    pub fn sought(&self, load: LoadId) -> Duration {
        self.wait(load, "arrival", |e| if let DeckEvent::Seeked(at) = e { Some(*at) } else { None })
    }
}

/// An engine without a window, on a library of its own.
pub struct EngineRig {
    pub engine: Engine,
    pub stage: Arc<HeadlessStage>,
    pub events: broadcast::Receiver<Event>,
    pub swipes: u64,
}

impl EngineRig {
    pub fn start(home: &Path) -> Self {
        let stage = HeadlessStage::new();
        let config = Config { places: Places::under(home), stage: stage.clone(), audio: AudioOutput::Silent };
        let engine = Engine::start(config).unwrap();
        let events = engine.events();
        Self { engine, stage, events, swipes: 0 }
    }

    /// With `folder` scanned.
    pub async fn with_folder(home: &Path, folder: &Path) -> Self {
        Self::with_list(home, folder.to_str().unwrap()).await
    }

    /// With the list at this address scanned.
    pub async fn with_list(home: &Path, url: &str) -> Self {
        let mut rig = Self::start(home);
        rig.ask("add_source", json!({ "path": url })).await;
        rig.scanned().await;
        rig
    }

    pub async fn scanned(&mut self) {
        self.wait("end of the scan", |e| matches!(e, Event::Scans { scans } if scans.is_empty()).then_some(())).await;
    }

    pub async fn try_ask(&self, name: &str, args: Value) -> Result<Value, ApiError> {
        tokio::time::timeout(DEADLINE, dispatch(&self.engine, name, args)).await.expect("an answer in time")
    }

    pub async fn ask(&self, name: &str, args: Value) -> Value {
        self.try_ask(name, args).await.unwrap_or_else(|e| panic!("{name}: {e:?}"))
    }

    pub async fn home(&self) -> HomeView {
        serde_json::from_value(self.ask("home", json!({})).await).unwrap()
    }

    pub async fn series(&self) -> SeriesView {
        let id = self.home().await.series[0].id.clone();
        serde_json::from_value(self.ask("series", json!({ "id": id })).await).unwrap()
    }

    pub async fn state(&self) -> Option<PlayerState> {
        serde_json::from_value(self.ask("player", json!({})).await).unwrap()
    }

    /// Opens the first series where it was left, or at its episode with this index.
    pub async fn play(&mut self, index: Option<usize>) {
        let series = self.series().await;
        let episode = index.map(|i| series.episodes[i].id.clone());
        self.ask("play", json!({ "series": series.card.id, "episode": episode })).await;
    }

    /// Swipes as a stage does.
    pub fn swipe(&mut self, direction: Direction) {
        self.swipes += 1;
        self.engine.stage_event(StageEvent::Swiped(direction, self.swipes));
    }

    /// The first event that `pick` takes.
    pub async fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let mut last = None;
        let found = tokio::time::timeout(DEADLINE, async {
            loop {
                match self.events.recv().await {
                    Ok(event) => match pick(&event) {
                        Some(found) => return found,
                        None => last = Some(event),
                    },
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(e) => panic!("the engine ended while waiting for {what}: {e}"),
                }
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("no {what} within {DEADLINE:?}; the last event was {last:?}"))
    }

    /// The player's state once it is as wanted.
    pub async fn until(&mut self, what: &str, fits: impl Fn(&PlayerState) -> bool) -> PlayerState {
        if let Some(state) = self.state().await.filter(&fits) {
            return state;
        }
        self.wait(what, |e| match e {
            Event::Player { state: Some(state) } if fits(state) => Some((**state).clone()),
            _ => None,
        })
        .await
    }

    /// Until the neighbours that the feed has are in decks and have shown their first frame.
    pub async fn neighbours_ready(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let window = self.stage.window();
            let cards = [&window.previous, &window.current, &window.next];
            let ready = cards.iter().all(|c| c.as_ref().is_none_or(|card| card.ready));
            if ready && window.current.is_some() {
                return;
            }
            assert!(Instant::now() < deadline, "the neighbours are not ready: {window:?}");
            // Any event may bring it; a tick of the clock bounds the wait.
            let _ = tokio::time::timeout(Duration::from_millis(20), self.events.recv()).await;
        }
    }

    pub async fn stop(self) {
        tokio::time::timeout(DEADLINE, self.engine.shutdown()).await.expect("a clean end in time");
    }
}

/// Threads of this process.
pub fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, |d| d.count())
}

/// Names and number of this process' threads, for a message.
pub fn thread_names() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.filter_map(|t| std::fs::read_to_string(t.path().join("comm")).ok()).map(|n| n.trim().to_owned()).collect()
}
