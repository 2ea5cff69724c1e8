//! Small things as a whole: catalogs, playlists, subtitles, pictures.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{self, HeaderMap, HeaderValue};
use tokio::time::Instant;

use super::error::FetchError;
use super::exchange::{Exchange, Inner};
use super::incoming::Incoming;
use super::judge;
use super::location::Location;
use crate::Validator;

/// Something fetched as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Small {
    /// All of it, decompressed.
    pub bytes: Bytes,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// The address that answered, after redirects: what relative addresses inside are relative to.
    pub url: String,
    /// The version.
    pub validator: Validator,
}

pub(super) async fn fetch(
    inner: Arc<Inner>,
    location: Location,
    limit: u64,
    deadline: Instant,
) -> Result<Small, FetchError> {
    let mut exchange = Exchange::new(inner, location, deadline)?;
    loop {
        match attempt(&mut exchange, limit).await {
            Ok(small) => return Ok(small),
            Err(error) => exchange.recover(error).await?,
        }
    }
}

async fn attempt(exchange: &mut Exchange, limit: u64) -> Result<Small, FetchError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let reply = exchange.send(&headers).await?;
    if reply.response.status() != reqwest::StatusCode::OK {
        return Err(FetchError::Nonsense(format!("status {}", reply.response.status().as_u16())));
    }
    let gzip = judge::gzip(reply.response.headers())?;
    // Refused at once where the server says so; a server that lies is stopped below.
    if reply.response.content_length().is_some_and(|length| length > limit) {
        return Err(FetchError::TooLarge { limit });
    }
    let content_type = judge::text(reply.response.headers(), header::CONTENT_TYPE);
    let marks = judge::validator(reply.response.headers(), None);
    let url = reply.url.to_string();
    let mut incoming = Incoming::new(exchange.inner.clone(), reply, gzip);
    let mut bytes = Vec::new();
    while let Some(chunk) = incoming.chunk(exchange).await? {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(FetchError::TooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    let validator = Validator { length: Some(bytes.len() as u64), ..marks };
    Ok(Small { bytes: bytes.into(), content_type, url, validator })
}
