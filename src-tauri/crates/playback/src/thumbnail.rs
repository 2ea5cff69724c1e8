//! A still picture of an episode: its first good frame.

use crate::fault::Fault;
use crate::preflight;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;
use model::{ApiError, ErrorCode};
use std::path::Path;
use std::time::{Duration, Instant};

/// Where to look, in parts of the running time: the beginning is what a swipe shows; titles and fades lie before the rest.
const PLACES: [f64; 4] = [0.0, 0.1, 0.3, 0.5];

/// A frame whose brightness varies less than this (standard deviation of luma, 0 to 127) is black, white or a plain card.
const PLAIN: f64 = 10.0;

/// Decodes the first good frame of `path` as a JPEG of at most `width` pixels across. Blocks; gives up at `deadline`.
///
/// # Errors
/// When the file cannot be read or decoded, has no picture, or takes too long.
pub fn thumbnail(path: &Path, width: u32, deadline: Instant) -> Result<Vec<u8>, ApiError> {
    preflight(path)?;
    let fault = |code, detail: String| Fault::new(code, detail).into_error(path);
    let internal = |e: gst::glib::Error| fault(ErrorCode::Internal, e.to_string());
    let uri = gst::glib::filename_to_uri(path, None).map_err(internal)?;
    let description = "uridecodebin3 name=source caps=video/x-raw ! videoscale ! videoconvert ! \
         videoflip video-direction=auto ! capsfilter name=filter ! jpegenc quality=82 ! appsink name=sink sync=false max-buffers=1";
    let pipeline = gst::parse::launch(description).map_err(internal)?;
    let Some(bin) = pipeline.downcast_ref::<gst::Bin>() else {
        return Err(fault(ErrorCode::Internal, "no bin".into()));
    };
    let (Some(source), Some(filter), Some(sink)) = (
        bin.by_name("source"),
        bin.by_name("filter"),
        bin.by_name("sink").and_then(|s| s.downcast::<gst_app::AppSink>().ok()),
    ) else {
        return Err(fault(ErrorCode::Internal, "an element is missing".into()));
    };
    source.set_property("uri", uri.as_str());
    let caps = gst_video::VideoCapsBuilder::new()
        .format(gst_video::VideoFormat::I420)
        .width(i32::try_from(width).unwrap_or(i32::MAX))
        .pixel_aspect_ratio(gst::Fraction::new(1, 1))
        .build();
    filter.set_property("caps", &caps);
    let outcome = search(&pipeline, &filter, &sink, deadline);
    let _ = pipeline.set_state(gst::State::Null);
    outcome.map_err(|f| f.into_error(path))
}

fn search(
    pipeline: &gst::Element,
    filter: &gst::Element,
    sink: &gst_app::AppSink,
    deadline: Instant,
) -> Result<Vec<u8>, Fault> {
    let contrast = std::sync::Arc::new(std::sync::Mutex::new(0.0f64));
    if let Some(pad) = filter.static_pad("src") {
        let contrast = contrast.clone();
        pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
            if let (Some(buffer), Some(caps)) = (info.buffer(), pad.current_caps())
                && let Some(value) = contrast_of(buffer, &caps)
            {
                *contrast.lock().unwrap_or_else(|e| e.into_inner()) = value;
            }
            gst::PadProbeReturn::Ok
        });
    }
    let bus = pipeline.bus().ok_or_else(|| Fault::new(ErrorCode::Internal, "no bus"))?;
    let _ = pipeline.set_state(gst::State::Paused);
    preroll(&bus, deadline)?;
    let duration = pipeline.query_duration::<gst::ClockTime>();
    let mut best: Option<(f64, Vec<u8>)> = None;
    for place in PLACES {
        if place > 0.0 {
            let Some(duration) = duration else { break };
            let at = gst::ClockTime::from_nseconds((duration.nseconds() as f64 * place) as u64);
            if pipeline.seek_simple(gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT, at).is_err() {
                break;
            }
            if preroll(&bus, deadline).is_err() {
                break;
            }
        }
        let Ok(sample) = sink.pull_preroll() else { break };
        let Some(jpeg) = sample.buffer().and_then(|b| b.map_readable().ok()).map(|m| m.as_slice().to_vec()) else {
            break;
        };
        let value = *contrast.lock().unwrap_or_else(|e| e.into_inner());
        if value >= PLAIN {
            return Ok(jpeg);
        }
        if best.as_ref().is_none_or(|b| value > b.0) {
            best = Some((value, jpeg));
        }
    }
    best.map(|b| b.1).ok_or_else(|| Fault::new(ErrorCode::Damaged, "no frame could be decoded"))
}

fn preroll(bus: &gst::Bus, deadline: Instant) -> Result<(), Fault> {
    let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_secs(60));
    let wait = gst::ClockTime::from_nseconds(left.as_nanos() as u64);
    match bus.timed_pop_filtered(wait, &[gst::MessageType::AsyncDone, gst::MessageType::Error, gst::MessageType::Eos]) {
        None => Err(Fault::new(ErrorCode::TimedOut, "decoding a still picture")),
        Some(message) => match message.view() {
            gst::MessageView::Error(e) => Err(Fault::from_message(e)),
            gst::MessageView::Eos(_) => Err(Fault::new(ErrorCode::Damaged, "the file ends before its first frame")),
            _ => Ok(()),
        },
    }
}

/// Standard deviation of the luma plane, on a grid of every eighth pixel.
fn contrast_of(buffer: &gst::BufferRef, caps: &gst::Caps) -> Option<f64> {
    let info = gst_video::VideoInfo::from_caps(caps).ok()?;
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info).ok()?;
    let (stride, luma) = (*frame.plane_stride().first()? as usize, frame.plane_data(0).ok()?);
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for row in luma.chunks(stride.max(1)).take(frame.height() as usize).step_by(8) {
        for &y in row.iter().take(frame.width() as usize).step_by(8) {
            let y = f64::from(y);
            n += 1.0;
            sum += y;
            squares += y * y;
        }
    }
    (n > 0.0).then(|| (squares / n - (sum / n).powi(2)).max(0.0).sqrt())
}
