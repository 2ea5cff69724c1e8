//! What others do to the cache's files: it is told, nothing wrong is served, and it heals.

use crate::{KIB, check, check_files, content, fragment_files, key, open, put, version};
use media::Validator;
use media::cache::{CacheError, Limit, Store, VerifyReport};
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Damages a file, or something in a folder.
type Harm = fn(&Path);

const HARMS: [(&str, Harm); 4] = [
    ("truncated", |file| OpenOptions::new().write(true).open(file).unwrap().set_len(100).unwrap()),
    ("flipped", |file| {
        let mut file = OpenOptions::new().read(true).write(true).open(file).unwrap();
        let mut byte = [0];
        file.seek(SeekFrom::Start(777)).unwrap();
        file.read_exact(&mut byte).unwrap();
        file.seek(SeekFrom::Start(777)).unwrap();
        file.write_all(&[byte[0] ^ 4]).unwrap();
    }),
    ("emptied", |file| drop(std::fs::File::create(file).unwrap())),
    ("deleted", |file| std::fs::remove_file(file).unwrap()),
];

#[test]
fn a_damaged_fragment_is_told_once_is_a_hole_then_and_can_be_written_again() {
    for (name, harm) in HARMS {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        put(&store, "a", 0, KIB);
        put(&store, "a", KIB as u64, KIB);
        // Verified once: what happens to the file afterwards still counts.
        check(&store, "a");
        harm(&fragment_files(dir.path())[1]);
        let (key, version) = (key("a"), version(&store, &key("a")));
        let mut bytes = [0; 3 * KIB];
        assert_eq!(store.read(&key, version, 0, &mut bytes).unwrap(), KIB, "{name}: up to the damage");
        let error = store.read(&key, version, KIB as u64, &mut bytes).unwrap_err();
        assert!(matches!(error, CacheError::Corrupt { offset: 1024, .. }), "{name}: {error}");
        assert_eq!(store.read(&key, version, KIB as u64, &mut bytes).unwrap(), 0, "{name}");
        check_files(&store, dir.path());
        put(&store, "a", KIB as u64, KIB);
        assert_eq!(check(&store, "a"), 2 * KIB as u64, "{name}");
    }
}

#[test]
fn a_fragment_damaged_while_nobody_looked_is_found_on_opening_or_reading() {
    for (name, harm) in HARMS {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        put(&store, "a", 0, KIB);
        put(&store, "b", 0, KIB);
        drop(store);
        harm(&fragment_files(dir.path())[0]);
        let store = open(dir.path());
        let version = version(&store, &key("a"));
        match store.read(&key("a"), version, 0, &mut [0; KIB]) {
            Ok(0) if name != "flipped" => {}
            Err(CacheError::Corrupt { .. }) if name == "flipped" => {}
            other => panic!("{name}: {other:?}"),
        }
        check_files(&store, dir.path());
        assert_eq!((check(&store, "a"), check(&store, "b")), (0, KIB as u64), "{name}");
    }
}

#[test]
fn verifying_finds_every_damaged_fragment_and_keeps_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    (0..6).for_each(|n| put(&store, "a", n * KIB as u64, KIB));
    check(&store, "a");
    let files = fragment_files(dir.path());
    for (n, (_, harm)) in HARMS.iter().enumerate() {
        harm(&files[n]);
    }
    let mut heard = Vec::new();
    let report = store.verify(|progress| {
        heard.push((progress.done, progress.of));
        true
    });
    let dropped = (0..4).map(|n| (key("a"), n * KIB as u64)).collect();
    let sound_bytes = 2 * KIB as u64;
    assert_eq!(report, VerifyReport { sound: 2, sound_bytes, dropped, unreadable: 0 });
    assert_eq!(heard, (1..=6).map(|done| (done, 6)).collect::<Vec<_>>());
    assert_eq!(check(&store, "a"), sound_bytes);
    let mut calls = 0;
    store.verify(|_| {
        calls += 1;
        false
    });
    assert_eq!(calls, 1, "it can be stopped");
}

