//! Which variant of an HLS stream plays: GStreamer's demuxer has them all and takes the best one that needs no more than the
//! "connection speed" it is told, at run time too. So whoever knows which variant to play says what that one needs.
//!
//! (That is `hlsdemux` of gst-plugins-bad, base class `GstAdaptiveDemux`: with a connection speed set it measures nothing by
//! itself. At speeds above 1 it divides by the speed.)

use gstreamer as gst;
use gstreamer::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The property of `playbin` and of adaptive demuxers, in kilobits per second; 0: the first variant that is listed.
const CONNECTION_SPEED: &str = "connection-speed";

/// The property of queues, in bytes.
const QUEUED_BYTES: &str = "max-size-bytes";
/// The properties of a queue between which it says that it is buffering, in percent of its limits (5 s or 2 MB in `decodebin`,
/// which sets them by these names).
const STARVED_BELOW: (&str, i32) = ("low-percent", 3);
/// A second, as for files: `decodebin` would gather five (99 %) before anything is seen.
const GATHERED_AT: (&str, i32) = ("high-percent", 20);
/// However the streams are interleaved: ten seconds at 25 Mbit/s.
const BYTES_MAX: u32 = 32 << 20;

/// Where a deck's stream is told which variant to play.
#[derive(Default)]
pub(crate) struct VariantSwitch(Mutex<State>);

#[derive(Default)]
struct State {
    /// Bits per second of the variant to play.
    bandwidth: u64,
    speed: f64,
    demuxer: Option<gst::glib::WeakRef<gst::Element>>,
}

impl VariantSwitch {
    /// The variant that needs so many bits per second is to play from its next segment on; 0: the first that is listed.
    pub(crate) fn set_bandwidth(&self, bandwidth: u64) {
        let mut state = self.state();
        state.bandwidth = bandwidth;
        state.apply();
    }

    /// The episode plays so fast.
    pub(crate) fn set_speed(&self, speed: f64) {
        let mut state = self.state();
        state.speed = speed;
        state.apply();
    }

    /// A load begins: `playbin` hands this on when it makes its elements.
    pub(crate) fn begin(&self, playbin: &gst::Element, bandwidth: u64, speed: f64) {
        *self.state() = State { bandwidth, speed, demuxer: None };
        playbin.set_property(CONNECTION_SPEED, u64::from(kilobits(bandwidth, speed)));
    }

    /// An element was put into the pipeline: if it chooses among variants, it is told which; if it queues what such a one
    /// gives, it gets room.
    pub(crate) fn plugged(&self, element: &gst::Element) {
        if element.factory().is_some_and(|f| f.name() == "multiqueue") && self.state().demuxer.is_some() {
            make_room(element);
            return gather_little(element);
        }
        let adaptive = element.factory().and_then(|f| f.metadata("klass").map(|k| k.contains("Adaptive")));
        if adaptive == Some(true) && element.has_property(CONNECTION_SPEED) {
            let mut state = self.state();
            state.demuxer = Some(element.downgrade());
            state.apply();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn apply(&self) {
        if let Some(demuxer) = self.demuxer.as_ref().and_then(gst::glib::WeakRef::upgrade) {
            demuxer.set_property(CONNECTION_SPEED, kilobits(self.bandwidth, self.speed));
        }
    }
}

/// Lets a queue grow while one of its streams is full and another is empty: in fragmented MP4 all of a fragment's pictures may
/// come before its sound, and whoever waits for both would wait for ever behind 2 MB of pictures, `decodebin`'s limit.
fn make_room(queue: &gst::Element) {
    queue.connect("overrun", false, |values| {
        let queue = values.first()?.get::<gst::Element>().ok()?;
        let bytes: u32 = queue.property(QUEUED_BYTES);
        if bytes < BYTES_MAX && lacks_something(&queue.property::<gst::Structure>("stats")) {
            queue.set_property(QUEUED_BYTES, bytes.saturating_mul(2).min(BYTES_MAX));
        }
        None
    });
}

/// Lets a stream begin, and go on after it has starved, with little in its queue, whatever `decodebin` sets later.
fn gather_little(queue: &gst::Element) {
    for (property, percent) in [STARVED_BELOW, GATHERED_AT] {
        queue.connect_notify(Some(property), move |queue, _| {
            if queue.property::<i32>(property) != percent {
                queue.set_property(property, percent);
            }
        });
    }
}

/// Whether one of a queue's streams has nothing.
fn lacks_something(stats: &gst::StructureRef) -> bool {
    let queues = stats.get::<gst::Array>("queues").unwrap_or_default();
    queues.iter().any(|one| one.get::<gst::Structure>().is_ok_and(|one| one.get::<u32>("buffers") == Ok(0)))
}

/// The connection speed at which a variant is taken.
fn kilobits(bandwidth: u64, speed: f64) -> u32 {
    (bandwidth as f64 * speed.max(1.0) / 1000.0).ceil().min(f64::from(u32::MAX / 1000)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_afforded_at_its_own_bandwidth_whatever_the_speed() {
        assert_eq!(kilobits(0, 1.0), 0);
        assert_eq!(kilobits(1_000_001, 1.0), 1001);
        assert_eq!(kilobits(1_000_000, 0.5), 1000);
        assert_eq!(kilobits(1_000_000, 2.0), 2000);
        assert_eq!(kilobits(u64::MAX, 3.0), u32::MAX / 1000);
    }
}
