//! Where sound goes: the system's sink where one opens, else a silent sink that keeps time.

use gstreamer as gst;
use gstreamer::prelude::*;
use std::sync::OnceLock;
use std::time::Duration;

/// Which kind of audio sink the decks get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AudioOutput {
    /// The system's, if it opens; else silent.
    #[default]
    System,
    /// Silent, at the speed of the clock: for tests.
    Silent,
}

impl AudioOutput {
    /// Makes a sink.
    pub(crate) fn make(self) -> Result<gst::Element, gst::glib::BoolError> {
        if self == Self::System && system_sink_opens() {
            gst::ElementFactory::make("autoaudiosink").build()
        } else {
            gst::ElementFactory::make("fakesink").property("sync", true).build()
        }
    }
}

/// Tries the system's sink once per process. `autoaudiosink` would otherwise complain anew in every deck, and where the
/// daemon is slow each complaint takes its time.
fn system_sink_opens() -> bool {
    static OPENS: OnceLock<bool> = OnceLock::new();
    *OPENS.get_or_init(|| {
        let (tell, told) = std::sync::mpsc::channel();
        let probe = std::thread::Builder::new().name("audio-probe".into()).spawn(move || {
            let opens = gst::ElementFactory::make("autoaudiosink").build().is_ok_and(|sink| {
                let real = sink.set_state(gst::State::Ready).is_ok()
                    && sink.downcast_ref::<gst::Bin>().is_some_and(|bin| {
                        bin.iterate_sinks()
                            .into_iter()
                            .flatten()
                            .any(|s| s.factory().is_some_and(|f| f.name() != "fakesink"))
                    });
                let _ = sink.set_state(gst::State::Null);
                real
            });
            // The asker may have given up.
            let _ = tell.send(opens);
        });
        // A sound daemon that does not answer within two seconds counts as none.
        probe.is_ok() && told.recv_timeout(Duration::from_secs(2)).unwrap_or(false)
    })
}
