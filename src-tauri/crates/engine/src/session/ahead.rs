//! Fetching ahead: asks the planner what is worth fetching now.

use super::Session;
use super::fetches::{Running, Target, is_fast};
use super::pins::Pins;
use super::streams::Streams;
use crate::api::Event;
use crate::feed::{Entry, Feed};
use crate::network::USUAL_BPS;
use crate::pool::{DeckState, Slot};
use crate::streams::Stream;
use library::LibraryError;
use media::Asset;
use model::*;
use prefetch::{Episode, Leave, Limits, Link, LinkMeter, Media, Toward, Viewing, Want, What};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Plans are not made more often than this, however much happens.
pub(super) const PLAN_EVERY: Duration = Duration::from_millis(60);
/// Wants of one plan.
const WANTS: usize = 12;
/// Episodes before and after the current one that are looked at.
const BEFORE: usize = 1;
const AFTER: usize = 5;
/// The part of an episode that nobody knows the length of yet: its first fragment, which tells.
const UNKNOWN: u64 = 2 << 20;
/// Less than this ahead of the position is a stall to come: a fragment of 2 MiB at the usual bit rate lasts longer.
const SHORT: Duration = Duration::from_secs(2);
/// A link with so many times the bit rate of what plays carries others beside it.
const PLENTY: f64 = 1.5;
/// The bar is told of new bytes at most so often.
const TELL_EVERY: Duration = Duration::from_millis(400);

/// What the session knows of fetching ahead.
pub(super) struct Ahead {
    pub(super) viewing: Viewing,
    /// What the viewer points at in the list of episodes.
    pub(super) pointed: Option<EpisodeId>,
    pub(super) assets: HashMap<EpisodeId, Arc<Asset>>,
    pub(super) streams: Streams,
    /// Where demuxers of these episodes look first.
    pub(super) heads: HashMap<EpisodeId, Vec<Range<u64>>>,
    asked_heads: HashMap<EpisodeId, u64>,
    pub(super) running: Vec<Running>,
    pub(super) pins: Pins,
    /// The link is fast.
    pub(super) fast: bool,
    began: Instant,
    planned_at: Option<Instant>,
    pub(super) due: Option<Instant>,
    told_at: Instant,
    told: Option<(EpisodeId, Vec<Stretch>)>,
}

impl Ahead {
    pub(super) fn new(viewing: Viewing) -> Self {
        let now = Instant::now();
        Self {
            viewing,
            pointed: None,
            assets: HashMap::new(),
            streams: Streams::default(),
            heads: HashMap::new(),
            asked_heads: HashMap::new(),
            running: Vec::new(),
            pins: Pins::default(),
            fast: false,
            began: now,
            planned_at: None,
            due: None,
            told_at: now,
            told: None,
        }
    }

    /// The player is closed: nothing is fetched ahead any more.
    pub(super) fn rest(&mut self) {
        for running in std::mem::take(&mut self.running) {
            running.target.asset.cancel(running.fetch);
        }
        self.assets.clear();
        self.streams.clear();
        self.heads.clear();
        self.asked_heads.clear();
        self.pointed = None;
        self.due = None;
    }

    /// The place of the episode that the viewer points at, unless that one plays.
    fn pointed_at(&self, feed: &Feed) -> Option<usize> {
        let pointed = self.pointed.as_ref()?;
        feed.entries.iter().position(|entry| entry.episode.id == *pointed).filter(|at| *at != feed.index)
    }
}

impl Session {
    /// Something changed that a plan depends on.
    pub(super) fn replan(&mut self) {
        let earliest = self.ahead.planned_at.map_or(Instant::now(), |at| at + PLAN_EVERY);
        self.ahead.due = Some(self.ahead.due.map_or(earliest, |due| due.min(earliest)));
    }

