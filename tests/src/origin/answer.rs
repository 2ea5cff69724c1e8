//! Composes an answer: what HTTP wants (RFC 9110, sections 13 and 14), bent by the behaviour that the test asked for.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;

use super::behaviour::Behaviour;
use super::resource::Resource;
use super::{Request, State};

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// By `Content-Length`.
    Length,
    /// By the last chunk.
    Chunked,
    /// By the end of the connection.
    Close,
}

/// What happens at a byte of the body.
#[derive(Debug, Clone)]
pub(super) enum Then {
    Close,
    CloseUnanswered,
    Stall,
    StallUnanswered,
    Change(Resource),
}

impl PartialEq for Then {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Where a body's bytes come from.
#[derive(Debug)]
pub(super) enum Source {
    Part(Resource, Range<u64>),
    Given(Vec<u8>),
}

impl Source {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Part(_, range) => range.end - range.start,
            Self::Given(bytes) => bytes.len() as u64,
        }
    }

    /// A part, by offsets in the body.
    pub(super) fn slice(&self, start: u64, end: u64) -> Vec<u8> {
        match self {
            Self::Part(resource, range) => resource.slice(range.start + start..range.start + end),
            Self::Given(bytes) => bytes[start as usize..end as usize].to_vec(),
        }
    }
}

/// An answer, ready to be sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) head: String,
    pub(super) body: Source,
    pub(super) framing: Framing,
    pub(super) cut: Option<(u64, Then)>,
}

/// An answer in the making.
struct Draft {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Source,
    framing: Framing,
    length_off_by: i64,
    cut: Option<(u64, Then)>,
}

impl Draft {
    fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Source::Given(Vec::new()),
            framing: Framing::Length,
            length_off_by: 0,
            cut: None,
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn finish(mut self) -> Answer {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        match self.framing {
            Framing::Length => {
                let _ = write!(
                    head,
                    "Content-Length: {}\r\n",
                    self.body.length().saturating_add_signed(self.length_off_by)
                );
            }
            Framing::Chunked => head.push_str("Transfer-Encoding: chunked\r\n"),
            Framing::Close => head.push_str("Connection: close\r\n"),
        }
        head.push_str("\r\n");
        if self.length_off_by != 0 {
            // After a lie the two sides would not agree on where the next answer begins.
            self.framing = Framing::Close;
        }
        Answer { head, body: self.body, framing: self.framing, cut: self.cut }
    }
}

/// The answer to a request, and the script moves on.
pub(super) fn compose(state: &mut State, request: &Request) -> Answer {
    let queued = state.next.get_mut(&request.path).and_then(std::collections::VecDeque::pop_front);
    let behaviour = queued.or_else(|| state.always.get(&request.path).cloned()).unwrap_or(Behaviour::Honest);
    if behaviour == Behaviour::Garbage {
        let body = Source::Given(Vec::new());
        return Answer {
            head: "\u{1}\u{2} nothing like HTTP\r\n\r\n".to_owned(),
            body,
            framing: Framing::Close,
            cut: None,
        };
    }
    let Some(resource) = state.resources.get(&request.path).cloned() else {
        return bare(&behaviour, request).unwrap_or_else(|| Draft::empty(404)).finish();
    };
    let signature = state.signatures.get(&request.path);
    if signature.is_some_and(|signature| !request.query.split('&').any(|pair| pair == format!("sign={signature}"))) {
        return Draft::empty(403).finish();
    }
    bare(&behaviour, request).unwrap_or_else(|| of(&resource, behaviour, request)).finish()
}

/// Answers that do not depend on the resource.
fn bare(behaviour: &Behaviour, request: &Request) -> Option<Draft> {
    let hops = |left: u32| format!("{}?hops={left}", request.path);
    let draft = match behaviour {
        Behaviour::Status(status) => Draft::empty(*status),
        Behaviour::RetryAfter(status, value) => Draft::empty(*status).with("Retry-After", *value),
        Behaviour::Redirect(to) => Draft::empty(302).with("Location", to),
        Behaviour::RedirectLoop => Draft::empty(302).with("Location", &request.path),
        Behaviour::RedirectHops(count) => {
            let left = request.query.strip_prefix("hops=").and_then(|left| left.parse().ok()).unwrap_or(*count);
            Draft::empty(302).with("Location", hops(left.checked_sub(1)?))
        }
        Behaviour::Html => {
            let page = b"<!DOCTYPE html><html><body>Please log in to this network.</body></html>".to_vec();
            Draft { body: Source::Given(page), ..Draft::empty(200) }.with("Content-Type", "text/html; charset=utf-8")
        }
        Behaviour::Drop => Draft { cut: Some((0, Then::CloseUnanswered)), ..Draft::empty(200) },
        _ => return None,
    };
    Some(draft)
}

