//! What the origin server does to a request instead of the right thing.

/// How a request is answered. Unless said otherwise, ranges and `If-Range` are honoured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// As HTTP wants it.
    Honest,
    /// 200 with the whole resource, whatever range was asked for.
    IgnoreRange,
    /// 200 for a range that begins at 0, and right for others.
    OkForZeroRange,
    /// No `Content-Length`; the end of the connection is the end of the body.
    NoLength,
    /// `Content-Length` is off by this much.
    WrongLength(i64),
    /// As [`Self::IgnoreRange`], with a `Content-Length` that is off by this much.
    WholeOfWrongLength(i64),
    /// The body is sent in chunks, without a `Content-Length`.
    Chunked,
    /// 200 with the whole resource compressed, although nobody accepts that.
    Gzip,
    /// As [`Self::Gzip`], and the connection is closed after this many compressed bytes.
    GzipUntil(u64),
    /// 206 with a range that is compressed.
    GzipOfRange,
    /// `Content-Encoding` says this; the body is what it always is.
    Encoding(&'static str),
    /// The connection is closed after this many bytes of the body.
    CloseAfter(u64),
    /// The connection is closed before the answer.
    Drop,
    /// Nothing more is sent after this many bytes of the body, until [`super::Origin::release`].
    StallAfter(u64),
    /// Nothing is sent at all, until [`super::Origin::release`].
    StallBeforeHead,
    /// 200 with a web page.
    Html,
    /// This status, with an empty body.
    Status(u16),
    /// This status with this `Retry-After`.
    RetryAfter(u16, &'static str),
    /// 302 to this address or path.
    Redirect(String),
    /// This many redirects before the answer.
    RedirectHops(u32),
    /// Redirects to itself.
    RedirectLoop,
    /// The connection is closed after this many bytes of the body, and from then on the resource holds other bytes.
    ChangeAfter(u64, Vec<u8>),
    /// Answers to ranges hold no more than this many bytes.
    AtMost(u64),
    /// 206 with a range one byte off.
    OtherRange,
    /// 206 without `Content-Range`.
    NoContentRange,
    /// Something that is not HTTP.
    Garbage,
    /// Right, with this `Set-Cookie`.
    SetCookie(&'static str),
}
