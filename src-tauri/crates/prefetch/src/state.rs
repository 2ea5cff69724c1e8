//! What the planner is told. All of it is data: the clock, the link and the viewer are arguments, nothing is looked up.

use crate::Habits;
use crate::link::Link;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Everything a plan depends on.
#[derive(Debug, Clone)]
pub struct State {
    /// The caller's clock; deadlines and wake times are on the same one.
    pub now: Duration,
    /// Episodes in viewing order, from a little before the playing one to a few after it.
    pub queue: Vec<Episode>,
    /// Which of them is playing.
    pub playing: usize,
    /// Where it is.
    pub position: Duration,
    /// How fast it plays; 0 while it is paused.
    pub speed: f64,
    /// The episode that the viewer points at in the episodes panel.
    pub jump: Option<usize>,
    /// The next episode begins by itself at the end of the playing one.
    pub auto_next: bool,
    /// The variant of the plan before, which this one keeps unless another is clearly better.
    pub variant: Option<usize>,
    /// What the network does.
    pub link: Link,
    /// What this viewer does.
    pub habits: Habits,
    /// What the user and the device allow.
    pub limits: Limits,
    /// At most so many wants.
    pub wants: usize,
}

/// One episode of the queue.
#[derive(Debug, Clone)]
pub struct Episode {
    /// Its bytes, and which of them are cached.
    pub media: Media,
    /// Where it opens, should the viewer come to it.
    pub opens_at: Duration,
    /// The fraction of viewers who still watch at the start of each segment, and last at the end, where it is known for this
    /// episode; otherwise the viewer's habits say it.
    pub retention: Option<Arc<[f32]>>,
}

/// The bytes of an episode.
#[derive(Debug, Clone)]
pub enum Media {
    /// One file that plays while it loads.
    Progressive {
        /// Its length in bytes.
        bytes: u64,
        /// Its running time, once known.
        duration: Option<Duration>,
        /// What a demuxer needs before the first frame, wherever it lies.
        head: Vec<Range<u64>>,
        /// What is cached: ascending, not overlapping.
        cached: Vec<Range<u64>>,
    },
    /// Segments in one or several variants.
    Segmented {
        /// What the playlist says.
        stream: Arc<Stream>,
        /// Of which variants the init section is cached.
        init: Vec<bool>,
        /// The variant in which each segment is cached.
        cached: Vec<Option<usize>>,
    },
}

/// The segments of an episode.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    /// The running time of each segment.
    pub durations: Vec<Duration>,
    /// By ascending bit rate.
    pub variants: Vec<Variant>,
}

/// One variant of a stream.
#[derive(Debug, Clone, Default)]
pub struct Variant {
    /// Bits per second.
    pub bit_rate: u64,
    /// Bytes of each segment, or none where the playlist does not say; then the bit rate tells them.
    pub segments: Vec<u64>,
    /// There is an init section.
    pub init: bool,
}

/// What the user and the device allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Nothing can be fetched.
    pub offline: bool,
    /// The user pays by the byte.
    pub metered: bool,
    /// The user asked to save: the lowest variant, and little ahead.
    pub data_saver: bool,
    /// The device runs on its battery: nothing far ahead.
    pub battery: bool,
}

/// What to do next.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// What to fetch, the most urgent first. A fetch that is under way and not in here any more is not worth its bytes.
    pub wants: Vec<Want>,
    /// When to ask again if nothing else changes before.
    pub wake: Option<Duration>,
    /// To be told to the next plan.
    pub variant: Option<usize>,
}

/// One thing to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// Which episode of the queue.
    pub episode: usize,
    /// Which part of it.
    pub what: What,
    /// Which variant; 0 for a progressive file.
    pub variant: usize,
    /// Why.
    pub reason: Reason,
    /// When the viewer would miss it, on the caller's clock: for what lies in another episode, if the viewer went there now.
    pub deadline: Duration,
}

/// A part of an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A range of a progressive file.
    Bytes(Range<u64>),
    /// The variant's init section.
    Init,
    /// A segment, by its place in the stream.
    Segment(usize),
}

/// Why something is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The playing episode must not stall.
    Playing,
    /// The viewer points at this episode.
    Jump,
    /// The next episode must begin at once.
    Next,
    /// So must the one before.
    Previous,
    /// So must those after the next, for a viewer who skips.
    Later,
    /// The playing episode's stock for worse times.
    Stock,
    /// The rest of the next episode, where bytes are cheap.
    NextWhole,
}
