//! One request with all that goes with it: the host's permit, cookies, redirects, a fresh address for an expired one, and
//! the decision whether and when to ask again.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{self, HeaderMap};
use reqwest::{Response, StatusCode, Url};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tracing::debug;

use super::error::FetchError;
use super::hosts::{Host, Hosts};
use super::location::{self, Location, Reach};
use super::options::{ClientOptions, Proxies};
use super::resolve::{PrivateName, PublicOnly};
use super::{judge, retry};

/// What all clones of a client share.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) options: ClientOptions,
    pub(super) hosts: Hosts,
    anywhere: reqwest::Client,
    public: reqwest::Client,
    jars: Mutex<HashMap<String, Arc<Jar>>>,
}

impl Inner {
    pub(super) fn new(options: ClientOptions) -> Result<Self, FetchError> {
        // Fails when the process has a provider already, and then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let public = |builder: reqwest::ClientBuilder| {
            let fixed = if let Proxies::Fixed(url) = &options.proxies { Some(url.as_str()) } else { None };
            builder.dns_resolver(Arc::new(PublicOnly::new(fixed)))
        };
        Ok(Self {
            anywhere: build(&options, |builder| builder)?,
            public: build(&options, public)?,
            hosts: Hosts::new(options.per_host),
            jars: Mutex::default(),
            options,
        })
    }

    fn jar(&self, name: &str) -> Arc<Jar> {
        let mut jars = self.jars.lock().unwrap_or_else(PoisonError::into_inner);
        jars.entry(name.to_owned()).or_default().clone()
    }
}

fn build(
    options: &ClientOptions,
    more: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, FetchError> {
    let setup = |error: reqwest::Error| FetchError::Setup(chain(&error));
    let builder = || {
        let builder = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .connect_timeout(options.connect_timeout)
            .pool_max_idle_per_host(options.per_host)
            // Followed here: each hop has its own permit, cookies and check of where it leads.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false);
        let builder = match &options.proxies {
            Proxies::System => builder,
            Proxies::Off => builder.no_proxy(),
            Proxies::Fixed(url) => builder.proxy(reqwest::Proxy::all(url).map_err(setup)?),
        };
        Ok::<_, FetchError>(more(builder))
    };
    builder()?.build().or_else(|error| {
        // A system without any root certificate still gets plain HTTP.
        debug!(error = chain(&error), "no root certificates");
        builder()?.tls_certs_only([]).build().map_err(setup)
    })
}

/// An error with its causes, in one line and without the address (which may hold a signature).
fn chain(error: &dyn Error) -> String {
    let words: Vec<String> = std::iter::once(error.to_string()).chain(causes(error).map(ToString::to_string)).collect();
    words.join(": ")
}

/// What caused an error, and what caused that.
fn causes<'a>(error: &'a dyn Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn Error + 'static)| (*cause).source())
}

/// The head of a final answer, and the permit that its body holds.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) response: Response,
    pub(super) host: Arc<Host>,
    pub(super) _permit: OwnedSemaphorePermit,
    /// The address that answered, after all redirects.
    pub(super) url: Url,
}

/// A fetch in the making: what it asks for, what is left of its time and of its attempts.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) inner: Arc<Inner>,
    pub(super) location: Location,
    /// Whom the location's credentials are for.
    home: String,
    /// The address that is asked: the location's, or the refreshed one.
    pub(super) url: Url,
    pub(super) deadline: Instant,
    refreshed: bool,
    failures: u32,
}

impl Exchange {
    pub(super) fn new(inner: Arc<Inner>, location: Location, deadline: Instant) -> Result<Self, FetchError> {
        let first = location::parse(&location.url, location.reach)?;
        let current = location.refresh.as_ref().and_then(|refresh| refresh.current());
        let current = current.map(|url| location::parse(&url, location.reach)).transpose()?;
        let (home, url) = (first.origin().ascii_serialization(), current.unwrap_or(first));
        Ok(Self { inner, location, home, url, deadline, refreshed: false, failures: 0 })
    }

