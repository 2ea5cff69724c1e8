//! Cues of a text track inside a media file.
//!
//! The file is demuxed once, without decoding, in a pipeline of its own: playback never waits for subtitles, a seek needs
//! no text preroll, and the UI gets the whole track at once, as from a file beside the video.

use crate::fault::Fault;
use crate::source::Source;
use crate::subtitles;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use model::{ApiError, Cue, ErrorCode};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// More cues than any episode has; a bound for broken files.
const MAX_CUES: usize = 20_000;

/// Reads the text track with this index (the number in its id `t0`, `t1`, …). Blocks; gives up at `deadline`.
///
/// # Errors
/// When the file cannot be read, has no such track, or takes too long.
pub fn embedded_cues(source: &Source, index: usize, deadline: Instant) -> Result<Vec<Cue>, ApiError> {
    let internal = |e: gst::glib::BoolError| {
        ApiError::new(ErrorCode::Internal, "An element of GStreamer's base plugins is missing.")
            .with_detail(e.to_string())
    };
    let pipeline = gst::Pipeline::new();
    let name = source.name();
    let feeder = source.feeder(false).map_err(|f| f.into_error(&name))?;
    let source = match (source, &feeder) {
        (Source::File(path), _) => gst::ElementFactory::make("filesrc").property("location", path).build(),
        (_, Some(feeder)) => gst::ElementFactory::make("appsrc").build().inspect(|source| {
            if let Some(source) = source.downcast_ref::<gst_app::AppSrc>() {
                feeder.connect(source, |_| {});
            }
        }),
        // The gateway's playlists offer their subtitles as files beside the media.
        (_, None) => return Ok(Vec::new()),
    };
    let source = source.map_err(internal)?;
    let parse = gst::ElementFactory::make("parsebin").build().map_err(internal)?;
    // GStreamer's own ASS parser keeps the bare text only: ours keeps style and place.
    parse.connect("autoplug-continue", false, |values| {
        let caps = values.get(2).and_then(|v| v.get::<gst::Caps>().ok());
        let name = caps.as_ref().and_then(|c| c.structure(0)).map(|s| s.name().to_string()).unwrap_or_default();
        Some((!is_text(&name)).to_value())
    });
    pipeline.add_many([&source, &parse]).map_err(internal)?;
    source.link(&parse).map_err(internal)?;
    let cues: Arc<Mutex<Vec<Cue>>> = Arc::default();
    let (weak, found, seen) = (pipeline.downgrade(), cues.clone(), Arc::new(Mutex::new(0usize)));
    parse.connect_pad_added(move |_, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let name = caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default();
        let wanted = is_text(&name) && {
            let mut seen = seen.lock().unwrap_or_else(|e| e.into_inner());
            *seen += 1;
            *seen == index + 1
        };
        let sink = if wanted { collector(found.clone(), name) } else { gst::ElementFactory::make("fakesink").build() };
        let linked = sink.and_then(|sink| {
            // Sparse text must not hold up the preroll, and nothing here keeps to a clock.
            sink.set_property("async", false);
            sink.set_property("sync", false);
            pipeline.add(&sink)?;
            sink.sync_state_with_parent()?;
            let entry = sink.static_pad("sink").ok_or_else(|| gst::glib::bool_error!("no sink pad"))?;
            pad.link(&entry).map_err(|e| gst::glib::bool_error!("{e}"))
        });
        if let Err(e) = linked {
            tracing::warn!(error = %e, "a stream could not be linked while reading subtitles");
        }
    });
    let outcome = run(&pipeline, &name, deadline);
    if let Some(feeder) = &feeder {
        feeder.cancel();
    }
    let _ = pipeline.set_state(gst::State::Null);
    outcome?;
    let mut cues = std::mem::take(&mut *cues.lock().unwrap_or_else(|e| e.into_inner()));
    cues.sort_by_key(|c| (c.start_ms, c.end_ms));
    Ok(cues)
}

fn run(pipeline: &gst::Pipeline, name: &str, deadline: Instant) -> Result<(), ApiError> {
    // A failure is also on the bus, with its reason.
    let _ = pipeline.set_state(gst::State::Playing);
    let Some(bus) = pipeline.bus() else { return Ok(()) };
    let left = deadline.saturating_duration_since(Instant::now());
    let wait = gst::ClockTime::from_nseconds(left.as_nanos().min(u128::from(u32::MAX) * 1000) as u64);
    match bus.timed_pop_filtered(wait, &[gst::MessageType::Eos, gst::MessageType::Error]) {
        None => Err(Fault::new(ErrorCode::TimedOut, "reading subtitles").into_error(name)),
        Some(message) => match message.view() {
            gst::MessageView::Error(e) => Err(Fault::from_message(e).into_error(name)),
            _ => Ok(()),
        },
    }
}

fn is_text(caps_name: &str) -> bool {
    caps_name.starts_with("text/")
        || matches!(
            caps_name,
            "application/x-ass" | "application/x-ssa" | "application/x-subtitle-vtt" | "application/x-subtitle-unknown"
        )
}

fn collector(cues: Arc<Mutex<Vec<Cue>>>, caps_name: String) -> Result<gst::Element, gst::glib::BoolError> {
    let sink = gst_app::AppSink::builder().build();
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |s| {
                let sample = s.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                if let Some(cue) = cue_of(&sample, &caps_name) {
                    let mut cues = cues.lock().unwrap_or_else(|e| e.into_inner());
                    if cues.len() < MAX_CUES {
                        cues.push(cue);
                    }
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
    Ok(sink.upcast())
}

fn cue_of(sample: &gst::Sample, caps_name: &str) -> Option<Cue> {
    let buffer = sample.buffer()?;
    let start = Duration::from(buffer.pts()?);
    // A block without a duration stays until something replaces it; five seconds are long enough to read it.
    let end = start + buffer.duration().map_or(Duration::from_secs(5), Duration::from);
    let map = buffer.map_readable().ok()?;
    let text = String::from_utf8_lossy(map.as_slice());
    let text = text.trim_end_matches('\0');
    match caps_name {
        "application/x-ass" | "application/x-ssa" => match script_header(sample) {
            Some(header) => subtitles::ass::Script::header(&header).event(text, start, end),
            None => subtitles::from_ass_event(text, start, end),
        },
        "application/x-subtitle-vtt" => subtitles::from_vtt_cue_block(text, "", start, end),
        "application/x-subtitle-unknown" => subtitles::from_webm_vtt_block(text, start, end),
        _ => Some(subtitles::from_pango_markup(text, start, end)).filter(|c| !c.spans.is_empty()),
    }
}

/// The styles of an ASS track: the "codec private" data that the demuxer puts into the caps.
fn script_header(sample: &gst::Sample) -> Option<String> {
    let data = sample.caps()?.structure(0)?.get::<gst::Buffer>("codec_data").ok()?;
    let map = data.map_readable().ok()?;
    Some(String::from_utf8_lossy(map.as_slice()).into_owned())
}
