//! What a fragment's file says of itself, after its bytes: enough to make the index anew when that was lost.
//!
//! It stands behind the bytes, so that a fragment's bytes begin where the file begins. The last 16 bytes say how long it
//! is and carry its own checksum, so that a torn file is not taken for a whole one. Numbers are little-endian.

use crate::Validator;
use xxhash_rust::xxh3::xxh3_64;

/// What all such files end in, with the version of the layout.
const MAGIC: [u8; 4] = *b"CLF1";
/// Checksum (8), length of the description (4) and magic (4).
pub(super) const TAIL: u64 = 16;
/// No description is longer: an URL and two headers, generously. It bounds what a damaged file can make one read.
pub(super) const LONGEST: u64 = 1 << 20;

/// The description of one fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Footer {
    pub(super) key: String,
    pub(super) validator: Validator,
    pub(super) offset: u64,
    pub(super) length: u64,
    /// XXH3-64 of the fragment's bytes.
    pub(super) checksum: u64,
}

impl Footer {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for number in [self.offset, self.length, self.checksum] {
            out.extend(number.to_le_bytes());
        }
        put_text(&mut out, Some(&self.key));
        put_text(&mut out, self.validator.etag.as_deref());
        put_text(&mut out, self.validator.last_modified.as_deref());
        out.push(u8::from(self.validator.length.is_some()));
        out.extend(self.validator.length.unwrap_or(0).to_le_bytes());
        let (checksum, length) = (xxh3_64(&out), out.len() as u32);
        out.extend(checksum.to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend(MAGIC);
        out
    }

    /// How long the description is that ends in this tail; `None` if it is none.
    pub(super) fn length(tail: [u8; TAIL as usize]) -> Option<u64> {
        let (numbers, magic) = tail.split_at(12);
        let mut length = numbers.get(8..)?;
        let length = u64::from(take_u32(&mut length)?);
        (magic == MAGIC && length <= LONGEST).then_some(length)
    }

    /// Reads a description of which [`Footer::length`] told the length.
    pub(super) fn decode(description: &[u8], tail: [u8; TAIL as usize]) -> Option<Self> {
        if take_u64(&mut tail.as_slice())? != xxh3_64(description) {
            return None;
        }
        let mut rest = description;
        let rest = &mut rest;
        let (offset, length, checksum) = (take_u64(rest)?, take_u64(rest)?, take_u64(rest)?);
        let key = take_text(rest)??;
        let (etag, last_modified) = (take_text(rest)?, take_text(rest)?);
        let total = (take::<1>(rest)? != [0], take_u64(rest)?);
        let validator = Validator { etag, last_modified, length: total.0.then_some(total.1) };
        rest.is_empty().then_some(Self { key, validator, offset, length, checksum })
    }
}

fn put_text(out: &mut Vec<u8>, text: Option<&str>) {
    // One more than the length, so that no text differs from an empty one.
    let length = text.map_or(0, |text| text.len() as u32 + 1);
    out.extend(length.to_le_bytes());
    out.extend(text.unwrap_or_default().as_bytes());
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, behind) = rest.split_first_chunk::<N>()?;
    *rest = behind;
    Some(*taken)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(u32::from_le_bytes)
}

fn take_u64(rest: &mut &[u8]) -> Option<u64> {
    take(rest).map(u64::from_le_bytes)
}

/// The outer `None` is a damaged description, the inner one no text.
fn take_text(rest: &mut &[u8]) -> Option<Option<String>> {
    let Some(length) = take_u32(rest)?.checked_sub(1) else { return Some(None) };
    let (text, behind) = rest.split_at_checked(length as usize)?;
    *rest = behind;
    Some(Some(std::str::from_utf8(text).ok()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(encoded: &[u8]) -> Option<Footer> {
        let (description, tail) = encoded.split_last_chunk::<{ TAIL as usize }>()?;
        (Footer::length(*tail)? == description.len() as u64).then(|| Footer::decode(description, *tail))?
    }

    proptest! {
        #[test]
        fn a_description_is_read_as_it_was_written_or_not_at_all(
            key in ".{0,40}", etag in proptest::option::of(".{0,9}"), length in proptest::option::of(any::<u64>()),
            numbers in any::<[u64; 3]>(), flip in any::<prop::sample::Index>(),
        ) {
            let [offset, size, checksum] = numbers;
            let validator = Validator { etag, last_modified: None, length };
            let footer = Footer { key, validator, offset, length: size, checksum };
            let mut encoded = footer.encode();
            prop_assert_eq!(read(&encoded), Some(footer));
            let at = flip.index(encoded.len());
            encoded[at] ^= 1;
            prop_assert_eq!(read(&encoded), None);
            encoded.truncate(at);
            prop_assert_eq!(read(&encoded), None);
        }
    }
}
