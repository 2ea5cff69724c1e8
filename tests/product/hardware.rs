//! A hardware decoder that is there and does not work: the deck goes on in software.

use crate::rig::{DeckRig, alone, clip};
use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer::subclass::prelude::*;
use playback::DeckId;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tests::clips::{COLOURS, is_colour};

/// How many pictures were given to the broken decoder.
static TRIED: AtomicU32 = AtomicU32::new(0);

mod broken {
    use super::*;

    #[derive(Default)]
    pub struct Decoder;

    #[glib::object_subclass]
    impl ObjectSubclass for Decoder {
        const NAME: &'static str = "BrokenHardwareDecoder";
        type Type = super::Broken;
        type ParentType = gst::Element;
    }

    impl ObjectImpl for Decoder {
        fn constructed(&self) {
            self.parent_constructed();
            let obj = self.obj();
            let template = |name: &str| obj.pad_template(name).expect("a template");
            let entry = gst::Pad::builder_from_template(&template("sink")).chain_function(|_, parent, _| {
                TRIED.fetch_add(1, Ordering::SeqCst);
                if let Some(element) = parent.and_then(|p| p.downcast_ref::<gst::Element>()) {
                    gst::element_error!(element, gst::StreamError::Decode, ["the device is gone"]);
                }
                Err(gst::FlowError::Error)
            });
            obj.add_pad(&entry.build()).expect("a pad");
            obj.add_pad(&gst::Pad::from_template(&template("src"))).expect("a pad");
        }
    }

    impl GstObjectImpl for Decoder {}

    impl ElementImpl for Decoder {
        fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
            static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
                let klass = "Codec/Decoder/Video/Hardware";
                gst::subclass::ElementMetadata::new("Broken decoder", klass, "Fails at the first picture", "tests")
            });
            Some(&METADATA)
        }

        fn pad_templates() -> &'static [gst::PadTemplate] {
            static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
                let pad = |name, direction, caps: &gst::Caps| {
                    gst::PadTemplate::new(name, direction, gst::PadPresence::Always, caps).expect("a template")
                };
                // Whatever the clips are encoded in here.
                let coded: gst::Caps =
                    ["video/x-h264", "video/x-vp8"].into_iter().map(gst::Structure::new_empty).collect();
                let raw = gst::Caps::new_empty_simple("video/x-raw");
                vec![pad("sink", gst::PadDirection::Sink, &coded), pad("src", gst::PadDirection::Src, &raw)]
            });
            &TEMPLATES
        }
    }
}

glib::wrapper! {
    pub struct Broken(ObjectSubclass<broken::Decoder>) @extends gst::Element, gst::Object;
}

#[test]
fn a_hardware_decoder_that_fails_is_replaced_by_software() {
    let _alone = alone();
    let mut rig = DeckRig::new();
    let best = gst::Rank::PRIMARY + 512;
    gst::Element::register(None, "brokenhardwaredecoder", best, Broken::static_type()).unwrap();
    let load = rig.load(&clip(3), Duration::ZERO, true);
    rig.ready(load);
    assert!(TRIED.load(Ordering::SeqCst) > 0, "the decoder that fails was tried first");
    let (colour, _) = rig.output.middle(DeckId(0)).unwrap();
    assert!(is_colour(colour, COLOURS[2]), "{colour:?}");
    let decoder = rig.deck.stats().decoder;
    assert!(decoder.as_ref().is_some_and(|d| d != "brokenhardwaredecoder"), "{decoder:?}");
    // The next episode does not try it again.
    let tried = TRIED.load(Ordering::SeqCst);
    let load = rig.load(&clip(4), Duration::ZERO, false);
    rig.ready(load);
    assert_eq!(TRIED.load(Ordering::SeqCst), tried);
}
