//! The whole program is killed while it plays, swipes, downloads and clears up, files as well as streams: afterwards no wrong byte is served, nothing
//! that was acknowledged is lost, nothing is there that nobody wanted, and no file is left over.

mod known;
mod viewer;

use crate::kept::Kept;
use crate::rig::{DEADLINE, EngineRig, alone};
use engine::{Event, Places};
use known::Known;
use media::cache::{Limit, Mode, Store};
use model::{DownloadState, DownloadsView, EpisodeId, SeriesId, SeriesView};
use serde_json::json;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};
use tests::hls;
use tests::link::{Link, Trace};
use tests::origin::{Origin, Resource};

const HOME: &str = "KILLING_TEST_HOME";
const SEED: &str = "KILLING_TEST_SEED";
const NAME: &str = "killing::a_program_killed_200_times_serves_no_wrong_byte_and_loses_nothing_that_was_acknowledged";
const ROUNDS: u64 = 200;
/// Episodes of the series that is played and downloaded, and of the one that is only marked as watched.
const EPISODES: u32 = 4;
/// Which of those that are played are streams, and of what kind; the others are files.
const STREAMS: [Option<hls::Kind>; EPISODES as usize] =
    [None, Some(hls::Kind::TransportStreams), None, Some(hls::Kind::SoundApart)];
/// Seconds of an episode: more than a viewer lives.
const SECONDS: u32 = 6;
/// Bytes behind the film that no deck needs, so that there is something to download; and behind a segment of a second.
const PADDING: u32 = 3 << 20;
const PADDING_OF_SEGMENT: u32 = PADDING / SECONDS;
/// The longest that a viewer lives once it plays, and one that is killed while it starts.
const LIFE: Duration = Duration::from_millis(300);
const START: Duration = Duration::from_millis(250);

#[test]
fn a_program_killed_200_times_serves_no_wrong_byte_and_loses_nothing_that_was_acknowledged() {
    if let Some(home) = std::env::var_os(HOME) {
        let seed = std::env::var(SEED).unwrap().parse().unwrap();
        viewer::watch_until_killed(Path::new(&home), seed);
    }
    let _alone = alone();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let seed = RandomState::new().hash_one(0_u64);
    println!("seed {seed}");
    let survivor = runtime.block_on(Survivor::new());
    let mut known = Known::default();
    let (began, mut starting, mut streaming, mut interrupted, mut acknowledged) = (Instant::now(), 0, 0, 0, 0);
    for round in 0..ROUNDS {
        let seed = viewer::mix(seed ^ round);
        // Some are killed while they start, some find no index of the cache, and some find what two before them left.
        let at_once = round % 8 == 3;
        if round % 16 == 3 {
            std::fs::remove_file(survivor.cache().join("index.sqlite3")).unwrap();
        }
        let heard = survivor.run(seed, at_once);
        starting += u64::from(!heard.iter().any(|line| line == "open"));
        streaming += u64::from(survivor.was_asked_last_for_a_stream());
        acknowledged += heard.len();
        heard.iter().for_each(|line| known.hear(line));
        interrupted += u64::from(known.is_in_flight());
        if round % 3 != 1 {
            survivor.check(&mut known, round);
        }
    }
    println!(
        "{ROUNDS} kills in {:?}: {starting} at the start, {interrupted} in the midst of a wish, {streaming} after a request \
         for part of a stream; {acknowledged} words",
        began.elapsed()
    );
    assert!(starting < ROUNDS / 4, "most were killed while they worked");
    assert!(streaming > ROUNDS / 4, "many were killed while they fetched streams");
    runtime.block_on(survivor.finish());
    known.finish();
    survivor.check(&mut known, ROUNDS);
}

/// What outlives the killed ones: the server, the home folder, and what the parent knows of both.
struct Survivor {
    home: tempfile::TempDir,
    origin: Origin,
    /// What there is of each episode.
    films: Vec<Kept>,
    played: (SeriesId, Vec<EpisodeId>),
    marked: (SeriesId, Vec<EpisodeId>),
}

