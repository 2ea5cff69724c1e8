//! The fragments' files: `fragments/<resource>/<offset>`, both in hexadecimal, first written as `temporary/<number>`.
//!
//! The bytes are flushed before the file gets its name, so that a name never stands for less than the whole, not even
//! after a power failure. The name itself is flushed only for downloads: what is lost with it is only a fragment.

use super::footer::{Footer, LONGEST, TAIL};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
use xxhash_rust::xxh3::Xxh3;

/// A file takes whole blocks on the disk; this is the usual size of one.
const BLOCK: u64 = 4096;
/// Bytes that are read at once where a checksum is computed.
const CHECK: usize = 64 << 10;

/// The folders of fragments.
#[derive(Debug)]
pub(super) struct Files {
    fragments: PathBuf,
    temporary: PathBuf,
    next: AtomicU64,
}

/// A fragment's file that was found on opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) resource: i64,
    pub(super) offset: u64,
    /// Bytes of the whole file.
    pub(super) size: u64,
}

/// What the fragment must be, by the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) resource: i64,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) size: u64,
    pub(super) checksum: u64,
    /// Which of the fragments that were at this place in turn.
    pub(super) serial: u64,
    /// The state of the file in which its checksum was right, so that it need not be computed for every read.
    pub(super) verified: Option<Stamp>,
}

/// Tells whether somebody wrote to a file in the meantime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified: SystemTime,
}

/// Why a fragment's file was not read.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file is not what was written: it must go.
    Bad(String),
    /// The file cannot be opened for now, which says nothing of its bytes.
    Closed(io::Error),
}

/// What a file with so many bytes takes on the disk.
pub(super) fn cost(size: u64) -> u64 {
    size.next_multiple_of(BLOCK)
}

impl Files {
    pub(super) fn new(dir: &Path) -> Self {
        Self { fragments: dir.join("fragments"), temporary: dir.join("temporary"), next: AtomicU64::new(0) }
    }

    /// Makes the folders, and deletes what unfinished writing left behind.
    pub(super) fn prepare(&self) -> Result<(), (PathBuf, io::Error)> {
        for folder in [&self.fragments, &self.temporary] {
            std::fs::create_dir_all(folder).map_err(|error| (folder.clone(), error))?;
        }
        let sweep = || -> io::Result<()> {
            for entry in std::fs::read_dir(&self.temporary)? {
                let path = entry?.path();
                if path.is_dir() {
                    discard(&path);
                } else {
                    std::fs::remove_file(path)?;
                }
            }
            Ok(())
        };
        sweep().map_err(|error| (self.temporary.clone(), error))
    }

    /// All fragments' files. What has another name is deleted: nobody else has any business here.
    pub(super) fn list(&self) -> io::Result<Vec<Found>> {
        let mut found = Vec::new();
        for folder in std::fs::read_dir(&self.fragments)? {
            let folder = folder?;
            let resource = number(&folder.file_name()).and_then(|id| i64::try_from(id).ok());
            let (Some(resource), true) = (resource, folder.file_type()?.is_dir()) else {
                discard(&folder.path());
                continue;
            };
            for file in std::fs::read_dir(folder.path())? {
                let file = file?;
                let data = file.metadata()?;
                match number(&file.file_name()) {
                    Some(offset) if data.is_file() => found.push(Found { resource, offset, size: data.len() }),
                    _ => discard(&file.path()),
                }
            }
            // Only an empty one goes.
            let _ = std::fs::remove_dir(folder.path());
        }
        Ok(found)
    }

