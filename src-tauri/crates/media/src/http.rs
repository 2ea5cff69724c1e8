//! Bytes by HTTP from servers that misbehave.
//!
//! A [`Client`] asks for spans of a resource ([`Client::range`]) or for small things as a whole ([`Client::small`]). It
//! bounds how many requests a host gets at once, follows a bounded number of redirects, repeats what failed in passing
//! and goes on at the byte where a body broke, so that a caller sees either one whole body of one version or an error
//! with a code. Along the way it learns what the link gives ([`Client::link`]).

mod body;
mod error;
mod estimate;
mod exchange;
mod gunzip;
mod hosts;
mod incoming;
mod judge;
mod location;
mod meter;
mod options;
mod resolve;
mod retry;
mod small;
mod span;

use std::sync::Arc;

use tokio::time::Instant;

pub use body::{Answer, Body, Served};
pub use error::FetchError;
pub use estimate::{Estimate, LinkEstimate};
pub use location::{Location, Reach, Refresh};
pub use options::{ClientOptions, Proxies};
pub use small::Small;
pub use span::Span;

use crate::Validator;

/// Fetches by HTTP. Cheap to clone; all clones share connections, cookies and estimates. Needs a tokio runtime.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<exchange::Inner>,
}

impl Client {
    /// A client.
    ///
    /// # Errors
    /// [`FetchError::Setup`] when the TLS or proxy settings cannot be used.
    pub fn new(options: ClientOptions) -> Result<Self, FetchError> {
        Ok(Self { inner: Arc::new(exchange::Inner::new(options)?) })
    }

    /// Asks for `span` of a resource. `known` is the version that the bytes have to belong to (from an earlier
    /// [`Answer`]), if any was kept. The whole of it, the body included, is to be done by `deadline`: for a body that is
    /// read as slowly as it is played, give a far one; a server that stalls is noticed without it.
    ///
    /// Returns once the first bytes are there. The body counts as one of the host's requests until it is dropped or at its
    /// end.
    ///
    /// # Errors
    /// [`FetchError::Changed`] when the resource is not the version `known`, [`FetchError::PastEnd`] when the span lies
    /// behind its end, [`FetchError::NotMedia`] when a web page came, and the others as they say.
    pub async fn range(
        &self,
        location: &Location,
        span: impl Into<Span>,
        known: Option<&Validator>,
        deadline: Instant,
    ) -> Result<Answer, FetchError> {
        body::open(self.inner.clone(), location.clone(), span.into(), known.cloned(), deadline).await
    }

    /// Fetches something small as a whole: a catalog, a playlist, subtitles, a picture. Compression is accepted.
    ///
    /// # Errors
    /// [`FetchError::TooLarge`] when it has more than `limit` bytes (decompressed), and the others as they say.
    pub async fn small(&self, location: &Location, limit: u64, deadline: Instant) -> Result<Small, FetchError> {
        small::fetch(self.inner.clone(), location.clone(), limit, deadline).await
    }

    /// What is known of the link to a host (`example.org`, or `example.org:8080` where the port is not the scheme's).
    pub fn link(&self, host: &str) -> Option<LinkEstimate> {
        self.inner.hosts.link(host, Instant::now().into_std())
    }

    /// The same for the host of an address.
    pub fn link_of(&self, url: &str) -> Option<LinkEstimate> {
        self.link(&hosts::key(&reqwest::Url::parse(url).ok()?))
    }

    /// What is known of the link over all hosts together.
    pub fn overall(&self) -> Option<LinkEstimate> {
        self.inner.hosts.overall(Instant::now().into_std())
    }
}
