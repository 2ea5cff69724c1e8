//! Which decoders may be used (hardware first, until it fails), and how they are set up.

use gstreamer as gst;
use gstreamer::prelude::*;

/// Ranks the hardware decoders that could take over from `failed`, and itself, down for the rest of this process.
///
/// playbin chooses by rank and has no switch per pipeline, so a decoder that fails is ranked down for all.
pub(crate) fn prefer_software(failed: &gst::ElementFactory) {
    let takes = |factory: &gst::ElementFactory| -> gst::Caps {
        let templates = factory.static_pad_templates().into_iter().filter(|t| t.direction() == gst::PadDirection::Sink);
        templates.flat_map(|t| t.caps().iter().map(gst::StructureRef::to_owned).collect::<Vec<_>>()).collect()
    };
    let coded = takes(failed);
    let decoders = gst::ElementFactory::factories_with_type(
        gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_VIDEO,
        gst::Rank::MARGINAL,
    );
    for factory in decoders.iter().filter(|f| is_hardware(f) && takes(f).can_intersect(&coded)) {
        tracing::warn!(decoder = %factory.name(), "hardware decoder ranked down after a failure");
        factory.set_rank(gst::Rank::NONE);
    }
}

/// The hardware decoder that `object` is or is a part of.
pub(crate) fn hardware_decoder(object: &gst::Object) -> Option<gst::ElementFactory> {
    let own = object.downcast_ref::<gst::Element>().and_then(|element| element.factory()).filter(is_hardware);
    own.or_else(|| hardware_decoder(&object.parent()?))
}

/// Whether the factory says that it decodes in hardware.
pub(crate) fn is_hardware(factory: &gst::ElementFactory) -> bool {
    factory.metadata("klass").is_some_and(|k| k.split('/').any(|part| part == "Hardware"))
}

/// One thread decodes pictures up to this area, 1080p's. Every further thread of libav keeps pictures of its own, some 12 MB
/// of 1080p in each of the three decks, and begins to show one picture later.
const AREA_FOR_ONE_THREAD: i64 = 1920 * 1088;

/// Sets a video decoder up for a deck.
pub(crate) fn tune(decoder: &gst::Element) {
    if decoder.has_property("direct-rendering") {
        // libav could write straight into our buffers, but GStreamer 1.22 makes a new pool for every picture whose sides are
        // not multiples of 16 (1080 is not), and copies it all the same.
        decoder.set_property("direct-rendering", false);
    }
    // Only libav's decoders count their threads so; 0 is one for each core.
    let Some(entry) = decoder.static_pad("sink").filter(|_| decoder.has_property("max-threads")) else { return };
    let decoder = decoder.downgrade();
    entry.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        if let Some(gst::EventView::Caps(caps)) = info.event().map(|e| e.view())
            && let Some(decoder) = decoder.upgrade()
        {
            let side = |name| caps.caps().structure(0).and_then(|s| s.get::<i32>(name).ok()).map_or(0, i64::from);
            let threads = i32::from(side("width") * side("height") <= AREA_FOR_ONE_THREAD);
            decoder.set_property_from_str("max-threads", &threads.to_string());
        }
        gst::PadProbeReturn::Ok
    });
}
