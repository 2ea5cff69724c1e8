//! Decks and the engine on episodes that come from a server: the scripted origin, which also stalls, lies and goes away.

mod caching;
mod decks;
mod disk;
pub mod downloads;
mod outages;
mod recovery;
mod retrying;
pub mod series;
mod sources;
mod streams;

use crate::rig::{DEADLINE, DeckRig, EngineRig, alone, clip};
use media::http::{ClientOptions, Location, Reach};
use media::{Asset, Media, cache::Limit};
use model::EpisodeId;
use playback::{DeckEvent, LoadId, Source};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tests::origin::{Origin, Request, Resource};
use tokio::runtime::Runtime;

/// A cache of its own, and the runtime that fetches into it.
struct Net {
    media: Media,
    origin: Origin,
    runtime: Runtime,
    folder: tempfile::TempDir,
}

impl Net {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let media = open(&runtime, folder.path());
        Self { media, origin: Origin::start(), runtime, folder }
    }

    /// Serves a file under its name.
    fn serve(&self, path: &Path) -> Arc<Asset> {
        let name = format!("/{}", path.file_name().unwrap().to_str().unwrap().replace(' ', "-"));
        self.origin.put(&name, Resource::new(std::fs::read(path).unwrap()));
        self.asset(&name)
    }

    fn asset(&self, name: &str) -> Arc<Asset> {
        self.media.asset(&location(&self.origin.url(name)))
    }

    /// The same cache, as the program finds it when it is started again.
    fn start_again(&mut self) {
        self.media.close(DEADLINE);
        self.media = open(&self.runtime, self.folder.path());
    }
}

/// Runs a test of the whole engine, alone.
pub fn live(test: impl Future<Output = ()>) {
    let _alone = alone();
    Runtime::new().unwrap().block_on(test);
}

fn location(url: &str) -> Location {
    Location { reach: Reach::Anywhere, ..Location::new(url) }
}

fn open(runtime: &Runtime, folder: &Path) -> Media {
    let _runtime = runtime.enter();
    let (media, trouble) = Media::open(folder, Limit::Bytes(256 << 20), ClientOptions::default(), || {}).unwrap();
    assert!(trouble.is_none(), "{trouble:?}");
    media
}

fn load(rig: &mut DeckRig, asset: &Arc<Asset>, play: bool) -> LoadId {
    rig.load_source(Source::Network(asset.clone()), Duration::ZERO, play)
}

/// For as long as a clip takes to play.
fn asks_for_nothing(net: &Net) {
    let asked = net.origin.count();
    let mut other = DeckRig::new();
    let played = other.load(&clip(1), Duration::ZERO, true);
    other.wait(played, "end", |e| matches!(e, DeckEvent::Ended).then_some(()));
    // What was on its way at first may have come.
    assert!(net.origin.count() <= asked + 2, "{:?}", net.origin.requests());
}

/// The first and the last byte that a request asks for.
pub fn range_of(request: &Request) -> (u64, u64) {
    let (_, range) = request.header("range").unwrap().split_once('=').unwrap();
    let (first, last) = range.split_once('-').unwrap();
    (first.parse().unwrap(), last.parse().unwrap())
}

/// A film of noise, big for its length, with its index at the end.
pub fn noise(folder: &Path, seconds: u32) -> std::path::PathBuf {
    made_of_noise(folder, seconds, 8, &[])
}

/// The same with sound, beside which a pipeline queues more pictures.
pub fn noise_with_sound(folder: &Path, seconds: u32) -> std::path::PathBuf {
    made_of_noise(folder, seconds, 8, &["-f", "lavfi", "-i", &format!("sine=duration={seconds}")])
}

/// Of so many Mbit/s.
pub fn made_of_noise(folder: &Path, seconds: u32, rate: u32, sound: &[&str]) -> std::path::PathBuf {
    let picture = format!("nullsrc=size=360x640:rate=30:duration={seconds},geq=random(1)*255:128:128");
    film(folder, &picture, rate, sound)
}

/// A film of a minute and more, of 1 Mbit/s.
pub fn long_film(folder: &Path) -> std::path::PathBuf {
    film(folder, "testsrc2=size=360x640:rate=10:duration=72,noise=alls=40:allf=t", 1, &[])
}

fn film(folder: &Path, picture: &str, rate: u32, sound: &[&str]) -> std::path::PathBuf {
    let path = folder.join("noise.mp4");
    let made = std::process::Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture])
        .args(sound)
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p"])
        .args(["-b:v", &format!("{rate}M")])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    path
}

/// A series of `count` big episodes on a server, and the engine on it.
pub async fn series_on(origin: &Origin, home: &Path, count: u32, film: &Path) -> EngineRig {
    let bytes = std::fs::read(film).unwrap();
    let episodes: Vec<_> = (1..=count)
        .map(|number| {
            // Each differs, so that none is taken for another.
            let mut bytes = bytes.clone();
            bytes.extend(free_box(number));
            origin.put(&format!("/{number}.mp4"), Resource::new(bytes));
            json!({ "url": format!("{number}.mp4"), "duration_s": 8 })
        })
        .collect();
    let catalog = json!({ "title": "Net", "episodes": episodes });
    origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
    EngineRig::with_list(home, &origin.url("/list.json")).await
}

fn free_box(number: u32) -> Vec<u8> {
    [12_u32.to_be_bytes(), *b"free", number.to_be_bytes()].concat()
}

pub async fn episode_ids(rig: &EngineRig) -> Vec<EpisodeId> {
    rig.series().await.episodes.into_iter().map(|card| card.id).collect()
}
