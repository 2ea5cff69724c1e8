//! The end of a deck's video path: `videoscale ! videoconvert ! videoflip ! capsfilter ! appsink`.
//!
//! The picture is scaled in its own colour format first and converted when it is small, in the pipeline's threads: the
//! other order costs half as much CPU again. The size follows from the picture's caps and rotation (letterboxing is the
//! stage's business), so the filter is set just before the caps pass.

use crate::feeder::Feeder;
use crate::output::{Frame, VideoOutput, fit};
use crate::variants::VariantSwitch;
use crate::{DeckId, LoadId};
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_app::gst_base::{BaseTransform, prelude::BaseTransformExt};
use gstreamer_video as gst_video;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the streaming thread and the deck's own thread share.
pub(crate) struct Shared {
    pub(crate) deck: DeckId,
    pub(crate) output: Arc<dyn VideoOutput>,
    /// The load whose frames may pass.
    pub(crate) load: AtomicU64,
    /// Frames pass only while this is set: not before a start position has been sought.
    pub(crate) open: AtomicBool,
    /// The stage has another size: taken over before the next picture enters the path.
    pub(crate) resized: AtomicBool,
    /// Counts how often the pipeline was stopped: what it said before that is old.
    pub(crate) epoch: AtomicU64,
    /// Counts the seeks that were sent: an arrival that was told before the newest is not its own.
    pub(crate) seeks: AtomicU64,
    /// Frames that reached the output since the load.
    pub(crate) presented: AtomicU64,
    /// Time of the newest frame in nanoseconds, `u64::MAX` before the first.
    pub(crate) newest_pts: AtomicU64,
    /// Gives the load its bytes, where they come from the network.
    pub(crate) feeder: Mutex<Option<Arc<Feeder>>>,
    /// What chooses among the variants of a stream.
    pub(crate) variants: VariantSwitch,
    geometry: Mutex<Geometry>,
    notify: Box<dyn Fn(FrameNews) + Send + Sync>,
}

/// What the video path tells the deck's thread.
pub(crate) enum FrameNews {
    /// The first frame of a load passed.
    First(LoadId),
    /// The picture's shape is known: as seen, as coded, frames per second.
    Shape(LoadId, Shape),
}

/// The shape of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) seen: (u32, u32),
    pub(crate) coded: (u32, u32),
    pub(crate) fps: Option<f64>,
}

#[derive(Default)]
struct Geometry {
    coded: Option<(u32, u32, gst::Fraction, gst::Fraction)>,
    turned: bool,
}

impl Shared {
    pub(crate) fn new(
        deck: DeckId,
        output: Arc<dyn VideoOutput>,
        notify: impl Fn(FrameNews) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            deck,
            output,
            load: AtomicU64::new(0),
            open: AtomicBool::new(false),
            resized: AtomicBool::new(false),
            epoch: AtomicU64::new(0),
            seeks: AtomicU64::new(0),
            presented: AtomicU64::new(0),
            newest_pts: AtomicU64::new(u64::MAX),
            feeder: Mutex::default(),
            variants: VariantSwitch::default(),
            geometry: Mutex::default(),
            notify: Box::new(notify),
        })
    }

    /// Begins a load: frames of the one before are void. Call it while the pipeline is in READY.
    pub(crate) fn begin(&self, load: LoadId, open: bool) {
        self.load.store(load.0, Ordering::Release);
        self.open.store(open, Ordering::Release);
        self.presented.store(0, Ordering::Release);
        self.newest_pts.store(u64::MAX, Ordering::Release);
        *self.geometry() = Geometry::default();
        self.output.clear(self.deck);
    }

    /// What gives the load its bytes, where they come from the network.
    pub(crate) fn feeder(&self) -> Option<Arc<Feeder>> {
        self.feeder.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    fn geometry(&self) -> std::sync::MutexGuard<'_, Geometry> {
        self.geometry.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn take(&self, sample: &gst::Sample) -> Option<()> {
        if !self.open.load(Ordering::Acquire) {
            return None;
        }
        let info = gst_video::VideoInfo::from_caps(sample.caps()?).ok()?;
        let buffer = sample.buffer_owned()?;
        // A buffer's own time may be shifted by an edit list; what the viewer counts is the time in the stream.
        let segment = sample.segment().and_then(|s| s.downcast_ref::<gst::ClockTime>());
        let pts = buffer.pts().and_then(|pts| segment.map_or(Some(pts), |s| s.to_stream_time(pts)));
        let picture = gst_video::VideoFrame::from_buffer_readable(buffer, &info).ok()?;
        let load = LoadId(self.load.load(Ordering::Acquire));
        self.newest_pts.store(pts.map_or(u64::MAX, |p| p.nseconds()), Ordering::Release);
        self.output.present(self.deck, load, Frame::new(picture, pts.map(Duration::from)));
        if self.presented.fetch_add(1, Ordering::AcqRel) == 0 {
            (self.notify)(FrameNews::First(load));
        }
        Some(())
    }

    /// Sets the filter to the stage's size for the picture as it is known; tells the shape when it is new.
    fn resize(&self, filter: &gst::Element, tell: bool) {
        let shape = {
            let geometry = self.geometry();
            let Some((w, h, par, fps)) = geometry.coded else { return };
            let (n, d) = (par.numer().max(1) as u64, par.denom().max(1) as u64);
            // Widen or heighten, never shrink: the picture keeps its sharper side.
            let seen = if n >= d { ((u64::from(w) * n / d) as u32, h) } else { (w, (u64::from(h) * d / n) as u32) };
            let seen = if geometry.turned { (seen.1, seen.0) } else { seen };
            let fps = (fps.numer() > 0).then(|| f64::from(fps.numer()) / f64::from(fps.denom().max(1)));
            Shape { seen, coded: (w, h), fps }
        };
        let (width, height) = fit(shape.seen, self.output.size());
        let caps = gst_video::VideoCapsBuilder::new()
            .format(gst_video::VideoFormat::Bgrx)
            .width(width as i32)
            .height(height as i32)
            .pixel_aspect_ratio(gst::Fraction::new(1, 1))
            .build();
        filter.set_property("caps", &caps);
        if tell {
            (self.notify)(FrameNews::Shape(LoadId(self.load.load(Ordering::Acquire)), shape));
        }
    }
}

