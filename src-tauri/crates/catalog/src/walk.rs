//! Lists a tree of files within bounds. The only module that touches the disk, through [`Disk`], so that tests can make
//! files vanish and folders refuse to be read.
//!
//! Breadth first, without recursion. Links are resolved: one that leaves the tree is reported and not followed; a
//! folder is entered once, at its real place if it has one in the tree, so links can form no cycle and show nothing
//! twice.

use crate::folder::{ScanError, SkipReason, Skipped};
use crate::naming::{is_extra_video, is_ignored_folder};
use std::collections::{HashSet, VecDeque};
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Folders below this depth (the root has depth 0) are not looked into.
pub(crate) const MAX_DEPTH: usize = 12;
/// Most files and folders that are looked at.
pub(crate) const MAX_ENTRIES: usize = 100_000;
/// Most problems that are listed; more are counted.
pub(crate) const MAX_SKIPPED: usize = 200;
/// How many files are looked at between two reports of progress.
const PROGRESS_EVERY: u32 = 100;
/// How much of a `.ts` file tells MPEG-TS from TypeScript.
const SNIFF_BYTES: usize = 512;

const VIDEO: &[&str] =
    &["mp4", "m4v", "mov", "mkv", "webm", "ts", "m2ts", "mts", "avi", "flv", "3gp", "mpg", "mpeg", "wmv", "ogv"];
const SUBTITLE: &[&str] = &["srt", "vtt", "ass", "ssa"];
/// In the order of preference.
pub(crate) const PICTURE: &[&str] = &["jpg", "jpeg", "png", "webp"];

/// What lies behind a name in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Folder,
    Link,
}

/// The disk, as far as a scan needs it.
pub(crate) trait Disk {
    /// Names and kinds in a folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, EntryKind)>>;
    /// Where a path leads in the end, and whether that is a folder.
    fn resolve(&self, path: &Path) -> io::Result<(PathBuf, bool)>;
    /// At most `max` bytes from the begin of a file.
    fn read(&self, file: &Path, max: usize) -> io::Result<Vec<u8>>;
}

/// The real disk.
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        let mut entries = Vec::new();
        // One more than the bound, so that the caller can tell that there were more.
        for entry in std::fs::read_dir(folder)?.take(MAX_ENTRIES + 1) {
            // An entry that vanished meanwhile is no reason to give the folder up.
            let Ok(entry) = entry else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            let kind = if kind.is_symlink() {
                EntryKind::Link
            } else if kind.is_dir() {
                EntryKind::Folder
            } else if kind.is_file() {
                EntryKind::File
            } else {
                continue;
            };
            entries.push((entry.file_name(), kind));
        }
        Ok(entries)
    }

    fn resolve(&self, path: &Path) -> io::Result<(PathBuf, bool)> {
        let real = std::fs::canonicalize(path)?;
        let metadata = std::fs::metadata(&real)?;
        // Reading a pipe or a device could wait for ever.
        if !metadata.is_dir() && !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "neither a file nor a folder"));
        }
        Ok((real, metadata.is_dir()))
    }

    fn read(&self, file: &Path, max: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(file)?.take(max as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// What a file is, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Video,
    Subtitle,
    /// With its place in the order of preference.
    Picture(usize),
    Nfo,
}

/// A file that the catalog has a use for.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// The name without its extension.
    pub(crate) stem: String,
    pub(crate) kind: FileKind,
}

/// A folder in the tree; children by index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) parent: Option<usize>,
    pub(crate) depth: usize,
    pub(crate) files: Vec<File>,
    pub(crate) folders: Vec<usize>,
    /// Videos in it and below it.
    pub(crate) videos: u32,
    real: PathBuf,
}

/// Problems: a bounded list, and how many there were.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) list: Vec<Skipped>,
    pub(crate) count: u32,
}

impl Problems {
    pub(crate) fn add(&mut self, path: &Path, reason: SkipReason) {
        tracing::debug!(path = %path.display(), %reason, "skipped");
        self.count = self.count.saturating_add(1);
        if self.list.len() < MAX_SKIPPED {
            self.list.push(Skipped { path: path.to_owned(), reason });
        }
    }
}

/// A tree that was listed. The root is folder 0.
pub(crate) struct Tree {
    pub(crate) folders: Vec<Folder>,
    pub(crate) files: u32,
    pub(crate) videos: u32,
}

