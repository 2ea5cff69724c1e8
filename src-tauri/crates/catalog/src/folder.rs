//! Scans a folder: lists the tree, groups the files into series, and reads what lies beside them.

use crate::beside::Beside;
use crate::group::{Draft, group};
use crate::walk::{Disk, Problems, RealDisk, Tree, walk};
use model::{Episode, EpisodeId, EpisodeKey, ErrorCode, Series, SeriesId, SourceId};
use std::io;
use std::path::{Path, PathBuf};

/// How many episodes are put together between two reports of progress.
const PROGRESS_EVERY: u32 = 100;

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// By title in natural order. Never empty.
    pub series: Vec<Series>,
    /// What had to be left out; at most 200 entries.
    pub skipped: Vec<Skipped>,
    /// How many were left out in all.
    pub skipped_count: u32,
}

/// Something that a scan left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub reason: SkipReason,
}

/// Why something was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// May not be read.
    #[error("may not be read")]
    Forbidden,
    /// Was there when its folder was listed, and is gone; or a link that leads nowhere.
    #[error("is not there (any more)")]
    Vanished,
    /// Reading failed in another way; what the system said.
    #[error("could not be read: {0}")]
    Unreadable(String),
    /// A link that leads out of the tree.
    #[error("is a link that leads out of the folder")]
    OutsideLink,
    /// More than 12 folders deep.
    #[error("lies too deep")]
    TooDeep,
    /// The tree holds more than 100 000 files and folders; the rest was not looked at.
    #[error("holds too many files; the rest was not looked at")]
    TooMany,
    /// An NFO file is not well-formed or too large; what the parser said. Its episode is kept.
    #[error("is not a valid NFO file: {0}")]
    BadNfo(String),
}

impl SkipReason {
    pub(crate) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Vanished,
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            _ => Self::Unreadable(error.to_string()),
        }
    }

    /// The code that crosses to the UI.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Forbidden | Self::OutsideLink => ErrorCode::Forbidden,
            Self::Vanished => ErrorCode::NotFound,
            Self::Unreadable(_) => ErrorCode::Io,
            Self::TooDeep | Self::TooMany => ErrorCode::BadRequest,
            Self::BadNfo(_) => ErrorCode::Damaged,
        }
    }
}

/// Why a scan found nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// The folder does not exist.
    #[error("the folder {} does not exist", .0.display())]
    RootMissing(PathBuf),
    /// It is a file.
    #[error("{} is not a folder", .0.display())]
    RootNotFolder(PathBuf),
    /// It may not be read.
    #[error("the folder {} may not be read", .0.display())]
    RootUnreadable(PathBuf),
    /// It could not be read for another reason; what the system said.
    #[error("the folder {} could not be read: {message}", .path.display())]
    RootFailed {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
    /// Nothing in it is a video.
    #[error("the folder {} holds no video", .0.display())]
    NoVideo(PathBuf),
    /// `progress` returned false.
    #[error("the scan was cancelled")]
    Cancelled,
}

impl ScanError {
    pub(crate) fn of_root(root: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::RootMissing(root.to_owned()),
            io::ErrorKind::NotADirectory => Self::RootNotFolder(root.to_owned()),
            io::ErrorKind::PermissionDenied => Self::RootUnreadable(root.to_owned()),
            _ => Self::RootFailed { path: root.to_owned(), message: error.to_string() },
        }
    }

    /// The code that crosses to the UI.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::RootMissing(_) => ErrorCode::NotFound,
            Self::RootNotFolder(_) => ErrorCode::BadRequest,
            Self::RootUnreadable(_) => ErrorCode::Forbidden,
            Self::RootFailed { .. } => ErrorCode::Io,
            Self::NoVideo(_) => ErrorCode::NoVideo,
            // Whoever cancelled does not show it; by the time it is asked, the request is gone.
            Self::Cancelled => ErrorCode::Unknown,
        }
    }
}

/// Scans in the caller's thread.
///
/// `progress(files, episodes)` is called about every hundred files and once at the end, with how many files were looked
/// at and how many videos were among them; it returns false to cancel. Nothing is written. The same tree gives the same
/// result, and identifiers depend on the source and the paths inside `root` alone.
///
/// # Errors
/// The root is missing, no folder or unreadable; nothing in it is a video; or the scan was cancelled. Anything else
/// that cannot be read is left out and listed in [`Scan::skipped`].
pub fn scan(source: &SourceId, root: &Path, progress: &mut dyn FnMut(u32, u32) -> bool) -> Result<Scan, ScanError> {
    scan_disk(&RealDisk, source, root, progress)
}

