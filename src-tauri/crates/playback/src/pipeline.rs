//! A deck's pipeline: `playbin` with our own video path, set up for three of them side by side.

use crate::audio::AudioOutput;
use crate::bin::{Shared, VideoBin};
use crate::decoders;
use crate::proxies::mind_session;
use crate::worker::{Command, Heard};
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;

/// Builds a deck's pipeline; what happens in it goes into `inbox`.
///
/// `playbin`, not `playbin3`: loaded again and again, the latter of GStreamer 1.22 dead-locks (urisourcebin stops its
/// typefind task under a lock that the task waits for), aborts (`reconfigure_output: combine->sinkpad == NULL`, after files
/// with text streams) and crashes in decodebin3's clean-up. The tests over many files show each within a minute.
pub(crate) fn pipeline(
    shared: &Arc<Shared>,
    audio: AudioOutput,
    inbox: &Sender<Command>,
) -> Result<(gst::Element, VideoBin), gst::glib::BoolError> {
    let video = VideoBin::new(shared)?;
    let playbin = gst::ElementFactory::make("playbin").build()?;
    // Without `text`: subtitles are the UI's, and GStreamer would draw them into the picture. With `native-video`: our
    // own path scales and converts; playbin's, before it, would convert first and scale after, at twice the cost.
    playbin.set_property_from_str("flags", "video+audio+soft-volume+native-video");
    playbin.set_property("video-sink", &video.bin);
    playbin.set_property("audio-sink", &audio.make()?);
    // Keeps the pitch when the speed changes; passes samples through at normal speed.
    playbin.set_property("audio-filter", &gst::ElementFactory::make("scaletempo").build()?);
    if let Some(bin) = playbin.downcast_ref::<gst::Bin>() {
        let (inbox, shared) = (inbox.clone(), shared.clone());
        bin.connect_deep_element_added(move |_, _, element| {
            let Some(factory) = element.factory() else { return };
            shared.variants.plugged(element);
            if let Some(feeder) = shared.feeder() {
                feeder.plugged(element);
            }
            if element.name() == "vqueue" {
                // Pictures wait there in the decoder's size, three of them by default: in three decks 30 MB of 1080p.
                element.set_property("max-size-buffers", 1_u32);
            }
            if factory.metadata("klass").is_some_and(|k| k.contains("Decoder") && k.contains("Video")) {
                decoders::tune(element);
                // The worker may be gone already.
                let _ = inbox.send(Command::Decoder(factory, shared.epoch.load(Ordering::Acquire)));
            }
        });
    }
    {
        let (inbox, shared) = (inbox.clone(), shared.clone());
        playbin.connect("source-setup", false, move |values| {
            let source = values.get(1)?.get::<gst::Element>().ok()?.downcast::<gst_app::AppSrc>().ok()?;
            let (inbox, epoch) = (inbox.clone(), shared.epoch.load(Ordering::Acquire));
            // The worker may be gone already.
            shared.feeder()?.connect(&source, move |starved| drop(inbox.send(Command::Starved(starved, epoch))));
            None
        });
    }
    for signal in ["audio-tags-changed", "text-tags-changed"] {
        let (inbox, shared) = (inbox.clone(), shared.clone());
        playbin.connect(signal, false, move |_| {
            let _ = inbox.send(Command::Tags(shared.epoch.load(Ordering::Acquire)));
            None
        });
    }
    if let Some(bus) = playbin.bus() {
        let (inbox, shared) = (inbox.clone(), shared.clone());
        bus.set_sync_handler(move |_, message| {
            mind_session(message);
            let heard = Heard {
                epoch: shared.epoch.load(Ordering::Acquire),
                seeks: shared.seeks.load(Ordering::Acquire),
                message: message.clone(),
            };
            let _ = inbox.send(Command::Bus(heard));
            gst::BusSyncReply::Drop
        });
    }
    Ok((playbin, video))
}
