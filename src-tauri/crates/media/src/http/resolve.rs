//! Resolves names for addresses that may lead to the public network only.
//!
//! A name that looks public can resolve to this machine or a private network, so the check belongs where the connection's
//! addresses come from, and not before. A proxy's own name is let through: the proxy is the user's choice and not the
//! catalog's.

use std::net::SocketAddr;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::location::is_public;

/// Environment variables that name proxies, as reqwest reads them.
const VARIABLES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// A name resolved to nothing but addresses that are not public.
#[derive(Debug, thiserror::Error)]
#[error("{0} is in a private network")]
pub(super) struct PrivateName(String);

/// The system's resolver without the addresses that are not public.
#[derive(Debug)]
pub(super) struct PublicOnly {
    proxies: Vec<String>,
}

impl PublicOnly {
    /// Lets the names of the `fixed` proxy and of those in the environment through.
    pub(super) fn new(fixed: Option<&str>) -> Self {
        let named = VARIABLES.iter().filter_map(|name| std::env::var(name).ok());
        let proxies = named
            .chain(fixed.map(str::to_owned))
            .filter_map(|proxy| {
                let url = Url::parse(&proxy).or_else(|_| Url::parse(&format!("http://{proxy}"))).ok()?;
                url.host_str().map(str::to_owned)
            })
            .collect();
        Self { proxies }
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let is_proxy = self.proxies.contains(&host);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.iter().copied().filter(|a| is_proxy || is_public(a.ip())).collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(PrivateName(host).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_unless_it_is_the_proxys() {
        let name = || "localhost".parse::<Name>().unwrap();
        let refused = PublicOnly { proxies: Vec::new() };
        assert!(refused.resolve(name()).await.is_err());
        let proxy = PublicOnly::new(Some("http://localhost:7890"));
        assert!(proxy.resolve(name()).await.unwrap().count() > 0);
    }
}
