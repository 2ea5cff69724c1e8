//! Judges the head of an answer: which bytes follow, of which version, or what is wrong. A pure function.

use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap, HeaderName};

use super::error::FetchError;
use super::span::{Span, content_range};
use crate::Validator;

/// What the head of an answer promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Promise {
    /// Offset of the first byte that comes.
    pub(super) start: u64,
    /// Bytes of the whole resource.
    pub(super) total: Option<u64>,
    /// The version.
    pub(super) validator: Validator,
    /// The bytes come compressed by gzip.
    pub(super) gzip: bool,
    /// The server answered with the range (206).
    pub(super) partial: bool,
}

/// The value of a header as text.
pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(|value| value.trim().to_owned())
}

/// The marks of a version in an answer; `length` is the whole resource's.
pub(super) fn validator(headers: &HeaderMap, length: Option<u64>) -> Validator {
    Validator { etag: text(headers, header::ETAG), last_modified: text(headers, header::LAST_MODIFIED), length }
}

/// The mark to send as `If-Range`: a strong entity tag, else a date, but no date when there is a weak tag (RFC 9110,
/// section 13.1.5).
pub(super) fn if_range(known: &Validator) -> Option<&str> {
    match &known.etag {
        Some(etag) if etag.starts_with("W/") => None,
        Some(etag) => Some(etag),
        None => known.last_modified.as_deref(),
    }
}

/// Whether the content is compressed by gzip. Another encoding is an error.
pub(super) fn gzip(headers: &HeaderMap) -> Result<bool, FetchError> {
    match text(headers, header::CONTENT_ENCODING).as_deref() {
        None | Some("" | "identity") => Ok(false),
        Some(gzip) if gzip.eq_ignore_ascii_case("gzip") || gzip.eq_ignore_ascii_case("x-gzip") => Ok(true),
        Some(other) => Err(FetchError::Encoded(other.to_owned())),
    }
}

/// Judges the answer (200, 206, 412 or 416) to a request for `span`, sent with `known`'s mark in `If-Range`.
pub(super) fn judge(
    status: StatusCode,
    headers: &HeaderMap,
    span: Span,
    known: Option<&Validator>,
) -> Result<Promise, FetchError> {
    match status {
        StatusCode::OK => whole(headers, known),
        StatusCode::PARTIAL_CONTENT => partial(headers, span, known),
        StatusCode::PRECONDITION_FAILED => Err(FetchError::Changed),
        StatusCode::RANGE_NOT_SATISFIABLE => Err(unsatisfied(headers, span, known)),
        other => Err(FetchError::Nonsense(format!("status {}", other.as_u16()))),
    }
}

fn whole(headers: &HeaderMap, known: Option<&Validator>) -> Result<Promise, FetchError> {
    let gzip = gzip(headers)?;
    // The length of a compressed answer is not the resource's.
    let total = content_length(headers).filter(|_| !gzip);
    let validator = validator(headers, total);
    if let Some(known) = known {
        // The whole instead of the range is how a server says that the mark in `If-Range` no longer fits. That it
        // ignores ranges is believed only when it repeats the mark.
        let repeated = if_range(known).is_none_or(|mark| {
            validator.etag.as_deref() == Some(mark) || validator.last_modified.as_deref() == Some(mark)
        });
        if !repeated || !known.agrees_with(&validator) {
            return Err(FetchError::Changed);
        }
    }
    Ok(Promise { start: 0, total, validator, gzip, partial: false })
}

fn partial(headers: &HeaderMap, span: Span, known: Option<&Validator>) -> Result<Promise, FetchError> {
    if text(headers, header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("multipart/")) {
        return Err(FetchError::Nonsense("several ranges for one".to_owned()));
    }
    let value = text(headers, header::CONTENT_RANGE).unwrap_or_default();
    let Some((range, (start, _))) = content_range(&value).and_then(|range| Some((range, range.span?))) else {
        return Err(FetchError::Nonsense(format!("Content-Range {value:?}")));
    };
    if start != span.start {
        return Err(FetchError::Nonsense(format!("a range from {start} instead of {}", span.start)));
    }
    let validator = validator(headers, range.total);
    if known.is_some_and(|known| !known.agrees_with(&validator)) {
        return Err(FetchError::Changed);
    }
    Ok(Promise { start, total: range.total, validator, gzip: gzip(headers)?, partial: true })
}

