//! Reading a resource through the cache while servers and disks fail: what is kept, what is fetched again, and what is held in
//! memory.

use crate::server::{Page, Server};
use crate::{MIB, content};
use media::cache::{Limit, Mode, PinReason, Store};
use media::http::{ClientOptions, FetchError, Location, Proxies, Reach};
use media::{Asset, Media, Prefetch, ReadError};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::Runtime;

const DEADLINE: Duration = Duration::from_secs(20);
const FILM: &str = "/film.mp4";

struct Rig {
    server: Server,
    media: Media,
    runtime: Runtime,
}

impl Rig {
    fn on(cache: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let media = {
            let _inside = runtime.enter();
            let options = ClientOptions { attempts: 1, proxies: Proxies::Off, ..ClientOptions::default() };
            Media::open(cache, Limit::Bytes(1 << 30), options, || {}).unwrap().0
        };
        Self { server: Server::start(), media, runtime }
    }

    fn film(&self, bytes: &[u8]) -> Arc<Asset> {
        self.server.put(FILM, page(bytes));
        let location = Location { reach: Reach::Anywhere, ..Location::new(self.server.url(FILM)) };
        self.media.asset(&location)
    }

    /// A fetch of all of a film that fits into one fragment: so many bytes of it are here, and the server holds the rest back.
    fn held(&self, film: &[u8], sent: usize) -> (Arc<Asset>, Prefetch) {
        let asset = self.film(film);
        self.server.put(FILM, Page { hold_after: Some(sent), ..page(film) });
        let fetch = asset.prefetch(0..film.len() as u64).unwrap();
        wait("what is sent to come", || asset.availability().cached.len() == sent as u64);
        (asset, fetch)
    }

