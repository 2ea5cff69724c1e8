//! An origin server on 127.0.0.1 whose every answer a test decides.
//!
//! It speaks HTTP/1.1 by hand, because it has to lie: about lengths and ranges, by closing early, by saying nothing. It
//! runs on threads of its own, so that a test may block, pause its clock, or have no runtime at all.
//!
//! ```no_run
//! use tests::origin::{Behaviour, Origin, Resource};
//! let origin = Origin::start();
//! origin.put("/a.mp4", Resource::made_up(1 << 20, 1));
//! origin.script("/a.mp4", Behaviour::CloseAfter(1000)); // the next request
//! origin.always("/b.mp4", Behaviour::IgnoreRange); // every request
//! let url = origin.url("/a.mp4");
//! assert!(origin.requests().is_empty());
//! ```

#![allow(clippy::expect_used, reason = "in a test a panic is the report")]

mod answer;
mod behaviour;
mod connection;
mod resource;

use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use behaviour::Behaviour;
pub use resource::{Resource, made_up};

use crate::link::{Link, Shaper};

/// How long a test waits for something that must happen.
const DEADLINE: Duration = Duration::from_secs(20);

/// How late a timer may wake without costing bandwidth.
const LATE: Duration = Duration::from_millis(20);

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `HEAD`.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query without its question mark.
    pub query: String,
    /// Whether the target was a whole address, as proxies get it.
    pub to_proxy: bool,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Number of the connection, from 0.
    pub connection: u64,
}

impl Request {
    /// The value of a header, named in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.0 == name).map(|header| header.1.as_str())
    }
}

/// All that the server's tasks and the test share.
#[derive(Debug, Default)]
pub(crate) struct State {
    resources: HashMap<String, Resource>,
    next: HashMap<String, VecDeque<Behaviour>>,
    always: HashMap<String, Behaviour>,
    signatures: HashMap<String, String>,
    log: Vec<Request>,
    answering: usize,
    most_at_once: usize,
    sent: u64,
    connections: u64,
    link: Option<(Shaper, Instant)>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Number of requests so far.
    seen: watch::Sender<usize>,
    /// Requests that are being answered.
    answering: watch::Sender<usize>,
    /// Counts the calls of [`Origin::release`].
    released: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Origin {
    shared: Arc<Shared>,
    address: SocketAddr,
    serving: Mutex<Option<JoinHandle<()>>>,
    runtime: Option<Runtime>,
}

impl Drop for Origin {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Origin {
    /// Starts a server on a free port.
    ///
    /// # Panics
    /// When there is no thread or port to be had.
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("origin")
            .enable_all()
            .build()
            .expect("no runtime");
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            seen: watch::Sender::new(0),
            answering: watch::Sender::new(0),
            released: watch::Sender::new(0),
        });
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut origin = Self { shared, address: any, serving: Mutex::default(), runtime: Some(runtime) };
        origin.address = origin.listen(any);
        origin
    }

    fn listen(&self, address: SocketAddr) -> SocketAddr {
        let listener = std::net::TcpListener::bind(address).expect("no port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("an address");
        let runtime = self.runtime.as_ref().expect("a runtime until the drop");
        let serving = runtime.spawn(connection::serve(self.shared.clone(), listener));
        *self.serving.lock().unwrap_or_else(PoisonError::into_inner) = Some(serving);
        address
    }

    /// Closes the port and all connections: further ones are refused until [`Self::come_back`].
    pub fn go_down(&self) {
        let serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(serving) = serving else { return };
        serving.abort();
        let deadline = Instant::now() + DEADLINE;
        while !serving.is_finished() {
            assert!(Instant::now() < deadline, "the origin does not stop");
            std::thread::yield_now();
        }
    }

    /// Opens the same port again.
    ///
    /// # Panics
    /// When somebody else has taken it.
    pub fn come_back(&self) {
        self.listen(self.address);
    }

    /// Address and port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Serves a resource under a path, in place of what was there.
    pub fn put(&self, path: &str, resource: Resource) {
        self.shared.lock().resources.insert(path.to_owned(), resource);
    }

    /// How the next request to a path is answered; several calls queue. Then it is [`Self::always`]'s turn again.
    pub fn script(&self, path: &str, behaviour: Behaviour) {
        self.shared.lock().next.entry(path.to_owned()).or_default().push_back(behaviour);
    }

    /// How every request to a path is answered that nothing was scripted for.
    pub fn always(&self, path: &str, behaviour: Behaviour) {
        self.shared.lock().always.insert(path.to_owned(), behaviour);
    }

    /// From now on a path wants `sign=signature` in the query, and answers 403 without.
    pub fn sign(&self, path: &str, signature: &str) {
        self.shared.lock().signatures.insert(path.to_owned(), signature.to_owned());
    }

    /// Puts a link between the server and all its clients; none takes it away. Its clock begins now.
    pub fn shape(&self, link: Option<Link>) {
        let shaper = link.map(|mut link| {
            link.burst = link.burst.max(LATE);
            Shaper::new(link)
        });
        self.shared.lock().link = shaper.map(|shaper| (shaper, Instant::now()));
    }

    /// Lets all answers go on that stall now.
    pub fn release(&self) {
        self.shared.released.send_modify(|count| *count += 1);
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().log.clone()
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.shared.lock().log.len()
    }

    /// Bytes of bodies sent so far.
    pub fn sent(&self) -> u64 {
        self.shared.lock().sent
    }

    /// The largest number of requests that were being answered at once.
    pub fn most_at_once(&self) -> usize {
        self.shared.lock().most_at_once
    }

    /// Forgets the requests so far, and the counts.
    pub fn forget(&self) {
        let mut state = self.shared.lock();
        (state.log, state.sent, state.most_at_once) = (Vec::new(), 0, state.answering);
        self.shared.seen.send_replace(0);
    }

    /// Waits until there were `count` requests.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn asked(&self, count: usize) {
        reach(self.shared.seen.subscribe(), |seen| seen >= count).await;
    }

    /// Waits until a range that holds this byte was asked for.
    ///
    /// # Panics
    /// When that does not come.
    pub async fn asked_for(&self, path: &str, byte: u64) {
        let holds = |request: &Request| {
            let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
            let end = |last: &str| if last.is_empty() { Ok(u64::MAX) } else { last.parse() };
            let range = range.and_then(|(first, last)| Some(first.parse().ok()?..=end(last).ok()?));
            request.path == path && range.is_none_or(|range: std::ops::RangeInclusive<u64>| range.contains(&byte))
        };
        reach(self.shared.seen.subscribe(), |_| self.requests().iter().any(holds)).await;
    }

    /// Waits until `count` requests are being answered, neither more nor less.
    ///
    /// # Panics
    /// When that does not come.
    pub async fn answering(&self, count: usize) {
        reach(self.shared.answering.subscribe(), |now| now == count).await;
    }
}

async fn reach(mut watched: watch::Receiver<usize>, there: impl Fn(usize) -> bool) {
    let waiting = watched.wait_for(|value| there(*value));
    tokio::time::timeout(DEADLINE, waiting).await.expect("it did not come in time").expect("the origin is gone");
}
