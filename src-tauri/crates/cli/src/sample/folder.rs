//! The series on disk: names, the marker of what is finished, and writing so that nothing half-done bears a final name.

use super::SampleError;
use super::episode::Work;
use super::film::Film;
use super::story::{TITLE, YEAR, episodes, nfo};
use jpeg_encoder::{ColorType, Encoder};
use playback::recorder::Format;
use std::fs;
use std::path::{Path, PathBuf};

/// Remembers what each finished episode is and how long its file was; hidden, beside the series.
const MARKER: &str = ".sample";
/// JPEG's quality, 1 to 100.
const QUALITY: u8 = 88;

/// The series' folder.
pub(super) struct Folder {
    root: PathBuf,
    season: PathBuf,
    extension: &'static str,
}

impl Folder {
    /// Makes the folders under `dir`.
    pub(super) fn open(dir: &Path, format: Format) -> Result<Self, SampleError> {
        let root = dir.join(format!("{TITLE} ({YEAR})"));
        let season = root.join("Season 01");
        let markers = root.join(MARKER);
        for made in [&season, &markers] {
            fs::create_dir_all(made).map_err(|e| SampleError::from_io(made, e))?;
        }
        Ok(Self { root, season, extension: format.extension() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.root
    }

    /// The name without an extension.
    fn stem(work: &Work) -> String {
        format!("{TITLE} - S01E{:02} - {}", work.episode.number, work.episode.title)
    }

    /// The finished film.
    pub(super) fn film(&self, work: &Work) -> PathBuf {
        self.season.join(format!("{}.{}", Self::stem(work), self.extension))
    }

    /// The film while it is being written.
    pub(super) fn part(&self, work: &Work) -> PathBuf {
        self.season.join(format!("{}.{}.part", Self::stem(work), self.extension))
    }

    /// A file that belongs to the film.
    pub(super) fn companion(&self, work: &Work, suffix: &str) -> PathBuf {
        self.season.join(format!("{}.{suffix}", Self::stem(work)))
    }

    /// The film's picture.
    pub(super) fn thumbnail(&self, work: &Work) -> PathBuf {
        self.season.join(format!("{}-thumb.jpg", Self::stem(work)))
    }

    fn marker(&self, work: &Work) -> PathBuf {
        self.root.join(MARKER).join(format!("S01E{:02}", work.episode.number))
    }

    /// Whether the film is there, complete, and what would be made now.
    pub(super) fn has(&self, work: &Work) -> bool {
        let Ok(film) = fs::metadata(self.film(work)) else { return false };
        fs::read_to_string(self.marker(work)).is_ok_and(|mark| mark == marker_text(work, film.len()))
    }

    /// Gives the finished film its name and marks it.
    pub(super) fn commit(&self, work: &Work) -> Result<(), SampleError> {
        let (part, film) = (self.part(work), self.film(work));
        let synced = fs::File::open(&part).and_then(|f| {
            f.sync_all()?;
            f.metadata()
        });
        let bytes = synced.map_err(|e| SampleError::from_io(&part, e))?.len();
        fs::rename(&part, &film).map_err(|e| SampleError::from_io(&film, e))?;
        self.write(&self.marker(work), marker_text(work, bytes).as_bytes())
    }

    /// Writes a small file at once: beside its place first, then renamed.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), SampleError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let part = PathBuf::from(name);
        fs::write(&part, bytes).map_err(|e| SampleError::from_io(&part, e))?;
        fs::rename(&part, path).map_err(|e| SampleError::from_io(path, e))
    }

    /// Writes `tvshow.nfo` and the poster, unless they are there.
    pub(super) fn describe_series(&self, size: (u32, u32)) -> Result<(), SampleError> {
        let (show, poster) = (self.root.join("tvshow.nfo"), self.root.join("poster.jpg"));
        if !poster.exists() {
            let mut film = episodes().next().and_then(|e| Film::new(e, size));
            let drawn = film.as_mut().and_then(Film::poster);
            let (rgb, width, height) = drawn.ok_or(SampleError::Size(size.0, size.1))?;
            self.write(&poster, &jpeg(&rgb, width, height)?)?;
        }
        self.write(&show, nfo::show().as_bytes())
    }
}

fn marker_text(work: &Work, bytes: u64) -> String {
    format!("{}, {bytes} bytes\n", work.mark())
}

/// RGB rows as JPEG.
pub(super) fn jpeg(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, SampleError> {
    let (Ok(w), Ok(h)) = (u16::try_from(width), u16::try_from(height)) else {
        return Err(SampleError::Size(width, height));
    };
    let mut out = Vec::new();
    let encoded = Encoder::new(&mut out, QUALITY).encode(rgb, w, h, ColorType::Rgb);
    encoded.map_err(|e| SampleError::Picture(e.to_string()))?;
    Ok(out)
}
