//! Disks that fail while an episode plays: the network stands in for the cache, nothing wrong is shown, and afterwards the
//! cache is whole again.

use super::{live, noise};
use crate::kept::Kept;
use crate::rig::{DEADLINE, EngineRig};
use engine::{Event, Places};
use media::cache::{Limit, Store};
use model::{Phase, Presence};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tests::hls;
use tests::link::{Link, Trace};
use tests::origin::{Origin, Resource, made_up};

const EPISODES: u32 = 2;
/// Bytes in which the episodes, or their segments, differ.
const DIFFERENT: u32 = 8;
/// Set in a child that runs where the cache's disk is small, to its home.
const SMALL: &str = "DISK_TEST_HOME";
/// Bytes of that disk: a tenth of it has room for the episodes, which is what the cache takes of a disk.
const SMALL_BYTES: u64 = 128 << 20;

/// A library with two episodes on a server, files or streams, and a cache whose disk can be harmed.
struct Show {
    origin: Origin,
    home: PathBuf,
    cache: PathBuf,
    episodes: Vec<Kept>,
}

impl Show {
    /// With a film of four seconds.
    fn new(home: &Path, kind: Option<hls::Kind>) -> Self {
        noise(home, 4);
        Self::at(home, kind)
    }

    /// At a home where the film is already.
    fn at(home: &Path, kind: Option<hls::Kind>) -> Self {
        let (origin, film) = (Origin::start(), home.join("noise.mp4"));
        let serve = |number: u32| match kind {
            None => {
                let address = format!("{number}.mp4");
                let kept =
                    Kept::file(&origin, &format!("/{address}"), &std::fs::read(&film).unwrap(), number, DIFFERENT);
                (json!({ "url": address, "duration_s": 4 }), kept)
            }
            Some(kind) => {
                let kept = Kept::stream(&origin, &format!("/{number}/"), &film, kind, number, DIFFERENT);
                (json!({ "url": format!("{number}/{}", hls::PLAYLIST), "duration_s": 4 }), kept)
            }
        };
        let (list, episodes): (Vec<_>, _) = (1..=EPISODES).map(serve).unzip();
        let catalog = json!({ "title": "Net", "episodes": list });
        origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
        let cache = Places::under(home).cache.join("media");
        Self { origin, home: home.to_owned(), cache, episodes }
    }

    /// The engine for the first time.
    async fn open(&self) -> EngineRig {
        EngineRig::with_list(&self.home, &self.origin.url("/list.json")).await
    }

    /// The engine for the first time, until all is in the cache.
    async fn fill(&self) {
        let mut rig = self.open().await;
        rig.play(Some(0)).await;
        all_is_here(&mut rig).await;
        rig.stop().await;
    }

    /// The engine for the first time: over a slow link, the first episode has begun.
    async fn begin(&self) -> EngineRig {
        let mut rig = self.open().await;
        self.slowly();
        rig.play(Some(0)).await;
        moves(&mut rig).await;
        rig
    }

    /// So slow that much of the first episode is still to come when it begins.
    fn slowly(&self) {
        self.origin.shape(Some(Link::new(Trace::constant(16.0), Duration::from_millis(20))));
    }

    /// With the engine closed: nothing in the cache is damaged, every byte is the server's. Whether all of these
    /// episodes are there.
    fn holds(&self, episodes: RangeInclusive<u32>) -> bool {
        let store = Store::open(&self.cache, Limit::Bytes(1 << 30), SystemTime::now).unwrap();
        let report = store.verify(|_| true);
        assert!(report.dropped.is_empty() && report.unreadable == 0, "{report:?}");
        let mut whole = true;
        for number in episodes {
            let episode = &self.episodes[number as usize - 1];
            episode.check(&store);
            whole &= episode.missing(&store).is_empty();
        }
        whole
    }

    /// Started again with nothing wrong any more, it fills the cache.
    async fn heals(&self) {
        self.origin.shape(None);
        let mut rig = EngineRig::start(&self.home);
        assert_eq!(rig.home().await.notices, []);
        rig.play(Some(0)).await;
        all_is_here(&mut rig).await;
        rig.stop().await;
        assert!(self.holds(1..=EPISODES));
    }