    /// Fetches ahead as long as there is something that may be fetched, a fragment at a time.
    fn fetch_ahead(&self, asset: &Asset, length: u64) {
        while let Some(fetch) = asset.prefetch(0..length) {
            wait("a fetch to land", || asset.left(fetch).is_none());
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        self.media.close(DEADLINE);
    }
}

/// What a server says of a film.
fn page(film: &[u8]) -> Page {
    let tag = ("ETag".to_owned(), "\"1\"".to_owned());
    Page { headers: vec![tag], ..Page::new(film) }
}

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

fn read(asset: &Asset, from: usize, length: usize) -> Result<Vec<u8>, ReadError> {
    let (reader, mut bytes, mut part) = (asset.reader().unwrap(), Vec::new(), vec![0; 64 << 10]);
    while bytes.len() < length {
        let most = part.len().min(length - bytes.len());
        let got = reader.read((from + bytes.len()) as u64, &mut part[..most], DEADLINE)?;
        bytes.extend_from_slice(&part[..got]);
    }
    Ok(bytes)
}

/// A cache folder in which no file can be made: a file lies where new fragments are written.
fn break_disk(cache: &Path) {
    for folder in ["temporary", "fragments"] {
        std::fs::remove_dir_all(cache.join(folder)).unwrap();
        std::fs::write(cache.join(folder), "in the way").unwrap();
    }
}

#[test]
fn a_portals_page_in_place_of_a_film_costs_nothing_of_what_is_kept_of_it() {
    let cache = tempfile::tempdir().unwrap();
    let rig = Rig::on(cache.path());
    let film = content("film", 0, 5 * MIB);
    let asset = rig.film(&film);
    assert!(read(&asset, 0, 2 * MIB).unwrap() == film[..2 * MIB]);
    let store = rig.media.store().unwrap();
    wait("it to be kept", || store.ranges(asset.key()).contains(0..2 << 20));
    store.pin(asset.key(), PinReason::Download).unwrap();

    let html = ("Content-Type".to_owned(), "text/html".to_owned());
    let page = b"<!DOCTYPE html><html>Please log in</html>";
    // Without a length there is no range either: it comes with 200.
    rig.server.put(FILM, Page { headers: vec![html], no_length: true, ..Page::new(page.as_slice()) });
    assert_eq!(read(&asset, 4 * MIB, 10).unwrap_err(), ReadError::Fetch(FetchError::NotMedia));
    assert!(store.is_whole(asset.key()) || store.ranges(asset.key()).contains(0..2 << 20));
    assert_eq!(store.downloads(), [asset.key().clone()]);

    let asset = rig.film(&film);
    assert!(read(&asset, 0, film.len()).unwrap() == film, "it goes on where it was");
}

#[test]
fn a_fetch_that_is_given_up_ends_and_what_it_brought_is_kept() {
    let cache = tempfile::tempdir().unwrap();
    let rig = Rig::on(cache.path());
    let (film, sent) = (content("film", 0, MIB), MIB * 3 / 4);
    let (asset, fetch) = rig.held(&film, sent);
    asset.cancel(fetch);
    let there = asset.availability();
    assert_eq!((asset.left(fetch), there.cached.len(), there.coming.len()), (None, sent as u64, 0));
    let store = rig.media.store().unwrap();
    wait("it to be kept", || store.ranges(asset.key()).len() == sent as u64);
    let asset = rig.film(&film);
    assert!(read(&asset, 0, MIB).unwrap() == film);
    let asked: Vec<_> = rig.server.log().iter().map(|request| request.headers["range"].clone()).collect();
    assert!(asked.len() == 2 && asked[1].starts_with(&format!("bytes={sent}-")), "it goes on where it was: {asked:?}");
}

#[test]
fn a_fetch_that_has_nearly_landed_is_not_given_up() {
    let cache = tempfile::tempdir().unwrap();
    let rig = Rig::on(cache.path());
    let (film, sent) = (content("film", 0, MIB), MIB * 17 / 20);
    let (asset, fetch) = rig.held(&film, sent);
    asset.cancel(fetch);
    assert_eq!(asset.left(fetch), Some((MIB - sent) as u64));
    rig.server.release();
    wait("it to land", || asset.left(fetch).is_none());
    assert!(asset.availability().is_whole());
    assert_eq!(rig.server.count(FILM), 1);
}

#[test]
fn where_the_disk_takes_nothing_fetching_ahead_ends_and_nothing_comes_again_and_again() {
    let cache = tempfile::tempdir().unwrap();
    let rig = Rig::on(cache.path());
    break_disk(cache.path());
    let film = content("film", 0, 44 * MIB);
    let asset = rig.film(&film);
    rig.fetch_ahead(&asset, film.len() as u64);
    let ahead = rig.media.traffic().fetched;
    assert!(ahead < 24 << 20, "{ahead} bytes were fetched ahead into memory");
    // A viewer watches, and the planner goes on wanting all of it.
    for from in (0..film.len()).step_by(MIB) {
        assert!(read(&asset, from, MIB).unwrap() == film[from..from + MIB], "at {from}");
        rig.fetch_ahead(&asset, film.len() as u64);
    }
    let fetched = rig.media.traffic().fetched;
    assert!(fetched < film.len() as u64 * 5 / 4, "{fetched} bytes for {}", film.len());
}

#[test]
fn a_stream_of_many_resources_is_bounded_in_memory_too_where_the_disk_takes_nothing() {
    let cache = tempfile::tempdir().unwrap();
    let rig = Rig::on(cache.path());
    break_disk(cache.path());
    let segments: Vec<Arc<Asset>> = (0..30)
        .map(|number| {
            rig.server.put(&format!("/{number}.ts"), Page::new(content(&number.to_string(), 0, 2 * MIB)));
            let url = rig.server.url(&format!("/{number}.ts"));
            rig.media.asset(&Location { reach: Reach::Anywhere, ..Location::new(url) })
        })
        .collect();
    for (number, segment) in segments.iter().enumerate() {
        assert!(read(segment, 0, 2 * MIB).unwrap() == content(&number.to_string(), 0, 2 * MIB));
    }
    let held = || segments.iter().map(|segment| segment.availability().cached.len()).sum::<u64>();
    wait("what was played to go", || held() < 24 << 20);
}

#[test]
fn a_cache_that_could_not_be_opened_keeps_what_is_in_memory_as_soon_as_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    std::fs::write(&cache, "in the way").unwrap();
    let rig = Rig::on(&cache);
    let film = content("film", 0, 3 * MIB);
    let asset = rig.film(&film);
    assert!(read(&asset, 0, film.len()).unwrap() == film);
    assert!(!rig.media.mend_cache(Limit::Usual) && !rig.media.keeps());
    std::fs::remove_file(&cache).unwrap();
    assert!(rig.media.mend_cache(Limit::Bytes(1 << 30)) && rig.media.keeps());
    let store = rig.media.store().unwrap();
    wait("what was in memory to be kept", || store.is_whole(asset.key()));
    rig.server.set_down(true);
    assert!(read(&asset, 0, film.len()).unwrap() == film);
}

#[test]
fn who_only_read_a_cache_writes_it_when_its_writer_has_gone() {
    let cache = tempfile::tempdir().unwrap();
    let first = Store::open(cache.path(), Limit::Bytes(1 << 30), SystemTime::now).unwrap();
    let rig = Rig::on(cache.path());
    let film = content("film", 0, 3 * MIB);
    let asset = rig.film(&film);
    assert!(read(&asset, 0, film.len()).unwrap() == film);
    assert!(!rig.media.mend_cache(Limit::Usual), "it is still written by another");
    assert_eq!(rig.media.store().map(|store| store.mode()), Some(Mode::ReadOnly));
    drop(first);
    assert!(rig.media.mend_cache(Limit::Bytes(1 << 30)));
    let store = rig.media.store().unwrap();
    wait("what was in memory to be kept", || store.is_whole(asset.key()));
}
