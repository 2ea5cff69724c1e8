//! Puts tracks that came in files of their own into one, as they are: nothing is decoded.
//!
//! Use it where a film is to become a file, never for playback. A muxer wants to know all of its tracks before it begins,
//! so every track is held until all files have told theirs.

use crate::fault::Fault;
use gstreamer as gst;
use gstreamer::prelude::*;
use model::{ApiError, ErrorCode};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The file does not grow for so long: something is broken.
const STALL: Duration = Duration::from_secs(60);

/// How often that is looked after.
const LOOK: gst::ClockTime = gst::ClockTime::from_seconds(1);

/// What waits of each track: the disk that is written to may be slower than the one that is read from. Where a track waits
/// for another of the same file, that may be further on, and more is held.
const QUEUE_BUFFERS: u32 = 500;

/// Bytes that wait at most of a track that has a file of its own: it waits for no other track of that.
const QUEUE_BYTES: u32 = 64 << 20;

/// Tells that a file has named all of its tracks.
const TOLD: &str = "tracks-told";

/// What the file becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// MP4.
    Mp4,
    /// Matroska, which takes nearly everything.
    Matroska,
}

/// Writes the pictures and sounds of the files `from`, which are MP4 or transport streams, to the file `to`. Blocks until all
/// of it is written. What of it was written before an error is the caller's to delete.
///
/// # Errors
/// When a file cannot be read or written, when the container does not take what is in it, or when it takes too long.
pub fn remux(from: &[PathBuf], to: &Path, container: Container) -> Result<(), ApiError> {
    let work = Work::new(from, to, container).and_then(|work| work.run(from.len(), to));
    work.map_err(|fault| {
        let words = match fault.code {
            ErrorCode::TimedOut => "Putting pictures and sounds into one file took too long.",
            ErrorCode::UnsupportedCodec => "The file cannot hold these pictures or sounds.",
            _ => "Pictures and sounds could not be put into one file.",
        };
        ApiError::new(fault.code, words).with_detail(fault.detail)
    })
}

/// A track that is held.
struct Held {
    pad: gst::Pad,
    probe: Option<gst::PadProbeId>,
    /// Where all kept tracks of its file wait for those of others.
    queue: gst::Element,
}

