//! A span of a resource as one body of one version, whatever the server does.
//!
//! Where a body breaks, the next request goes on at that byte with `If-Range`. Where the server ignores ranges, what lies
//! before the span is read and thrown away, as long as that is little. What the server sends beyond the span is not read.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap, HeaderValue};
use tokio::time::{Instant, timeout_at};

use super::error::FetchError;
use super::exchange::{Exchange, Inner, Reply};
use super::incoming::Incoming;
use super::judge::{self, Promise};
use super::location::Location;
use super::span::Span;
use crate::Validator;

/// An attempt that brings this much got somewhere: failures before it are forgiven.
const PROGRESS: u64 = 64 * 1024;

/// How a server served a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// As asked.
    Range,
    /// It ignores ranges. What lies before the span was thrown away.
    Skipped,
    /// It ignores ranges, and too much lies before the span: the body is the whole resource from byte 0. Take it as such,
    /// or drop it.
    WholeOnly,
}

/// The answer to a request for a span.
#[derive(Debug)]
pub struct Answer {
    /// How the span was served.
    pub served: Served,
    /// Offset of the body's first byte: the span's start, or 0 for [`Served::WholeOnly`].
    pub start: u64,
    /// Bytes of the whole resource, where the server said it.
    pub total: Option<u64>,
    /// The version, to be kept with the bytes and given to later requests.
    pub validator: Validator,
    /// `Content-Type` as sent. Not to be trusted.
    pub content_type: Option<String>,
    /// The bytes.
    pub body: Body,
}

/// The bytes of a span, in order and without gaps.
#[derive(Debug)]
pub struct Body {
    exchange: Exchange,
    incoming: Option<Incoming>,
    ahead: Option<Bytes>,
    position: u64,
    end: Option<u64>,
    skip: u64,
    gained: u64,
    known: Option<Validator>,
    total: Option<u64>,
    /// The total is only the `Content-Length` of an answer without a range.
    claimed: bool,
    /// What comes is a part: where it ends before the span does, the rest has to be asked for.
    parted: bool,
    /// Ask without a range: this server compresses, and ranges of compressed bytes are of no use.
    plain: bool,
    first: Option<(Served, u64, Option<String>)>,
    unjudged: bool,
    over: Option<Result<(), FetchError>>,
}

pub(super) async fn open(
    inner: Arc<Inner>,
    location: Location,
    span: Span,
    known: Option<Validator>,
    deadline: Instant,
) -> Result<Answer, FetchError> {
    if span.end.is_some_and(|end| end <= span.start) {
        return Err(FetchError::PastEnd { length: None });
    }
    let mut body = Body {
        exchange: Exchange::new(inner, location, deadline)?,
        incoming: None,
        ahead: None,
        position: span.start,
        end: span.end,
        skip: 0,
        gained: 0,
        total: None,
        claimed: false,
        parted: false,
        plain: false,
        first: None,
        unjudged: false,
        over: None,
        known,
    };
    body.ahead = body.pull().await?;
    let Some((served, start, content_type)) = body.first.clone() else { return Err(FetchError::TimedOut) };
    Ok(Answer {
        served,
        start,
        total: body.total,
        validator: body.known.clone().unwrap_or_default(),
        content_type,
        body,
    })
}

impl Body {
    /// The next bytes; none at the end of the span or of the resource. May be dropped while waiting without losing bytes.
    ///
    /// # Errors
    /// As [`super::Client::range`]; after an error the body gives the same one again.
    pub async fn next(&mut self) -> Result<Option<Bytes>, FetchError> {
        if let Some(bytes) = self.ahead.take() {
            return Ok(Some(bytes));
        }
        match &self.over {
            Some(Ok(())) => return Ok(None),
            Some(Err(error)) => return Err(error.clone()),
            None => {}
        }
        let next = self.pull().await;
        match &next {
            Ok(Some(_)) => {}
            Ok(None) => self.finish(Ok(())),
            Err(error) => self.finish(Err(error.clone())),
        }
        next
    }

    /// Where the server ignores ranges, takes what comes behind the span as well, up to `end`: to ask for it later would
    /// bring all that lies before it once more.
    pub fn go_on_to(&mut self, end: u64) {
        let comes = self.incoming.is_some() && !self.parted;
        if comes && self.end.is_some_and(|now| self.position < now && now < end) {
            self.end = Some(end);
        }
    }

