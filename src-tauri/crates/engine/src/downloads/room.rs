//! Whether there is room for what is to come: within the cache's limit, and on the disk. What the cache would delete to make
//! room counts as free, what is pinned does not.

use super::whole::Whole;
use library::{DownloadStage, Library, LibraryError};
use media::cache::{Stats, Store};
use model::{ApiError, DownloadItem, DownloadState, ErrorCode};

/// So much of the disk is left to others.
const SPARE: u64 = 64 << 20;

/// Where the room ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Disk,
    Limit,
}

/// By how many bytes so many more do not fit, and where they do not.
fn shortfall(needed: u64, stats: &Stats) -> Option<(u64, End)> {
    let of_others = stats.bytes.saturating_sub(stats.pinned_bytes);
    let disk = stats.free_disk.map(|free| free.saturating_add(of_others).saturating_sub(SPARE));
    let limit = stats.limit.saturating_sub(stats.pinned_bytes);
    let (left, end) = match disk {
        Some(disk) if disk < limit => (disk, End::Disk),
        _ => (limit, End::Limit),
    };
    needed.checked_sub(left).filter(|short| *short > 0).map(|short| (short, end))
}

/// Fails a download for which there is no room.
pub(super) fn check(whole: &Whole, store: &Store) -> Result<(), ApiError> {
    let short = whole.missing_bytes(store).and_then(|missing| shortfall(missing, &store.stats()));
    let Some((short, end)) = short else { return Ok(()) };
    let what = match end {
        End::Disk => "the disk has",
        End::Limit => "the cache's limit leaves",
    };
    let short = short.div_ceil(1 << 20);
    Err(ApiError::new(ErrorCode::NoSpace, format!("{} needs {short} MiB more than {what}.", whole.name)))
}

/// By about how many bytes all that is not done yet does not fit. What has no size yet is as big as the others are on
/// average; where none has one, as its running time at `usual_bps` says.
pub(super) fn short_of(items: &[DownloadItem], stats: &Stats, usual_bps: u64) -> u64 {
    let sizes: Vec<u64> = items.iter().filter_map(|item| item.total_bytes).collect();
    let mean = sizes.iter().sum::<u64>().checked_div(sizes.len() as u64);
    let size = |item: &DownloadItem| {
        let by_time = || item.episode.duration_ms.map(|ms| ms.saturating_mul(usual_bps) / 8_000);
        item.total_bytes.or(mean).or_else(by_time).unwrap_or_default()
    };
    let ahead = items.iter().filter(|item| item.state != DownloadState::Done);
    let needed = ahead.map(|item| size(item).saturating_sub(item.done_bytes)).fold(0, u64::saturating_add);
    shortfall(needed, stats).map_or(0, |(short, _)| short)
}

/// What had no room waits for its turn again.
pub(super) fn try_again(library: &mut Library) -> Result<(), LibraryError> {
    for download in library.downloads()? {
        let had_none = download.error.is_some_and(|error| error.code == ErrorCode::NoSpace);
        if had_none && download.stage == DownloadStage::Failed {
            library.set_download(&download.episode, DownloadStage::Waiting, None)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::cache::Mode;

    const MIB: u64 = 1 << 20;

    fn stats(bytes: u64, pinned: u64, limit: u64, free: Option<u64>) -> Stats {
        let [bytes, pinned_bytes, limit] = [bytes, pinned, limit].map(|mib| mib * MIB);
        let free_disk = free.map(|mib| mib * MIB);
        Stats { bytes, pinned_bytes, fragments: 1, resources: 1, limit, mode: Mode::Writable, free_disk }
    }

    fn short(needed: u64, stats: &Stats) -> Option<(u64, End)> {
        shortfall(needed * MIB, stats).map(|(short, end)| (short / MIB, end))
    }

    #[test]
    fn what_the_cache_would_delete_is_room_and_what_is_pinned_is_none() {
        // Hardly anything is free, but 300 MiB were only watched.
        let full = stats(400, 100, 1000, Some(70));
        assert_eq!(short(300, &full), None);
        assert_eq!(short(310, &full), Some((4, End::Disk)));
        assert_eq!(short(10, &stats(400, 400, 1000, Some(70))), Some((4, End::Disk)));
    }

    #[test]
    fn the_shortfall_is_what_is_lacking_and_not_all_that_is_missing() {
        assert_eq!(short(950, &stats(500, 100, 1000, None)), Some((50, End::Limit)));
        assert_eq!(short(900, &stats(500, 100, 1000, Some(5000))), None);
        assert_eq!(short(1, &stats(0, 0, 1000, Some(0))), Some((1, End::Disk)));
    }
}