pub(crate) fn scan_disk(
    disk: &dyn Disk,
    source: &SourceId,
    root: &Path,
    progress: &mut dyn FnMut(u32, u32) -> bool,
) -> Result<Scan, ScanError> {
    let mut problems = Problems::default();
    let tree = walk(disk, root, &mut problems, progress)?;
    let drafts = group(&tree);
    let mut beside = Beside::new(disk, &tree, &mut problems);
    let mut series = Vec::new();
    let mut done = 0u32;
    for draft in drafts {
        let mut assembled = Vec::with_capacity(draft.items.len());
        for item in &draft.items {
            assembled.push(episode(source, root, &tree, &mut beside, item));
            done += 1;
            if done.is_multiple_of(PROGRESS_EVERY) && !progress(tree.files, tree.videos) {
                return Err(ScanError::Cancelled);
            }
        }
        series.push(one_series(source, root, &tree, &mut beside, &draft, assembled));
    }
    if series.is_empty() {
        return Err(ScanError::NoVideo(root.to_owned()));
    }
    if !progress(tree.files, tree.videos) {
        return Err(ScanError::Cancelled);
    }
    series.sort_by_cached_key(|s| (crate::order::natural_key(&s.title), s.id.clone()));
    Ok(Scan { series, skipped: problems.list, skipped_count: problems.count })
}

fn one_series(
    source: &SourceId,
    root: &Path,
    tree: &Tree,
    beside: &mut Beside<'_>,
    draft: &Draft,
    mut episodes: Vec<Episode>,
) -> Series {
    episodes.sort_by_cached_key(|e| {
        let name = e.media.as_file().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
        let number = e.key.number.map_or((true, 0), |n| (false, n));
        (e.key.season, number, crate::order::natural_key(&name.unwrap_or_default()), e.media.clone())
    });
    let home = &tree.folders[draft.home];
    let relative = relative_text(root, &home.path);
    let id = match &draft.key {
        None => SeriesId::derive(&[source.as_str(), &relative]),
        Some(key) => SeriesId::derive(&[source.as_str(), &relative, key]),
    };
    let nfo = if draft.key.is_none() { beside.show_nfo(draft.home) } else { None }.unwrap_or_default();
    Series {
        id,
        source: source.clone(),
        title: nfo.title.unwrap_or_else(|| draft.title.clone()),
        year: nfo.year.or(draft.year),
        genres: nfo.genres,
        synopsis: nfo.synopsis,
        poster: beside.poster(draft).map(Into::into),
        episodes,
    }
}

fn episode(source: &SourceId, root: &Path, tree: &Tree, beside: &mut Beside<'_>, item: &crate::group::Item) -> Episode {
    let file = &tree.folders[item.folder].files[item.file];
    let found = beside.of_video(item.folder, item.file);
    let name = &item.name;
    let season = found.nfo.season.or(name.season).or(item.season).unwrap_or(1);
    let number = found.nfo.number.or(name.number);
    // The name's end stands as long as it fits the number that the NFO gives.
    let number_end = found.nfo.number_end.or(name.number_end).filter(|end| number.is_some_and(|n| *end > n));
    Episode {
        id: EpisodeId::derive(&[source.as_str(), &relative_text(root, &file.path)]),
        key: EpisodeKey { season, number },
        number_end,
        title: found.nfo.title.or_else(|| name.title.clone()),
        synopsis: found.nfo.synopsis,
        media: file.path.clone().into(),
        sidecars: found.sidecars,
        picture: found.picture.map(Into::into),
        duration_ms: found.nfo.duration_ms,
    }
}

/// The path inside the root with `/` between names, the same on every system. Names that are not Unicode keep their
/// bytes apart, so that two of them are never the same.
fn relative_text(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components().map(|part| {
        let mut text = String::new();
        for chunk in part.as_os_str().as_encoded_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            chunk.invalid().iter().for_each(|b| text.push_str(&format!("\u{fffd}{b:02x}")));
        }
        text
    });
    parts.collect::<Vec<_>>().join("/")
}
