//! What the engine asks of a stage, and what a stage tells the engine.
//!
//! The stage moves the picture by itself, on its own clock; the engine learns of a swipe when it has begun and answers
//! with the new neighbourhood. Swipes are numbered by the stage, so that an answer which a newer swipe has overtaken is
//! recognised and left aside.

use model::Direction;
use playback::{CountingOutput, DeckId, Frame, LoadId, VideoOutput};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// What stands at one place of the feed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Card {
    /// The deck that holds the episode, and the load whose frames are its own.
    pub deck: Option<(DeckId, LoadId)>,
    /// Its first frame is decoded.
    pub ready: bool,
    /// A picture to show until a frame is there.
    pub poster: Option<PathBuf>,
}

/// The episodes around the viewer. A missing neighbour is an end of the feed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeedWindow {
    /// Above.
    pub previous: Option<Card>,
    /// In the middle; `None`: the player is closed.
    pub current: Option<Card>,
    /// Below.
    pub next: Option<Card>,
    /// Number of the stage's last swipe that this takes into account.
    pub swipe: u64,
}

/// A surface that shows the feed and moves it.
pub trait Stage: VideoOutput {
    /// Takes the neighbourhood. `slide`: the engine went on by itself (a button, the end of an episode) and the picture
    /// moves there as after a swipe.
    fn arrange(&self, window: FeedWindow, slide: Option<Direction>);
}

/// What a stage tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StageEvent {
    /// A swipe was committed: the picture is on its way to the neighbour.
    Swiped(Direction, u64),
    /// The picture begins to move or (`false`) came to rest.
    Moving(bool),
    /// A swipe met the end of the feed.
    Edge(Direction),
    /// The stage has another size; told when it has come to rest.
    Resized,
}

/// A stage without a window: for tests and for running without a display. It keeps what it was told.
#[derive(Default)]
pub struct HeadlessStage {
    /// The decks' pictures, counted.
    pub pictures: CountingOutput,
    window: Mutex<FeedWindow>,
}

impl HeadlessStage {
    /// A new one.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The neighbourhood as last told.
    pub fn window(&self) -> FeedWindow {
        self.window.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }
}

impl VideoOutput for HeadlessStage {
    fn size(&self) -> (u32, u32) {
        self.pictures.size()
    }

    fn present(&self, deck: DeckId, load: LoadId, frame: Frame) {
        self.pictures.present(deck, load, frame);
    }

    fn clear(&self, deck: DeckId) {
        self.pictures.clear(deck);
    }
}

impl Stage for HeadlessStage {
    fn arrange(&self, window: FeedWindow, _slide: Option<Direction>) {
        *self.window.lock().unwrap_or_else(|e| e.into_inner()) = window;
    }
}