    /// Makes a plan and acts by it.
    pub(super) fn plan_ahead(&mut self) {
        let now = Instant::now();
        (self.ahead.planned_at, self.ahead.due) = (Some(now), None);
        let Some(feed) = &self.feed else { return };
        let pointed = self.ahead.pointed_at(feed);
        let window = window(feed, pointed);
        self.steer_streams(&window);
        let Some(feed) = &self.feed else { return };
        let around = || window.iter().map(|at| &feed.entries[*at]);
        let assets: HashMap<EpisodeId, Arc<Asset>> = around()
            .filter_map(|entry| {
                let asset = feed.access.asset(&self.tools.net.media, &entry.episode.media)?;
                Some((entry.episode.id.clone(), asset))
            })
            .collect();
        let streams = || around().any(|e| feed.access.playlist(&e.episode.media).is_some());
        if assets.is_empty() && !streams() {
            self.tools.net.hurry(false);
            self.unpin_all();
            return self.ahead.rest();
        }
        let queue: Vec<Episode> = around().map(|e| self.planned(e, &assets)).collect();
        let slot = self.current_slot().map(|index| &self.slots[index]);
        let surroundings = self.tools.net.surroundings();
        self.tools.net.hurry(self.is_loading() && self.wants_to_play);
        let state = prefetch::State {
            now: now - self.ahead.began,
            playing: window.partition_point(|at| *at < feed.index),
            queue,
            position: slot.map(|slot| slot.position).unwrap_or_default(),
            speed: if self.wants_to_play { self.settings.speed } else { 0.0 },
            jump: pointed.map(|pointed| window.partition_point(|at| *at < pointed)),
            auto_next: self.settings.auto_next,
            variant: None,
            link: self.link(),
            habits: self.ahead.viewing.habits(&feed.series.id),
            limits: Limits {
                offline: self.tools.net.media.is_offline(),
                data_saver: self.settings.data_saver,
                metered: surroundings.metered,
                battery: surroundings.battery,
            },
            wants: WANTS,
        };
        let plan = prefetch::plan(&state);
        let targets = self.targets(&plan.wants, &window, &assets);
        if let Some(wake) = plan.wake {
            self.ahead.due = Some(self.ahead.began + wake.max(state.now + PLAN_EVERY));
        }
        self.ahead.assets = assets;
        self.pin_playing();
        self.ahead.fast = is_fast(state.link.throughput, self.ahead.fast);
        let share = self.share(&state.link, &targets);
        let alone = share.alone;
        self.act(targets, &share);
        if alone && self.playing_id().is_some_and(|id| self.coming(id) > 0) {
            // Before it has landed, the next part is asked for.
            self.replan();
        }
        self.learn_heads();
        self.tell_buffered();
        if self.current_slot().is_none_or(|index| !self.is_tight(&self.slots[index])) {
            self.release_neighbours();
        }
    }

    /// The bytes that a plan wants.
    fn targets(&self, wants: &[Want], window: &[usize], assets: &HashMap<EpisodeId, Arc<Asset>>) -> Vec<Target> {
        let Some(feed) = &self.feed else { return Vec::new() };
        let mut targets = Vec::new();
        for want in wants {
            let Some(entry) = window.get(want.episode).and_then(|at| feed.entries.get(*at)) else { continue };
            let episode = entry.episode.id.clone();
            match (&want.what, assets.get(&episode), self.ahead.streams.get(&episode)) {
                (What::Bytes(range), Some(asset), _) => {
                    targets.push(Target { episode, asset: asset.clone(), range: range.clone() });
                }
                (what, _, Some(stream)) => targets.extend(stream.pieces(what).map(|piece| Target {
                    episode: episode.clone(),
                    asset: piece.asset.clone(),
                    range: piece.range(),
                })),
                _ => {}
            }
        }
        targets
    }

    /// What plays, or would if it did not stand.
    pub(super) fn playing_id(&self) -> Option<&EpisodeId> {
        Some(&self.feed.as_ref()?.current()?.episode.id)
    }

    /// Whether what plays will have no bytes within a time, unless some come.
    pub(super) fn has_less_than(&self, time: Duration, slot: &Slot) -> bool {
        let plays = self.wants_to_play && slot.state == DeckState::Ready;
        let Some(id) = slot.episode.as_ref().filter(|_| plays) else { return false };
        let (Some((stretches, false)), Some(duration)) = (self.stretches(id), self.lasts(slot)) else { return false };
        let part = |time: Duration| time.as_secs_f64() / duration.as_secs_f64();
        let at = part(slot.position);
        let here = stretches.iter().find(|s| s.from <= at && at <= s.to).map_or(0.0, |s| s.to - at);
        here + at < 1.0 && here < part(time)
    }

