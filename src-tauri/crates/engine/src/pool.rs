//! The decks and what the session knows of each.

use crate::stage::Card;
use model::{ApiError, Cue, EpisodeId, TrackId};
use playback::{Deck, DeckId, LoadId, MediaTracks};
use std::time::Duration;
use tokio::time::Instant;

/// How many decks there are: previous, current, next.
pub(crate) const DECKS: usize = 3;

/// A deck without a first frame after this time counts as failed (the disk does not answer): below the five seconds within
/// which nothing may hang, above what a sleeping hard disk usually needs.
pub(crate) const LOAD_DEADLINE: Duration = Duration::from_millis(4500);

/// What a deck is doing, as far as the session was told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DeckState {
    Empty,
    Loading,
    Ready,
    Ended,
    Failed(ApiError),
    /// It failed so, and is loaded again by itself: the viewer sees that it failed until that succeeds or fails otherwise.
    Retrying(ApiError),
}

impl DeckState {
    /// Its first frame is waited for, whether the viewer sees that or not.
    pub(crate) fn is_loading(&self) -> bool {
        matches!(self, Self::Loading | Self::Retrying(_))
    }

    /// Why the viewer sees nothing of it.
    pub(crate) fn error(&self) -> Option<&ApiError> {
        match self {
            Self::Failed(error) | Self::Retrying(error) => Some(error),
            Self::Empty | Self::Loading | Self::Ready | Self::Ended => None,
        }
    }
}

/// A deck and what it holds.
pub(crate) struct Slot {
    pub(crate) deck: Deck,
    pub(crate) load: LoadId,
    pub(crate) episode: Option<EpisodeId>,
    pub(crate) state: DeckState,
    pub(crate) loading_since: Instant,
    pub(crate) tracks: MediaTracks,
    pub(crate) duration: Option<Duration>,
    pub(crate) position: Duration,
    /// A seek is on its way: what the deck says of its position meanwhile is old.
    pub(crate) seeking: bool,
    /// The last seek was one of a drag.
    pub(crate) scrubbing: bool,
    pub(crate) seekable: bool,
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) speed: f64,
    pub(crate) rebuffering: bool,
    /// It has played since it was loaded.
    pub(crate) played: bool,
    /// When to load it again, where it failed in passing, …
    pub(crate) again: Option<Instant>,
    /// … and how often it failed so, one time after the other.
    pub(crate) failures: u32,
    /// It comes from the network, which may take its time.
    pub(crate) remote: bool,
    /// The chosen subtitle track and its cues, once read.
    pub(crate) subtitle: Option<TrackId>,
    pub(crate) cues: Option<Vec<Cue>>,
}

impl Slot {
    pub(crate) fn new(deck: Deck) -> Self {
        Self {
            deck,
            load: LoadId::default(),
            episode: None,
            state: DeckState::Empty,
            loading_since: Instant::now(),
            tracks: MediaTracks::default(),
            duration: None,
            position: Duration::ZERO,
            seeking: false,
            scrubbing: false,
            seekable: false,
            size: None,
            speed: 1.0,
            rebuffering: false,
            played: false,
            again: None,
            failures: 0,
            remote: false,
            subtitle: None,
            cues: None,
        }
    }

    pub(crate) fn id(&self) -> DeckId {
        self.deck.id()
    }

    /// Takes note of a new load.
    pub(crate) fn begin(&mut self, load: LoadId, episode: EpisodeId, start: Duration, speed: f64) {
        if self.episode.as_ref() != Some(&episode) {
            self.failures = 0;
        }
        self.again = None;
        self.load = load;
        self.episode = Some(episode);
        self.state = DeckState::Loading;
        self.loading_since = Instant::now();
        self.tracks = MediaTracks::default();
        self.duration = None;
        self.position = start;
        self.seeking = false;
        self.scrubbing = false;
        self.seekable = false;
        self.size = None;
        self.speed = speed;
        self.rebuffering = false;
        self.played = false;
        self.subtitle = None;
        self.cues = None;
    }

    pub(crate) fn card(&self) -> Card {
        let ready = matches!(self.state, DeckState::Ready | DeckState::Ended);
        Card { deck: Some((self.id(), self.load)), ready, poster: None }
    }
}
