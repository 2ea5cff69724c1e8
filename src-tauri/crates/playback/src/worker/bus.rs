//! What the pipeline says: arrivals, ends, tracks and faults.

use super::{Heard, Stage, Worker};
use crate::decoders::prefer_software;
use crate::fault::Fault;
use crate::{DeckEvent, MediaTracks, Source};
use gstreamer as gst;
use gstreamer::prelude::*;
use model::{ErrorCode, SeekMode, Track, TrackId, TrackKind};
use std::sync::atomic::Ordering;

/// More tracks of a kind than this are not offered.
const MAX_TRACKS: i32 = 64;

impl Worker {
    pub(super) fn on_bus(&mut self, heard: &Heard) {
        use gst::MessageView;
        match heard.message.view() {
            // Told before the newest seek was sent: that something else has arrived, a pause for example.
            MessageView::AsyncDone(_) if heard.seeks < self.shared.seeks.load(Ordering::Acquire) => {}
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
                if let Some(fault) = self.ends_with() {
                    return self.fail(fault);
                }
                if self.stage == Stage::Ready {
                    self.at_end = true;
                    self.tell_position();
                    self.playing = false;
                    // A seek from here is not to set it in motion again.
                    let _ = self.playbin.set_state(gst::State::Paused);
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
                self.tell_duration();
            }
            MessageView::Buffering(buffering) => {
                self.starve(buffering.percent() < 100);
            }
            MessageView::Latency(_) => {
                if let Some(bin) = self.playbin.downcast_ref::<gst::Bin>() {
                    let _ = bin.recalculate_latency();
                }
            }
            MessageView::ClockLost(_) if self.playing && !self.rebuffering => {
                let _ = self.playbin.set_state(gst::State::Paused);
                let _ = self.playbin.set_state(gst::State::Playing);
            }
            _ => {}
        }
    }

    /// A demuxer has ended without a stream. It says so by an error, but while decodebin (1.22) is still adding it, errors are
    /// put aside as those of a candidate, and this one is lost.
    pub(super) fn demuxer_gave_up(&self) -> bool {
        let Some(bin) = self.playbin.downcast_ref::<gst::Bin>() else { return false };
        bin.iterate_recurse().into_iter().flatten().any(|element| {
            let demuxes = element.factory().is_some_and(|f| f.has_type(gst::ElementFactoryType::DEMUXER));
            let ended = || element.sink_pads().iter().any(|pad| pad.task_state() == gst::TaskState::Paused);
            demuxes && element.src_pads().is_empty() && ended()
        })
    }

    pub(super) fn on_async_done(&mut self) {
        match self.stage {
            Stage::Prerolling => {
                let Some(load) = self.load.clone() else { return };
                self.read_tracks();
                if let Some(fault) = self.missing.take()
                    && (!self.tracks.has_video || self.shape.is_none())
                {
                    return self.on_fault(fault);
                }
                if self.starts_by_seek() {
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
                match self.next_seek.take().or_else(|| self.further_back()) {
                    Some((to, mode)) => self.seek_now(to, mode),
                    None => {
                        self.mind_reading();
                        if arrived.is_some_and(|s| s.told) {
                            self.emit(DeckEvent::Seeked(self.position()));
                        }
                    }
                }
            }
            Stage::Idle | Stage::Opening => {}
        }
    }

    /// Asks the pipeline which streams it found.
    pub(super) fn read_tracks(&mut self) {
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
        let wanted = self.load.as_ref().and_then(|l| l.audio_language.clone()).filter(|_| !self.audio_chosen);
        let chosen = wanted.and_then(|w| audio.iter().position(|t| t.language.as_deref() == Some(&w)));
        let heard = usize::try_from(self.playbin.property::<i32>("current-audio")).unwrap_or(0);
        let selected_audio = (!audio.is_empty()).then_some(chosen.unwrap_or(heard));
        if let Some(chosen) = chosen.filter(|c| *c != heard) {
            self.playbin.set_property("current-audio", chosen as i32);
        }
        let tracks = MediaTracks { audio, text, has_video: number("n-video") > 0, selected_audio };
        if tracks != self.tracks {
            self.tracks = tracks;
            self.emit(DeckEvent::Tracks(self.tracks.clone()));
        }
    }

    pub(super) fn on_fault(&mut self, fault: Fault) {
        if self.stage == Stage::Idle {
            return;
        }
        // What the reader says is more precise than what the pipeline makes of it.
        let fault = self.shared.feeder().and_then(|feeder| feeder.take_fault()).unwrap_or(fault);
        if fault.code == ErrorCode::Changed
            && !self.retried
            && let Some(mut load) = self.load.clone()
        {
            // Another version lies there now: from its place on in that one.
            self.retried = true;
            if self.stage == Stage::Ready {
                load.start = self.position();
            }
            return self.begin(load);
        }
        // A decoder that fails while decodebin (1.22) is still adding it says so to nobody: what is heard is that the stream
        // broke off.
        let unheard = || self.hardware.clone().filter(|_| fault.passed_on && self.awaits_frame());
        if let Some(decoder) = fault.hardware.clone().or_else(unheard).filter(|_| !self.retried)
            && let Some(mut load) = self.load.clone()
        {
            self.retried = true;
            prefer_software(&decoder);
            // A pipeline keeps the list of decoders that it once made, whatever their ranks are since.
            self.worn = true;
            if self.stage == Stage::Ready {
                load.start = self.position();
            }
            load.speed = self.speed;
            let heard = self.tracks.selected_audio.and_then(|i| self.tracks.audio.get(i));
            load.audio_language = heard.and_then(|t| t.language.clone()).or(load.audio_language);
            return self.begin(load);
        }
        // What could not be plugged says more than the stream error that follows from it.
        let fault = self.missing.take().filter(|_| self.stage != Stage::Ready).unwrap_or(fault);
        if let Some(fault) = self.put_off(fault) {
            self.fail(fault);
        }
    }

    pub(super) fn fail(&mut self, mut fault: Fault) {
        self.stop();
        self.worn = true;
        // Who has already wished for something else does not want to hear of it.
        if let Some(load) = self.load.as_ref().filter(|_| self.next.is_none()) {
            if fault.code == ErrorCode::Io && matches!(load.source, Source::Playlist { .. }) {
                // What is in between on this machine does not fail: it passes on that the server did.
                fault.code = ErrorCode::Unreachable;
            }
            // A file that vanished says so better than the read error that follows.
            let error = load.source.uri().err().unwrap_or_else(|| fault.into_error(&load.source.name()));
            self.emit(DeckEvent::Failed(error));
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
