//! What goes first when there is no room, and what does not go at all.

use crate::{KIB, check, check_files, content, key, open_with, put, version};
use media::cache::{CacheError, Limit, PinReason};

/// A fragment of this many bytes takes 16 KiB on the disk.
const PIECE: usize = 15 * KIB;
const TAKES: u64 = 16 * KIB as u64;

fn cached(store: &media::cache::Store, names: &[&str]) -> String {
    names.iter().copied().filter(|name| !store.ranges(&key(name)).is_empty()).collect()
}

#[test]
fn what_was_used_longest_ago_makes_room_also_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["a", "b", "c", "d", "e", "f"];
    let store = open_with(dir.path(), 3 * TAKES);
    for name in ["a", "b", "c"] {
        put(&store, name, 0, PIECE);
    }
    assert_eq!(store.stats().bytes, 3 * TAKES);
    check(&store, "a");
    put(&store, "d", 0, PIECE);
    assert_eq!(cached(&store, &names), "acd");
    check(&store, "c");
    drop(store);
    let store = open_with(dir.path(), 3 * TAKES);
    put(&store, "e", 0, PIECE);
    assert_eq!(cached(&store, &names), "cde");
    put(&store, "f", 0, PIECE);
    assert_eq!(cached(&store, &names), "cef");
    check_files(&store, dir.path());
}

#[test]
fn pins_hold_until_the_last_one_is_gone_and_a_full_cache_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_with(dir.path(), 2 * TAKES);
    for (name, reason) in [("a", PinReason::Current), ("b", PinReason::Next)] {
        put(&store, name, 0, PIECE);
        store.pin(&key(name), reason).unwrap();
    }
    store.pin(&key("a"), PinReason::Next).unwrap();
    store.unpin(&key("a"), PinReason::Current).unwrap();
    store.unpin(&key("a"), PinReason::Current).unwrap();
    assert_eq!(store.stats().pinned_bytes, 2 * TAKES);
    let error = store.put(&key("c"), version(&store, &key("c")), 0, &content("c", 0, PIECE)).unwrap_err();
    assert!(matches!(error, CacheError::NoRoom { needed: TAKES, pinned, limit } if pinned == limit), "{error}");
    assert_eq!((check(&store, "a"), check(&store, "b")), (PIECE as u64, PIECE as u64));
    store.unpin(&key("a"), PinReason::Next).unwrap();
    put(&store, "c", 0, PIECE);
    assert_eq!(cached(&store, &["a", "b", "c"]), "bc");
}

#[test]
fn a_fragment_that_can_never_fit_evicts_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_with(dir.path(), TAKES);
    put(&store, "a", 0, PIECE);
    let error = store.put(&key("b"), version(&store, &key("b")), 0, &vec![0; 2 * PIECE]).unwrap_err();
    assert!(matches!(error, CacheError::NoRoom { pinned: 0, .. }), "{error}");
    assert_eq!(check(&store, "a"), PIECE as u64);
}

#[test]
fn a_smaller_limit_holds_at_once_and_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_with(dir.path(), 10 * TAKES);
    for name in ["a", "b", "c", "d"] {
        put(&store, name, 0, PIECE);
    }
    store.pin(&key("a"), PinReason::Current).unwrap();
    store.set_limit(Limit::Bytes(3 * TAKES)).unwrap();
    assert_eq!(cached(&store, &["a", "b", "c", "d"]), "acd");
    store.set_limit(Limit::Bytes(0)).unwrap();
    assert_eq!(cached(&store, &["a", "b", "c", "d"]), "a");
    drop(store);
    let store = open_with(dir.path(), 0);
    assert_eq!(store.stats().fragments, 0, "pins of playing end with the process");
    check_files(&store, dir.path());
}

#[test]
fn a_download_stays_pinned_after_reopening_until_it_is_none_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_with(dir.path(), 3 * TAKES);
    put(&store, "before", 0, PIECE);
    for name in ["before", "after"] {
        store.pin(&key(name), PinReason::Download).unwrap();
        store.pin(&key(name), PinReason::Download).unwrap();
    }
    put(&store, "after", 0, PIECE);
    drop(store);
    let store = open_with(dir.path(), TAKES);
    assert_eq!(cached(&store, &["before", "after"]), "beforeafter");
    store.unpin(&key("after"), PinReason::Download).unwrap();
    assert_eq!(cached(&store, &["before", "after"]), "before", "beyond the limit only pins hold");
    store.set_limit(Limit::Bytes(0)).unwrap();
    drop(store);
    let store = open_with(dir.path(), TAKES);
    assert_eq!(cached(&store, &["before", "after"]), "before");
}
