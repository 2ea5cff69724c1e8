//! How much of the disk the cache may take.

use std::path::Path;

/// Bytes that the cache may take on the disk, downloads included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limit {
    /// 4 GiB, or a tenth of the disk that is free when the cache is opened, whichever is smaller. What the cache itself
    /// takes counts as free, so that the limit does not shrink as the cache grows.
    #[default]
    Usual,
    /// So many bytes.
    Bytes(u64),
}

const USUAL: u64 = 4 << 30;

impl Limit {
    /// The limit in bytes. `free` is unknown on some systems.
    pub(super) fn bytes(self, free: Option<u64>, taken: u64) -> u64 {
        match (self, free) {
            (Self::Bytes(bytes), _) => bytes,
            (Self::Usual, None) => USUAL,
            (Self::Usual, Some(free)) => USUAL.min(free.saturating_add(taken) / 10),
        }
    }
}

/// Bytes that an unprivileged process may still write to the disk of a folder; `None` where that cannot be asked.
pub(super) fn free_disk(dir: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(dir).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = dir;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_limit_is_the_smaller_of_four_gibibytes_and_a_tenth_of_the_disk() {
        assert_eq!(Limit::Usual.bytes(Some(100 << 30), 0), 4 << 30);
        assert_eq!(Limit::Usual.bytes(Some(10 << 30), 0), 1 << 30);
        assert_eq!(Limit::Usual.bytes(Some(9 << 30), 1 << 30), 1 << 30, "what the cache takes counts as free");
        assert_eq!(Limit::Usual.bytes(None, 0), 4 << 30);
        assert_eq!(Limit::Bytes(5).bytes(Some(1), 0), 5);
    }

    #[test]
    fn the_disk_of_a_folder_has_room() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(free_disk(dir.path()).is_some_and(|free| free > 0), cfg!(unix));
    }
}