impl Survivor {
    /// A library with two series on a server.
    async fn new() -> Self {
        let (home, origin) = (tempfile::tempdir().unwrap(), Origin::start());
        let path = home.path().join("film.mp4");
        tests::clips::clip(&path, (200, 30, 30), SECONDS);
        let film = std::fs::read(&path).unwrap();
        let mut films = Vec::new();
        let mut addresses = Vec::new();
        for (number, kind) in (0..EPISODES).zip(STREAMS) {
            Kept::file(&origin, &format!("/marked/{number}.mp4"), &film, number, PADDING);
            let (address, kept) = match kind {
                None => {
                    let address = format!("{number}.mp4");
                    let kept = Kept::file(&origin, &format!("/{address}"), &film, number, PADDING);
                    (address, kept)
                }
                Some(kind) => {
                    let kept = Kept::stream(&origin, &format!("/{number}/"), &path, kind, number, PADDING_OF_SEGMENT);
                    (format!("{number}/{}", hls::PLAYLIST), kept)
                }
            };
            addresses.push(address);
            films.push(kept);
        }
        std::fs::remove_file(path).unwrap();
        let series = |title: &str, addresses: Vec<String>| {
            let episodes: Vec<_> = addresses.into_iter().map(|address| json!({ "url": address })).collect();
            json!({ "title": title, "episodes": episodes })
        };
        let marked = (0..EPISODES).map(|number| format!("marked/{number}.mp4")).collect();
        let catalog = json!({ "series": [series(viewer::PLAYED, addresses), series(viewer::MARKED, marked)] });
        origin.put("/list.json", Resource::new(catalog.to_string()).typed("application/json"));
        let rig = EngineRig::with_list(home.path(), &origin.url("/list.json")).await;
        let played = ids(viewer::series(&rig, viewer::PLAYED).await);
        let marked = ids(viewer::series(&rig, viewer::MARKED).await);
        rig.stop().await;
        // Some fragments in the life of a viewer, and each of them long enough to be killed in.
        origin.shape(Some(Link::new(Trace::constant(200.0), Duration::from_millis(2))));
        Self { home, origin, films, played, marked }
    }

    fn cache(&self) -> PathBuf {
        Places::under(self.home.path()).cache.join("media")
    }

    /// Whether the last request before the kill was for a list or a segment.
    fn was_asked_last_for_a_stream(&self) -> bool {
        self.origin.requests().last().is_some_and(|request| !request.path.ends_with(".mp4"))
    }

    /// Runs a viewer and kills it. What it said.
    fn run(&self, seed: u64, at_once: bool) -> Vec<String> {
        self.origin.forget();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([NAME, "--exact", "--nocapture"])
            .env(HOME, self.home.path())
            .env(SEED, seed.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        let listener = std::thread::spawn(move || {
            let mut line = String::new();
            // A line that a kill has cut short says nothing.
            while output.read_line(&mut line).unwrap() > 0 {
                if let Some(said) = line.strip_suffix('\n').and_then(|line| line.strip_prefix(viewer::SAYS)) {
                    sender.send(said.to_owned()).unwrap();
                }
                line.clear();
            }
        });
        let mut heard = Vec::new();
        let mut hear_until = |end: Instant, last: &str| loop {
            match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    heard.push(line);
                    if heard.last().is_some_and(|line| line == last) {
                        return true;
                    }
                }
                Err(RecvTimeoutError::Timeout) => return false,
                Err(RecvTimeoutError::Disconnected) => panic!("the viewer ended by itself after {heard:?}"),
            }
        };
        let part = (seed % 1000) as f64 / 1000.0;
        if at_once {
            hear_until(Instant::now() + START.mul_f64(part), "");
        } else {
            assert!(hear_until(Instant::now() + 4 * DEADLINE, "open"), "the viewer does not open");
            hear_until(Instant::now() + LIFE.mul_f64(part), "");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        listener.join().unwrap();
        heard.extend(lines.iter());
        heard
    }

