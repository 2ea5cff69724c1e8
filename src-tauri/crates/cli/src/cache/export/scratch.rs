//! Files in the making, beside the one that they are for. What was not published is deleted.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file in the making.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// A new file beside another; `what` tells it from others that are made for the same one.
    pub(super) fn beside(file: &Path, what: &str) -> io::Result<(Self, File)> {
        let name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
        let path = file.with_file_name(format!(".{name}.{}.{what}", std::process::id()));
        let out = File::create_new(&path)?;
        Ok((Self(path), out))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Gives it its name, unless there is a file of that name, and tells how many bytes it has.
    pub(super) fn publish(self, file: &Path) -> io::Result<u64> {
        let bytes = std::fs::metadata(&self.0)?.len();
        match std::fs::hard_link(&self.0, file) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // Not every file system has links.
            Err(_) if file.try_exists()? => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => std::fs::rename(&self.0, file),
            Ok(()) => Ok(()),
        }?;
        Ok(bytes)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What was renamed is not there any more.
        let _ = std::fs::remove_file(&self.0);
    }
}
