//! Measures how fast the media cache writes and reads, beside `dd` on the same disk, the two in turns.
//!
//! Writing is what a fetch does: fragments of 2 MiB, each flushed, named and committed before the next one begins. Reading is
//! what a deck does: 64 KiB at a time through a reader, the first time with checksums, then without. `dd` writes with one
//! flush at the end (`conv=fdatasync`), and once more with a flush for every block, as the cache does. Prints a table of
//! medians, and writes `cache.json`.

use clap::Parser;
use media::cache::{FRAGMENT_MAX, Limit};
use media::http::{ClientOptions, Location};
use media::{Media, Validator};
use serde_json::json;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Measures how fast the cache writes and reads.
#[derive(Parser)]
struct Arguments {
    /// Where it works, on the disk that is to be measured, and where the results go.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// MiB that are written and read in each round.
    #[arg(long, default_value_t = 256)]
    mebibytes: usize,
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// One round, to see that the measurement works.
    #[arg(long)]
    quick: bool,
}

/// Bytes that a deck's source hands on at once.
const READ: usize = 64 << 10;
/// Everything is cached: nothing waits for so long.
const PATIENCE: Duration = Duration::from_secs(1);
/// What is measured, in the order of [`Round`].
const WHAT: [&str; 6] = [
    "the cache writes",
    "dd writes, one flush at the end",
    "dd writes, a flush for every 2 MiB",
    "the cache reads, first time",
    "the cache reads again",
    "dd reads",
];

/// Bytes in a second, of each of [`WHAT`].
type Round = [f64; WHAT.len()];
type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-cache: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    std::fs::create_dir_all(&arguments.out)?;
    let fragments = (arguments.mebibytes << 20) / FRAGMENT_MAX;
    if fragments == 0 {
        return Err("a round takes at least 2 MiB".into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let _inside = runtime.enter();
    let bytes = noise(fragments * FRAGMENT_MAX);
    let rounds: Vec<Round> = (0..if arguments.quick { 1 } else { arguments.rounds.max(1) })
        .map(|_| round(&arguments.out, &bytes))
        .collect::<Result<_, Failure>>()?;
    println!(
        "\n| {} MiB, {} rounds | MB/s, median | slowest | fastest |\n|---|---|---|---|",
        bytes.len() >> 20,
        rounds.len()
    );
    let mut medians = serde_json::Map::new();
    for (index, what) in WHAT.into_iter().enumerate() {
        let mut speeds: Vec<f64> =
            rounds.iter().filter_map(|round| round.get(index)).map(|speed| speed / 1e6).collect();
        speeds.sort_by(f64::total_cmp);
        let (slowest, fastest) = (speeds.first().copied(), speeds.last().copied());
        let median = speeds.get(speeds.len() / 2).copied().unwrap_or(f64::NAN);
        println!("| {what} | {median:.0} | {:.0} | {:.0} |", slowest.unwrap_or(f64::NAN), fastest.unwrap_or(f64::NAN));
        medians.insert(what.to_owned(), json!(speeds));
    }
    std::fs::write(arguments.out.join("cache.json"), serde_json::to_vec_pretty(&medians)?)?;
    Ok(())
}

fn round(out: &Path, bytes: &[u8]) -> Result<Round, Failure> {
    let folder = tempfile::tempdir_in(out)?;
    let source = folder.path().join("source");
    std::fs::write(&source, bytes)?;
    std::fs::File::open(&source)?.sync_all()?;
    let cache = folder.path().join("cache");
    let location = Location::new("https://bench.invalid/episode.mp4");

    let written = {
        let media = open(&cache)?;
        let store = media.store().ok_or("the cache does not open")?;
        let key = media.key(&location.url);
        let validator = Validator { length: Some(bytes.len() as u64), ..Validator::default() };
        let version = store.resource(&key, &validator)?.version;
        let began = Instant::now();
        for (index, fragment) in bytes.chunks(FRAGMENT_MAX).enumerate() {
            store.put(&key, version, (index * FRAGMENT_MAX) as u64, fragment)?;
        }
        speed(bytes, began)
    };
    let flushed_once = dd(bytes, &source, &folder.path().join("copy"), &["bs=2M", "conv=fdatasync"])?;
    let flushed_each = dd(bytes, &source, &folder.path().join("copy"), &["bs=2M", "oflag=dsync"])?;

    // Opened anew: it has not verified anything yet.
    let media = open(&cache)?;
    media.set_offline(true);
    let first = read(&media, &location, bytes)?;
    let again = read(&media, &location, bytes)?;
    let by_dd = dd(bytes, &source, Path::new("/dev/null"), &["bs=64K"])?;
    Ok([written, flushed_once, flushed_each, first, again, by_dd])
}

fn open(cache: &Path) -> Result<Media, Failure> {
    let (media, error) = Media::open(cache, Limit::Bytes(u64::MAX), ClientOptions::default(), || {})?;
    error.map_or(Ok(media), |error| Err(error.into()))
}

/// Reads all of it as a deck does. What came is compared outside the time that counts.
fn read(media: &Media, location: &Location, bytes: &[u8]) -> Result<f64, Failure> {
    let reader = media.asset(location).reader().ok_or("nothing to read from")?;
    // Written to, so that the system has given the pages before the clock runs.
    let mut got = vec![0xa5; bytes.len()];
    let mut at = 0;
    let began = Instant::now();
    while at < got.len() {
        let end = got.len().min(at + READ);
        match reader.read(at as u64, got.get_mut(at..end).unwrap_or_default(), PATIENCE)? {
            0 => return Err(format!("only {at} bytes are cached").into()),
            read => at += read,
        }
    }
    let speed = speed(bytes, began);
    if got == bytes { Ok(speed) } else { Err("the cache gave other bytes than it was given".into()) }
}

/// The same bytes by `dd`; its own start counts too, a few milliseconds.
fn dd(bytes: &[u8], from: &Path, to: &Path, options: &[&str]) -> Result<f64, Failure> {
    let began = Instant::now();
    let status = Command::new("dd")
        .arg(format!("if={}", from.display()))
        .arg(format!("of={}", to.display()))
        .args(options)
        .arg("status=none")
        .status()?;
    let speed = speed(bytes, began);
    if status.success() { Ok(speed) } else { Err("dd failed".into()) }
}

fn speed(bytes: &[u8], began: Instant) -> f64 {
    bytes.len() as f64 / began.elapsed().as_secs_f64()
}

/// Bytes that no file system makes smaller (xorshift64, Marsaglia 2003).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(length).collect()
}