fn unsatisfied(headers: &HeaderMap, span: Span, known: Option<&Validator>) -> FetchError {
    let found = text(headers, header::CONTENT_RANGE).and_then(|value| content_range(&value)?.total);
    match (known.and_then(|known| known.length), found) {
        // What lay inside the known version is not there any more.
        (Some(length), Some(found)) if length != found => FetchError::Changed,
        (Some(length), None) if span.start < length => FetchError::Changed,
        (_, Some(found)) if span.start < found => FetchError::Nonsense("416 for a range that is there".to_owned()),
        (length, found) => FetchError::PastEnd { length: found.or(length) },
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH)?.parse().ok()
}

/// Whether the first bytes are those of a web page, or the server says so and they are nothing better known.
pub(super) fn is_page(content_type: Option<&str>, first: &[u8]) -> bool {
    let start = first.trim_ascii_start();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let begins = |word: &[u8]| start.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<script"].iter().any(|word| begins(word)) {
        return true;
    }
    // Some servers call all they have text/html: what is plainly media stays media.
    let is_media = begins(b"#EXTM3U")
        || begins(b"WEBVTT")
        || first.starts_with(b"\x1a\x45\xdf\xa3")
        || first.first() == Some(&0x47)
        || first
            .get(4..8)
            .is_some_and(|kind| [b"ftyp", b"moov", b"styp", b"moof", b"mdat", b"free"].iter().any(|k| *k == kind));
    let says_page = content_type.is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/html") || kind.eq_ignore_ascii_case("application/xhtml+xml")
    });
    says_page && !is_media
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().unwrap())).collect()
    }

    fn known() -> Validator {
        Validator { etag: Some("\"1\"".into()), last_modified: None, length: Some(100) }
    }

    #[test]
    fn a_weak_tag_is_never_sent_and_nor_is_its_date() {
        let mut mark = Validator { etag: Some("W/\"1\"".into()), last_modified: Some("date".into()), length: None };
        assert_eq!(if_range(&mark), None);
        mark.etag = None;
        assert_eq!(if_range(&mark), Some("date"));
    }

    #[test]
    fn a_part_of_another_total_is_a_change() {
        let answer = headers(&[("content-range", "bytes 5-9/200"), ("etag", "\"1\"")]);
        let verdict = judge(StatusCode::PARTIAL_CONTENT, &answer, (5..10).into(), Some(&known()));
        assert_eq!(verdict, Err(FetchError::Changed));
    }

    #[test]
    fn the_whole_without_the_mark_that_was_sent_is_a_change() {
        let answer = headers(&[("content-length", "100")]);
        assert_eq!(judge(StatusCode::OK, &answer, (5..).into(), Some(&known())), Err(FetchError::Changed));
        let answer = headers(&[("content-length", "100"), ("etag", "\"1\"")]);
        assert_eq!(judge(StatusCode::OK, &answer, (5..).into(), Some(&known())).unwrap().start, 0);
    }

    #[test]
    fn a_range_that_is_not_there_is_the_end_or_a_change() {
        let judge = |value, start: u64, known: Option<&Validator>| {
            judge(StatusCode::RANGE_NOT_SATISFIABLE, &headers(&[("content-range", value)]), (start..).into(), known)
                .unwrap_err()
        };
        assert_eq!(judge("bytes */100", 100, None), FetchError::PastEnd { length: Some(100) });
        assert_eq!(judge("bytes */100", 100, Some(&known())), FetchError::PastEnd { length: Some(100) });
        assert_eq!(judge("bytes */50", 60, Some(&known())), FetchError::Changed);
        assert_eq!(judge("nonsense", 60, Some(&known())), FetchError::Changed);
        assert!(matches!(judge("bytes */100", 50, None), FetchError::Nonsense(_)));
    }

    #[test]
    fn pages_are_told_from_media_with_a_wrong_type() {
        assert!(is_page(Some("video/mp4"), b"\xef\xbb\xbf \n<!DOCTYPE html><html>"));
        assert!(is_page(Some("text/html; charset=utf-8"), b"please log in"));
        assert!(!is_page(Some("text/html"), b"#EXTM3U\n#EXT-X-VERSION:3"));
        assert!(!is_page(Some("text/html"), b"\x00\x00\x00\x20ftypisom"));
        assert!(!is_page(None, b"random"));
    }
}
