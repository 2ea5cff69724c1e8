//! Scans of disks that fail or overflow on purpose.

use crate::SkipReason;
use crate::folder::scan_disk;
use crate::scan_tests::{line, source, tree};
use crate::walk::{Disk, EntryKind, MAX_ENTRIES, MAX_SKIPPED, RealDisk};
use model::ErrorCode;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// The real disk, except that some paths fail.
struct Failing {
    paths: Vec<(PathBuf, io::ErrorKind)>,
}

impl Failing {
    fn check(&self, path: &Path) -> io::Result<()> {
        self.paths.iter().find(|(p, _)| p == path).map_or(Ok(()), |(_, kind)| Err((*kind).into()))
    }
}

impl Disk for Failing {
    fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        self.check(folder)?;
        RealDisk.list(folder)
    }

    fn resolve(&self, path: &Path) -> io::Result<(PathBuf, bool)> {
        RealDisk.resolve(path)
    }

    fn read(&self, file: &Path, max: usize) -> io::Result<Vec<u8>> {
        self.check(file)?;
        RealDisk.read(file, max)
    }
}

#[test]
fn folders_that_refuse_and_files_that_vanish_do_not_stop_a_scan() {
    let (_dir, root) =
        tree("Love", &["1.mp4", "1.nfo = <episodedetails/>", "locked/2.mp4", "gone/3.mp4", "broken/4.mp4"]);
    let fails = [
        ("1.nfo", io::ErrorKind::NotFound),
        ("locked", io::ErrorKind::PermissionDenied),
        ("gone", io::ErrorKind::NotFound),
        ("broken", io::ErrorKind::TimedOut),
    ];
    let disk = Failing { paths: fails.iter().map(|(p, kind)| (root.join(p), *kind)).collect() };
    let scan = scan_disk(&disk, &source(), &root, &mut |_, _| true).unwrap();
    assert_eq!(line(&scan.series[0]), "Love: 1.1");
    let codes: Vec<_> = scan.skipped.iter().map(|s| s.reason.code()).collect();
    assert_eq!(codes, [ErrorCode::Io, ErrorCode::NotFound, ErrorCode::Forbidden, ErrorCode::NotFound]);

    let disk = Failing { paths: vec![(root.clone(), io::ErrorKind::PermissionDenied)] };
    let refused = scan_disk(&disk, &source(), &root, &mut |_, _| true);
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Forbidden);
}

/// A disk that exists in memory alone: one folder with many names.
struct Crowded {
    names: Vec<OsString>,
    kind: EntryKind,
}

impl Disk for Crowded {
    fn list(&self, _: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        Ok(self.names.iter().map(|n| (n.clone(), self.kind)).collect())
    }

    fn resolve(&self, path: &Path) -> io::Result<(PathBuf, bool)> {
        if path == Path::new("/r") { Ok((path.to_owned(), true)) } else { Ok((PathBuf::from("/elsewhere"), false)) }
    }

    fn read(&self, _: &Path, _: usize) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

#[test]
fn too_many_files_give_a_part_of_them_and_say_so() {
    let numbers = 1..=MAX_ENTRIES + 50;
    let disk = Crowded { names: numbers.map(|n| format!("{n}.mp4").into()).collect(), kind: EntryKind::File };
    let mut problems = crate::walk::Problems::default();
    let tree = crate::walk::walk(&disk, Path::new("/r"), &mut problems, &mut |_, _| true).unwrap();
    assert_eq!(tree.folders[0].files.len(), MAX_ENTRIES);
    assert_eq!(problems.list[0].reason, SkipReason::TooMany);
}

#[test]
fn the_list_of_problems_is_bounded_and_counted() {
    let mut problems = crate::walk::Problems::default();
    let disk = Crowded { names: (0..500).map(|n| format!("{n}.mp4").into()).collect(), kind: EntryKind::Link };
    let tree = crate::walk::walk(&disk, Path::new("/r"), &mut problems, &mut |_, _| true).unwrap();
    assert_eq!((tree.videos, problems.list.len(), problems.count), (0, MAX_SKIPPED, 500));
}
