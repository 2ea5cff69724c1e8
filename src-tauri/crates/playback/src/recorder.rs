//! Writes pictures and sound that the program made itself into a film file.
//!
//! Use it where a file is the result (the sample series, corpora for tests), never for playback. The caller hands over raw
//! I420 pictures and interleaved stereo samples in step; the recorder encodes them as H.264 and AAC in MP4 with the index
//! in front, or as VP8 and Opus in WebM where one of those encoders is missing. A key frame comes every second, so that
//! seeking is quick. [`choose_format`] tells beforehand which of the two it will be, and what to install when it is neither.

mod elements;

use elements::{PICTURES_IN_QUEUE, audio_chain, audio_source, build, muxer, stamped, video_chain, video_source};
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The encoder takes no picture for so long: something is broken.
const STALL: Duration = Duration::from_secs(60);
/// Interleaved stereo: samples per moment.
const CHANNELS: usize = 2;
const SAMPLE_BYTES: usize = size_of::<f32>();

/// Why nothing, or not all, was recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// Neither pair of encoders is complete.
    #[error("no encoder for {what} is installed; on Debian or Ubuntu run: sudo apt install {packages}")]
    MissingEncoder {
        /// What cannot be made, in words.
        what: &'static str,
        /// Package names, separated by blanks.
        packages: &'static str,
    },
    /// The size, rate or number of threads cannot be recorded.
    #[error("cannot record {0}")]
    BadSettings(String),
    /// A picture or a run of samples has the wrong length.
    #[error("a {what} of {got} values was handed over where {expected} were expected")]
    WrongLength {
        /// `picture` or `run of samples`.
        what: &'static str,
        /// How many values came.
        got: usize,
        /// How many (or a multiple of how many) were due.
        expected: usize,
    },
    /// The disk or the quota is used up.
    #[error("the disk is full: {0} could not be finished; free some space and run this again")]
    DiskFull(PathBuf),
    /// The file cannot be created or written.
    #[error("{path} cannot be written: {detail}")]
    CannotWrite {
        /// The file.
        path: PathBuf,
        /// GStreamer's words.
        detail: String,
    },
    /// The pipeline could not be built or broke down.
    #[error("encoding failed: {0}")]
    Pipeline(String),
}

/// What the file will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    video: &'static str,
    audio: &'static str,
    muxer: &'static str,
    extension: &'static str,
}

impl Format {
    /// The file name's extension without the dot: `mp4` or `webm`.
    #[must_use]
    pub fn extension(&self) -> &'static str {
        self.extension
    }

    /// The elements that make it, for logs and markers: `x264enc + avenc_aac`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} + {}", self.video, self.audio)
    }
}

/// Picks the best format that this machine can encode: MP4 first, then WebM.
///
/// # Errors
/// [`RecorderError::MissingEncoder`] with the packages that would help.
pub fn choose_format() -> Result<Format, RecorderError> {
    gst::init().map_err(|e| RecorderError::Pipeline(e.to_string()))?;
    let there = |name: &&&'static str| gst::ElementFactory::find(name).is_some();
    let first = |names: &[&'static str]| names.iter().find(|n| there(n)).copied();
    let h264 = first(&["x264enc", "openh264enc"]);
    let aac = first(&["fdkaacenc", "avenc_aac", "voaacenc"]);
    if let (Some(video), Some(audio), Some(muxer)) = (h264, aac, first(&["mp4mux"])) {
        return Ok(Format { video, audio, muxer, extension: "mp4" });
    }
    if let (Some(video), Some(audio), Some(muxer)) = (first(&["vp8enc"]), first(&["opusenc"]), first(&["webmmux"])) {
        return Ok(Format { video, audio, muxer, extension: "webm" });
    }
    Err(match (h264, aac) {
        (None, _) => RecorderError::MissingEncoder {
            what: "H.264 or VP8 video",
            packages: "gstreamer1.0-plugins-ugly gstreamer1.0-plugins-good",
        },
        (_, None) => RecorderError::MissingEncoder {
            what: "AAC or Opus sound",
            packages: "gstreamer1.0-libav gstreamer1.0-plugins-base",
        },
        _ => RecorderError::MissingEncoder { what: "MP4 or WebM files", packages: "gstreamer1.0-plugins-good" },
    })
}

/// What is recorded.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Pixels, a multiple of 8, so that rows need no padding.
    pub width: u32,
    /// Pixels, even.
    pub height: u32,
    /// Pictures per second.
    pub fps: u32,
    /// Samples per second and channel; 48000 suits every encoder here.
    pub sample_rate: u32,
    /// Threads of the video encoder.
    pub threads: u32,
}

