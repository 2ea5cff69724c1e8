//! The pieces of a recording pipeline, set up for the chosen format.

use super::{CHANNELS, Format, RecorderError, Settings, scratch_path};
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use std::path::Path;

/// How many pictures may wait for the encoder. At 1080x1920 that is 25 MB.
pub(super) const PICTURES_IN_QUEUE: u64 = 8;
/// Kilobits per second that encoders without a constant quality mode aim at.
const VIDEO_KBIT: u32 = 2_400;
/// Bits per second for the sound; transparent for stereo at these rates.
const AUDIO_BITRATE: i32 = 128_000;

pub(super) fn stamped(bytes: Vec<u8>, start: u64, count: u64, rate: u64) -> gst::Buffer {
    let at = |units: u64| gst::ClockTime::from_nseconds(units * gst::ClockTime::SECOND.nseconds() / rate);
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(at(start));
        buffer.set_duration(at(start + count) - at(start));
    }
    buffer
}

pub(super) fn video_source(settings: &Settings) -> gst_app::AppSrc {
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", settings.width as i32)
        .field("height", settings.height as i32)
        .field("framerate", gst::Fraction::new(settings.fps as i32, 1))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .field("colorimetry", "bt709")
        .build();
    let source = gst_app::AppSrc::builder().caps(&caps).format(gst::Format::Time).build();
    source.set_max_bytes(settings.picture_bytes() as u64 * PICTURES_IN_QUEUE);
    // `need-data` then comes while there is still work for the encoder.
    source.set_property("min-percent", 60u32);
    source
}

pub(super) fn audio_source(settings: &Settings) -> gst_app::AppSrc {
    let caps = gst::Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("layout", "interleaved")
        .field("rate", settings.sample_rate as i32)
        .field("channels", CHANNELS as i32)
        .build();
    gst_app::AppSrc::builder().caps(&caps).format(gst::Format::Time).build()
}

pub(super) fn video_chain(format: Format, settings: &Settings) -> Result<Vec<gst::Element>, RecorderError> {
    let make = gst::ElementFactory::make(format.video);
    let encoder = match format.video {
        // Constant quality without a ceiling on the rate: with one, x264's threads guess at each other's frames and no two
        // runs are alike. Without scene cut detection the key frames fall on whole seconds.
        "x264enc" => make
            .property_from_str("speed-preset", "superfast")
            .property_from_str("pass", "qual")
            .property("quantizer", 25u32)
            .property("vbv-buf-capacity", 0u32)
            .property("threads", settings.threads)
            .property("key-int-max", settings.fps)
            .property("option-string", "scenecut=0"),
        "openh264enc" => make
            .property("gop-size", settings.fps)
            .property("bitrate", VIDEO_KBIT * 1000)
            .property_from_str("complexity", "low")
            .property("multi-thread", settings.threads),
        _ => make
            .property("keyframe-max-dist", settings.fps as i32)
            .property("target-bitrate", VIDEO_KBIT as i32 * 1000)
            .property("deadline", 1i64)
            .property("cpu-used", 8i32)
            .property("threads", settings.threads as i32),
    };
    let mut chain = vec![build(encoder)?];
    if format.video == "openh264enc" {
        chain.push(build(gst::ElementFactory::make("h264parse"))?);
    }
    chain.push(queue()?);
    Ok(chain)
}

pub(super) fn audio_chain(format: Format) -> Result<Vec<gst::Element>, RecorderError> {
    let encoder = gst::ElementFactory::make(format.audio).property("bitrate", AUDIO_BITRATE);
    Ok(vec![
        build(gst::ElementFactory::make("audioconvert"))?,
        build(gst::ElementFactory::make("audioresample"))?,
        build(encoder)?,
        queue()?,
    ])
}

pub(super) fn muxer(format: Format, path: &Path) -> Result<gst::Element, RecorderError> {
    let make = gst::ElementFactory::make(format.muxer);
    build(if format.muxer == "mp4mux" {
        make.property("faststart", true).property("faststart-file", scratch_path(path).to_string_lossy().into_owned())
    } else {
        make
    })
}

/// The muxer waits for both streams, so neither may be held back; what waits here is encoded and small.
fn queue() -> Result<gst::Element, RecorderError> {
    let unlimited =
        gst::ElementFactory::make("queue").property("max-size-buffers", 0u32).property("max-size-bytes", 0u32);
    build(unlimited.property("max-size-time", 0u64))
}

pub(super) fn build(builder: gst::element_factory::ElementBuilder<'_>) -> Result<gst::Element, RecorderError> {
    builder.build().map_err(|e| RecorderError::Pipeline(e.to_string()))
}