    /// Sends one request, and those that redirects or an expired address lead to. 200, 206, 412 and 416 are answers;
    /// everything else is an error.
    pub(super) async fn send(&mut self, headers: &HeaderMap) -> Result<Reply, FetchError> {
        loop {
            let reply = self.follow(headers).await?;
            let status = reply.response.status();
            let host = reply.host.name.clone();
            match status {
                StatusCode::OK
                | StatusCode::PARTIAL_CONTENT
                | StatusCode::PRECONDITION_FAILED
                | StatusCode::RANGE_NOT_SATISFIABLE => return Ok(reply),
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::GONE if self.may_refresh() => {
                    drop(reply);
                    if !self.refresh().await? {
                        return Err(FetchError::Refused { host, status: status.as_u16() });
                    }
                }
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => return Err(failed(&reply)),
                _ if status.is_server_error() => return Err(failed(&reply)),
                _ if status.is_client_error() => return Err(FetchError::Refused { host, status: status.as_u16() }),
                _ => return Err(FetchError::Nonsense(format!("status {}", status.as_u16()))),
            }
        }
    }

    fn may_refresh(&self) -> bool {
        !self.refreshed && self.location.refresh.is_some()
    }

    /// Asks the source for another address; false when it has none.
    async fn refresh(&mut self) -> Result<bool, FetchError> {
        self.refreshed = true;
        let Some(refresh) = self.location.refresh.clone() else { return Ok(false) };
        let fresh = timeout_at(self.deadline, refresh.refresh(self.url.as_str()));
        let Some(fresh) = fresh.await.map_err(|_| FetchError::TimedOut)? else { return Ok(false) };
        self.url = location::parse(&fresh, self.location.reach)?;
        Ok(true)
    }

    async fn follow(&self, headers: &HeaderMap) -> Result<Reply, FetchError> {
        let mut url = self.url.clone();
        for _ in 0..=self.inner.options.redirects {
            let reply = self.hop(url, headers).await?;
            let status = reply.response.status().as_u16();
            let target = judge::text(reply.response.headers(), header::LOCATION);
            let (301 | 302 | 303 | 307 | 308, Some(target)) = (status, target) else { return Ok(reply) };
            url = reply.url.join(&target).map_err(|error| FetchError::Address(error.to_string()))?;
            location::check(&url, self.location.reach)?;
        }
        Err(FetchError::Redirects { host: super::hosts::key(&url) })
    }