impl Settings {
    fn check(&self) -> Result<(), RecorderError> {
        let sides = (16..=4096).contains(&self.width) && (16..=4096).contains(&self.height);
        if !sides || !self.width.is_multiple_of(8) || !self.height.is_multiple_of(2) {
            return Err(RecorderError::BadSettings(format!("{}x{}", self.width, self.height)));
        }
        if !(1..=120).contains(&self.fps) || !(8000..=96_000).contains(&self.sample_rate) {
            return Err(RecorderError::BadSettings(format!(
                "{} pictures or {} samples per second",
                self.fps, self.sample_rate
            )));
        }
        if !(1..=64).contains(&self.threads) {
            return Err(RecorderError::BadSettings(format!("with {} threads", self.threads)));
        }
        Ok(())
    }

    /// Bytes of one I420 picture: a full plane of luma and two quarter planes of chroma.
    #[must_use]
    pub fn picture_bytes(&self) -> usize {
        self.width as usize * self.height as usize * 3 / 2
    }
}

/// A film file being written. Dropped before [`finish`](Recorder::finish) it leaves a file that cannot be played.
pub struct Recorder {
    pipeline: gst::Pipeline,
    video: gst_app::AppSrc,
    audio: gst_app::AppSrc,
    settings: Settings,
    path: PathBuf,
    pictures: u64,
    moments: u64,
}

impl Recorder {
    /// Opens `path` for writing; a file that is there is replaced.
    ///
    /// # Errors
    /// Settings out of range, a path that cannot be written, or elements that do not fit together.
    pub fn create(path: &Path, format: Format, settings: Settings) -> Result<Self, RecorderError> {
        settings.check()?;
        gst::init().map_err(|e| RecorderError::Pipeline(e.to_string()))?;
        let pipeline = gst::Pipeline::new();
        let video = video_source(&settings);
        let audio = audio_source(&settings);
        let muxer = muxer(format, path)?;
        let sink = build(gst::ElementFactory::make("filesink").property("location", path))?;
        let picture_chain = video_chain(format, &settings)?;
        let sound_chain = audio_chain(format)?;
        let link = || -> Result<(), gst::glib::BoolError> {
            pipeline.add_many([&muxer, &sink])?;
            muxer.link(&sink)?;
            for (source, chain) in [(&video, &picture_chain), (&audio, &sound_chain)] {
                pipeline.add(source)?;
                pipeline.add_many(chain)?;
                gst::Element::link_many(chain)?;
                if let (Some(first), Some(last)) = (chain.first(), chain.last()) {
                    source.link(first)?;
                    last.link(&muxer)?;
                }
            }
            Ok(())
        };
        link().map_err(|e| RecorderError::Pipeline(e.to_string()))?;
        let waker = pipeline.downgrade();
        video.set_callbacks(
            gst_app::AppSrcCallbacks::builder()
                .need_data(move |_, _| {
                    // Wakes `wait_for_room`, which waits on the bus and so hears of errors at the same place.
                    if let Some(pipeline) = waker.upgrade() {
                        let room = gst::message::Application::new(gst::Structure::new_empty("room"));
                        // Without a bus nobody waits.
                        let _ = pipeline.post_message(room);
                    }
                })
                .build(),
        );
        let recorder = Self { pipeline, video, audio, settings, path: path.to_path_buf(), pictures: 0, moments: 0 };
        if recorder.pipeline.set_state(gst::State::Playing).is_err() {
            return Err(recorder.first_error());
        }
        Ok(recorder)
    }

