//! Opening brings files and rows together again.

use crate::{KIB, check, check_files, content, fragment_files, key, open, put, version};
use media::ResourceKey;
use media::cache::PinReason;

#[test]
fn what_was_put_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, "a", 0, 100);
    put(&store, "b", 1 << 40, 100);
    let (bytes, ranges) = (store.stats().bytes, store.ranges(&key("b")));
    drop(store);
    let store = open(dir.path());
    assert_eq!((check(&store, "a"), check(&store, "b")), (100, 100));
    assert_eq!((store.stats().bytes, store.ranges(&key("b"))), (bytes, ranges));
    assert_eq!((store.stats().resources, store.stats().fragments), (2, 2));
}

#[test]
fn temporary_files_files_without_rows_and_strange_files_are_swept() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, "a", 0, KIB);
    put(&store, "b", 0, KIB);
    drop(store);
    let whole = &fragment_files(dir.path())[0];
    // A whole fragment, yet nobody committed it.
    std::fs::copy(whole, whole.with_file_name(format!("{:016x}", 5000))).unwrap();
    std::fs::create_dir(dir.path().join("fragments/00000000000000ff")).unwrap();
    std::fs::copy(whole, dir.path().join("fragments/00000000000000ff/0000000000000000")).unwrap();
    std::fs::write(dir.path().join("fragments/notes"), b"?").unwrap();
    std::fs::write(whole.with_file_name("notes"), b"?").unwrap();
    std::fs::write(dir.path().join("temporary/7"), b"half").unwrap();
    std::fs::create_dir(dir.path().join("temporary/folder")).unwrap();
    let store = open(dir.path());
    check_files(&store, dir.path());
    assert_eq!(store.stats().fragments, 2);
    assert_eq!(std::fs::read_dir(dir.path().join("fragments")).unwrap().count(), 2);
    assert_eq!((check(&store, "a"), check(&store, "b")), (KIB as u64, KIB as u64));
}

#[test]
fn without_an_index_the_newest_version_counts_and_contradictions_go() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    put(&store, "a", 0, KIB);
    put(&store, "a", KIB as u64, KIB);
    put(&store, "b", 0, KIB);
    drop(store);
    let files = fragment_files(dir.path());
    // At a place that is not its own.
    std::fs::copy(&files[0], files[0].with_file_name(format!("{:016x}", 5000))).unwrap();
    // Another resource's fragment in its folder.
    std::fs::copy(&files[2], files[0].with_file_name(format!("{:016x}", 0))).unwrap();
    // A later version of the other resource.
    std::fs::create_dir(dir.path().join("fragments/00000000000000ff")).unwrap();
    std::fs::copy(&files[2], dir.path().join("fragments/00000000000000ff/0000000000000000")).unwrap();
    std::fs::remove_file(dir.path().join("index.sqlite3")).unwrap();
    let store = open(dir.path());
    check_files(&store, dir.path());
    assert_eq!((check(&store, "a"), check(&store, "b")), (KIB as u64, KIB as u64));
    put(&store, "c", 0, KIB);
    assert!(fragment_files(dir.path()).iter().any(|file| file.to_string_lossy().contains("0000000000000100")));
}

#[test]
fn a_download_that_lost_its_index_can_be_pinned_again_and_long_names_are_no_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let long = ResourceKey::new(format!("https://cdn.example/剧集/{}", "x".repeat(9000)));
    let store = open(dir.path());
    store.pin(&long, PinReason::Download).unwrap();
    store.put(&long, version(&store, &long), 0, &content("long", 0, KIB)).unwrap();
    drop(store);
    std::fs::remove_file(dir.path().join("index.sqlite3")).unwrap();
    let store = open(dir.path());
    assert_eq!(store.stats().pinned_bytes, 0);
    store.pin(&long, PinReason::Download).unwrap();
    assert_eq!(store.stats().pinned_bytes, store.stats().bytes);
    assert_eq!(crate::check_content(&store, &long, "long"), KIB as u64);
}
