//! Makes one episode: draws and records it, then writes its companions.

use super::film::{FPS, Film};
use super::folder::{Folder, jpeg};
use super::sound::{self, RATE};
use super::story::subtitles::LANGUAGES;
use super::story::{Episode, nfo};
use super::{Options, SampleError};
use playback::recorder::{Format, Recorder, Settings};

/// Raise it when pictures or sound change, so that older samples are made anew.
const EDITION: u32 = 1;

/// One episode at one size.
pub(super) struct Work {
    pub(super) episode: &'static Episode,
    format: Format,
    settings: Settings,
    seconds: f32,
}

impl Work {
    pub(super) fn new(episode: &'static Episode, options: &Options, format: Format) -> Self {
        let settings = Settings {
            width: options.size.0,
            height: options.size.1,
            fps: FPS,
            sample_rate: RATE,
            threads: options.threads,
        };
        let seconds = options.limit.map_or(episode.seconds, |limit| limit.min(episode.seconds));
        Self { episode, format, settings, seconds }
    }

    /// How many pictures it has.
    pub(super) fn pictures(&self) -> u64 {
        (self.seconds * FPS as f32).round() as u64
    }

    /// For people.
    pub(super) fn label(&self) -> String {
        format!("{:>2}  {}", self.episode.number, self.episode.title)
    }

    /// What the marker of a finished episode says; another size, length, format or edition says something else.
    pub(super) fn mark(&self) -> String {
        let Settings { width, height, .. } = self.settings;
        format!("edition {EDITION}, {width}x{height}, {} pictures, {}", self.pictures(), self.format.describe())
    }

    /// Makes all files of the episode; `advance` hears how many more pictures are done.
    pub(super) fn make(&self, folder: &Folder, mut advance: impl FnMut(u64)) -> Result<(), SampleError> {
        let size = (self.settings.width, self.settings.height);
        let mut film = Film::new(self.episode, size).ok_or(SampleError::Size(size.0, size.1))?;
        let samples = sound::render(self.episode);
        let part = folder.part(self);
        let mut recorder = Recorder::create(&part, self.format, self.settings)?;
        let per_picture = (RATE / FPS) as usize * 2;
        for (n, sound) in (0..self.pictures()).zip(samples.chunks(per_picture)) {
            recorder.push_samples(sound)?;
            recorder.push_picture(film.picture(n as f32 / FPS as f32))?;
            advance(1);
        }
        recorder.finish()?;
        let (rgb, width, height) = film.still(0.0);
        folder.write(&folder.companion(self, "nfo"), nfo::episode(self.episode).as_bytes())?;
        folder.write(&folder.thumbnail(self), &jpeg(&rgb, width, height)?)?;
        for language in &LANGUAGES {
            folder.write(&folder.companion(self, language.suffix), language.file(self.episode).as_bytes())?;
        }
        folder.commit(self)
    }
}
