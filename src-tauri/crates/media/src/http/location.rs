//! What to fetch: an address, what its source demands to be sent along, and how to get another address for the same
//! resource when this one has expired.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, REFERER, USER_AGENT};

use super::error::FetchError;

/// Where the addresses of a source may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Only to hosts of the public network. For what a catalog from the network names.
    #[default]
    Public,
    /// Also to this machine and private networks. For sources that the user allowed that, such as an own server.
    Anywhere,
}

/// Gives a new address for the same resource when the old one has expired (signed URLs).
pub trait Refresh: Send + Sync {
    /// Asked after 401, 403 or 410, at most once in a fetch. The implementor remembers the new address, where it is to
    /// be used by later fetches. None: there is no other address, and the refusal stands.
    fn refresh<'a>(&'a self, expired: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;

    /// The address to ask first, where one is known that is newer than a location's. Waits for nothing.
    fn current(&self) -> Option<String> {
        None
    }
}

/// An address and what goes with it.
#[derive(Clone, Default)]
pub struct Location {
    /// http or https.
    pub url: String,
    /// `Referer` that the source demands.
    pub referer: Option<String>,
    /// `User-Agent` that the source demands instead of the client's.
    pub user_agent: Option<String>,
    /// Other headers. They are not sent on to another host by a redirect when they carry credentials.
    pub headers: Vec<(String, String)>,
    /// Name of the cookie jar that this source's requests share; none: cookies are neither kept nor sent.
    pub jar: Option<String>,
    /// Where this address and its redirects may lead.
    pub reach: Reach,
    /// Gives another address after this one has expired.
    pub refresh: Option<Arc<dyn Refresh>>,
}

impl fmt::Debug for Location {
    /// Without query and headers: they hold signatures and credentials that do not belong into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Location").field("url", &url).field("reach", &self.reach).finish_non_exhaustive()
    }
}

impl Location {
    /// A public address that needs nothing else.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// The headers to send to `url`; credentials only to the host that they were given for.
    pub(super) fn headers_for(&self, same_host: bool) -> Result<HeaderMap, FetchError> {
        let mut map = HeaderMap::new();
        let mut add = |name: HeaderName, value: &str| {
            let value = HeaderValue::from_str(value).map_err(|_| FetchError::Address(format!("header {name}")))?;
            map.insert(name, value);
            Ok::<_, FetchError>(())
        };
        for (name, value) in &self.headers {
            let parsed = HeaderName::try_from(name).map_err(|_| FetchError::Address(format!("header {name:?}")))?;
            let credential = ["authorization", "cookie", "proxy-authorization"].contains(&parsed.as_str());
            if same_host || !credential {
                add(parsed, value)?;
            }
        }
        if let Some(referer) = &self.referer {
            add(REFERER, referer)?;
        }
        if let Some(agent) = &self.user_agent {
            add(USER_AGENT, agent)?;
        }
        Ok(map)
    }
}

/// Reads an address and checks that it may be asked.
pub(super) fn parse(url: &str, reach: Reach) -> Result<Url, FetchError> {
    let url = Url::parse(url).map_err(|error| FetchError::Address(error.to_string()))?;
    check(&url, reach)?;
    Ok(url)
}

/// Whether an address may be asked: its scheme, and its host as far as it is an address itself. Names are checked when
/// they are resolved, see [`super::resolve`].
pub(super) fn check(url: &Url, reach: Reach) -> Result<(), FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Address(format!("scheme {}", url.scheme())));
    }
    let host = url.host_str().ok_or_else(|| FetchError::Address("no host".to_owned()))?;
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let local = match bare.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        Err(_) => bare == "localhost" || bare.ends_with(".localhost"),
    };
    if local && reach == Reach::Public { Err(FetchError::Private { host: host.to_owned() }) } else { Ok(()) }
}

/// Whether an address is in the public network (IANA's special-purpose registries, RFC 6890).
pub(super) fn is_public(address: IpAddr) -> bool {
    fn v4(address: Ipv4Addr) -> bool {
        let [a, b, ..] = address.octets();
        let shared = a == 100 && (64..128).contains(&b);
        let benchmark = a == 198 && (b == 18 || b == 19);
        !(address.is_private()
            || address.is_loopback()
            || address.is_link_local()
            || address.is_broadcast()
            || address.is_multicast()
            || a == 0
            || a >= 240
            || shared
            || benchmark)
    }
    fn v6(address: Ipv6Addr) -> bool {
        if let Some(inner) = address.to_ipv4_mapped() {
            return v4(inner);
        }
        let first = address.segments()[0];
        if address.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
            let [.., a, b, c, d] = address.octets();
            return v4(Ipv4Addr::new(a, b, c, d));
        }
        let unique_local = first & 0xfe00 == 0xfc00;
        let link_local = first & 0xffc0 == 0xfe80;
        !(address.is_loopback() || address.is_unspecified() || address.is_multicast() || unique_local || link_local)
    }
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_and_https_are_fetched() {
        for url in ["file:///etc/passwd", "ftp://example.org/a", "data:,a", "example.org/a.mp4", ""] {
            assert!(matches!(parse(url, Reach::Anywhere), Err(FetchError::Address(_))), "{url}");
        }
    }

    #[test]
    fn this_machine_and_private_networks_need_a_permission() {
        for host in [
            "127.0.0.1",
            "localhost",
            "a.localhost",
            "localhost.",
            "10.0.0.8",
            "192.168.1.2",
            "172.20.0.1",
            "169.254.1.1",
            "0.0.0.0",
            "100.64.0.1",
            "[::1]",
            "[fe80::1]",
            "[fd00::1]",
            "[::ffff:127.0.0.1]",
            "2130706433",
            "0x7f.1",
            "[64:ff9b::7f00:1]",
        ] {
            let url = format!("http://{host}/a.mp4");
            assert!(matches!(parse(&url, Reach::Public), Err(FetchError::Private { .. })), "{host}");
            assert!(parse(&url, Reach::Anywhere).is_ok(), "{host}");
        }
        for host in ["93.184.216.34", "example.org", "[2606:2800:220:1::1]", "172.32.0.1"] {
            assert!(parse(&format!("https://{host}/a.mp4"), Reach::Public).is_ok(), "{host}");
        }
    }

    #[test]
    fn credentials_stay_with_their_host() {
        let location = Location {
            referer: Some("https://example.org/".into()),
            headers: vec![("Authorization".into(), "Bearer 1".into()), ("X-App".into(), "2".into())],
            ..Location::new("https://example.org/a")
        };
        let names = |same| location.headers_for(same).unwrap().keys().map(|k| k.to_string()).collect::<Vec<_>>();
        assert!(names(true).contains(&"authorization".to_owned()));
        assert!(!names(false).contains(&"authorization".to_owned()));
        assert!(names(false).contains(&"x-app".to_owned()) && names(false).contains(&"referer".to_owned()));
    }

    #[test]
    fn signatures_and_credentials_are_not_logged() {
        let location = Location {
            headers: vec![("Cookie".into(), "secret".into())],
            ..Location::new("https://example.org/a.mp4?sign=secret")
        };
        assert!(!format!("{location:?}").contains("secret"));
    }
}
