//! Putting and reading, and what the versions of a resource do to it.

use crate::{KIB, MIB, check, check_files, content, etag, key, open, open_with, put, version};
use media::Validator;
use media::cache::{CacheError, ExportError, FRAGMENT_MAX, Found};

#[test]
fn bytes_are_read_across_fragments_until_something_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, "a", 0, 100);
    put(&store, "a", 100, 50);
    put(&store, "a", 200, 10);
    let (key, version) = (key("a"), version(&store, &key("a")));
    let mut bytes = [0; 300];
    assert_eq!(store.read(&key, version, 30, &mut bytes).unwrap(), 120);
    assert_eq!(bytes[..120], content("a", 30, 120));
    assert_eq!(store.read(&key, version, 150, &mut bytes).unwrap(), 0);
    assert_eq!(store.read(&key, version, u64::MAX, &mut bytes).unwrap(), 0);
    assert_eq!(store.read(&key, version, 0, &mut []).unwrap(), 0);
    assert_eq!(store.ranges(&key).iter().collect::<Vec<_>>(), [0..150, 200..210]);
}

#[test]
fn what_is_cached_already_is_not_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, "a", 10, 10);
    put(&store, "a", 30, 10);
    let (key, version) = (key("a"), version(&store, &key("a")));
    assert_eq!(store.put(&key, version, 0, &content("a", 0, 50)).unwrap(), 30);
    assert_eq!(store.put(&key, version, 0, &content("a", 0, 50)).unwrap(), 0);
    assert_eq!(store.put(&key, version, 7, &[]).unwrap(), 0);
    assert_eq!((store.stats().fragments, check(&store, "a")), (5, 50));
}

#[test]
fn a_fragment_has_at_most_two_mebibytes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, "a", 0, FRAGMENT_MAX);
    let (key, version) = (key("a"), version(&store, &key("a")));
    let error = store.put(&key, version, 0, &vec![0; FRAGMENT_MAX + 1]).unwrap_err();
    assert!(matches!(error, CacheError::TooLarge { length } if length == FRAGMENT_MAX + 1));
    assert_eq!(check(&store, "a"), 2 * MIB as u64);
}

#[test]
fn nothing_is_kept_beyond_the_end_of_a_resource() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let validator = Validator { length: Some(100), ..Validator::default() };
    let version = store.resource(&key("a"), &validator).unwrap().version;
    for (offset, total) in [(90, 100), (u64::MAX, 100)] {
        let error = store.put(&key("a"), version, offset, &[0; 11]).unwrap_err();
        assert!(matches!(error, CacheError::OutOfBounds { total: t, .. } if t == total), "{error}");
    }
    assert_eq!(store.put(&key("a"), version, 90, &[0; 10]).unwrap(), 10);
    assert_eq!(store.total(&key("a")), Some(100));
    assert_eq!(store.total(&key("b")), None);
}

#[test]
fn a_validator_that_changes_invalidates_the_whole_resource_even_if_pinned() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let old = store.resource(&key("a"), &etag("1")).unwrap();
    assert_eq!(old.found, Found::New);
    put(&store, "a", 0, 100);
    put(&store, "a", 500, 100);
    put(&store, "b", 0, 100);
    store.pin(&key("a"), media::cache::PinReason::Download).unwrap();
    assert_eq!(store.resource(&key("a"), &etag("1")).unwrap().found, Found::Known);
    let new = store.resource(&key("a"), &etag("2")).unwrap();
    assert_eq!((new.found, new.cached.len()), (Found::Replaced, 0));
    assert_eq!(new.validator, etag("2"));
    for late in [
        store.put(&key("a"), old.version, 0, &[1]).unwrap_err(),
        store.read(&key("a"), old.version, 0, &mut [0]).unwrap_err(),
    ] {
        assert!(matches!(late, CacheError::Stale { .. }), "{late}");
    }
    assert_eq!(store.put(&key("a"), new.version, 0, &content("a", 0, 10)).unwrap(), 10);
    drop(store);
    let store = open(dir.path());
    check_files(&store, dir.path());
    assert_eq!((check(&store, "a"), check(&store, "b")), (10, 100));
    assert_eq!(store.resource(&key("a"), &Validator::default()).unwrap().validator, etag("2"));
}

