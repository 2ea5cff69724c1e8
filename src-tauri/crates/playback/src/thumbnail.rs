//! Still pictures of an episode: its first good frame, or the one nearest to a position.

use crate::fault::Fault;
use crate::feeder::Feeder;
use crate::source::Source;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;
use model::{ApiError, ErrorCode};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Where to look, in parts of the running time: the beginning is what a swipe shows; titles and fades lie before the rest.
const PLACES: [f64; 4] = [0.0, 0.1, 0.3, 0.5];

/// A frame whose brightness varies less than this (standard deviation of luma, 0 to 127) is black, white or a plain card.
const PLAIN: f64 = 10.0;

/// Decodes the first good frame of `source` as a JPEG of at most `width` pixels across. Blocks; gives up at `deadline`.
///
/// # Errors
/// When the file cannot be read or decoded, has no picture, or takes too long.
pub fn thumbnail(source: &Source, width: u32, deadline: Instant) -> Result<Vec<u8>, ApiError> {
    decode(source, width, |still| still.first_good(deadline))
}

/// Decodes the key frame of `source` that is nearest to `at` as a JPEG of `width` pixels across. Blocks; gives up at
/// `deadline`.
///
/// # Errors
/// As [`thumbnail`]; also where the file cannot be sought in.
pub fn preview(source: &Source, at: Duration, width: u32, deadline: Instant) -> Result<Vec<u8>, ApiError> {
    decode(source, width, |still| {
        still.open(deadline)?;
        still.seek(still.duration().map_or(at, |end| at.min(end)), deadline)?;
        still.take().ok_or_else(|| Fault::new(ErrorCode::Damaged, "no frame could be decoded there"))
    })
}

/// A paused pipeline that makes a JPEG of every frame it stops at.
struct Still {
    pipeline: gst::Element,
    filter: gst::Element,
    sink: gst_app::AppSink,
    bus: gst::Bus,
}

fn decode(
    source: &Source,
    width: u32,
    work: impl FnOnce(&Still) -> Result<Vec<u8>, Fault>,
) -> Result<Vec<u8>, ApiError> {
    let name = source.name();
    if let Source::Playlist { .. } = source {
        // It would be fetched for the picture alone.
        return Err(Fault::new(ErrorCode::Offline, "a picture of a stream").into_error(&name));
    }
    let uri = source.uri()?;
    // Pictures are nice to have: they are decoded from what is there and cost the network nothing.
    let feeder = source.feeder(true).map_err(|f| f.into_error(&name))?;
    let still = Still::new(&uri, feeder.clone(), width).map_err(|f| f.into_error(&name))?;
    let outcome = work(&still);
    if let Some(feeder) = &feeder {
        feeder.cancel();
    }
    let _ = still.pipeline.set_state(gst::State::Null);
    drop(still);
    give_back_memory();
    outcome.map_err(|f| feeder.and_then(|feeder| feeder.take_fault()).unwrap_or(f).into_error(&name))
}

/// Gives the memory that a pipeline left behind back to the system: its threads are gone, but glibc keeps what they freed
/// in their arenas, 10 to 20 MB after some stills of 1080x1920.
fn give_back_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: it takes the allocator's own locks and touches free blocks alone.
    unsafe {
        libc::malloc_trim(0)
    };
}

impl Still {
    fn new(uri: &str, feeder: Option<Arc<Feeder>>, width: u32) -> Result<Self, Fault> {
        let internal = |e: gst::glib::Error| Fault::new(ErrorCode::Internal, e.to_string());
        let missing = || Fault::new(ErrorCode::Internal, "an element is missing");
        let description = "videoscale ! videoconvert ! videoflip video-direction=auto ! capsfilter name=filter ! \
             jpegenc quality=82 ! appsink name=sink sync=false max-buffers=1";
        let path_to_jpeg = gst::parse::bin_from_description(description, true).map_err(internal)?;
        let filter = path_to_jpeg.by_name("filter").ok_or_else(missing)?;
        let sink = path_to_jpeg.by_name("sink").and_then(|s| s.downcast::<gst_app::AppSink>().ok());
        let sink = sink.ok_or_else(missing)?;
        // As in the decks: `uridecodebin3` of GStreamer 1.22 now and then never comes to its first frame.
        let pipeline = gst::ElementFactory::make("playbin").build().map_err(|_| missing())?;
        pipeline.set_property_from_str("flags", "video+native-video");
        pipeline.set_property("video-sink", &path_to_jpeg);
        pipeline.set_property("uri", uri);
        if let Some(feeder) = feeder {
            pipeline.connect("source-setup", false, move |values| {
                let source = values.get(1)?.get::<gst::Element>().ok()?.downcast::<gst_app::AppSrc>().ok()?;
                feeder.connect(&source, |_| {});
                None
            });
        }
        let bus = pipeline.bus().ok_or_else(missing)?;
        let caps = gst_video::VideoCapsBuilder::new()
            .format(gst_video::VideoFormat::I420)
            .width(i32::try_from(width).unwrap_or(i32::MAX))
            .pixel_aspect_ratio(gst::Fraction::new(1, 1))
            .build();
        filter.set_property("caps", &caps);
        Ok(Self { pipeline, filter, sink, bus })
    }

    fn open(&self, deadline: Instant) -> Result<(), Fault> {
        // A failure here is also on the bus, with its reason.
        let _ = self.pipeline.set_state(gst::State::Paused);
        preroll(&self.bus, deadline)
    }

    /// Goes to the key frame nearest to `at`.
    fn seek(&self, at: Duration, deadline: Instant) -> Result<(), Fault> {
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_NEAREST;
        let at = gst::ClockTime::from_nseconds(at.as_nanos().min(u128::from(u64::MAX / 2)) as u64);
        let sent = self.pipeline.seek_simple(flags, at);
        sent.map_err(|e| Fault::new(ErrorCode::Damaged, e.to_string()))?;
        preroll(&self.bus, deadline)
    }

    fn duration(&self) -> Option<Duration> {
        self.pipeline.query_duration::<gst::ClockTime>().map(Duration::from)
    }

    /// The frame that it stands at.
    fn take(&self) -> Option<Vec<u8>> {
        let sample = self.sink.pull_preroll().ok()?;
        Some(sample.buffer()?.map_readable().ok()?.as_slice().to_vec())
    }

    fn first_good(&self, deadline: Instant) -> Result<Vec<u8>, Fault> {
        let contrast = Arc::new(Mutex::new(0.0_f64));
        if let Some(pad) = self.filter.static_pad("src") {
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
        self.open(deadline)?;
        let duration = self.duration();
        let mut best: Option<(f64, Vec<u8>)> = None;
        for place in PLACES {
            if place > 0.0 {
                let Some(duration) = duration else { break };
                if self.seek(duration.mul_f64(place), deadline).is_err() {
                    break;
                }
            }
            let Some(jpeg) = self.take() else { break };
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
