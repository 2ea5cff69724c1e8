//! The gateway between a player, which is a socket here, and an origin.

mod dash;
mod errors;
mod live;
mod player;
mod segments;
mod signing;
mod steering;
mod strangers;

use crate::server::{Page, Server};
use media::Media;
use media::cache::Limit;
use media::gateway::Gateway;
use media::http::{ClientOptions, Location, Proxies, Reach};
use player::{Reply, ask};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const DEADLINE: Duration = Duration::from_secs(20);

/// An origin, a cache and a gateway.
struct Rig {
    server: Server,
    gateway: Gateway,
    media: Media,
    dir: TempDir,
    runtime: Runtime,
}

impl Rig {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (media, gateway) = open(&runtime, dir.path());
        Self { server: Server::start(), gateway, media, dir, runtime }
    }

    /// The program ends and starts again, on the same cache.
    fn restart(&mut self) {
        self.runtime.block_on(self.gateway.stop());
        self.media.close(std::time::Duration::from_secs(5));
        wait("the cache to be let go of", || {
            let (media, gateway) = open(&self.runtime, self.dir.path());
            let writable = media.store().is_some_and(|store| store.mode() == media::cache::Mode::Writable);
            (self.media, self.gateway) = (media, gateway);
            writable
        });
    }

    fn location(&self, path: &str) -> Location {
        Location { reach: Reach::Anywhere, ..Location::new(self.server.url(path)) }
    }

    /// What a player gets of a playlist.
    fn load(&self, path: &str) -> Reply {
        ask(&self.gateway.playlist(&self.location(path)), &[])
    }

    /// The addresses that a player finds in a playlist.
    fn addresses(&self, path: &str) -> Vec<String> {
        self.load(path).text().lines().filter(|line| line.starts_with("http")).map(str::to_owned).collect()
    }

    /// Waits until so many pieces, playlists included, are on the disk: nothing is on its way there then.
    fn wait_for_stored(&self, pieces: usize) {
        wait("what was fetched on the disk", || self.media.store().is_some_and(|s| s.stats().fragments >= pieces));
    }

    /// Puts a film of some segments at `/film/`.
    fn put_film(&self, segments: usize) {
        self.server.put("/film/index.m3u8", Page::new(film(segments)));
        for number in 0..segments {
            self.server.put(&format!("/film/{number}.ts"), Page::new(bytes(number)));
        }
    }
}

fn open(runtime: &Runtime, dir: &Path) -> (Media, Gateway) {
    let _inside = runtime.enter();
    let options = ClientOptions {
        attempts: 2,
        back_off: Duration::from_millis(10),
        proxies: Proxies::Off,
        ..ClientOptions::default()
    };
    let (media, _) = Media::open(dir, Limit::Bytes(1 << 30), options, || {}).unwrap();
    let gateway = Gateway::start(media.clone()).unwrap();
    (media, gateway)
}

/// Waits until something is so.
fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn film(segments: usize) -> String {
    let list: String = (0..segments).map(|number| format!("#EXTINF:2.0,\n{number}.ts\n")).collect();
    format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n{list}#EXT-X-ENDLIST\n")
}

/// The bytes of a segment: different ones for each.
fn bytes(number: usize) -> Vec<u8> {
    crate::content(&format!("segment {number}"), 0, 100_000 + number)
}
