//! Two at one cache: the second only reads.

use crate::{check, clock, content, etag, key, open, put, version};
use media::Validator;
use media::cache::{CacheError, Found, Limit, Mode, PinReason, Store};

#[test]
fn the_second_store_reads_what_the_first_writes_and_says_that_it_cannot_write() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    put(&first, "a", 0, 100);
    let second = Store::open(dir.path(), Limit::Usual, clock()).unwrap();
    assert_eq!((second.mode(), second.stats().mode), (Mode::ReadOnly, Mode::ReadOnly));
    assert_eq!(check(&second, "a"), 100);
    put(&first, "a", 100, 100);
    put(&first, "b", 0, 100);
    assert_eq!((check(&second, "a"), check(&second, "b")), (200, 100));
    let version = version(&second, &key("c"));
    for refused in [
        second.put(&key("c"), version, 0, &[1]).unwrap_err(),
        second.remove(&key("a")).unwrap_err(),
        second.clear(false).unwrap_err(),
        second.set_limit(Limit::Bytes(0)).unwrap_err(),
        second.pin(&key("a"), PinReason::Download).unwrap_err(),
        second.flush().unwrap_err(),
    ] {
        assert!(matches!(refused, CacheError::ReadOnly), "{refused}");
        assert!(refused.to_string().contains("another process"));
    }
    second.pin(&key("a"), PinReason::Current).unwrap();
    drop((first, second));
    assert_eq!(check(&open(dir.path()), "a"), 200, "the first to come writes again");
}

#[test]
fn the_second_store_has_holes_where_the_first_one_evicts_and_drops_nothing_itself() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    put(&first, "a", 0, 100);
    put(&first, "b", 0, 100);
    first.resource(&key("b"), &etag("1")).unwrap();
    first.flush().unwrap();
    let second = Store::open(dir.path(), Limit::Usual, clock()).unwrap();
    let version = version(&second, &key("a"));
    first.remove(&key("a")).unwrap();
    assert!(matches!(second.read(&key("a"), version, 0, &mut [0; 9]).unwrap_err(), CacheError::Corrupt { .. }));
    assert_eq!(second.read(&key("a"), version, 0, &mut [0; 9]).unwrap(), 0);
    let replaced = second.resource(&key("b"), &etag("2")).unwrap();
    assert_eq!((replaced.found, replaced.cached.len()), (Found::Replaced, 0));
    let kept = first.resource(&key("b"), &Validator::default()).unwrap();
    let mut bytes = [0; 100];
    assert_eq!(first.read(&key("b"), kept.version, 0, &mut bytes).unwrap(), 100);
    assert_eq!(bytes[..], content("b", 0, 100));
}
