//! Where a demuxer finds what it needs before the first frame, read from the bytes that are there already.

use crate::reader::Reader;
use std::ops::Range;
use std::time::Duration;

/// WebM, Matroska and whatever else begins with its description: so much of it is enough as a rule.
const BEGINNING: u64 = 128 << 10;
/// More boxes than this do not stand before the index of a sane file.
const MAX_BOXES: usize = 64;

/// What must be there before a first frame can be decoded, besides the beginning of the media itself: for MP4 (ISO/IEC
/// 14496-12, section 4.2) the `moov` box wherever it lies, else the beginning. `None` while the bytes that tell are not
/// there. Reads only what is cached; blocks for the disk.
pub fn head(reader: &Reader, total: u64) -> Option<Vec<Range<u64>>> {
    let reader = reader.clone().cached_only();
    let read = |at: u64| -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        let mut filled = 0;
        while filled < bytes.len() {
            match reader.read(at + filled as u64, &mut bytes[filled..], Duration::ZERO) {
                Ok(0) | Err(_) => break,
                Ok(read) => filled += read,
            }
        }
        // The last box of a file may be shorter.
        (filled >= 8).then_some(bytes)
    };
    walk(read, total)
}

fn walk(read: impl Fn(u64) -> Option<[u8; 16]>, total: u64) -> Option<Vec<Range<u64>>> {
    let beginning = std::iter::once(0..BEGINNING.min(total)).collect();
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        if at >= total {
            break;
        }
        let Some(bytes) = read(at) else {
            // Behind the media data, of which nothing is there yet: the index must be in the rest.
            return (at > 0).then(|| vec![0..at.min(4096).min(total), at..total.min(at + MAX_INDEX)]);
        };
        let (size, kind) = header(&bytes);
        if at == 0
            && !matches!(&kind, b"ftyp" | b"moov" | b"mdat" | b"free" | b"skip" | b"wide" | b"styp" | b"sidx" | b"pnot")
        {
            return Some(beginning);
        }
        let end = if size == 0 { total } else { at.saturating_add(size.max(8)).min(total) };
        if &kind == b"moov" {
            return Some(vec![0..at.min(4096), at..end].into_iter().filter(|range| !range.is_empty()).collect());
        }
        at = end;
    }
    Some(beginning)
}

/// An index larger than this is read as it is needed.
const MAX_INDEX: u64 = 8 << 20;

/// Size and type of a box; a size of 0 means to the end of the file.
fn header(bytes: &[u8; 16]) -> (u64, [u8; 4]) {
    let word = |at: usize| u64::from(u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
    let size = if word(0) == 1 { word(8) << 32 | word(12) } else { word(0) };
    (size, [bytes[4], bytes[5], bytes[6], bytes[7]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(boxes: &[(&[u8; 4], u64)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (kind, size) in boxes {
            bytes.extend((*size as u32).to_be_bytes());
            bytes.extend(*kind);
            bytes.resize(bytes.len() + *size as usize - 8, 0);
        }
        bytes
    }

    fn head_of(bytes: &[u8], there: u64) -> Option<Vec<Range<u64>>> {
        let read = |at: u64| {
            let rest = bytes.get(at as usize..).filter(|rest| at + 8 <= there && rest.len() >= 8)?;
            let mut out = [0; 16];
            let length = rest.len().min(16);
            out[..length].copy_from_slice(&rest[..length]);
            Some(out)
        };
        walk(read, bytes.len() as u64)
    }

    #[test]
    fn an_index_at_the_beginning_is_the_head() {
        let bytes = file(&[(b"ftyp", 32), (b"moov", 1000), (b"mdat", 9000)]);
        assert_eq!(head_of(&bytes, 100), Some(vec![0..32, 32..1032]));
    }

    #[test]
    fn an_index_at_the_end_is_found_behind_the_media() {
        let bytes = file(&[(b"ftyp", 32), (b"free", 8), (b"mdat", 9000), (b"moov", 1000)]);
        assert_eq!(head_of(&bytes, 100), Some(vec![0..4096, 9040..10040]));
        assert_eq!(head_of(&bytes, 10_000), Some(vec![0..4096, 9040..10040]));
    }

    #[test]
    fn nothing_is_said_before_the_first_bytes_are_there() {
        assert_eq!(head_of(&file(&[(b"ftyp", 32), (b"moov", 1000)]), 0), None);
    }

    #[test]
    fn what_is_no_mp4_has_its_head_at_the_beginning() {
        let mut bytes = vec![0x1a, 0x45, 0xdf, 0xa3];
        bytes.resize(1 << 20, 7);
        assert_eq!(head_of(&bytes, 1 << 20), Some(std::iter::once(0..128 << 10).collect()));
    }

    #[test]
    fn nonsense_sizes_come_to_an_end() {
        let mut bytes = file(&[(b"ftyp", 8), (b"free", 8)]);
        bytes.extend([0, 0, 0, 3, b'f', b'r', b'e', b'e', 0, 0, 0, 0, 0, 0, 0, 0]);
        assert!(head_of(&bytes, 1000).is_some());
    }
}