    /// Whether what plays has little ahead and the link brings hardly more than it needs.
    pub(super) fn is_tight(&self, slot: &Slot) -> bool {
        let (Some(id), Some(duration)) = (&slot.episode, self.lasts(slot)) else { return false };
        let needs = self.bytes(id).unwrap_or(0) as f64 * 8.0 / duration.as_secs_f64() * self.settings.speed;
        self.has_less_than(SHORT, slot) && self.link().throughput < needs * PLENTY
    }

    /// The running time of what a slot plays; its first frame is there before the file has told it.
    fn lasts(&self, slot: &Slot) -> Option<Duration> {
        let entry =
            self.feed.as_ref()?.entries.iter().find(|entry| Some(&entry.episode.id) == slot.episode.as_ref())?;
        let stated = slot.duration.or(entry.card.duration_ms.map(Duration::from_millis)).filter(|d| !d.is_zero());
        let guess = || Some(Duration::from_secs_f64(self.bytes(&entry.episode.id)? as f64 * 8.0 / USUAL_BPS as f64));
        stated.or_else(guess).filter(|d| !d.is_zero())
    }

    /// The bytes of an episode; about, where it is a stream.
    pub(super) fn bytes(&self, id: &EpisodeId) -> Option<u64> {
        let asset = self.ahead.assets.get(id).and_then(|asset| asset.availability().total);
        asset.or_else(|| self.ahead.streams.get(id).map(Stream::expected_bytes))
    }

    fn has_failed(&self, id: &EpisodeId) -> bool {
        let mut failed = self.slots.iter().filter(|slot| matches!(slot.state, DeckState::Failed(_)));
        failed.any(|slot| slot.episode.as_ref() == Some(id))
    }

    /// An episode as the planner sees it.
    fn planned(&self, entry: &Entry, assets: &HashMap<EpisodeId, Arc<Asset>>) -> Episode {
        let card = &entry.card;
        let opens_at = Duration::from_millis(if card.watched { 0 } else { card.position_ms });
        let stream = self.ahead.streams.get(&entry.episode.id).and_then(Stream::planned);
        // A file on this machine wants nothing; nor does what comes live, or of which nothing is known yet. And more of what
        // failed would not help.
        let nothing = || Media::Progressive { bytes: 1, duration: None, head: Vec::new(), cached: one(0..1) };
        let media = match (assets.get(&entry.episode.id), stream) {
            _ if self.has_failed(&entry.episode.id) => nothing(),
            (None, Some(stream)) => stream,
            (None, None) => nothing(),
            (Some(asset), _) => {
                let there = asset.availability();
                let duration = card.duration_ms.map(Duration::from_millis);
                let guess = duration.map_or(UNKNOWN, |d| (d.as_secs_f64() * USUAL_BPS as f64 / 8.0) as u64);
                let bytes = there.total.unwrap_or(guess.max(1));
                Media::Progressive {
                    bytes,
                    duration: duration.or(Some(Duration::from_secs_f64(bytes as f64 * 8.0 / USUAL_BPS as f64))),
                    head: self.ahead.heads.get(&entry.episode.id).cloned().unwrap_or_else(|| one(0..1)),
                    cached: there.cached.iter().map(|r| r.start..r.end.min(bytes)).filter(|r| !r.is_empty()).collect(),
                }
            }
        };
        Episode { media, opens_at, retention: None }
    }

    /// The link to the server of what plays.
    fn link(&self) -> Link {
        let guess = LinkMeter::default().link();
        match self.tools.net.link_to(self.playing_url().as_deref()).filter(|link| link.samples > 0) {
            Some(link) => Link {
                throughput: link.throughput_bps as f64,
                spread: link.error.clamp(0.0, 1.0),
                round_trip: link.round_trip.unwrap_or(guess.round_trip),
            },
            None => guess,
        }
    }

    pub(super) fn playing_url(&self) -> Option<String> {
        match &self.feed.as_ref()?.current()?.episode.media {
            MediaRef::Url(url) => Some(url.clone()),
            MediaRef::File(_) => None,
        }
    }

