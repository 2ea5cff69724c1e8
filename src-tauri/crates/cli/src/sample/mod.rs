//! `cliffhanger-cli sample DIR`: makes the sample series, an original little drama in twelve episodes, without a network.
//!
//! The folder is laid out the way media centres do it. Every file appears under its final name only when it is complete,
//! and an episode that is there and was made by the same program is left alone, so an interrupted run is simply repeated.

mod episode;
pub(crate) mod film;
mod folder;
mod sound;
pub(crate) mod story;

use self::episode::Work;
use self::folder::Folder;
use indicatif::{ProgressBar, ProgressStyle};
use playback::recorder::{self, Format, RecorderError};
use std::io::{ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What can go wrong while the sample is made. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SampleError {
    #[error(transparent)]
    Recorder(#[from] RecorderError),
    #[error("the disk is full: {0} could not be written; free some space and run this again")]
    DiskFull(PathBuf),
    #[error("{path} cannot be written ({error}); choose a folder that you may write to")]
    CannotWrite { path: PathBuf, error: std::io::Error },
    #[error("there is no episode {0}; choose one from 1 to {1}")]
    NoSuchEpisode(u32, u32),
    #[error("pictures of {0}x{1} cannot be drawn")]
    Size(u32, u32),
    #[error("a picture could not be compressed: {0}")]
    Picture(String),
}

impl SampleError {
    /// A failed file operation, with a full disk told apart.
    fn from_io(path: &Path, error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(path.to_path_buf()),
            _ => Self::CannotWrite { path: path.to_path_buf(), error },
        }
    }
}

/// What to make.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The library folder; the series gets a folder of its own in it.
    pub(crate) dir: PathBuf,
    /// One episode instead of all.
    pub(crate) only: Option<u32>,
    /// Width and height in pixels.
    pub(crate) size: (u32, u32),
    /// Stops every episode after so many seconds; for tests.
    pub(crate) limit: Option<f32>,
    /// Threads of the video encoder.
    pub(crate) threads: u32,
}

/// What was done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The series' own folder.
    pub(crate) folder: PathBuf,
    /// How many episodes were made now.
    pub(crate) made: usize,
    /// How many were there already.
    pub(crate) kept: usize,
}

/// Makes the series, or what is missing of it.
///
/// # Errors
/// Missing encoders, a full disk, a folder that cannot be written, an episode that does not exist.
pub(crate) fn run(options: &Options) -> Result<Summary, SampleError> {
    let format = recorder::choose_format()?;
    let chosen: Vec<_> = story::episodes().filter(|e| options.only.is_none_or(|n| n == e.number)).collect();
    if let (true, Some(number)) = (chosen.is_empty(), options.only) {
        return Err(SampleError::NoSuchEpisode(number, story::episodes().count() as u32));
    }
    let folder = Folder::open(&options.dir, format)?;
    let works: Vec<Work> = chosen.into_iter().map(|e| Work::new(e, options, format)).collect();
    let missing: Vec<&Work> = works.iter().filter(|w| !folder.has(w)).collect();
    let progress = Progress::new(missing.iter().map(|w| w.pictures()).sum(), format);
    for work in &missing {
        progress.starts(work);
        work.make(&folder, |pictures| progress.advance(pictures))?;
    }
    folder.describe_series(options.size)?;
    progress.finish();
    Ok(Summary { folder: folder.path().to_path_buf(), made: missing.len(), kept: works.len() - missing.len() })
}

/// A bar where somebody watches, a line per episode where not.
struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
}

impl Progress {
    fn new(pictures: u64, format: Format) -> Self {
        let watched = std::io::stderr().is_terminal();
        if pictures > 0 && !watched {
            eprintln!("making {pictures} pictures with {}", format.describe());
        }
        let bar = (watched && pictures > 0).then(|| {
            let bar = ProgressBar::new(pictures);
            if let Ok(style) = ProgressStyle::with_template("{msg:26} {wide_bar} {percent:>3} %  {eta} left") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, started: Instant::now() }
    }

    fn starts(&self, work: &Work) {
        match &self.bar {
            Some(bar) => bar.set_message(work.label()),
            None => eprintln!("{:>5.1} s  {}", self.started.elapsed().as_secs_f32(), work.label()),
        }
    }

    fn advance(&self, pictures: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(pictures);
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests;