    /// Adds one picture: I420, rows without padding. Waits while the encoder is behind.
    ///
    /// # Errors
    /// A wrong length, or whatever stopped the encoder.
    pub fn push_picture(&mut self, i420: Vec<u8>) -> Result<(), RecorderError> {
        let expected = self.settings.picture_bytes();
        if i420.len() != expected {
            return Err(RecorderError::WrongLength { what: "picture", got: i420.len(), expected });
        }
        self.wait_for_room()?;
        let fps = u64::from(self.settings.fps);
        let buffer = stamped(i420, self.pictures, 1, fps);
        self.pictures += 1;
        self.video.push_buffer(buffer).map(drop).map_err(|_| self.first_error())
    }

    /// Adds samples from -1 to 1, left and right in turn. Keep them in step with the pictures.
    ///
    /// # Errors
    /// Half a moment, or whatever stopped the encoder.
    pub fn push_samples(&mut self, interleaved: &[f32]) -> Result<(), RecorderError> {
        if !interleaved.len().is_multiple_of(CHANNELS) {
            let (got, expected) = (interleaved.len(), CHANNELS);
            return Err(RecorderError::WrongLength { what: "run of samples", got, expected });
        }
        let mut bytes = Vec::with_capacity(interleaved.len() * SAMPLE_BYTES);
        interleaved.iter().for_each(|s| bytes.extend_from_slice(&s.to_le_bytes()));
        let count = (interleaved.len() / CHANNELS) as u64;
        let buffer = stamped(bytes, self.moments, count, u64::from(self.settings.sample_rate));
        self.moments += count;
        self.audio.push_buffer(buffer).map(drop).map_err(|_| self.first_error())
    }

    /// Encodes what is left, writes the index and closes the file.
    ///
    /// # Errors
    /// Whatever stopped the encoder or the disk.
    pub fn finish(self) -> Result<(), RecorderError> {
        for source in [&self.video, &self.audio] {
            source.end_of_stream().map_err(|_| self.first_error())?;
        }
        let deadline = Instant::now() + STALL;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.next_message(left, &[gst::MessageType::Eos, gst::MessageType::Error]) {
                None => return Err(RecorderError::Pipeline("the encoder did not finish".into())),
                Some(message) => match message.view() {
                    gst::MessageView::Eos(_) => return Ok(()),
                    gst::MessageView::Error(error) => return Err(self.explain(error)),
                    _ => {}
                },
            }
        }
    }

    fn wait_for_room(&self) -> Result<(), RecorderError> {
        let deadline = Instant::now() + STALL;
        while self.video.current_level_buffers() >= PICTURES_IN_QUEUE {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.next_message(left, &[gst::MessageType::Application, gst::MessageType::Error]) {
                None => return Err(RecorderError::Pipeline("the encoder takes no more pictures".into())),
                Some(message) => {
                    if let gst::MessageView::Error(error) = message.view() {
                        return Err(self.explain(error));
                    }
                }
            }
        }
        Ok(())
    }

    fn next_message(&self, wait: Duration, kinds: &[gst::MessageType]) -> Option<gst::Message> {
        let wait = gst::ClockTime::from_mseconds(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self.pipeline.bus()?.timed_pop_filtered(wait, kinds)
    }

    /// What the pipeline said when a call into it failed.
    fn first_error(&self) -> RecorderError {
        let message = self.next_message(Duration::from_secs(2), &[gst::MessageType::Error]);
        match message.as_ref().map(|m| m.view()) {
            Some(gst::MessageView::Error(error)) => self.explain(error),
            _ => RecorderError::Pipeline("the pipeline refused the data".into()),
        }
    }

    fn explain(&self, message: &gst::message::Error) -> RecorderError {
        let error = message.error();
        let path = self.path.clone();
        if let Some(kind) = error.kind::<gst::ResourceError>() {
            // The muxer reports a full disk as a plain write error, so the disk is asked as well.
            let writing = matches!(kind, gst::ResourceError::Write | gst::ResourceError::Failed);
            return if kind == gst::ResourceError::NoSpaceLeft || (writing && disk_is_full(&path)) {
                RecorderError::DiskFull(path)
            } else {
                RecorderError::CannotWrite { path, detail: error.to_string() }
            };
        }
        RecorderError::Pipeline(format!("{error} ({})", message.debug().unwrap_or_default()))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // Closes the file. Going down to Null fails only for elements that are already gone.
        let _ = self.pipeline.set_state(gst::State::Null);
        // The muxer's scratch file; most versions have removed it by now.
        let _ = std::fs::remove_file(scratch_path(&self.path));
    }
}