#[test]
fn a_lost_or_garbled_index_is_made_anew_from_the_fragments() {
    fn index(dir: &Path) -> PathBuf {
        dir.join("index.sqlite3")
    }
    let harms: [(&str, Harm); 5] = [
        ("deleted", |dir| std::fs::remove_file(index(dir)).unwrap()),
        ("emptied", |dir| std::fs::write(index(dir), b"").unwrap()),
        ("garbage", |dir| std::fs::write(index(dir), b"garbage".repeat(10_000)).unwrap()),
        ("cut", |dir| OpenOptions::new().write(true).open(index(dir)).unwrap().set_len(5000).unwrap()),
        ("garbled", |dir| {
            let mut file = OpenOptions::new().write(true).open(index(dir)).unwrap();
            file.seek(SeekFrom::Start(4096)).unwrap();
            file.write_all(&[0x5a; 4096]).unwrap();
        }),
    ];
    for (name, harm) in harms {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let validator = Validator { length: Some(3 * KIB as u64), ..crate::etag("\"1\"") };
        store.resource(&key("a"), &validator).unwrap();
        (0..3).for_each(|n| put(&store, "a", n * KIB as u64, KIB));
        put(&store, "b", 5, KIB);
        drop(store);
        harm(dir.path());
        for _ in 0..2 {
            let store = open(dir.path());
            assert_eq!((check(&store, "a"), check(&store, "b")), (3 * KIB as u64, KIB as u64), "{name}");
            assert_eq!(store.resource(&key("a"), &Validator::default()).unwrap().validator, validator, "{name}");
            check_files(&store, dir.path());
        }
        put(&open(dir.path()), "c", 0, KIB);
        assert_eq!(check(&open(dir.path()), "c"), KIB as u64, "{name}");
    }
}

#[test]
fn an_index_garbled_while_it_is_in_use_costs_nothing_either() {
    for harm in ["garbage", "deleted"] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        put(&store, "a", 0, KIB);
        for companion in ["", "-wal"] {
            let path = dir.path().join(format!("index.sqlite3{companion}"));
            match harm {
                "garbage" => {
                    let length = std::fs::metadata(&path).unwrap().len();
                    let mut file = OpenOptions::new().write(true).open(path).unwrap();
                    file.write_all(&b"garbage!".repeat(length as usize / 8)).unwrap();
                }
                _ => std::fs::remove_file(path).unwrap(),
            }
        }
        for n in 0..50 {
            // It may fail, and then the bytes come from the network.
            let version = version(&store, &key("b"));
            let _ = store.put(&key("b"), version, n * 100, &content("b", n * 100, 100));
        }
        check(&store, "b");
        drop(store);
        let store = open(dir.path());
        assert_eq!(check(&store, "a"), KIB as u64, "{harm}");
        check(&store, "b");
        check_files(&store, dir.path());
        put(&store, "c", 0, KIB);
    }
}

#[test]
fn a_newer_index_is_kept_beside_the_new_one() {
    let dir = tempfile::tempdir().unwrap();
    put(&open(dir.path()), "a", 0, KIB);
    // Bytes 60 to 63 of SQLite's header: user_version.
    let mut file = OpenOptions::new().write(true).open(dir.path().join("index.sqlite3")).unwrap();
    file.seek(SeekFrom::Start(60)).unwrap();
    file.write_all(&99_u32.to_be_bytes()).unwrap();
    drop(file);
    let store = open(dir.path());
    assert_eq!(check(&store, "a"), KIB as u64);
    assert!(dir.path().join("index.newer").exists());
}

#[test]
fn a_folder_that_is_none_is_told_and_heals_when_it_is_one_again() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("cache");
    std::fs::write(&dir, b"in the way").unwrap();
    let error = Store::open(&dir, Limit::Usual, crate::clock()).err().unwrap();
    assert!(matches!(&error, CacheError::Folder { .. }), "{error}");
    assert!(error.to_string().contains("cache"), "{error}");
    std::fs::remove_file(&dir).unwrap();
    let store = open(&dir);
    put(&store, "a", 0, KIB);

    // In use: neither root nor anybody else can write a file into a file.
    std::fs::remove_dir(dir.join("temporary")).unwrap();
    std::fs::write(dir.join("temporary"), b"in the way").unwrap();
    let version = version(&store, &key("a"));
    let error = store.put(&key("a"), version, KIB as u64, &[0; 9]).unwrap_err();
    assert!(matches!(error, CacheError::Write { .. }), "{error}");
    assert_eq!(check(&store, "a"), KIB as u64, "what is there is still read");
    std::fs::remove_file(dir.join("temporary")).unwrap();
    put(&store, "a", KIB as u64, KIB);
    std::fs::remove_dir_all(dir.join("fragments")).unwrap();
    assert!(matches!(store.read(&key("a"), version, 0, &mut [0; 9]).unwrap_err(), CacheError::Corrupt { .. }));
    put(&store, "a", 0, KIB);
    assert_eq!(store.verify(|_| true).dropped.len(), 1);
    check_files(&store, &dir);
}
