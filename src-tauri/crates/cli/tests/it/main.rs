//! The command line as a user meets it: the program itself, run in a home of its own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cache;
mod export;
mod planner;
mod small_disk;

use library::Places;
use media::cache::{FRAGMENT_MAX, Limit, Store};
use media::{KeyRules, ResourceKey, Validator};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;
use tempfile::TempDir;

/// A folder that holds all of a user's data.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, args: &[&str]) -> Ran {
        run(self.path(), args)
    }
}

/// The program, for a user whose data lies in a folder.
fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cliffhanger-cli"));
    command.env("CLIFFHANGER_HOME", home);
    command
}

fn run(home: &Path, args: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = program(home).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: status.code(), out: text(stdout), err: text(stderr) }
}

/// What became of it.
#[derive(Debug)]
struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// What it said, having done what it should.
    #[track_caller]
    fn done(self) -> String {
        assert_eq!((self.status, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    /// Why it did not do it.
    #[track_caller]
    fn failed(self) -> String {
        assert_eq!(self.status, Some(1), "{self:?}");
        assert!(self.err.starts_with("cliffhanger-cli: ") && self.err.lines().count() == 1, "{}", self.err);
        self.err
    }
}

/// The cache of a home, without a limit.
fn cache(home: &Path) -> Store {
    Store::open(&Places::under(home).cache.join("media"), Limit::Bytes(u64::MAX), SystemTime::now).unwrap()
}

fn key(url: &str) -> ResourceKey {
    ResourceKey::of_url(url, &KeyRules::default())
}

/// Bytes that differ from place to place.
fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

/// Caches the beginning of a resource of `total` bytes.
fn put(store: &Store, key: &ResourceKey, beginning: &[u8], total: usize) {
    let validator = Validator { length: Some(total as u64), ..Validator::default() };
    let version = store.resource(key, &validator).unwrap().version;
    for (at, part) in beginning.chunks(FRAGMENT_MAX).enumerate() {
        store.put(key, version, (at * FRAGMENT_MAX) as u64, part).unwrap();
    }
}

/// All files in a folder and those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