struct Work {
    pipeline: gst::Pipeline,
    muxer: gst::Element,
    tracks: Arc<Mutex<Vec<Held>>>,
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Work {
    fn new(from: &[PathBuf], to: &Path, container: Container) -> Result<Self, Fault> {
        let internal = |e: gst::glib::BoolError| Fault::new(ErrorCode::Internal, e.to_string());
        let work = Self::to(to, container).map_err(internal)?;
        for path in from {
            let demuxer = demuxer(path)?;
            work.add(path, demuxer).map_err(internal)?;
        }
        Ok(work)
    }

    fn to(to: &Path, container: Container) -> Result<Self, gst::glib::BoolError> {
        let pipeline = gst::Pipeline::new();
        let muxer = match container {
            Container::Mp4 => "mp4mux",
            Container::Matroska => "matroskamux",
        };
        let muxer = gst::ElementFactory::make(muxer).build()?;
        let sink = gst::ElementFactory::make("filesink").property("location", to).build()?;
        pipeline.add_many([&muxer, &sink])?;
        muxer.link(&sink)?;
        Ok(Self { pipeline, muxer, tracks: Arc::default() })
    }

    fn add(&self, path: &Path, demuxer: &str) -> Result<(), gst::glib::BoolError> {
        let source = gst::ElementFactory::make("filesrc").property("location", path).build()?;
        let demuxer = gst::ElementFactory::make(demuxer).build()?;
        let queue = gst::ElementFactory::make("multiqueue").property("max-size-buffers", QUEUE_BUFFERS);
        let queue = queue.property("max-size-bytes", 0u32).property("max-size-time", 0u64).build()?;
        self.pipeline.add_many([&source, &demuxer, &queue])?;
        source.link(&demuxer)?;
        let held = self.tracks.clone();
        demuxer.connect_pad_added(move |_, pad| {
            // Not its events: the demuxer sends them before it knows the next track.
            let kinds = gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER;
            let probe = pad.add_probe(kinds, |_, _| gst::PadProbeReturn::Ok);
            let track = Held { pad: pad.clone(), probe, queue: queue.clone() };
            held.lock().unwrap_or_else(PoisonError::into_inner).push(track);
        });
        demuxer.connect_no_more_pads(|demuxer| {
            let told = gst::Structure::new_empty(TOLD);
            // Without it nothing comes, which is told.
            let _ = demuxer.post_message(gst::message::Application::builder(told).src(demuxer).build());
        });
        Ok(())
    }

    fn run(&self, mut untold: usize, to: &Path) -> Result<(), Fault> {
        let Some(bus) = self.pipeline.bus() else { return Err(Fault::new(ErrorCode::Internal, "no bus")) };
        // A failure is also on the bus, with its reason.
        let _ = self.pipeline.set_state(gst::State::Playing);
        let (mut length, mut grew) = (0, Instant::now());
        loop {
            let kinds = [gst::MessageType::Eos, gst::MessageType::Error, gst::MessageType::Application];
            let message = bus.timed_pop_filtered(LOOK, &kinds);
            match message.as_ref().map(|message| message.view()) {
                Some(gst::MessageView::Eos(_)) => return Ok(()),
                Some(gst::MessageView::Error(error)) => return Err(Fault::from_message(error)),
                Some(gst::MessageView::Application(told)) if told.structure().is_some_and(|s| s.name() == TOLD) => {
                    untold = untold.saturating_sub(1);
                    if untold == 0 {
                        self.begin().map_err(|e| Fault::new(ErrorCode::UnsupportedCodec, e.to_string()))?;
                    }
                }
                _ => {}
            }
            let now = std::fs::metadata(to).map_or(0, |file| file.len());
            if now != length {
                (length, grew) = (now, Instant::now());
            } else if grew.elapsed() > STALL {
                return Err(Fault::new(ErrorCode::TimedOut, "nothing more comes"));
            }
        }
    }

    /// All tracks are known: they go into the muxer, and on.
    fn begin(&self) -> Result<(), gst::glib::BoolError> {
        let mut tracks = std::mem::take(&mut *self.tracks.lock().unwrap_or_else(PoisonError::into_inner));
        let caps = |pad: &gst::Pad| pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        // Pictures first, as everywhere.
        tracks.sort_by_key(|track| !name(&caps(&track.pad)).starts_with("video/"));
        for track in &tracks {
            self.link(track, &caps(&track.pad))?;
        }
        for Held { pad, probe, queue } in tracks {
            if queue.num_sink_pads() == 1 {
                queue.set_property("max-size-bytes", QUEUE_BYTES);
            }
            if let Some(probe) = probe {
                pad.remove_probe(probe);
            }
        }
        Ok(())
    }

    /// Leads a track into the muxer, through a parser that brings it into the form that this wants, and its file's queue.
    fn link(&self, track: &Held, caps: &gst::Caps) -> Result<(), gst::glib::BoolError> {
        let first = match is_kept(caps) {
            true => parser(caps)?,
            false => {
                Some(gst::ElementFactory::make("fakesink").property("sync", false).property("async", false).build()?)
            }
        };
        let mut from = track.pad.clone();
        if let Some(first) = &first {
            self.pipeline.add(first)?;
            first.sync_state_with_parent()?;
            link(&from, &pad(first.static_pad("sink"))?)?;
        }
        if !is_kept(caps) {
            return Ok(());
        }
        if let Some(parser) = &first {
            from = pad(parser.static_pad("src"))?;
        }
        let entry = pad(track.queue.request_pad_simple("sink_%u"))?;
        link(&from, &entry)?;
        let exit = entry.name().replace("sink", "src");
        track.queue.link_pads(Some(&exit), &self.muxer, None)
    }
}

fn pad(of: Option<gst::Pad>) -> Result<gst::Pad, gst::glib::BoolError> {
    of.ok_or_else(|| gst::glib::bool_error!("no pad"))
}

fn link(from: &gst::Pad, to: &gst::Pad) -> Result<(), gst::glib::BoolError> {
    let caps = from.current_caps();
    from.link(to).map(drop).map_err(|e| gst::glib::bool_error!("{caps:?}: {e}"))
}

/// What takes a file apart.
fn demuxer(path: &Path) -> Result<&'static str, Fault> {
    let mut head = [0; 8];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.map_err(|e| Fault::new(ErrorCode::Io, e.to_string()))?;
    match head {
        [0x47, ..] => Ok("tsdemux"),
        [_, _, _, _, b'f', b't', b'y', b'p'] => Ok("qtdemux"),
        _ => Err(Fault::new(ErrorCode::NotMedia, "neither MP4 nor a transport stream")),
    }
}

