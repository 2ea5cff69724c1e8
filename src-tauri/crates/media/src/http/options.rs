//! What a client is told once: names, bounds and times.

use std::time::Duration;

/// Which proxies are used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Proxies {
    /// The system's: environment variables, and the settings of Windows and macOS.
    #[default]
    System,
    /// None.
    Off,
    /// This one, for all addresses (`http://`, `https://`, `socks5://` or `socks5h://`).
    Fixed(String),
}

/// Settings of a [`super::Client`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOptions {
    /// `User-Agent` where a source does not demand another.
    pub user_agent: String,
    /// Requests that a host gets at once (6, as browsers do over HTTP/1.1).
    pub per_host: usize,
    /// The longest wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// The longest wait for an answer, and between two chunks of its body.
    pub stall_timeout: Duration,
    /// Redirects that are followed.
    pub redirects: usize,
    /// Attempts in a row that may fail in passing before the fetch does, the first included.
    pub attempts: u32,
    /// The wait before the first repetition; see [`ClientOptions::default`].
    pub back_off: Duration,
    /// Bytes that are read and thrown away to get at a range of a server that ignores ranges.
    pub skip: u64,
    /// Which proxies are used.
    pub proxies: Proxies,
}

impl Default for ClientOptions {
    /// Six requests a host, 10 s to connect and to stall, ten redirects, five attempts with waits of 0.25 s, 0.5 s, 1 s and
    /// 2 s less up to a half at random, 4 MiB of skipping, the system's proxies.
    fn default() -> Self {
        Self {
            user_agent: concat!("Cliffhanger/", env!("CARGO_PKG_VERSION")).to_owned(),
            per_host: 6,
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(10),
            redirects: 10,
            attempts: 5,
            back_off: Duration::from_millis(250),
            skip: 4 * 1024 * 1024,
            proxies: Proxies::System,
        }
    }
}