    /// The largest fragment of the first episode.
    fn fragment(&self) -> PathBuf {
        let folders = std::fs::read_dir(self.cache.join("fragments")).unwrap();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        let files = files.map(|file| file.unwrap().path()).filter(|path| {
            let offset = path.file_name().unwrap().to_str().unwrap();
            self.episodes[0].has(&std::fs::read(path).unwrap(), usize::from_str_radix(offset, 16).unwrap())
        });
        files.max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap()
    }
}

/// The first position from here on.
async fn moves(rig: &mut EngineRig) {
    rig.events = rig.engine.events();
    rig.wait("it moves", |e| matches!(e, Event::Position { position_ms: 1.., .. }).then_some(())).await;
}

/// To the end of the first episode, and the next one by itself.
async fn goes_on(rig: &mut EngineRig) {
    rig.wait("more of it", |e| matches!(e, Event::Position { position_ms: 2_000.., .. }).then_some(())).await;
    rig.until("the next one plays", |s| s.index == 1 && s.phase == Phase::Playing).await;
    moves(rig).await;
}

async fn all_is_here(rig: &mut EngineRig) {
    let deadline = Instant::now() + 2 * DEADLINE;
    while !rig.series().await.episodes.iter().all(|card| card.presence == Presence::Whole) {
        assert!(Instant::now() < deadline, "not all is here: {:?}", rig.series().await.episodes);
        // Any event may bring it; a tick of the clock bounds the wait.
        let _ = tokio::time::timeout(Duration::from_millis(50), rig.events.recv()).await;
    }
}

/// A file where the cache has a folder: it refuses every byte, also to root.
fn block(cache: &Path, folder: &str) {
    std::fs::rename(cache.join(folder), cache.join("away")).unwrap();
    std::fs::write(cache.join(folder), "in the way").unwrap();
}

fn unblock(cache: &Path, folder: &str) {
    std::fs::remove_file(cache.join(folder)).unwrap();
    std::fs::rename(cache.join("away"), cache.join(folder)).unwrap();
}

#[test]
fn a_cache_that_may_not_be_written_any_more_costs_the_playing_nothing_and_fills_again() {
    live(async {
        for folder in ["temporary", "fragments"] {
            let home = tempfile::tempdir().unwrap();
            let show = Show::new(home.path(), None);
            let mut rig = show.begin().await;
            block(&show.cache, folder);
            goes_on(&mut rig).await;
            rig.stop().await;
            unblock(&show.cache, folder);
            assert!(!show.holds(1..=EPISODES), "{folder}: it was written all the same");
            show.heals().await;
        }
    });
}

