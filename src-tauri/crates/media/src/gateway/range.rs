//! The `Range` header of a player's request (RFC 9110, section 14.2).

/// Which bytes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of them, without a range.
    Whole,
    /// From here to the end.
    From(u64),
    /// From here to there, exclusive.
    Span(u64, u64),
    /// So many at the end.
    Last(u64),
}

impl Asked {
    /// Reads a header. What is malformed, in another unit, or several ranges, is as if it were not there, which the RFC
    /// allows.
    pub(super) fn read(header: Option<&str>) -> Self {
        header.and_then(Self::parse).unwrap_or(Self::Whole)
    }

    fn parse(header: &str) -> Option<Self> {
        let (unit, range) = header.split_once('=')?;
        let (first, last) = range.trim().split_once('-')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        match (first.trim(), last.trim()) {
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => Some(Self::From(number(first)?)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then(|| Self::Span(first, last.saturating_add(1)))
            }
        }
    }
}

fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_read() {
        assert_eq!(Asked::read(Some("bytes=0-99")), Asked::Span(0, 100));
        assert_eq!(Asked::read(Some("Bytes = 5-")), Asked::From(5));
        assert_eq!(Asked::read(Some("bytes=-7")), Asked::Last(7));
        assert_eq!(Asked::read(Some("bytes=0-18446744073709551615")), Asked::Span(0, u64::MAX));
    }

    #[test]
    fn what_is_no_single_range_asks_for_all() {
        for header in ["", "bytes", "bytes=", "bytes=-", "items=0-1", "bytes=9-0", "bytes=0-1,5-6", "bytes=+1-2"] {
            assert_eq!(Asked::read(Some(header)), Asked::Whole, "{header}");
        }
        assert_eq!(Asked::read(None), Asked::Whole);
    }
}