    /// From now on it is to be done by this time.
    pub fn go_on_until(&mut self, deadline: Instant) {
        self.exchange.deadline = deadline;
    }

    /// Behind the last byte that is asked for, where there is an end to it.
    pub fn end(&self) -> Option<u64> {
        self.end
    }

    /// All that is left, for spans of a size that the caller chose.
    ///
    /// # Errors
    /// As [`Self::next`]; what came before the error is lost.
    pub async fn collect(mut self) -> Result<Vec<u8>, FetchError> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next().await? {
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }

    /// The address in use: the location's, or the one it was refreshed to.
    pub fn address(&self) -> &str {
        self.exchange.url.as_str()
    }

    /// Bytes of the whole resource, as far as it is known by now: at the end of a body without a length it is.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    fn finish(&mut self, outcome: Result<(), FetchError>) {
        // Gives the host's permit back.
        self.incoming = None;
        self.over = Some(outcome);
    }

    async fn pull(&mut self) -> Result<Option<Bytes>, FetchError> {
        loop {
            if self.first.is_some() && self.end.is_some_and(|end| self.position >= end) {
                self.incoming = None;
                return Ok(None);
            }
            let Some(incoming) = &mut self.incoming else {
                match self.attempt().await {
                    Ok(()) => {}
                    // Parts of a resource whose length the server never says: this was the last of them.
                    Err(FetchError::PastEnd { .. }) if self.first.is_some() && self.total.is_none() => {
                        return self.ended();
                    }
                    Err(error) => self.exchange.recover(error).await?,
                }
                continue;
            };
            match incoming.chunk(&self.exchange).await {
                Ok(Some(chunk)) => {
                    if let Some(bytes) = self.accept(chunk)? {
                        return Ok(Some(bytes));
                    }
                }
                Ok(None) => {
                    self.incoming = None;
                    if !self.parted {
                        return self.ended();
                    }
                    // A server may give less than asked for. One that gives next to nothing counts as failing.
                    if self.gained < PROGRESS {
                        let host = super::hosts::key(&self.exchange.url);
                        let detail = "the range ended early".to_owned();
                        self.exchange.recover(FetchError::Broken { host, detail }).await?;
                    }
                }
                Err(error) => {
                    self.incoming = None;
                    self.exchange.recover(error).await?;
                }
            }
        }
    }

    /// The transport says that this is the end, and nothing says otherwise.
    fn ended(&mut self) -> Result<Option<Bytes>, FetchError> {
        let found = self.position.saturating_sub(self.skip);
        self.total = Some(found);
        self.end = Some(found);
        if self.skip > 0 { Err(FetchError::PastEnd { length: Some(found) }) } else { Ok(None) }
    }

    /// Cuts a chunk down to what belongs to the span.
    fn accept(&mut self, mut chunk: Bytes) -> Result<Option<Bytes>, FetchError> {
        if std::mem::take(&mut self.unjudged) {
            let kind = self.first.as_ref().and_then(|first| first.2.as_deref());
            if judge::is_page(kind, &chunk) {
                return Err(FetchError::NotMedia);
            }
        }
        self.gained += chunk.len() as u64;
        if self.gained >= PROGRESS {
            self.exchange.progressed();
        }
        let skipped = self.skip.min(chunk.len() as u64);
        self.skip -= skipped;
        let mut chunk = chunk.split_off(skipped as usize);
        if let Some(end) = self.end {
            chunk.truncate(usize::try_from(end - self.position).unwrap_or(usize::MAX));
        }
        self.position += chunk.len() as u64;
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    /// Asks for what is missing.
    async fn attempt(&mut self) -> Result<(), FetchError> {
        let (reply, promise) = self.ask().await?;
        let content_type = judge::text(reply.response.headers(), header::CONTENT_TYPE);
        self.skip = 0;
        let mut served = Served::Range;
        if promise.start < self.position {
            if promise.total.is_some_and(|total| self.position >= total) {
                return Err(FetchError::PastEnd { length: promise.total });
            }
            if self.position <= self.exchange.inner.options.skip {
                (self.skip, served) = (self.position, Served::Skipped);
            } else if self.first.is_none() {
                (self.position, self.end, served) = (0, None, Served::WholeOnly);
            } else {
                return Err(FetchError::Nonsense("no range to go on at after the connection broke".to_owned()));
            }
        }
        if promise.total == Some(0) {
            return Err(FetchError::PastEnd { length: Some(0) });
        }
        self.learn(&promise);
        self.parted = promise.partial;
        self.unjudged = promise.start == 0;
        self.gained = 0;
        if self.first.is_none() {
            self.first = Some((served, self.position, content_type));
        }
        self.incoming = Some(Incoming::new(self.exchange.inner.clone(), reply, promise.gzip));
        Ok(())
    }

    /// Sends the request for what is missing, once more without a range where the range came compressed.
    async fn ask(&mut self) -> Result<(Reply, Promise), FetchError> {
        loop {
            let start = if self.plain { 0 } else { self.position };
            let span = Span { start, end: self.end.filter(|_| !self.plain) };
            // A length that only a `Content-Length` claimed may be a lie: it is compared below.
            let known = self.known.clone().map(|mut known| {
                known.length = known.length.filter(|_| !self.claimed);
                known
            });
            let headers = self.headers(span, known.as_ref())?;
            let mut reply = self.exchange.send(&headers).await?;
            let judged = judge::judge(reply.response.status(), reply.response.headers(), span, known.as_ref());
            let claimed = self.total.filter(|_| self.claimed);
            match (judged, claimed) {
                (Err(FetchError::PastEnd { length }), Some(claimed)) if self.position < claimed => {
                    return Err(FetchError::WrongLength { claimed, found: length.unwrap_or(self.position) });
                }
                (Ok(Promise { total: Some(found), .. }), Some(claimed)) if found != claimed => {
                    return Err(FetchError::WrongLength { claimed, found });
                }
                // A portal's page is no newer version of a film: what is kept of it stays.
                (Err(FetchError::Changed), _)
                    if reply.response.status() == StatusCode::OK && self.brings_page(&mut reply).await =>
                {
                    return Err(FetchError::NotMedia);
                }
                (Ok(promise), _) if promise.gzip && promise.partial => {
                    if std::mem::replace(&mut self.plain, true) {
                        return Err(FetchError::Encoded("gzip of a range".to_owned()));
                    }
                }
                (judged, _) => return Ok((reply, judged?)),
            }
        }
    }

    /// Whether an answer that will not be read begins as a web page does.
    async fn brings_page(&self, reply: &mut Reply) -> bool {
        let kind = judge::text(reply.response.headers(), header::CONTENT_TYPE);
        let patience = self.exchange.deadline.min(Instant::now() + self.exchange.inner.options.stall_timeout);
        let first = timeout_at(patience, reply.response.chunk()).await;
        matches!(first, Ok(Ok(Some(bytes))) if judge::is_page(kind.as_deref(), &bytes))
    }

    fn headers(&self, span: Span, known: Option<&Validator>) -> Result<HeaderMap, FetchError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if !self.plain {
            let value = |text: &str| HeaderValue::from_str(text).map_err(|_| FetchError::Nonsense(text.to_owned()));
            headers.insert(header::RANGE, value(&span.header())?);
            if let Some(mark) = known.and_then(judge::if_range) {
                headers.insert(header::IF_RANGE, value(mark)?);
            }
        }
        Ok(headers)
    }

    /// Takes over what an answer tells about the resource.
    fn learn(&mut self, promise: &Promise) {
        let before = self.known.take().unwrap_or_default();
        if self.total.is_none() {
            self.total = promise.total;
            self.claimed = promise.total.is_some() && !promise.partial && before.length != promise.total;
        }
        if promise.partial && promise.total.is_some() {
            self.claimed = false;
        }
        self.known = Some(Validator {
            etag: promise.validator.etag.clone().or(before.etag),
            last_modified: promise.validator.last_modified.clone().or(before.last_modified),
            length: promise.validator.length.or(before.length),
        });
        if let Some(total) = self.total {
            self.end = Some(self.end.map_or(total, |end| end.min(total)));
        }
    }
}
