//! Going to a place: one seek at a time, the newest target wins.

use super::{Seeking, Stage, Worker};
use crate::DeckEvent;
use crate::source::Source;
use gstreamer as gst;
use gstreamer::prelude::*;
use media::gateway::Need;
use model::{Direction, SeekMode};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A seek that has not arrived after this time (a damaged file, a disk that sleeps) no longer holds up the next.
const SEEK_GIVES_WAY: Duration = Duration::from_secs(2);
/// A step aims this far into a frame, as a part of it.
const INSIDE_FRAME: f64 = 0.1;
/// What is shown may begin a rounding before its place, half a millisecond in Matroska: at most this part of a frame at 60 a
/// second.
const ROUNDED: f64 = 0.05;
/// A step back looks singly for the frame before so many frames far, …
const FRAMES_BACK_SINGLY: i64 = 16;
/// … and in longer and longer strides so many: an hour at 30 a second.
const FRAMES_BACK: i64 = 108_000;

impl Worker {
    pub(super) fn seek(&mut self, to: Duration, mode: SeekMode) {
        self.back = None;
        if let Some(load) = self.waiting_load() {
            load.start = to;
            return;
        }
        match self.stage {
            Stage::Idle => {}
            Stage::Starting => self.next_seek = Some((to, mode)),
            // Nothing was shown yet: it simply starts there.
            Stage::Opening | Stage::Prerolling => {
                if let Some(load) = &mut self.load {
                    load.start = to;
                    self.shared.open.store(false, Ordering::Release);
                }
            }
            Stage::Ready if self.seeking.is_some_and(|s| s.since.elapsed() < SEEK_GIVES_WAY) => {
                self.next_seek = Some((to, mode));
            }
            Stage::Ready => {
                if !self.begins_anew_at(to) {
                    self.seek_now(to, mode);
                }
            }
        }
    }

    pub(super) fn seek_now(&mut self, to: Duration, mode: SeekMode) {
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
        self.shared.seeks.fetch_add(1, Ordering::AcqRel);
        self.read_as(Need::Full);
        if let Some(Source::Playlist { pace, .. }) = self.load.as_ref().map(|load| &load.source) {
            pace.forget_missing();
        }
        let sent =
            self.playbin.seek(self.speed, flags, gst::SeekType::Set, target, gst::SeekType::None, gst::ClockTime::NONE);
        self.seeking = sent.is_ok().then(|| Seeking { since: Instant::now(), told: true });
        if sent.is_err() {
            self.mind_reading();
            self.emit(DeckEvent::Seeked(self.position()));
        }
    }

    /// Speed is part of a seek: it changes with one to where it stands, or with the one that starts the episode.
    pub(super) fn set_speed(&mut self, speed: f64) {
        if let Some(load) = self.waiting_load() {
            load.speed = speed;
            return;
        }
        self.speed = speed;
        self.shared.variants.set_speed(speed);
        if let Some(feeder) = self.shared.feeder() {
            feeder.plays_at(speed);
        }
        let Some(load) = &mut self.load else { return };
        load.speed = speed;
        match self.stage {
            Stage::Opening | Stage::Prerolling => self.shared.open.store(false, Ordering::Release),
            Stage::Starting => {
                let start = load.start;
                self.next_seek.get_or_insert((start, SeekMode::Accurate));
            }
            Stage::Ready if !self.at_end => self.seek(self.position(), SeekMode::Accurate),
            Stage::Ready | Stage::Idle => {}
        }
    }

    /// Steps by an accurate seek into the beginning of the neighbouring frame, on the grid of the file's frame rate: that goes
    /// both ways and keeps sound and picture together (a GStreamer step moves one sink only). Frames that last longer than
    /// the rate says are stepped singly too; of several within one place of the grid only one is shown.
    pub(super) fn step(&mut self, direction: Direction) {
        if self.stage != Stage::Ready || !self.tracks.has_video {
            return;
        }
        let frame = self.frame();
        match direction {
            Direction::Next => self.seek(self.time_of(frame + 1), SeekMode::Accurate),
            Direction::Previous => {
                self.seek(self.time_of(frame - 1), SeekMode::Accurate);
                self.back = Some((frame, 1));
            }
        }
    }

    /// Where to look next for the frame before. A place that no frame covers, as decoders know it, shows the frame after it;
    /// so a step back that has not left its frame goes on.
    pub(super) fn further_back(&mut self) -> Option<(Duration, SeekMode)> {
        let (from, looked) = self.back.take()?;
        // Singly at first, which never passes a frame over; then faster, for slides that stand for minutes.
        let next = if looked < FRAMES_BACK_SINGLY { looked + 1 } else { looked * 2 };
        if self.frame() < from || looked >= from || looked > FRAMES_BACK {
            return None;
        }
        self.back = Some((from, next));
        Some((self.time_of(from - next), SeekMode::Accurate))
    }

    /// The place of the current position on the grid of frames.
    fn frame(&self) -> i64 {
        (self.position().as_secs_f64() * self.fps() + ROUNDED).floor() as i64
    }

    /// A time just inside a frame: further than times are rounded by (Matroska's by a millisecond).
    fn time_of(&self, frame: i64) -> Duration {
        let inside = if frame <= 0 { 0.0 } else { frame as f64 + INSIDE_FRAME };
        Duration::from_secs_f64(inside / self.fps())
    }

    fn fps(&self) -> f64 {
        self.shape.and_then(|s| s.fps).filter(|fps| (1.0..=240.0).contains(fps)).unwrap_or(30.0)
    }
}