    /// Writes a fragment and gives it its name; tells the size of the file. Nothing is left behind if it fails.
    pub(super) fn write(&self, resource: i64, footer: &Footer, bytes: &[u8], durable: bool) -> io::Result<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let temporary = self.temporary.join(format!("{number:x}"));
        let path = self.path(resource, footer.offset);
        let footer = footer.encode();
        let write = || -> io::Result<()> {
            let mut file = match File::create(&temporary) {
                // Somebody emptied the cache while it was in use.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    std::fs::create_dir_all(&self.temporary)?;
                    File::create(&temporary)?
                }
                file => file?,
            };
            file.write_all(bytes)?;
            file.write_all(&footer)?;
            file.sync_data()?;
            let folder = self.folder(resource);
            std::fs::create_dir_all(&folder)?;
            std::fs::rename(&temporary, &path)?;
            if durable {
                self.sync_names(resource)?;
            }
            Ok(())
        };
        write().inspect_err(|_| {
            // It may have its name already.
            let _ = std::fs::remove_file(&temporary).or_else(|_| std::fs::remove_file(&path));
        })?;
        Ok((bytes.len() + footer.len()) as u64)
    }

    /// Fills `out` from the byte `from` of a fragment, checked, and tells in which state the file was. `out` must not
    /// reach beyond the fragment; after an error, what is in it means nothing.
    pub(super) fn read(&self, expected: &Expected, from: u64, out: &mut [u8]) -> Result<Stamp, Fault> {
        let (mut file, stamp) = self.open(expected)?;
        if expected.verified == Some(stamp) {
            file.seek(SeekFrom::Start(from)).and_then(|_| file.read_exact(out)).map_err(bad)?;
            return Ok(stamp);
        }
        // Through a small buffer, which stays in the processor's cache: what is asked for is copied on the way.
        let (mut hash, mut buffer) = (Xxh3::new(), [0; CHECK]);
        let mut at = 0;
        while at < expected.length {
            let length = (expected.length - at).min(CHECK as u64);
            let piece = buffer.get_mut(..length as usize).unwrap_or_default();
            file.read_exact(piece).map_err(bad)?;
            hash.update(piece);
            copy_common(piece, at, out, from);
            at += length;
        }
        if hash.digest() == expected.checksum { Ok(stamp) } else { Err(Fault::Bad("its checksum is wrong".to_owned())) }
    }

    fn open(&self, expected: &Expected) -> Result<(File, Stamp), Fault> {
        let file = File::open(self.path(expected.resource, expected.offset)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => bad(error),
            _ => Fault::Closed(error),
        })?;
        let data = file.metadata().map_err(Fault::Closed)?;
        let stamp = Stamp { size: data.len(), modified: data.modified().map_err(Fault::Closed)? };
        if stamp.size == expected.size {
            Ok((file, stamp))
        } else {
            Err(Fault::Bad(format!("it has {} bytes instead of {}", stamp.size, expected.size)))
        }
    }

    /// What a file says of itself, if it is whole and stands at its place. Its bytes are not checked.
    pub(super) fn describe(&self, found: Found) -> Option<Footer> {
        let mut file = File::open(self.path(found.resource, found.offset)).ok()?;
        let mut tail = [0; TAIL as usize];
        file.seek(SeekFrom::Start(found.size.checked_sub(TAIL)?)).ok()?;
        file.read_exact(&mut tail).ok()?;
        let length = Footer::length(tail)?;
        let begin = found.size.checked_sub(TAIL + length)?;
        let mut description = vec![0; length.min(LONGEST) as usize];
        file.seek(SeekFrom::Start(begin)).ok()?;
        file.read_exact(&mut description).ok()?;
        let footer = Footer::decode(&description, tail)?;
        (footer.offset == found.offset && footer.length == begin && begin > 0).then_some(footer)
    }

    /// When a fragment was written; long ago, if nobody knows.
    pub(super) fn modified(&self, found: Found) -> SystemTime {
        let data = std::fs::metadata(self.path(found.resource, found.offset));
        data.and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Flushes the names of a resource's fragments, whose bytes were flushed before they got them.
    pub(super) fn sync_names(&self, resource: i64) -> io::Result<()> {
        // Elsewhere folders cannot be flushed.
        if cfg!(unix) {
            File::open(self.folder(resource))?.sync_all()?;
            File::open(&self.fragments)?.sync_all()?;
        }
        Ok(())
    }

    /// Deletes a fragment's file. If that fails, the next opening deletes it: it has no row.
    pub(super) fn remove(&self, resource: i64, offset: u64) {
        let path = self.path(resource, offset);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(path = %path.display(), %error, "a cached fragment cannot be deleted");
            }
            _ => {}
        }
    }

    /// Deletes a resource's folder if nothing is in it any more.
    pub(super) fn remove_folder(&self, resource: i64) {
        let _ = std::fs::remove_dir(self.folder(resource));
    }

    fn folder(&self, resource: i64) -> PathBuf {
        self.fragments.join(format!("{resource:016x}"))
    }

    fn path(&self, resource: i64, offset: u64) -> PathBuf {
        self.folder(resource).join(format!("{offset:016x}"))
    }
}

fn number(name: &std::ffi::OsStr) -> Option<u64> {
    let name = name.to_str().filter(|name| name.len() == 16)?;
    u64::from_str_radix(name, 16).ok()
}

fn discard(path: &Path) {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    tracing::warn!(path = %path.display(), ?removed, "something else lay among the cached fragments");
}

fn bad(error: io::Error) -> Fault {
    Fault::Bad(error.to_string())
}

/// Copies those bytes of `piece`, which begins at `at`, that belong into `out`, which begins at `from`.
fn copy_common(piece: &[u8], at: u64, out: &mut [u8], from: u64) {
    let (begin, end) = (at.max(from), (at + piece.len() as u64).min(from + out.len() as u64));
    if begin < end {
        let common = |start: u64| (begin - start) as usize..(end - start) as usize;
        if let (Some(into), Some(bytes)) = (out.get_mut(common(from)), piece.get(common(at))) {
            into.copy_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Validator;
    use xxhash_rust::xxh3::xxh3_64;

    /// Bytes that differ from place to place, a few more than three checked pieces.
    fn fragment() -> Vec<u8> {
        (0..3 * CHECK as u32 + 17).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    fn written(files: &Files, bytes: &[u8]) -> Expected {
        let (length, checksum) = (bytes.len() as u64, xxh3_64(bytes));
        let footer = Footer { key: "a".to_owned(), validator: Validator::default(), offset: 0, length, checksum };
        let size = files.write(1, &footer, bytes, false).unwrap();
        Expected { resource: 1, offset: 0, length, size, checksum, serial: 0, verified: None }
    }

    #[test]
    fn a_part_that_is_read_while_the_whole_is_checked_is_the_right_one() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path());
        files.prepare().unwrap();
        let bytes = fragment();
        let expected = written(&files, &bytes);
        for part in [
            0..1,
            0..bytes.len(),
            5..CHECK,
            CHECK - 1..CHECK + 1,
            CHECK..2 * CHECK,
            9..3 * CHECK + 16,
            3 * CHECK..bytes.len(),
        ] {
            let mut out = vec![0; part.len()];
            files.read(&expected, part.start as u64, &mut out).unwrap();
            assert!(out == bytes[part.clone()], "{part:?}");
        }
    }

    #[test]
    fn a_part_is_not_read_where_another_part_of_the_fragment_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path());
        files.prepare().unwrap();
        let bytes = fragment();
        let expected = written(&files, &bytes);
        let path = files.path(1, 0);
        let mut damaged = std::fs::read(&path).unwrap();
        damaged[3 * CHECK] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        assert!(matches!(files.read(&expected, 5, &mut [0; 10]), Err(Fault::Bad(_))));
    }
}
