//! The media crate from outside. One binary with a module for each concern, since each binary would link its own SQLite.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod faults;
mod full;
mod gateway;
mod killing;
mod model;
mod pinning;
mod reading;
mod reopening;
mod server;
mod sharing;
mod storing;

use media::cache::{Limit, Mode, Store, Version};
use media::{ResourceKey, Validator};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// A clock that goes on by a second whenever it is asked.
fn clock() -> impl Fn() -> SystemTime + Send + Sync + 'static {
    let seconds = AtomicU64::new(1_767_225_600);
    move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.fetch_add(1, Ordering::Relaxed))
}

/// Opens a cache with room for everything that a test writes.
fn open(dir: &Path) -> Store {
    open_with(dir, 1 << 30)
}

fn open_with(dir: &Path, limit: u64) -> Store {
    let store = Store::open(dir, Limit::Bytes(limit), clock()).unwrap();
    assert_eq!(store.mode(), Mode::Writable);
    store
}

fn key(name: &str) -> ResourceKey {
    ResourceKey::new(format!("https://cdn.example/{name}.mp4"))
}

fn etag(tag: &str) -> Validator {
    Validator { etag: Some(tag.to_owned()), ..Validator::default() }
}

/// The version of a resource that is known or begins now.
fn version(store: &Store, key: &ResourceKey) -> Version {
    store.resource(key, &Validator::default()).unwrap().version
}

/// The bytes of the content `name` from `offset` on, the same in every process.
fn content(name: &str, offset: u64, length: usize) -> Vec<u8> {
    let seed = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let end = offset + length as u64;
    let mut bytes = Vec::with_capacity(length + 16);
    for block in offset / 8..end.div_ceil(8) {
        bytes.extend(mix(seed ^ block).to_le_bytes());
    }
    bytes.drain(..(offset % 8) as usize);
    bytes.truncate(length);
    bytes
}

/// SplitMix64's finalizer (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Puts `length` bytes of the content that is called as the key is.
fn put(store: &Store, name: &str, offset: u64, length: usize) {
    let key = key(name);
    store.put(&key, version(store, &key), offset, &content(name, offset, length)).unwrap();
}

/// Asserts that everything cached of a resource is as it was put, and tells how many bytes that is.
fn check(store: &Store, name: &str) -> u64 {
    let key = key(name);
    check_content(store, &key, name)
}

fn check_content(store: &Store, key: &ResourceKey, name: &str) -> u64 {
    let state = store.resource(key, &Validator::default()).unwrap();
    for range in state.cached.iter() {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        assert_eq!(store.read(key, state.version, range.start, &mut bytes).unwrap(), bytes.len());
        assert!(bytes == content(name, range.start, bytes.len()), "wrong bytes in {range:?} of {key} ({name})");
    }
    state.cached.len()
}

/// The files of a cache's fragments.
fn fragment_files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(dir.join("fragments"))
        .unwrap()
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
}

/// Asserts that the folder holds the store's fragments and nothing else.
fn check_files(store: &Store, dir: &Path) {
    assert_eq!(fragment_files(dir).len(), store.stats().fragments, "no orphans");
    assert_eq!(std::fs::read_dir(dir.join("temporary")).unwrap().count(), 0, "no temporary files");
}
