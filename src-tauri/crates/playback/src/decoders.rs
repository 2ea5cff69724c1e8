//! Which decoders may be used: hardware first, until it fails.

use gstreamer as gst;
use gstreamer::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

static SOFTWARE_ONLY: AtomicBool = AtomicBool::new(false);

/// Ranks every hardware decoder down for the rest of this process. Returns whether that changed anything, that is: whether
/// there was one and it is worth trying again.
///
/// decodebin3 chooses by rank and has no switch per pipeline, so a decoder that fails is ranked down for all.
pub fn prefer_software() -> bool {
    if SOFTWARE_ONLY.swap(true, Ordering::AcqRel) {
        return false;
    }
    let decoders = gst::ElementFactory::factories_with_type(
        gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_VIDEO,
        gst::Rank::MARGINAL,
    );
    let mut changed = false;
    for factory in decoders.iter().filter(|f| is_hardware(f)) {
        tracing::warn!(decoder = %factory.name(), "hardware decoder ranked down after a failure");
        factory.set_rank(gst::Rank::NONE);
        changed = true;
    }
    changed
}

/// Whether the factory says that it decodes in hardware.
pub(crate) fn is_hardware(factory: &gst::ElementFactory) -> bool {
    factory.metadata("klass").is_some_and(|k| k.split('/').any(|part| part == "Hardware"))
}