    async fn hop(&self, url: Url, headers: &HeaderMap) -> Result<Reply, FetchError> {
        let host = self.inner.hosts.get(&url);
        let permit = timeout_at(self.deadline, host.permits.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else { return Err(FetchError::TimedOut) };
        self.wait_for(&host).await?;

        // A fresh address may be another host's.
        let mut all = self.location.headers_for(url.origin().ascii_serialization() == self.home)?;
        all.extend(headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        let jar = self.location.jar.as_deref().map(|name| self.inner.jar(name));
        if let Some(cookies) = jar.as_ref().and_then(|jar| jar.cookies(&url)) {
            all.insert(header::COOKIE, cookies);
        }

        let client = match self.location.reach {
            Reach::Public => &self.inner.public,
            Reach::Anywhere => &self.inner.anywhere,
        };
        let sent = Instant::now();
        let patience = self.deadline.min(sent + self.inner.options.stall_timeout + self.inner.options.connect_timeout);
        let response = match timeout_at(patience, client.get(url.clone()).headers(all).send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(broken(&host.name, error)),
            Err(_) => return Err(self.late(&host.name)),
        };
        let after = sent.elapsed();
        self.inner.hosts.note(&host, |meters| meters.iter_mut().for_each(|meter| meter.answered(after)));
        if let Some(jar) = jar {
            jar.set_cookies(&mut response.headers().get_all(header::SET_COOKIE).iter(), &url);
        }
        Ok(Reply { response, host, _permit: permit, url })
    }

    /// Waits while a host wishes not to be asked, by whichever request it said so; gives up at once where there is no time.
    async fn wait_for(&self, host: &Host) -> Result<(), FetchError> {
        while let Some((left, status)) = host.rests(Instant::now().into_std()) {
            let until = Instant::now() + left;
            if until >= self.deadline {
                return Err(FetchError::Failed { host: host.name.clone(), status, retry_after: Some(left) });
            }
            sleep_until(until).await;
        }
        Ok(())
    }

    /// The error for a wait that came to nothing: out of time, or a stall that may pass.
    pub(super) fn late(&self, host: &str) -> FetchError {
        if Instant::now() >= self.deadline {
            FetchError::TimedOut
        } else {
            FetchError::Stalled { host: host.to_owned() }
        }
    }

    /// The fetch got somewhere: what failed before does not count any more.
    pub(super) fn progressed(&mut self) {
        self.failures = 0;
    }

    /// After `error`: waits until it is time to ask again, or gives the error back when asking again makes no sense, has
    /// been tried often enough, or would come too late.
    pub(super) async fn recover(&mut self, error: FetchError) -> Result<(), FetchError> {
        self.failures = self.failures.saturating_add(1);
        if !error.passes() || self.failures >= self.inner.options.attempts {
            return Err(error);
        }
        let mut wait = retry::back_off(self.inner.options.back_off, self.failures, fastrand::f64());
        if let FetchError::Failed { retry_after: Some(wished), .. } = &error {
            wait = wait.max(*wished);
        }
        if self.deadline.saturating_duration_since(Instant::now()) <= wait {
            return Err(error);
        }
        debug!(%error, ?wait, "asking again");
        sleep(wait).await;
        Ok(())
    }
}

fn failed(reply: &Reply) -> FetchError {
    let status = reply.response.status().as_u16();
    let retry_after = judge::text(reply.response.headers(), header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| retry::retry_after(&value, SystemTime::now()));
    if let Some(wish) = retry_after {
        reply.host.rest(Instant::now().into_std(), wish, status);
    }
    FetchError::Failed { host: reply.host.name.clone(), status, retry_after }
}

/// What a failure of the connection means.
pub(super) fn broken(host: &str, error: reqwest::Error) -> FetchError {
    let (host, connect) = (host.to_owned(), error.is_connect());
    if causes(&error).any(|cause| cause.is::<PrivateName>()) {
        return FetchError::Private { host };
    }
    let detail = chain(&error.without_url());
    if connect { FetchError::Unreachable { host, detail } } else { FetchError::Broken { host, detail } }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn exchange(deadline: Duration) -> Exchange {
        let options = ClientOptions { proxies: Proxies::Off, ..ClientOptions::default() };
        let inner = Arc::new(Inner::new(options).unwrap());
        Exchange::new(inner, Location::new("http://example.org/a.mp4"), Instant::now() + deadline).unwrap()
    }

    fn failed(retry_after: Option<Duration>) -> FetchError {
        FetchError::Failed { host: "example.org".to_owned(), status: 503, retry_after }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_and_attempts_are_bounded() {
        let (mut exchange, mut waits, mut before) = (exchange(SECOND * 60), Vec::new(), Instant::now());
        while exchange.recover(failed(None)).await.is_ok() {
            waits.push(before.elapsed());
            before = Instant::now();
        }
        assert_eq!(waits.len(), 4, "the first attempt and four more");
        for (wait, longest) in waits.iter().zip([0.25, 0.5, 1.0, 2.0]) {
            let range = longest / 2.0 - 0.002..=longest + 0.002;
            assert!(range.contains(&wait.as_secs_f64()), "{waits:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn progress_forgives_failures() {
        let mut exchange = exchange(SECOND * 600);
        for _ in 0..100 {
            exchange.recover(failed(None)).await.unwrap();
            exchange.progressed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_wish_is_waited_for_while_the_deadline_allows_it() {
        let (mut exchange, before) = (exchange(SECOND * 60), Instant::now());
        exchange.recover(failed(Some(SECOND * 40))).await.unwrap();
        assert!(before.elapsed() >= SECOND * 40);
        let error = exchange.recover(failed(Some(SECOND * 40))).await.unwrap_err();
        assert_eq!(error, failed(Some(SECOND * 40)));
        assert!(before.elapsed() < SECOND * 41, "no wait that leads past the deadline");
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_host_wishes_holds_for_every_request_to_it() {
        let exchange = exchange(SECOND * 60);
        let host = exchange.inner.hosts.get(&exchange.url);
        let before = Instant::now();
        host.rest(before.into_std(), SECOND * 40, 429);
        exchange.wait_for(&host).await.unwrap();
        assert!(before.elapsed() >= SECOND * 40);
        host.rest(Instant::now().into_std(), SECOND * 40, 429);
        let error = exchange.wait_for(&host).await.unwrap_err();
        assert!(matches!(error, FetchError::Failed { status: 429, retry_after: Some(_), .. }), "{error:?}");
        assert!(before.elapsed() < SECOND * 41, "no wait that leads past the deadline");
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_not_waited_for() {
        let (mut exchange, before) = (exchange(SECOND * 60), Instant::now());
        assert_eq!(exchange.recover(FetchError::Changed).await.unwrap_err(), FetchError::Changed);
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_name_that_leads_into_a_private_network_is_told_from_a_dead_one() {
        let exchange = exchange(SECOND * 60);
        // Past the check of the address itself, as a name would be that only resolves to this machine.
        let error = exchange.inner.public.get("http://localhost:9/").send().await.unwrap_err();
        assert_eq!(broken("localhost:9", error), FetchError::Private { host: "localhost:9".to_owned() });
    }
}
