//! `cliffhanger-cli cache`.

use crate::{Home, bytes, cache, files, key, put};
use library::{Library, Places, Source};
use media::cache::PinReason;
use model::{Episode, EpisodeId, EpisodeKey, MediaRef, Series, SeriesId, Settings};
use std::path::PathBuf;
use std::time::SystemTime;

const FILM: &str = "https://cdn.example/v/1.mp4";
const OTHER: &str = "https://cdn.example/v/2.mp4";
/// Some fragments, the last of them shorter.
const LENGTH: usize = 5_000_000;

/// A home with a film that is cached as a whole, and another in part.
fn stocked() -> Home {
    let home = Home::new();
    let store = cache(home.path());
    put(&store, &key(FILM), &bytes(LENGTH), LENGTH);
    put(&store, &key(OTHER), &bytes(1000), LENGTH);
    home
}

fn fragments(home: &Home) -> Vec<PathBuf> {
    files(&Places::under(home.path()).cache.join("media/fragments"))
}

fn flip_a_byte(home: &Home) {
    let longest = fragments(home).into_iter().max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut fragment = std::fs::read(&longest).unwrap();
    fragment[12_345] ^= 1;
    std::fs::write(longest, fragment).unwrap();
}

/// A library with one episode at an address.
pub fn library_with(home: &Home, url: &str) -> (Library, EpisodeId) {
    let mut library = Library::open(&Places::under(home.path()).data, SystemTime::now()).unwrap().library;
    let place = MediaRef::Url("https://cdn.example/list.json".into());
    let Source { id: source, .. } = library.add_source(place, SystemTime::now()).unwrap();
    let id = EpisodeId("first".into());
    let episode = Episode {
        id: id.clone(),
        key: EpisodeKey { season: 1, number: Some(1) },
        number_end: None,
        title: None,
        synopsis: None,
        media: MediaRef::Url(url.into()),
        sidecars: Vec::new(),
        picture: None,
        duration_ms: None,
    };
    let series = Series {
        id: SeriesId("series".into()),
        source: source.clone(),
        title: "Series".into(),
        year: None,
        genres: Vec::new(),
        synopsis: None,
        poster: None,
        episodes: vec![episode],
    };
    library.store_scan(&source, &[series], SystemTime::now()).unwrap();
    (library, id)
}

#[test]
fn stats_say_what_is_there_and_what_may_be() {
    let home = stocked();
    cache(home.path()).pin(&key(OTHER), PinReason::Download).unwrap();
    let said = home.run(&["cache", "stats"]).done();
    assert!(said.starts_with("4.8 MiB of the usual limit (4 GiB or a tenth of the free disk, the smaller)"), "{said}");
    assert!(said.contains("in 4 fragments of 2 resources\n0.0 MiB must stay (downloads)\n"), "{said}");
    assert!(said.contains(" are free on the disk\n") && !said.contains("Another program"), "{said}");
    assert!(!Places::under(home.path()).data.exists(), "looking at a cache makes no library");
    let _in_use = cache(home.path());
    let said = home.run(&["cache", "stats"]).done();
    assert!(said.ends_with("Another program is using the cache; here it can only be read.\n"), "{said}");
}

#[test]
fn looking_at_a_cache_that_is_larger_than_it_may_be_deletes_nothing() {
    let home = Home::new();
    let settings = Settings { cache_limit_mib: Some(64), ..Settings::default() };
    library_with(&home, FILM).0.save_settings(&settings).unwrap();
    let film = bytes(67 << 20);
    put(&cache(home.path()), &key(FILM), &film, film.len());
    let before = fragments(&home);
    assert!(home.run(&["cache", "stats"]).done().starts_with("67.1 MiB of 64.0 MiB, in 34 fragments"));
    assert!(home.run(&["cache", "verify"]).done().starts_with("34 fragments are sound"));
    let out = home.path().join("film.mp4");
    home.run(&["cache", "export", FILM, out.to_str().unwrap()]).done();
    assert!(std::fs::read(out).unwrap() == film, "the film is another one");
    assert_eq!(fragments(&home), before);
}

