//! A process that is killed while it writes loses nothing that was acknowledged, and leaves nothing half done.

use crate::{at, episode_id, open, secs, series, series_id, source};
use model::{Series, SourceId};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const CHILD: &str = "LIBRARY_TEST_WRITER";
const NAME: &str = "killing::a_killed_writer_loses_nothing_that_was_acknowledged";
const ROUNDS: usize = 20;
/// Enough that a scan takes a while and does not fit into SQLite's cache: it is written before it is committed.
const EPISODES: usize = 1000;

/// What the writer said.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Said {
    /// A position was saved: this many seconds.
    Saved(u64),
    /// A scan begins to be stored.
    Scanning(u64),
    /// It is stored.
    Scanned(u64),
}

#[test]
fn a_killed_writer_loses_nothing_that_was_acknowledged() {
    if let Some(dir) = std::env::var_os(CHILD) {
        write_until_killed(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut last = 0;
    let mut interrupted_scans = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([NAME, "--exact", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let (sender, said) = mpsc::channel();
        let listener = std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(word) = next_said(&mut output) {
                sender.send(word).unwrap();
            }
        });
        let mut heard = Vec::new();
        let mut hear = |deadline| said.recv_timeout(deadline).inspect(|said| heard.push(*said));
        let minute = Duration::from_secs(60);
        // The first scan shows how long one takes.
        while !matches!(hear(minute).unwrap(), Said::Scanning(_)) {}
        let begin = Instant::now();
        while !matches!(hear(minute).unwrap(), Said::Scanned(_)) {}
        let scan_time = begin.elapsed();
        if round % 4 == 0 {
            // On small changes.
            for _ in 0..=round / 4 % 3 {
                hear(minute).unwrap();
            }
        } else {
            // In the midst of a scan, each time a little later.
            while !matches!(hear(minute).unwrap(), Said::Scanning(_)) {}
            let _ = hear(scan_time.mul_f64(round as f64 / ROUNDS as f64));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        listener.join().unwrap();
        heard.extend(said.try_iter());
        interrupted_scans += usize::from(matches!(heard.last(), Some(Said::Scanning(_))));

        let library = open(dir.path());
        library.check().unwrap();
        let acknowledged =
            heard.iter().filter_map(|said| if let Said::Saved(n) = said { Some(*n) } else { None }).max();
        let (kept, acknowledged) = (position(&library), acknowledged.unwrap_or(last));
        // The last change may have been committed and not acknowledged.
        assert!(kept == acknowledged || kept == acknowledged + 1, "kept {kept}, acknowledged {acknowledged}");
        assert!(kept > last, "each round goes on where the last one ended");
        last = kept;

        let stored = library.series(&series_id("A")).unwrap().unwrap();
        assert_eq!(stored.episodes.len(), EPISODES);
        let second: u64 = stored.title.parse().unwrap();
        assert_eq!(stored, scan(&stored.source, second), "a scan is stored as a whole or not at all");
        let scanned = heard.iter().filter_map(|said| if let Said::Scanned(n) = said { Some(*n) } else { None }).max();
        assert!(Some(second) >= scanned, "kept scan {second}, acknowledged {scanned:?}");
    }
    assert!(interrupted_scans > 0, "some kills fall into the middle of a transaction");
}

/// What a scan in this second of the test finds: it stands in every row.
fn scan(source: &SourceId, second: u64) -> Series {
    let mut series = series(source, "A", EPISODES);
    series.title = second.to_string();
    for episode in &mut series.episodes {
        episode.synopsis = Some(format!("{second:03000}"));
    }
    series
}

fn position(library: &library::Library) -> u64 {
    library
        .progress(&series_id("A"))
        .unwrap()
        .get(&episode_id("A", 1))
        .map_or(0, |progress| progress.position.as_secs())
}

/// What the next whole line with a word of the writer says; `None` at the end.
fn next_said(output: &mut impl BufRead) -> Option<Said> {
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        match line.strip_suffix('\n').and_then(|line| line.split_once(' ')) {
            Some(("saved", second)) => return Some(Said::Saved(second.parse().unwrap())),
            Some(("scanning", second)) => return Some(Said::Scanning(second.parse().unwrap())),
            Some(("scanned", second)) => return Some(Said::Scanned(second.parse().unwrap())),
            _ => line.clear(),
        }
    }
    None
}

fn write_until_killed(dir: &Path) -> ! {
    let mut library = open(dir);
    let source = source(&mut library, dir, "films").id;
    let mut output = std::io::stdout();
    let mut say = |word: &str, second: u64| {
        // The harness leaves its own line open, so that each word begins with an end of line.
        write!(output, "\n{word} {second}\n").unwrap();
        output.flush().unwrap();
    };
    let first = position(&library) + 1;
    for second in first.. {
        if second == first || second % 4 == 0 {
            let scan = [scan(&source, second)];
            say("scanning", second);
            library.store_scan(&source, &scan, at(second)).unwrap();
            say("scanned", second);
        }
        library.save_progress(&series_id("A"), &episode_id("A", 1), secs(second), None, false, at(second)).unwrap();
        say("saved", second);
    }
    unreachable!("it is killed before it has counted to the end");
}
