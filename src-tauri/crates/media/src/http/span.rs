//! The words of range requests (RFC 9110, section 14): what is asked for and what the answer says it holds.

/// Bytes of a resource: from `start` to `end` (exclusive), or to the resource's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u64,
    /// Offset behind the last byte; none means the resource's end.
    pub end: Option<u64>,
}

impl From<std::ops::Range<u64>> for Span {
    fn from(range: std::ops::Range<u64>) -> Self {
        Self { start: range.start, end: Some(range.end) }
    }
}

impl From<std::ops::RangeFrom<u64>> for Span {
    fn from(range: std::ops::RangeFrom<u64>) -> Self {
        Self { start: range.start, end: None }
    }
}

impl Span {
    /// The value of the `Range` header.
    pub(super) fn header(self) -> String {
        match self.end {
            Some(end) => format!("bytes={}-{}", self.start, end.saturating_sub(1)),
            None => format!("bytes={}-", self.start),
        }
    }
}

/// What `Content-Range` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRange {
    /// First byte and the one behind the last; none in an unsatisfied range (`bytes */N`).
    pub(super) span: Option<(u64, u64)>,
    /// Bytes of the whole resource, where known.
    pub(super) total: Option<u64>,
}

/// Reads a `Content-Range`; none when it makes no sense (another unit, an end before the start, beyond the total).
pub(super) fn content_range(value: &str) -> Option<ContentRange> {
    let (unit, rest) = value.trim().split_once(' ')?;
    let (span, total) = rest.trim().split_once('/')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let total = match total.trim() {
        "*" => None,
        digits => Some(digits.parse::<u64>().ok()?),
    };
    let span = match span.trim() {
        "*" => None,
        span => {
            let (first, last) = span.split_once('-')?;
            let (first, last) = (first.trim().parse::<u64>().ok()?, last.trim().parse::<u64>().ok()?);
            Some((first, last.checked_add(1)?))
        }
    };
    let sane = span.is_none_or(|(start, end)| start < end && total.is_none_or(|total| end <= total));
    (sane && (span.is_some() || total.is_some())).then_some(ContentRange { span, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_become_headers() {
        assert_eq!(Span::from(0..100).header(), "bytes=0-99");
        assert_eq!(Span::from(7..).header(), "bytes=7-");
    }

    #[test]
    fn content_ranges_are_read() {
        let read = |value| content_range(value).map(|r| (r.span, r.total));
        assert_eq!(read("bytes 0-99/1000"), Some((Some((0, 100)), Some(1000))));
        assert_eq!(read("Bytes 5-9/*"), Some((Some((5, 10)), None)));
        assert_eq!(read("bytes */1000"), Some((None, Some(1000))));
    }

    #[test]
    fn nonsense_is_none() {
        for value in [
            "",
            "bytes",
            "bytes 0-9",
            "items 0-9/10",
            "bytes 9-0/10",
            "bytes 0-10/10",
            "bytes */*",
            "bytes -5/10",
            "bytes a-b/c",
            "bytes 0-18446744073709551615/*",
        ] {
            assert_eq!(content_range(value), None, "{value}");
        }
    }
}