/// The video path and its ends.
pub(crate) struct VideoBin {
    pub(crate) bin: gst::Element,
    pub(crate) sink: gst_app::AppSink,
}

/// What turns and fits the pictures.
struct Ends {
    flip: gst::Element,
    filter: gst::Element,
}

impl VideoBin {
    pub(crate) fn new(shared: &Arc<Shared>) -> Result<Self, gst::glib::BoolError> {
        let make = |name: &str| gst::ElementFactory::make(name).build();
        let (scale, convert, flip, filter) =
            (make("videoscale")?, make("videoconvert")?, make("videoflip")?, make("capsfilter")?);
        let sink = gst_app::AppSink::builder().max_buffers(1).drop(true).sync(true).build();
        sink.set_property("qos", true);
        sink.set_property("enable-last-sample", false);
        let (on_preroll, on_sample) = (shared.clone(), shared.clone());
        sink.set_callbacks(
            gst_app::AppSinkCallbacks::builder()
                .new_preroll(move |s| {
                    on_preroll.take(&s.pull_preroll().map_err(|_| gst::FlowError::Eos)?);
                    Ok(gst::FlowSuccess::Ok)
                })
                .new_sample(move |s| {
                    on_sample.take(&s.pull_sample().map_err(|_| gst::FlowError::Eos)?);
                    Ok(gst::FlowSuccess::Ok)
                })
                .build(),
        );
        let bin = gst::Bin::new();
        let sink_element: &gst::Element = sink.upcast_ref();
        let elements = [&scale, &convert, &flip, &filter, sink_element];
        bin.add_many(elements)?;
        gst::Element::link_many(elements)?;
        let Some(entry) = scale.static_pad("sink") else {
            return Err(gst::glib::bool_error!("videoscale has no sink"));
        };
        let ghost = gst::GhostPad::with_target(&entry)?;
        if let Some(end) = sink.static_pad("sink") {
            end.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM, |_, info| {
                if let Some(gst::QueryViewMut::Allocation(query)) = info.query_mut().map(gst::QueryRef::view_mut) {
                    offer_pool(query);
                    return gst::PadProbeReturn::Handled;
                }
                gst::PadProbeReturn::Ok
            });
        }
        let (on_event, ends) = (shared.clone(), Ends { flip: flip.clone(), filter: filter.clone() });
        ghost.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM | gst::PadProbeType::BUFFER, move |_, info| {
            if let Some(event) = info.event() {
                look_at(&on_event, &ends, event);
            } else if on_event.resized.swap(false, Ordering::AcqRel) {
                // Here no picture of the old size is on its way: what lies behind could not take it any more.
                on_event.resize(&ends.filter, false);
            }
            gst::PadProbeReturn::Ok
        });
        bin.add_pad(&ghost)?;
        Ok(Self { bin: bin.upcast(), sink })
    }
}

/// Answers what memory the sink wants: buffers from a pool. An appsink alone asks for nothing, and then every picture is
/// allocated anew, megabytes thirty times a second.
fn offer_pool(query: &mut gst::query::Allocation) {
    let (caps, wants_pool) = query.get_owned();
    let Some(caps) = caps else { return };
    let Ok(info) = gst_video::VideoInfo::from_caps(&caps) else { return };
    let size = info.size() as u32;
    let pool = wants_pool.then(gst_video::VideoBufferPool::new).filter(|pool| {
        let mut config = pool.config();
        config.set_params(Some(&caps), size, 0, 0);
        pool.set_config(config).is_ok()
    });
    query.add_allocation_pool(pool.as_ref(), size, 0, 0);
    query.add_allocation_meta::<gst_video::VideoMeta>(None);
}

fn look_at(shared: &Shared, Ends { flip, filter }: &Ends, event: &gst::EventRef) {
    match event.view() {
        gst::EventView::StreamStart(_) => turn(flip, false),
        gst::EventView::Caps(caps) => {
            let Ok(info) = gst_video::VideoInfo::from_caps(caps.caps()) else { return };
            shared.geometry().coded = Some((info.width(), info.height(), info.par(), info.fps()));
            shared.resize(filter, true);
        }
        gst::EventView::Tag(tag) => {
            let Some(orientation) = tag.tag().get::<gst::tags::ImageOrientation>() else { return };
            turn(flip, orientation.get() != "rotate-0");
            let turned = ["rotate-90", "rotate-270"].iter().any(|quarter| orientation.get().contains(quarter));
            let changed = std::mem::replace(&mut shared.geometry().turned, turned) != turned;
            if changed {
                shared.resize(filter, true);
            }
        }
        _ => {}
    }
}

/// Sets whether pictures are turned as their tags say. videoflip copies every picture even where there is nothing to turn
/// (1.22), unless it is told to let them pass.
fn turn(flip: &gst::Element, turns: bool) {
    flip.set_property_from_str("video-direction", if turns { "auto" } else { "identity" });
    if let Some(transform) = flip.downcast_ref::<BaseTransform>() {
        transform.set_passthrough(!turns);
    }
}