#[test]
fn what_is_learned_later_of_a_resource_counts_from_then_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, "a", 0, 100);
    let more = Validator { length: Some(400), ..etag("1") };
    assert_eq!(store.resource(&key("a"), &more).unwrap().cached.len(), 100);
    drop(store);
    let store = open(dir.path());
    let known = store.resource(&key("a"), &Validator::default()).unwrap();
    assert_eq!((known.found, known.validator), (Found::Known, more));
    let other_length = Validator { length: Some(401), ..Validator::default() };
    assert_eq!(store.resource(&key("a"), &other_length).unwrap().found, Found::Replaced);
}

#[test]
fn a_resource_that_ends_before_what_is_cached_of_it_is_another_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, "a", 0, 100);
    let with_length = |length| Validator { length: Some(length), ..Validator::default() };
    assert_eq!(store.resource(&key("a"), &with_length(99)).unwrap().found, Found::Replaced);
    put(&store, "b", 0, 100);
    assert_eq!(store.resource(&key("b"), &with_length(100)).unwrap().found, Found::Known);
}

#[test]
fn only_a_whole_resource_is_exported() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut out = Vec::new();
    put(&store, "a", 0, 100);
    put(&store, "a", 200, 100);
    for total in [None, Some(300)] {
        store.resource(&key("a"), &Validator { length: total, ..Validator::default() }).unwrap();
        let error = store.export(&key("a"), &mut out).unwrap_err();
        assert!(matches!(error, ExportError::NotWhole { cached: 200, total: t, .. } if t == total), "{error}");
    }
    put(&store, "a", 100, 100);
    assert!(out.is_empty());
    assert_eq!(store.export(&key("a"), &mut out).unwrap(), 300);
    assert_eq!(out, content("a", 0, 300));
    struct Broken;
    impl std::io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    assert!(matches!(store.export(&key("a"), &mut Broken).unwrap_err(), ExportError::Write(_)));
}

#[test]
fn removing_and_clearing_leave_no_files() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for name in ["a", "b", "c"] {
        put(&store, name, 0, KIB);
    }
    let before = version(&store, &key("a"));
    store.remove(&key("a")).unwrap();
    assert!(matches!(store.put(&key("a"), before, 0, &[1]).unwrap_err(), CacheError::Stale { .. }));
    check_files(&store, dir.path());
    store.pin(&key("b"), media::cache::PinReason::Download).unwrap();
    store.clear(true).unwrap();
    assert_eq!([check(&store, "a"), check(&store, "b"), check(&store, "c")], [0, KIB as u64, 0]);
    store.clear(false).unwrap();
    assert_eq!((store.stats().bytes, store.stats().fragments), (0, 0));
    drop(store);
    let store = open_with(dir.path(), 1 << 20);
    check_files(&store, dir.path());
    assert_eq!(store.stats().resources, 0);
}

#[test]
fn readers_and_a_writer_at_the_same_time_see_right_bytes_or_none() {
    let dir = tempfile::tempdir().unwrap();
    // Room for four of the fragments: they come and go while they are read.
    let store = open_with(dir.path(), 4 * 20 * KIB as u64);
    let version = version(&store, &key("a"));
    std::thread::scope(|scope| {
        scope.spawn(|| (0..300).for_each(|n| put(&store, "a", n % 10 * 16 * KIB as u64, 16 * KIB)));
        for reader in 0..3 {
            let store = &store;
            scope.spawn(move || {
                let mut bytes = vec![0; 20 * KIB];
                let mut n = reader;
                for _ in 0..2000 {
                    n = crate::mix(n);
                    let offset = n % (160 * KIB as u64);
                    let read = store.read(&key("a"), version, offset, &mut bytes).unwrap();
                    assert_eq!(bytes[..read], content("a", offset, read));
                }
            });
        }
    });
    check_files(&store, dir.path());
}