/// Runs a test again in a mount namespace of its own, where the cache's disk is small, so that nothing is left mounted
/// whatever happens. Tells whether that was possible.
fn on_small_disk(test: &str, home: &Path) -> bool {
    let script = format!(r#"mount -t tmpfs -o size={SMALL_BYTES} none "$0" || exit 99; exec "$@""#);
    let cache = Places::under(home).cache.join("media");
    std::fs::create_dir_all(&cache).unwrap();
    ["--mount", "-Urm"].iter().any(|flags| {
        let mut child = Command::new("unshare");
        child.args([flags, "sh", "-c", &script]).arg(&cache);
        again(child, test, home)
    })
}

/// Runs a test in a child, whose command line begins with `child`. Tells whether it could run.
fn again(mut child: Command, test: &str, home: &Path) -> bool {
    child.arg(std::env::current_exe().unwrap()).args([test, "--exact", "--nocapture"]);
    let Ok(output) = child.env(SMALL, home).stderr(Stdio::piped()).output() else { return false };
    let said = String::from_utf8_lossy(&output.stdout);
    assert_ne!(output.status.code(), Some(101), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() || said.contains("1 passed"), "{test} is not the test's name");
    output.status.success()
}

#[test]
fn a_disk_that_fills_up_costs_the_playing_nothing_and_the_cache_fills_when_there_is_room_again() {
    fills_up("a_disk_that_fills_up_costs_the_playing_nothing_and_the_cache_fills_when_there_is_room_again", None);
}

#[test]
fn a_disk_that_fills_up_costs_a_stream_nothing_and_the_cache_fills_when_there_is_room_again() {
    fills_up(
        "a_disk_that_fills_up_costs_a_stream_nothing_and_the_cache_fills_when_there_is_room_again",
        Some(hls::Kind::TransportStreams),
    );
}

/// The test of this name.
fn fills_up(test: &str, kind: Option<hls::Kind>) {
    live(async {
        if let Some(home) = std::env::var_os(SMALL) {
            return full_disk(&Show::at(Path::new(&home), kind)).await;
        }
        let home = tempfile::tempdir().unwrap();
        noise(home.path(), 4);
        let name = format!("network::disk::{test}");
        if !on_small_disk(&name, home.path()) {
            // Said past the harness, which would swallow it.
            let text =
                "\nWARNING: no small disk can be mounted here: files that may not grow stand in for a full one\n";
            std::io::stderr().write_all(text.as_bytes()).unwrap();
            let mut child = Command::new("sh");
            // Half a MiB, in units of 512 bytes, and without the signal that would end the process.
            child.args(["-c", r#"trap "" XFSZ; ulimit -f 1024; exec "$@""#, "sh"]);
            assert!(again(child, &name, home.path()));
        }
    });
}

async fn full_disk(show: &Show) {
    let mut rig = show.begin().await;
    let ballast = show.cache.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    for piece in [1 << 20, 4096] {
        let zeros = vec![0; piece];
        // On a disk that is not small the limit on files ends this.
        while file.write(&zeros).is_ok_and(|written| written > 0) {
            assert!(file.metadata().unwrap().len() <= SMALL_BYTES, "this disk is not full");
        }
    }
    goes_on(&mut rig).await;
    rig.stop().await;
    let limited = file.metadata().unwrap().len() < 1 << 20;
    std::fs::remove_file(&ballast).unwrap();
    drop(file);
    assert!(!show.holds(1..=EPISODES), "there was room");
    // The limit stays with this process.
    if !limited {
        show.heals().await;
    }
}

/// Damages a file.
type Harm = fn(&Path);

/// Writes over what is there, as far as it reaches.
fn garbage(file: &Path) {
    let length = std::fs::metadata(file).unwrap().len() as usize;
    let mut file = OpenOptions::new().write(true).open(file).unwrap();
    file.write_all(&b"garbage!".repeat(length / 8)).unwrap();
}

#[test]
fn an_index_that_is_lost_or_garbled_between_two_starts_loses_no_episode() {
    live(async {
        let home = tempfile::tempdir().unwrap();
        let show = Show::new(home.path(), None);
        show.fill().await;
        let harms: [Harm; 2] = [|file| std::fs::remove_file(file).unwrap(), garbage];
        // Without the network there is only the cache to play from.
        show.origin.go_down();
        for harm in harms {
            harm(&show.cache.join("index.sqlite3"));
            let mut rig = EngineRig::start(&show.home);
            rig.play(Some(0)).await;
            goes_on(&mut rig).await;
            rig.stop().await;
            assert!(show.holds(1..=EPISODES));
        }
    });
}

#[test]
fn an_index_that_is_lost_or_garbled_in_use_costs_the_playing_nothing_and_the_cache_is_whole_again() {
    live(async {
        let harms: [Harm; 2] = [|file| std::fs::remove_file(file).unwrap(), garbage];
        for harm in harms {
            let home = tempfile::tempdir().unwrap();
            let show = Show::new(home.path(), None);
            let mut rig = show.begin().await;
            for companion in ["", "-wal"] {
                harm(&show.cache.join(format!("index.sqlite3{companion}")));
            }
            goes_on(&mut rig).await;
            rig.stop().await;
            assert!(show.holds(1..=1), "what was played is gone");
            show.heals().await;
        }
    });
}

const HARMS: [(&str, Harm); 3] = [
    ("truncated", |file| OpenOptions::new().write(true).open(file).unwrap().set_len(1000).unwrap()),
    ("flipped", |file| {
        let mut file = OpenOptions::new().read(true).write(true).open(file).unwrap();
        let mut byte = [0];
        file.seek(SeekFrom::Start(77_777)).unwrap();
        file.read_exact(&mut byte).unwrap();
        file.seek(SeekFrom::Start(77_777)).unwrap();
        file.write_all(&[byte[0] ^ 4]).unwrap();
    }),
    ("garbage", garbage),
];

#[test]
fn a_damaged_fragment_is_fetched_again_while_its_episode_plays_to_the_end() {
    harmed_plays_to_the_end(None, &HARMS);
}

#[test]
fn a_damaged_fragment_of_a_stream_is_fetched_again_while_that_plays_to_the_end() {
    let flipped: Vec<_> = HARMS.into_iter().filter(|(name, _)| *name == "flipped").collect();
    harmed_plays_to_the_end(Some(hls::Kind::TransportStreams), &flipped);
}

fn harmed_plays_to_the_end(kind: Option<hls::Kind>, harms: &[(&str, Harm)]) {
    live(async {
        let home = tempfile::tempdir().unwrap();
        let show = Show::new(home.path(), kind);
        show.fill().await;
        for (name, harm) in harms {
            for in_use in [false, true] {
                let fragment = show.fragment();
                let length = std::fs::metadata(&fragment).unwrap().len();
                show.origin.forget();
                if !in_use {
                    harm(&fragment);
                }
                let mut rig = EngineRig::start(&show.home);
                rig.play(Some(0)).await;
                rig.until("the first one plays", |s| s.index == 0 && s.phase == Phase::Playing).await;
                if in_use {
                    harm(&fragment);
                    rig.ask("seek", json!({ "position_ms": 0, "mode": "accurate" })).await;
                }
                goes_on(&mut rig).await;
                rig.until("the end", |s| s.index == 1 && s.phase == Phase::Ended).await;
                all_is_here(&mut rig).await;
                rig.stop().await;
                let (sent, requests) = (show.origin.sent(), show.origin.requests());
                let is_media = |path: &str| !path.ends_with(".json") && !path.ends_with(".m3u8");
                assert!(requests.iter().any(|r| is_media(&r.path)), "{name}: nobody noticed");
                assert!(sent < length + (1 << 20), "{name}, in use: {in_use}: {sent} bytes for {length}");
                assert!(show.holds(1..=EPISODES), "{name}, in use: {in_use}");
            }
        }
    });
}

#[test]
fn a_big_episode_is_not_fetched_again_and_again_where_the_cache_takes_no_bytes() {
    live(async {
        let (origin, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = home.path().join("film.mp4");
        tests::clips::clip(&film, (200, 30, 30), 4);
        // Behind the film, bytes that no deck needs: more than memory keeps of an episode.
        let length: u32 = 40 << 20;
        let padding = [&(length + 8).to_be_bytes()[..], b"free", &made_up(1, 0..length.into())].concat();
        let film = [std::fs::read(film).unwrap(), padding].concat();
        let length = film.len() as u64;
        origin.put("/1.mp4", Resource::new(film));
        let catalog = json!({ "title": "Big", "episodes": [{ "url": "1.mp4", "duration_s": 4 }] });
        origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
        let mut rig = EngineRig::with_list(home.path(), &origin.url("/list.json")).await;
        let cache = Places::under(home.path()).cache.join("media");
        block(&cache, "fragments");
        origin.forget();
        rig.play(Some(0)).await;
        moves(&mut rig).await;
        rig.until("the end", |s| s.phase == Phase::Ended).await;
        rig.stop().await;
        let times = origin.sent() as f64 / length as f64;
        assert!(times < 2.0, "it was fetched {times:.1} times");
    });
}
