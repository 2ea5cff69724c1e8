//! How paths, times and durations stand in a column.
//!
//! Addresses are their text. Paths are bytes, because a file name need not be valid Unicode: as they are on Unix, UTF-16 (little endian) on Windows.
//! Moments are milliseconds since 1970, positions and running times microseconds.

use model::MediaRef;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A path as bytes, without loss.
#[cfg(unix)]
pub(crate) fn path_to_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

/// The path that [`path_to_bytes`] wrote.
#[cfg(unix)]
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// A path as bytes, without loss.
#[cfg(windows)]
pub(crate) fn path_to_bytes(path: &Path) -> Vec<u8> {
    use std::os::windows::ffi::OsStrExt;
    path.as_os_str().encode_wide().flat_map(u16::to_le_bytes).collect()
}

/// The path that [`path_to_bytes`] wrote.
#[cfg(windows)]
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::windows::ffi::OsStringExt;
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    std::ffi::OsString::from_wide(&units).into()
}

/// A place as bytes, without loss. An absolute path never reads like an address.
pub(crate) fn place_to_bytes(place: &MediaRef) -> Vec<u8> {
    match place {
        MediaRef::File(path) => path_to_bytes(path),
        MediaRef::Url(url) => url.clone().into_bytes(),
    }
}

/// The place that [`place_to_bytes`] wrote.
pub(crate) fn place_from_bytes(bytes: Vec<u8>) -> MediaRef {
    match std::str::from_utf8(&bytes) {
        Ok(text) if model::is_address(text) => MediaRef::Url(text.to_owned()),
        _ => MediaRef::File(path_from_bytes(bytes)),
    }
}

/// Milliseconds since 1970; moments outside of 64 bits stand at its ends.
pub(crate) fn millis(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    }
}

/// The moment that [`millis`] wrote; 1970 where the system cannot express it.
pub(crate) fn moment(millis: i64) -> SystemTime {
    let distance = Duration::from_millis(millis.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    if millis < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) }.unwrap_or(epoch)
}

/// Whole microseconds.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The duration that [`micros`] wrote.
pub(crate) fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_before_and_after_1970_come_back_to_the_millisecond() {
        for millis_in in [0, 1, -1, 1_767_225_600_123, -86_400_001] {
            assert_eq!(millis(moment(millis_in)), millis_in);
        }
    }

    #[test]
    fn extreme_values_are_held_at_the_ends_instead_of_overflowing() {
        assert_eq!(micros(Duration::MAX), i64::MAX);
        assert_eq!(duration(-5), Duration::ZERO);
        let _ = (moment(i64::MAX), moment(i64::MIN));
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_unicode_comes_back_unchanged() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/films/\xff\xfe\xe7\x9f\xad.mp4"));
        assert_eq!(path_from_bytes(path_to_bytes(path)), path);
    }
}