/// `bytes=a-b`, cut to the resource. Ok(None): no range that counts; Err: none of it is there.
fn range(request: &Request, resource: &Resource) -> Result<Option<Range<u64>>, ()> {
    let Some(spec) = request.header("range").and_then(|value| value.strip_prefix("bytes=")) else { return Ok(None) };
    let fits = request.header("if-range").is_none_or(|mark| {
        let strong = resource.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        strong == Some(mark) || resource.last_modified.as_deref() == Some(mark)
    });
    let Some((first, last)) = spec.split_once('-').filter(|_| fits) else { return Ok(None) };
    let Ok(start) = first.parse::<u64>() else { return Ok(None) };
    let end = last.parse::<u64>().map_or(resource.length(), |last| (last + 1).min(resource.length()));
    if start < end { Ok(Some(start..end)) } else { Err(()) }
}

fn of(resource: &Resource, behaviour: Behaviour, request: &Request) -> Draft {
    use Behaviour as B;
    let total = resource.length();
    let mut wanted = match range(request, resource) {
        Ok(wanted) => wanted,
        Err(()) if matches!(behaviour, B::IgnoreRange | B::WholeOfWrongLength(_) | B::Gzip | B::GzipUntil(_)) => None,
        Err(()) => return Draft::empty(416).with("Content-Range", format!("bytes */{total}")),
    };
    match behaviour {
        B::IgnoreRange | B::WholeOfWrongLength(_) | B::Gzip | B::GzipUntil(_) => wanted = None,
        B::OkForZeroRange => wanted = wanted.filter(|range| range.start > 0),
        B::AtMost(most) => wanted = wanted.map(|range| range.start..range.end.min(range.start + most)),
        _ => {}
    }

    let mut draft = Draft::empty(if wanted.is_some() { 206 } else { 200 }).with("Content-Type", &resource.content_type);
    draft.headers.extend(resource.etag.clone().map(|etag| ("ETag", etag)));
    draft.headers.extend(resource.last_modified.clone().map(|date| ("Last-Modified", date)));
    if let Some(range) = wanted.as_ref().filter(|_| behaviour != B::NoContentRange) {
        let off = u64::from(behaviour == B::OtherRange);
        let last = (range.end - 1 + off).min(total - 1);
        draft.headers.push(("Content-Range", format!("bytes {}-{last}/{total}", (range.start + off).min(last))));
    }
    draft.body = Source::Part(resource.clone(), wanted.unwrap_or(0..total));
    match behaviour {
        B::NoLength => draft.framing = Framing::Close,
        B::WrongLength(off) | B::WholeOfWrongLength(off) => draft.length_off_by = off,
        B::Chunked => draft.framing = Framing::Chunked,
        B::Gzip | B::GzipUntil(_) | B::GzipOfRange => {
            draft.body = Source::Given(gzip(&draft.body.slice(0, draft.body.length())));
            draft.headers.push(("Content-Encoding", "gzip".to_owned()));
            if let B::GzipUntil(bytes) = behaviour {
                draft.cut = Some((bytes, Then::Close));
            }
        }
        B::Encoding(name) => draft.headers.push(("Content-Encoding", name.to_owned())),
        B::CloseAfter(bytes) => draft.cut = Some((bytes, Then::Close)),
        B::StallAfter(bytes) => draft.cut = Some((bytes, Then::Stall)),
        B::StallBeforeHead => draft.cut = Some((0, Then::StallUnanswered)),
        B::ChangeAfter(bytes, other) => draft.cut = Some((bytes, Then::Change(Resource::new(other)))),
        B::SetCookie(cookie) => draft.headers.push(("Set-Cookie", cookie.to_owned())),
        _ => {}
    }
    draft
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}