/// Lists the tree under `root`.
pub(crate) fn walk(
    disk: &dyn Disk,
    root: &Path,
    problems: &mut Problems,
    progress: &mut dyn FnMut(u32, u32) -> bool,
) -> Result<Tree, ScanError> {
    let (real_root, is_folder) = disk.resolve(root).map_err(|e| ScanError::of_root(root, &e))?;
    if !is_folder {
        return Err(ScanError::RootNotFolder(root.to_owned()));
    }
    let name = root.file_name().or(real_root.file_name()).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let top = Folder { path: root.to_owned(), name, real: real_root.clone(), ..Folder::default() };
    let mut tree = Tree { folders: vec![top], files: 0, videos: 0 };
    let mut seen = HashSet::from([real_root.clone()]);
    let mut pending = VecDeque::from([0]);
    let mut links: VecDeque<(usize, PathBuf, PathBuf)> = VecDeque::new();
    let mut entries = 0usize;
    loop {
        let at = match pending.pop_front() {
            Some(at) => at,
            // Links to folders come last: a folder that also has a real place in the tree is found there.
            None => match links.pop_front() {
                Some((parent, path, real)) => match add_folder(&mut tree, &mut seen, parent, path, real, problems) {
                    Some(at) => at,
                    None => continue,
                },
                None => break,
            },
        };
        let folder = tree.folders[at].path.clone();
        let mut listed = match disk.list(&folder) {
            Ok(listed) => listed,
            Err(error) if at == 0 => return Err(ScanError::of_root(root, &error)),
            Err(error) => {
                problems.add(&folder, SkipReason::of(&error));
                continue;
            }
        };
        // The disk's order is arbitrary; the same tree must give the same result.
        listed.sort_by(|a, b| a.0.cmp(&b.0));
        for (os_name, kind) in listed {
            entries += 1;
            if entries > MAX_ENTRIES {
                problems.add(root, SkipReason::TooMany);
                return Ok(counted(tree));
            }
            let name = os_name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let path = folder.join(&os_name);
            let is_folder = match kind {
                EntryKind::Folder => true,
                EntryKind::File => false,
                EntryKind::Link => match disk.resolve(&path) {
                    Ok((real, _)) if !real.starts_with(&real_root) => {
                        problems.add(&path, SkipReason::OutsideLink);
                        continue;
                    }
                    Ok((real, true)) => {
                        if !is_ignored_folder(&name, false) {
                            links.push_back((at, path, real));
                        }
                        continue;
                    }
                    Ok((_, false)) => false,
                    Err(error) => {
                        problems.add(&path, SkipReason::of(&error));
                        continue;
                    }
                },
            };
            if is_folder {
                if !is_ignored_folder(&name, false) {
                    let real = tree.folders[at].real.join(&os_name);
                    pending.extend(add_folder(&mut tree, &mut seen, at, path, real, problems));
                }
                continue;
            }
            tree.files += 1;
            if tree.files.is_multiple_of(PROGRESS_EVERY) && !progress(tree.files, tree.videos) {
                return Err(ScanError::Cancelled);
            }
            let Some(file) = classified(disk, path) else { continue };
            tree.videos += u32::from(file.kind == FileKind::Video);
            tree.folders[at].files.push(file);
        }
    }
    Ok(counted(tree))
}

fn add_folder(
    tree: &mut Tree,
    seen: &mut HashSet<PathBuf>,
    parent: usize,
    path: PathBuf,
    real: PathBuf,
    problems: &mut Problems,
) -> Option<usize> {
    let depth = tree.folders[parent].depth + 1;
    if depth > MAX_DEPTH {
        problems.add(&path, SkipReason::TooDeep);
        return None;
    }
    if !seen.insert(real.clone()) {
        return None;
    }
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let at = tree.folders.len();
    tree.folders.push(Folder { path, name, parent: Some(parent), depth, real, ..Folder::default() });
    tree.folders[parent].folders.push(at);
    Some(at)
}

/// Sums the videos up the tree. A child has a higher index than its parent.
fn counted(mut tree: Tree) -> Tree {
    for at in (0..tree.folders.len()).rev() {
        let own = tree.folders[at].files.iter().filter(|f| f.kind == FileKind::Video).count();
        let folder = &mut tree.folders[at];
        folder.videos = folder.videos.saturating_add(u32::try_from(own).unwrap_or(u32::MAX));
        let (videos, parent) = (folder.videos, folder.parent);
        if let Some(parent) = parent {
            tree.folders[parent].videos = tree.folders[parent].videos.saturating_add(videos);
        }
    }
    tree
}

/// What the file is; `None` where the catalog has no use for it.
fn classified(disk: &dyn Disk, path: PathBuf) -> Option<File> {
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let extension = extension.as_str();
    let kind = if VIDEO.contains(&extension) {
        FileKind::Video
    } else if SUBTITLE.contains(&extension) {
        FileKind::Subtitle
    } else if extension == "nfo" {
        FileKind::Nfo
    } else {
        FileKind::Picture(PICTURE.iter().position(|p| *p == extension)?)
    };
    let is_source_code = || extension == "ts" && disk.read(&path, SNIFF_BYTES).is_ok_and(|head| is_text(&head));
    if kind == FileKind::Video && (is_extra_video(&stem) || is_source_code()) {
        return None;
    }
    Some(File { path, stem, kind })
}

/// Whether the begin of a file is text, as in TypeScript. A damaged transport stream is not, and stays an episode.
fn is_text(head: &[u8]) -> bool {
    // A character may be cut off at the end.
    let end = std::str::from_utf8(head).map_or_else(|e| e.valid_up_to(), str::len);
    let is_control = |b: &u8| *b < 0x20 && !b"\t\r\n\x0c".contains(b);
    !head.is_empty() && head.len() - end < 4 && !head.iter().any(is_control)
}