    /// Looks, off this task, where the demuxers of the episodes around will read first.
    fn learn_heads(&mut self) {
        for (id, asset) in &self.ahead.assets {
            let there = asset.availability();
            let (Some(total), false) = (there.total, self.ahead.heads.contains_key(id)) else { continue };
            let here = there.cached.len();
            if here == 0 || self.ahead.asked_heads.insert(id.clone(), here) == Some(here) {
                continue;
            }
            let (Some(reader), id, inbox) = (asset.reader(), id.clone(), self.tools.inbox.clone()) else { continue };
            tokio::task::spawn_blocking(move || {
                if let Some(head) = media::head(&reader, total) {
                    let _ = inbox.send(super::Msg::Head(id, head));
                }
            });
        }
    }

    /// Tells the bar which parts of the current episode are there.
    fn tell_buffered(&mut self) {
        let Some(id) = self.playing_id().cloned() else { return };
        let Some((stretches, whole)) = self.stretches(&id) else { return };
        let same_episode = self.ahead.told.as_ref().is_some_and(|told| told.0 == id);
        let same = same_episode && self.ahead.told.as_ref().is_some_and(|told| told.1 == stretches);
        if same || (same_episode && self.ahead.told_at.elapsed() < TELL_EVERY && !whole) {
            return;
        }
        self.ahead.told_at = Instant::now();
        self.ahead.told = Some((id.clone(), stretches.clone()));
        self.emit(Event::Buffered { episode: id, stretches });
    }

    /// Which parts of an episode are here, and whether that is all of it.
    fn stretches(&self, id: &EpisodeId) -> Option<(Vec<Stretch>, bool)> {
        if let Some(stream) = self.ahead.streams.get(id) {
            return (!stream.live).then(|| (stream.stretches(), stream.is_whole()));
        }
        let there = self.ahead.assets.get(id)?.availability();
        let total = there.total.filter(|total| *total > 0)? as f64;
        let stretch =
            |range: Range<u64>| Stretch { from: range.start as f64 / total, to: (range.end as f64 / total).min(1.0) };
        Some((there.cached.iter().map(stretch).collect(), there.is_whole()))
    }

    /// The viewer leaves the current episode: that teaches what to expect.
    pub(super) fn learn(&mut self, toward: Toward) {
        let Some(slot) = self.current_slot().map(|index| &self.slots[index]) else { return };
        // The library may know it before the deck has told it.
        let known = || self.feed.as_ref()?.current()?.card.duration_ms.map(Duration::from_millis);
        let Some(duration) = slot.duration.or_else(known).filter(|d| !d.is_zero()) else { return };
        let watched = (slot.position.as_secs_f64() / duration.as_secs_f64()).clamp(0.0, 1.0) as f32;
        let Some(series) = self.feed.as_ref().map(|feed| feed.series.id.clone()) else { return };
        self.ahead.viewing.observe(&series, Leave { watched, toward });
        match serde_json::to_string(&self.ahead.viewing) {
            Ok(json) => self.tools.shelf.post(move |library| library.save_habits(&json)),
            Err(e) => tracing::error!("habits cannot be written: {e}"),
        }
    }

    /// Forgets what was learned. The library does it after every save that was asked of it before, and no save of the same
    /// habits can follow.
    pub(super) fn forget_habits(&mut self, done: oneshot::Sender<Result<(), LibraryError>>) {
        self.ahead.viewing = Viewing::default();
        self.tools.shelf.post(move |library| {
            // Whoever asked may have gone away.
            let _ = done.send(library.forget_habits());
            Ok(())
        });
    }
}

/// The places of the episodes that are looked at, ascending: those around the current one, and the one pointed at.
fn window(feed: &Feed, pointed: Option<usize>) -> Vec<usize> {
    let around = feed.index.saturating_sub(BEFORE)..(feed.index + AFTER + 1).min(feed.entries.len());
    let mut window: Vec<usize> = around.chain(pointed).collect();
    window.sort_unstable();
    window.dedup();
    window
}

fn one(range: Range<u64>) -> Vec<Range<u64>> {
    std::iter::once(range).collect()
}
