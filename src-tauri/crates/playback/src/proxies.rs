//! The player's own requests pass by all proxies: whatever a pipeline asks for by HTTP is the gateway's, on this machine, and
//! only what the gateway asks of servers is for proxies, which its client sees to.
//!
//! GStreamer's source (libsoup's) takes the environment's `http_proxy` when it is made, without regard to `no_proxy`, and
//! where there is none the system's settings. Adaptive demuxers keep their sources of lists and keys in no bin, where nobody
//! sees them: so the variable is caught by a tracer, which sees every element, and the settings when a source looks for a
//! session to share.

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use std::sync::OnceLock;

const SOURCE: &str = "GstSoupHTTPSrc";
/// What sources share: connections, and which proxies they go through.
const SESSION: &str = "gst.soup.session";
const PROXY: &str = "proxy";
/// As `GSimpleProxyResolver` understands it. (Nothing would mean the system's settings.)
const NONE: &str = "direct://";

/// Sees to sources that are made from now on, where the environment names a proxy. Tracing costs a look-up for every buffer.
pub(crate) fn watch_sources() {
    static TRACER: OnceLock<Option<Tracer>> = OnceLock::new();
    let named = || std::env::var_os("http_proxy").is_some_and(|proxy| !proxy.is_empty());
    TRACER.get_or_init(|| named().then(glib::Object::new));
}

/// A source that looks for a session makes one of its own if nobody has any: that one is to go through no proxy. All others
/// of the pipeline share it.
pub(crate) fn mind_session(message: &gst::Message) {
    let gst::MessageView::NeedContext(need) = message.view() else { return };
    if need.context_type() == SESSION
        && let Some(source) = message.src().filter(|source| source.type_().name() == SOURCE)
    {
        source.set_property(PROXY, NONE);
    }
}

glib::wrapper! {
    struct Tracer(ObjectSubclass<imp::Tracer>) @extends gst::Tracer, gst::Object;
}

mod imp {
    use super::{NONE, PROXY, SOURCE, glib, gst};
    use gst::prelude::*;
    use gst::subclass::prelude::*;

    #[derive(Default)]
    pub(super) struct Tracer;

    #[glib::object_subclass]
    impl ObjectSubclass for Tracer {
        const NAME: &'static str = "CliffhangerProxyTracer";
        type Type = super::Tracer;
        type ParentType = gst::Tracer;
    }

    impl ObjectImpl for Tracer {
        fn constructed(&self) {
            self.parent_constructed();
            self.register_hook(TracerHook::ElementNew);
        }
    }

    impl GstObjectImpl for Tracer {}

    impl TracerImpl for Tracer {
        fn element_new(&self, _: u64, element: &gst::Element) {
            if element.type_().name() == SOURCE {
                element.set_property(PROXY, NONE);
            }
        }
    }
}