#[test]
fn a_library_that_cannot_be_read_is_left_alone() {
    let home = stocked();
    let data = Places::under(home.path()).data;
    std::fs::create_dir_all(&data).unwrap();
    let library = data.join("library.sqlite3");
    std::fs::write(&library, "no database".repeat(1000)).unwrap();
    let said = home.run(&["cache", "stats"]).done();
    assert!(said.starts_with("4.8 MiB of an unknown limit (the library "), "{said}");
    let failed = home.run(&["cache", "export", "first", home.path().join("out").to_str().unwrap()]).failed();
    assert!(failed.contains("library.sqlite3"), "{failed}");
    assert_eq!(files(&data), [library]);
}

#[test]
fn verify_finds_a_byte_that_was_flipped_and_drops_its_fragment() {
    let home = stocked();
    assert_eq!(home.run(&["cache", "verify"]).done(), format!("4 fragments are sound ({} bytes)\n", LENGTH + 1000));
    flip_a_byte(&home);
    let said = home.run(&["cache", "verify"]).done();
    assert!(said.starts_with("3 fragments are sound") && said.contains(&format!("\ndropped: {FILM} at ")), "{said}");
    assert_eq!(fragments(&home).len(), 3);
    assert_eq!(home.run(&["cache", "verify"]).done().lines().count(), 1, "it is gone");
}

#[test]
fn what_is_damaged_in_a_cache_that_is_in_use_is_told_and_stays() {
    let home = stocked();
    flip_a_byte(&home);
    let _in_use = cache(home.path());
    let ran = home.run(&["cache", "verify"]);
    assert!(ran.out.contains(&format!("\ndamaged: {FILM} at ")), "{ran:?}");
    assert!(ran.failed().contains("another program is using the cache"));
    assert_eq!(fragments(&home).len(), 4);
    assert!(home.run(&["cache", "clear"]).failed().contains("another process is using the cache"));
    assert_eq!(fragments(&home).len(), 4);
}

#[test]
fn clear_keeps_downloads_unless_they_are_meant_too() {
    let home = stocked();
    cache(home.path()).pin(&key(FILM), PinReason::Download).unwrap();
    home.run(&["cache", "clear"]).done();
    let store = cache(home.path());
    assert!(store.is_whole(&key(FILM)) && store.ranges(&key(OTHER)).is_empty());
    drop(store);
    home.run(&["cache", "clear", "--downloads"]).done();
    assert_eq!(fragments(&home), Vec::<PathBuf>::new());
}

#[test]
fn export_writes_the_film_by_its_address_whatever_its_signature_or_by_its_name() {
    let home = stocked();
    let id = library_with(&home, &format!("{FILM}?token=abc")).1;
    for (name, episode) in [("a.mp4", FILM), ("b.mp4", &format!("{FILM}?sign=new")), ("c.mp4", id.as_str())] {
        let out = home.path().join(name);
        let said = home.run(&["cache", "export", episode, out.to_str().unwrap()]).done();
        assert_eq!(said, format!("{}: {LENGTH} bytes\n", out.display()));
        assert!(std::fs::read(&out).unwrap() == bytes(LENGTH), "{episode} is another film");
    }
}

#[test]
fn export_writes_over_nothing() {
    let home = stocked();
    let out = home.path().join("mine.mp4");
    std::fs::write(&out, "mine").unwrap();
    let failed = home.run(&["cache", "export", FILM, out.to_str().unwrap()]).failed();
    assert!(failed.contains("mine.mp4 cannot be written"), "{failed}");
    assert_eq!(std::fs::read(&out).unwrap(), b"mine");
}

#[test]
fn export_of_what_is_not_whole_says_how_much_there_is_and_leaves_no_file() {
    let home = stocked();
    let out = home.path().join("out.mp4");
    let export = |episode: &str| home.run(&["cache", "export", episode, out.to_str().unwrap()]).failed();
    assert!(export(OTHER).contains(&format!("only 1000 bytes of {OTHER} are cached, of {LENGTH}")));
    assert!(export("https://cdn.example/unknown.mp4").contains("only 0 bytes"));
    assert!(export("nobody").contains("there is no episode nobody in the library"));
    flip_a_byte(&home);
    assert!(export(FILM).contains("was damaged"));
    assert!(!out.exists());
}
