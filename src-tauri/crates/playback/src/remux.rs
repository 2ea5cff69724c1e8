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
type Held = (gst::Pad, Option<gst::PadProbeId>);

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
        self.pipeline.add_many([&source, &demuxer])?;
        source.link(&demuxer)?;
        let held = self.tracks.clone();
        demuxer.connect_pad_added(move |_, pad| {
            // Not its events: the demuxer sends them before it knows the next track.
            let kinds = gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER;
            let probe = pad.add_probe(kinds, |_, _| gst::PadProbeReturn::Ok);
            held.lock().unwrap_or_else(PoisonError::into_inner).push((pad.clone(), probe));
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
        tracks.sort_by_key(|(pad, _)| !name(&caps(pad)).starts_with("video/"));
        for (pad, _) in &tracks {
            let caps = caps(pad);
            let chain = chain(&caps)?;
            self.pipeline.add_many(&chain)?;
            gst::Element::link_many(&chain)?;
            if let (Some(first), Some(last)) = (chain.first(), chain.last()) {
                if is_kept(&caps) {
                    last.link(&self.muxer)?;
                }
                let entry = first.static_pad("sink").ok_or_else(|| gst::glib::bool_error!("no sink pad"))?;
                chain.iter().rev().try_for_each(gst::Element::sync_state_with_parent)?;
                pad.link(&entry).map_err(|e| gst::glib::bool_error!("{caps}: {e}"))?;
            }
        }
        for (pad, probe) in tracks {
            if let Some(probe) = probe {
                pad.remove_probe(probe);
            }
        }
        Ok(())
    }
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

/// What a track goes through: a parser that brings it into the form that the muxer wants, and a queue, for the muxer waits
/// for all tracks. What waits there is encoded and small.
fn chain(caps: &gst::Caps) -> Result<Vec<gst::Element>, gst::glib::BoolError> {
    if !is_kept(caps) {
        return Ok(vec![
            gst::ElementFactory::make("fakesink").property("sync", false).property("async", false).build()?,
        ]);
    }
    let version = caps.structure(0).and_then(|s| s.get::<i32>("mpegversion").ok());
    let parser = match (name(caps).as_str(), version) {
        ("video/x-h264", _) => Some("h264parse"),
        ("video/x-h265", _) => Some("h265parse"),
        ("audio/mpeg", Some(1)) => Some("mpegaudioparse"),
        ("audio/mpeg", _) => Some("aacparse"),
        _ => None,
    };
    let mut chain = Vec::new();
    if let Some(parser) = parser {
        chain.push(gst::ElementFactory::make(parser).build()?);
    }
    let queue = gst::ElementFactory::make("queue").property("max-size-buffers", 0u32).property("max-size-bytes", 0u32);
    chain.push(queue.property("max-size-time", 0u64).build()?);
    Ok(chain)
}