/// Tries what the muxer tried: writes a little beside `path`, and says whether the disk refused for want of space.
fn disk_is_full(path: &Path) -> bool {
    let probe = beside(path, "probe");
    let tried = std::fs::File::create(&probe).and_then(|mut file| {
        file.write_all(&[0; 256 * 1024])?;
        file.sync_all()
    });
    // Nothing depends on the probe; it is empty when the disk is full.
    let _ = std::fs::remove_file(&probe);
    tried.is_err_and(|e| matches!(e.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn scratch_path(path: &Path) -> PathBuf {
    beside(path, "scratch")
}

/// A buffer that starts at `start` units and lasts `count` units of 1/`rate` s.
#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Settings = Settings { width: 64, height: 112, fps: 10, sample_rate: 48_000, threads: 1 };

    fn record(path: &Path, pictures: usize) -> Result<(), RecorderError> {
        let mut recorder = Recorder::create(path, choose_format()?, SMALL)?;
        for n in 0..pictures {
            recorder.push_samples(&[0.1; 9600])?;
            recorder.push_picture(vec![(n * 20) as u8; SMALL.picture_bytes()])?;
        }
        recorder.finish()
    }

    #[test]
    fn recorded_mp4_has_its_index_in_front_of_the_data() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mp4");
        record(&path, 25).unwrap();
        assert_eq!(choose_format().unwrap().extension(), "mp4", "this test needs H.264 and AAC encoders");
        let bytes = std::fs::read(&path).unwrap();
        let find = |tag: &[u8]| bytes.windows(4).position(|w| w == tag).unwrap();
        assert!(find(b"moov") < find(b"mdat"));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no scratch file is left");
    }

    #[test]
    fn picture_of_wrong_length_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut recorder = Recorder::create(&dir.path().join("a"), choose_format().unwrap(), SMALL).unwrap();
        let error = recorder.push_picture(vec![0; 7]).unwrap_err();
        assert!(matches!(error, RecorderError::WrongLength { got: 7, .. }));
    }

    #[test]
    fn sizes_that_need_padding_are_refused() {
        let settings = Settings { width: 70, ..SMALL };
        let error = Recorder::create(Path::new("unused"), choose_format().unwrap(), settings).err();
        assert!(matches!(error, Some(RecorderError::BadSettings(_))));
    }

    #[test]
    fn folder_that_is_missing_is_an_error_that_names_the_file() {
        let error = record(Path::new("/nonexistent/folder/a.mp4"), 3).unwrap_err();
        assert!(matches!(&error, RecorderError::CannotWrite { path, .. } if path.ends_with("a.mp4")), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn full_disk_is_told_apart_from_other_errors() {
        // A link to the device that is always full; the muxer's scratch file goes to the real disk.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("full.mp4");
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        let error = record(&path, 60).unwrap_err();
        assert!(matches!(error, RecorderError::DiskFull(_)), "{error}");
    }
}