    /// Compares library and cache with what is known. What was in flight may have come about or not; now that is known.
    fn check(&self, known: &mut Known, round: u64) {
        let places = Places::under(self.home.path());
        let opened = library::Library::open(&places.data, SystemTime::now()).unwrap();
        assert_eq!(opened.set_aside, None, "round {round}");
        let library = opened.library;
        library.check().unwrap();
        let store = Store::open(&self.cache(), Limit::Bytes(1 << 30), SystemTime::now).unwrap();
        assert_eq!(store.mode(), Mode::Writable);
        self.check_files(&store, round);

        let downloads = library.downloads().unwrap();
        for (number, id) in self.played.1.iter().enumerate() {
            let film = &self.films[number];
            let there = film.check(&store);
            let stage = downloads.iter().find(|download| download.episode == *id).map(|download| download.stage);
            let missing = film.missing(&store);
            assert!(
                missing.is_empty() || stage != Some(library::DownloadStage::Done),
                "round {round}, {number}: done in words only, without {missing:?}"
            );
            known.episodes[number].settle(there, stage).unwrap_or_else(|e| panic!("round {round}, {number}: {e}"));
        }
        assert!(downloads.iter().all(|download| self.played.1.contains(&download.episode)), "round {round}");

        let progress = library.progress(&self.played.0).unwrap();
        if let Some((number, kept)) = known.kept {
            let found = progress.get(&self.played.1[number]).map_or(0, |progress| progress.position.as_millis() as u64);
            assert!(found.abs_diff(kept) <= viewer::NEAR, "round {round}, {number}: at {found} instead of {kept} ms");
        }
        let progress_end = Duration::from_secs(u64::from(SECONDS) + 1);
        assert!(progress.values().all(|progress| progress.position <= progress_end), "round {round}: {progress:?}");
        let marked = library.progress(&self.marked.0).unwrap();
        for (number, id) in self.marked.1.iter().enumerate() {
            let found = marked.get(id).is_some_and(|progress| progress.watched);
            let wanted = known.watched[number].get_or_insert(found);
            assert_eq!(*wanted, found, "round {round}, {number}: watched");
        }
    }

    /// Nothing lies around but databases, fragments that the index knows, and pictures.
    fn check_files(&self, store: &Store, round: u64) {
        let stats = store.stats();
        let there: usize = self.films.iter().map(|film| film.resources(store)).sum();
        assert_eq!(stats.resources, there, "round {round}: there is something that nobody knows: {stats:?}");
        let (mut fragments, mut strays) = (0, Vec::new());
        let mut folders = vec![self.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(self.home.path()).unwrap().to_str().unwrap();
                let is_fragment = name.starts_with("cache/media/fragments/");
                fragments += usize::from(is_fragment);
                let expected = ["data/library.sqlite3", "cache/media/index.sqlite3"].iter().any(|database| {
                    name.strip_prefix(database).is_some_and(|rest| ["", "-wal", "-shm"].contains(&rest))
                }) || ["cache/media/cache.lock", "cache/media/reserve", "data/library.lock"]
                    .contains(&name)
                    || (name.starts_with("cache/pictures/") && !name.ends_with(".part"));
                if !is_fragment && !expected {
                    strays.push(name.to_owned());
                }
            }
        }
        assert_eq!((fragments, strays), (stats.fragments, Vec::new()), "round {round}");
    }

    /// Opened once more, the program plays, and brings all downloads to their end.
    async fn finish(&self) {
        let mut rig = EngineRig::start(self.home.path());
        assert_eq!(rig.home().await.notices, []);
        rig.ask("download", json!({ "episodes": self.played.1 })).await;
        rig.ask("play", json!({ "series": self.played.0, "episode": self.played.1[0] })).await;
        rig.until("a picture", |state| state.phase == model::Phase::Playing).await;
        let end = Instant::now() + 4 * DEADLINE;
        loop {
            let view: DownloadsView = serde_json::from_value(rig.ask("downloads", json!({})).await).unwrap();
            if view.items.len() == EPISODES as usize && view.items.iter().all(|i| i.state == DownloadState::Done) {
                break;
            }
            assert!(Instant::now() < end, "{view:?}");
            let news = async { while !matches!(rig.events.recv().await, Ok(Event::Downloads { .. })) {} };
            // The last one may have been told already.
            let _ = tokio::time::timeout(Duration::from_secs(1), news).await;
        }
        rig.stop().await;
    }
}

fn ids(series: SeriesView) -> (SeriesId, Vec<EpisodeId>) {
    (series.card.id, series.episodes.into_iter().map(|episode| episode.id).collect())
}
