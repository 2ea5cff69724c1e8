//! Answers one request.

use super::body::{self, Content};
use super::error::{GatewayError, read_status};
use super::pace::Pace;
use super::playlist::Language;
use super::range::Asked;
use super::reference::Kind;
use super::registration::Registration;
use super::route::{ResourceId, Target, is_own_host, route};
use super::shared::Shared;
use crate::ReadError;
use crate::http::Location;
use bytes::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Bytes that a key or session data may have.
const SMALL_MAX: u64 = 256 << 10;

/// The longest wait for one of those.
const SMALL_WITHIN: Duration = Duration::from_secs(15);

pub(super) async fn answer<B>(shared: &Arc<Shared>, request: &Request<B>) -> Response<Content> {
    let mut response = match find(shared, request).await {
        Ok(response) => response,
        Err((status, text)) => {
            tracing::debug!(%status, text, "refused a player");
            whole(status, "text/plain; charset=utf-8", Bytes::from(text + "\n"))
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    if request.method() == Method::HEAD {
        // Its length was said; dropping the body ends what is read for it.
        *response.body_mut() = Content::Whole(None);
    }
    response
}

type Refusal = (StatusCode, String);

fn refuse(status: StatusCode) -> Refusal {
    (status, status.canonical_reason().unwrap_or_default().to_owned())
}

fn from_gateway(error: &GatewayError) -> Refusal {
    (error.status(), error.to_string())
}

async fn find<B>(shared: &Arc<Shared>, request: &Request<B>) -> Result<Response<Content>, Refusal> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if !is_own_host(header(header::HOST), shared.port) || request.uri().authority().is_some() {
        return Err(refuse(StatusCode::MISDIRECTED_REQUEST));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(refuse(StatusCode::METHOD_NOT_ALLOWED));
    }
    let route = route(request.uri().path(), request.uri().query(), &shared.token).map_err(refuse)?;
    let registration = shared.registration(route.registration).ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
    let asked = Asked::read(header(header::RANGE));
    match route.target {
        Target::Inside(folder, rest, query) => {
            let location = registration.locate_inside(folder, rest, query);
            let location = location.ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
            segment(shared, &location, asked, &registration.pace).await
        }
        Target::Resource(id) => {
            let entry = registration.entry(id).ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
            let location = registration.locate(id).ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
            match entry.kind {
                Kind::Playlist => playlist(shared, &registration, id).await.map_err(|error| from_gateway(&error)),
                Kind::Segment => segment(shared, &location, asked, &registration.pace).await,
                Kind::Small => small(shared, &location).await.map_err(|error| from_gateway(&error)),
                Kind::Folder => Err(refuse(StatusCode::NOT_FOUND)),
            }
        }
    }
}

async fn playlist(
    shared: &Arc<Shared>,
    registration: &Arc<Registration>,
    id: ResourceId,
) -> Result<Response<Content>, GatewayError> {
    let kept = shared.playlist(registration, id, None).await?;
    let text = shared.rewrite(registration, id, &kept, true, &mut |_, _, _| {})?;
    let mime = match kept.language {
        Language::Hls => "application/vnd.apple.mpegurl",
        Language::Dash => "application/dash+xml",
    };
    Ok(whole(StatusCode::OK, mime, text.into()))
}

/// A key or the like: fetched whenever it is asked for, and not kept.
async fn small(shared: &Shared, location: &Location) -> Result<Response<Content>, GatewayError> {
    if shared.media.is_offline() {
        return Err(GatewayError::Offline);
    }
    let deadline = Instant::now() + SMALL_WITHIN;
    let small = shared.media.client().small(location, SMALL_MAX, deadline).await?;
    Ok(whole(StatusCode::OK, "application/octet-stream", small.bytes))
}

async fn segment(
    shared: &Shared,
    location: &Location,
    asked: Asked,
    pace: &Pace,
) -> Result<Response<Content>, Refusal> {
    let asset = shared.asset(location);
    let runtime = &shared.media.inner.runtime;
    let mut opened = Err(ReadError::Changed);
    // A resource that turns out to be a new version of what was kept is read once more.
    for _ in 0..2 {
        if let Err(ReadError::Changed | ReadError::Fetch(crate::http::FetchError::Changed)) = opened {
            let reader = asset.reader().ok_or_else(|| refuse(StatusCode::SERVICE_UNAVAILABLE))?;
            opened = body::open(reader, asked, pace.clone(), runtime).await;
        }
    }
    let (head, content) = opened.map_err(|error| {
        if error != ReadError::Cancelled {
            pace.misses(error.code());
        }
        (read_status(&error), error.to_string())
    })?;
    let total = head.total.map_or_else(|| "*".to_owned(), |total| total.to_string());
    let mut response = Response::new(content);
    let mut range = None;
    if head.unsatisfied {
        *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        *response.body_mut() = Content::Whole(None);
        range = Some(format!("bytes */{total}"));
    } else if let (Some(end), true) = (head.end, asked != Asked::Whole) {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        range = Some(format!("bytes {}-{}/{total}", head.start, end.saturating_sub(1)));
    }
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime(&location.url)));
    if let Some(range) = range.and_then(|range| HeaderValue::try_from(range).ok()) {
        headers.insert(header::CONTENT_RANGE, range);
    }
    match head.end {
        Some(end) if !head.unsatisfied => {
            drop(headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - head.start)))
        }
        _ => {}
    }
    Ok(response)
}

fn whole(status: StatusCode, mime: &'static str, bytes: Bytes) -> Response<Content> {
    let length = bytes.len();
    let mut response = Response::new(Content::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// What a segment's extension says of it. Servers' own words for segments are often wrong.
fn mime(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
        Some("ts" | "mts" | "m2ts") => "video/mp2t",
        Some("mp4" | "m4s" | "m4v" | "cmfv" | "mp4v") => "video/mp4",
        Some("m4a" | "cmfa") => "audio/mp4",
        Some("aac") => "audio/aac",
        Some("mp3") => "audio/mpeg",
        Some("webm") => "video/webm",
        Some("vtt" | "webvtt") => "text/vtt",
        _ => "application/octet-stream",
    }
}
