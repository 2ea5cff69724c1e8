//! A small origin on 127.0.0.1 for what the media crate tests by itself: paths with answers that a test decides, byte
//! ranges, and a log. (The scripted origin of the `tests` package would bring the whole engine along.)

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(20);

/// What a path answers.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// After so many bytes of the body, wait until [`Server::release`].
    pub hold_after: Option<usize>,
    /// Say no length; the end of the connection is the end of the body.
    pub no_length: bool,
}

impl Page {
    pub fn new(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: body.into(), ..Self::default() }
    }

    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// With the query.
    pub target: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
}

#[derive(Default)]
struct State {
    pages: HashMap<String, Page>,
    log: Vec<Request>,
    released: bool,
    down: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    news: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// The origin. It stops when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (shared, address) = (Arc::<Shared>::default(), listener.local_addr().unwrap());
        let all = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = all.clone();
                if Arc::strong_count(&shared) == 2 {
                    // The server itself is gone: this was its last word.
                    return;
                }
                std::thread::spawn(move || answer(&shared, stream));
            }
        });
        Self { shared, address }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// What `path` (with its query, if that matters) answers from now on.
    pub fn put(&self, path: &str, page: Page) {
        self.shared.state().pages.insert(path.to_owned(), page);
    }

    /// What is held goes on.
    pub fn release(&self) {
        self.shared.state().released = true;
        self.shared.news.notify_all();
    }

    /// Closes every connection without an answer, or answers again.
    pub fn set_down(&self, down: bool) {
        self.shared.state().down = down;
    }

    pub fn log(&self) -> Vec<Request> {
        self.shared.state().log.clone()
    }

    /// How many requests for a path there were.
    pub fn count(&self, path: &str) -> usize {
        self.log().iter().filter(|request| request.target.split('?').next() == Some(path)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.release();
        self.shared = Arc::default();
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(shared: &Shared, mut stream: TcpStream) -> Option<()> {
    stream.set_read_timeout(Some(DEADLINE)).ok()?;
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let target = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    while let Some((name, value)) = lines.next()?.ok()?.split_once(':') {
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let range = headers.get("range").cloned();
    let page = {
        let mut state = shared.state();
        state.log.push(Request { target: target.clone(), headers });
        let path = target.split('?').next().unwrap_or_default();
        if state.down {
            return None;
        }
        state.pages.get(&target).or_else(|| state.pages.get(path)).cloned().unwrap_or_else(|| Page::status(404))
    };
    let (mut status, mut bytes, mut head) = (page.status, page.body.as_slice(), String::new());
    if let Some((first, last)) = range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
        && status == 200
        && !page.no_length
    {
        let (total, first) = (bytes.len(), first.parse::<usize>().ok()?);
        if first >= total {
            (status, bytes) = (416, &[]);
            head += &format!("Content-Range: bytes */{total}\r\n");
        } else {
            let end = last.parse().map_or(total, |last: usize| total.min(last.saturating_add(1)));
            (status, bytes) = (206, &bytes[first..end]);
            head += &format!("Content-Range: bytes {first}-{}/{total}\r\n", end - 1);
        }
    }
    for (name, value) in &page.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !page.no_length {
        head += &format!("Content-Length: {}\r\n", bytes.len());
    }
    write!(stream, "HTTP/1.1 {status} Scripted\r\nConnection: close\r\n{head}\r\n").ok()?;
    if let Some(before) = page.hold_after {
        let (first, rest) = bytes.split_at(before.min(bytes.len()));
        stream.write_all(first).ok()?;
        bytes = rest;
        let held = shared.news.wait_timeout_while(shared.state(), DEADLINE, |state| !state.released).ok()?;
        drop(held);
    }
    stream.write_all(bytes).ok()
}