fn name(caps: &gst::Caps) -> String {
    caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default()
}

/// Subtitles and data stay behind: they are files of their own where they are wanted.
fn is_kept(caps: &gst::Caps) -> bool {
    let name = name(caps);
    name.starts_with("video/") || name.starts_with("audio/")
}

/// What brings a track into the form that muxers want, where it can have another.
fn parser(caps: &gst::Caps) -> Result<Option<gst::Element>, gst::glib::BoolError> {
    let version = caps.structure(0).and_then(|s| s.get::<i32>("mpegversion").ok());
    let parser = match (name(caps).as_str(), version) {
        ("video/x-h264", _) => "h264parse",
        ("video/x-h265", _) => "h265parse",
        ("audio/mpeg", Some(1)) => "mpegaudioparse",
        ("audio/mpeg", _) => "aacparse",
        _ => return Ok(None),
    };
    gst::ElementFactory::make(parser).build().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Makes a film of half a minute with ffmpeg, whose sound begins late.
    fn film(to: &Path, maps: &[&str]) {
        let made = Command::new("ffmpeg")
            .args([
                "-hide_banner",
                "-loglevel",
                "error",
                "-nostdin",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=rate=50:duration=30:size=64x64",
            ])
            .args(["-itsoffset", "25", "-f", "lavfi", "-i", "sine=duration=5"])
            .args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"])
            .args(maps)
            .arg(to)
            .status()
            .unwrap();
        assert!(made.success());
    }

    #[test]
    fn tracks_of_a_file_wait_for_each_other_however_far_apart_they_are() {
        crate::init().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("film.ts"), folder.path().join("out.mp4"));
        film(&from, &["-map", "0:v", "-map", "1:a"]);
        remux(&[from], &to, Container::Mp4).unwrap();
        assert!(to.metadata().unwrap().len() > 10_000);
    }

    #[test]
    fn what_cannot_be_written_yet_is_not_all_read() {
        crate::init().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("film.mp4"), folder.path().join("film.mkv"));
        film(&from, &["-map", "0:v"]);
        let work = Work::new(&[from], &to, Container::Matroska).unwrap();
        let exit = work.muxer.static_pad("src").unwrap();
        let held = exit.add_probe(gst::PadProbeType::BLOCK_DOWNSTREAM, |_, _| gst::PadProbeReturn::Ok).unwrap();
        let queue = |element: &gst::Element| element.factory().is_some_and(|factory| factory.name() == "multiqueue");
        let queue = work.pipeline.children().into_iter().find(queue).unwrap();
        let read = Arc::new(AtomicBool::new(false));
        let all = read.clone();
        queue.connect_pad_added(move |_, pad| {
            let all = all.clone();
            pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
                all.fetch_or(info.event().is_some_and(|e| e.type_() == gst::EventType::Eos), Ordering::SeqCst);
                gst::PadProbeReturn::Ok
            });
        });
        // It takes no more: that ends it here.
        let bus = work.pipeline.bus().unwrap();
        queue.connect("overrun", false, move |_| bus.post(gst::message::Eos::new()).ok().and(None));
        let ran = work.run(1, &to);
        exit.remove_probe(held);
        ran.unwrap();
        assert!(!read.load(Ordering::SeqCst));
    }
}
