//! Sources and what their scans found: stored, read back, replaced, removed.

use crate::{at, episode_id, open, secs, series, series_id, source};
use library::{Library, LibraryError};
use model::{ApiError, ErrorCode, Sidecar, SourceId};
use std::path::{Path, PathBuf};

#[test]
fn adding_the_same_folder_again_returns_the_same_source() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = Library::in_memory().unwrap();
    let first = source(&mut library, dir.path(), "films");
    assert_eq!(first.place, dir.path().join("films").canonicalize().unwrap().into());
    let again = library.add_source(dir.path().join("films").join("..").join("films"), at(99)).unwrap();
    assert_eq!(again, first);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(dir.path().join("films"), dir.path().join("link")).unwrap();
        assert_eq!(library.add_source(dir.path().join("link"), at(99)).unwrap(), first);
    }
    assert_eq!(library.sources().unwrap(), [first]);
}

#[test]
fn adding_a_folder_that_is_not_there_is_an_error_that_names_it() {
    let error = Library::in_memory().unwrap().add_source(Path::new("/no such folder"), at(0)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert!(error.to_string().contains("/no such folder"));
}

#[cfg(target_os = "linux")]
#[test]
fn folders_whose_names_are_not_unicode_are_told_apart() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let mut library = open(&dir.path().join("data"));
    for bytes in [b"films \xff", b"films \xfe"] {
        let folder = dir.path().join(std::ffi::OsStr::from_bytes(bytes));
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(library.add_source(&*folder, at(0)).unwrap().place, folder.canonicalize().unwrap().into());
    }
    let sources = library.sources().unwrap();
    assert_eq!(sources.len(), 2);
    assert_ne!(sources[0].id, sources[1].id);
}

#[test]
fn a_scan_comes_back_as_it_was_stored() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = open(&dir.path().join("data"));
    let source = source(&mut library, dir.path(), "films").id;
    let mut full = series(&source, "短剧 'quoted' %_\u{1f600}", 3);
    full.year = Some(2025);
    full.genres = vec!["甜宠".into(), "Revenge, \"sweet\"".into()];
    full.synopsis = Some("A <b>plain</b> text".into());
    full.poster = Some(PathBuf::from("/films/poster.jpg").into());
    let episode = &mut full.episodes[1];
    episode.key.season = 0;
    episode.key.number = None;
    episode.number_end = Some(u32::MAX);
    episode.title = Some("Second".into());
    episode.synopsis = Some(String::new());
    episode.picture = Some(odd_path().into());
    episode.duration_ms = Some(90_500);
    episode.media = odd_path().into();
    for (n, default) in [(0, true), (1, false)] {
        episode.sidecars.push(Sidecar {
            media: PathBuf::from(format!("/films/2.{n}.srt")).into(),
            language: Some("zh-Hans".into()),
            title: None,
            forced: !default,
            default,
            hearing_impaired: n == 1,
        });
    }
    let plain = series(&source, "plain", 1);
    library.store_scan(&source, &[full.clone(), plain.clone()], at(5)).unwrap();
    assert_eq!(library.series(&full.id).unwrap(), Some(full.clone()));
    assert_eq!(library.series(&plain.id).unwrap(), Some(plain));
    assert_eq!(library.series_of(&full.episodes[1].id).unwrap(), Some(full.id));
    assert_eq!(library.series(&series_id("other")).unwrap(), None);
    assert_eq!(library.series_of(&episode_id("other", 1)).unwrap(), None);
    let stored = &library.sources().unwrap()[0];
    assert_eq!((stored.series, stored.episodes, stored.scanned), (2, 4, Some(at(5))));
}

/// A path that is not Unicode where the system allows it.
#[cfg(unix)]
fn odd_path() -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(b"/films/\xff\x80 2.mp4".to_vec()).into()
}

#[cfg(not(unix))]
fn odd_path() -> PathBuf {
    PathBuf::from("C:\\films\\2.mp4")
}

#[test]
fn a_rescan_replaces_what_was_found_and_keeps_what_the_user_did() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = open(&dir.path().join("data"));
    let source = source(&mut library, dir.path(), "films").id;
    library.store_scan(&source, &[series(&source, "A", 3), series(&source, "gone", 1)], at(1)).unwrap();
    library.save_progress(&series_id("A"), &episode_id("A", 2), secs(31), Some(secs(90)), false, at(2)).unwrap();
    library.set_watched(&series_id("A"), &episode_id("A", 1), true, at(3)).unwrap();
    library.set_favourite(&series_id("A"), true, at(4)).unwrap();

    library.store_scan(&source, &[series(&source, "A", 5), series(&source, "new", 1)], at(5)).unwrap();
    let all = library.all_series().unwrap();
    let titles: Vec<_> = all.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["A", "new"]);
    assert_eq!((all[0].episodes, all[0].watched, all[0].favourite), (5, 1, true));
    assert_eq!(library.progress(&series_id("A")).unwrap()[&episode_id("A", 2)].position, secs(31));
    assert_eq!(library.series(&series_id("A")).unwrap().unwrap().episodes[1].duration_ms, Some(90_000));
    assert_eq!(library.series(&series_id("gone")).unwrap(), None);
    library.check().unwrap();
}

#[test]
fn a_file_that_vanishes_and_comes_back_finds_its_progress_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = Library::in_memory().unwrap();
    let source = source(&mut library, dir.path(), "films").id;
    library.store_scan(&source, &[series(&source, "A", 2)], at(1)).unwrap();
    library.save_progress(&series_id("A"), &episode_id("A", 2), secs(31), None, false, at(2)).unwrap();
    library.store_scan(&source, &[series(&source, "A", 1)], at(3)).unwrap();
    let resume = library.resume_point(&series_id("A")).unwrap().unwrap();
    assert_eq!((resume.episode, resume.started), (episode_id("A", 1), false));
    library.store_scan(&source, &[series(&source, "A", 2)], at(4)).unwrap();
    let resume = library.resume_point(&series_id("A")).unwrap().unwrap();
    assert_eq!((resume.episode, resume.position), (episode_id("A", 2), secs(31)));
}

#[test]
fn an_episode_that_a_scan_puts_into_another_series_takes_its_progress_along() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = Library::in_memory().unwrap();
    let source = source(&mut library, dir.path(), "films").id;
    library.store_scan(&source, &[series(&source, "A", 2)], at(1)).unwrap();
    library.save_progress(&series_id("A"), &episode_id("A", 2), secs(31), None, false, at(2)).unwrap();
    let mut moved = series(&source, "A", 2);
    moved.id = series_id("B");
    library.store_scan(&source, &[moved], at(3)).unwrap();
    assert_eq!(library.progress(&series_id("B")).unwrap()[&episode_id("A", 2)].position, secs(31));
    assert!(library.progress(&series_id("A")).unwrap().is_empty());
}

#[test]
fn a_removed_source_takes_its_series_along_and_leaves_the_others_and_the_progress() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = open(&dir.path().join("data"));
    let one = source(&mut library, dir.path(), "one");
    let two = source(&mut library, dir.path(), "two");
    library.store_scan(&one.id, &[series(&one.id, "A", 3)], at(1)).unwrap();
    library.store_scan(&two.id, &[series(&two.id, "B", 3)], at(1)).unwrap();
    library.save_progress(&series_id("A"), &episode_id("A", 2), secs(31), None, false, at(2)).unwrap();
    library.remove_source(&one.id).unwrap();
    library.remove_source(&one.id).unwrap();
    assert_eq!(library.sources().unwrap().iter().map(|source| &source.id).collect::<Vec<_>>(), [&two.id]);
    assert_eq!(library.all_series().unwrap().len(), 1);
    assert!(library.continue_watching(10).unwrap().is_empty());
    library.check().unwrap();

    let back = source(&mut library, dir.path(), "one");
    assert_eq!(back.id, one.id);
    library.store_scan(&back.id, &[series(&back.id, "A", 3)], at(3)).unwrap();
    assert_eq!(library.resume_point(&series_id("A")).unwrap().unwrap().position, secs(31));
}

#[test]
fn a_scan_of_a_source_that_was_removed_meanwhile_is_refused() {
    let mut library = Library::in_memory().unwrap();
    let gone = SourceId("gone".into());
    let error = library.store_scan(&gone, &[series(&gone, "A", 1)], at(1)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unknown);
    assert!(library.all_series().unwrap().is_empty());
    let error = library.note_scan_error(&gone, None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unknown);
}

#[test]
fn an_inconsistent_scan_is_refused_as_a_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = Library::in_memory().unwrap();
    let source = source(&mut library, dir.path(), "films").id;
    library.store_scan(&source, &[series(&source, "A", 2)], at(1)).unwrap();
    let mut doubled = series(&source, "B", 2);
    doubled.episodes[1].id = doubled.episodes[0].id.clone();
    let elsewhere = series(&SourceId("other".into()), "B", 1);
    for bad in [vec![doubled], vec![elsewhere], vec![series(&source, "B", 1), series(&source, "B", 0)]] {
        let error = library.store_scan(&source, &bad, at(2)).unwrap_err();
        assert!(matches!(error, LibraryError::BadScan { .. }), "{error}");
    }
    assert_eq!(library.all_series().unwrap()[0].title, "A");
}

#[test]
fn a_failed_scan_is_noted_until_one_succeeds_and_keeps_the_series() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = open(&dir.path().join("data"));
    let source = source(&mut library, dir.path(), "films").id;
    library.store_scan(&source, &[series(&source, "A", 2)], at(1)).unwrap();
    let error = ApiError::new(ErrorCode::NotFound, "films is gone").with_detail("os error 2");
    library.note_scan_error(&source, Some(&error)).unwrap();
    assert_eq!(library.sources().unwrap()[0].error.as_ref(), Some(&error));
    assert_eq!(library.all_series().unwrap().len(), 1);
    library.note_scan_error(&source, None).unwrap();
    assert_eq!(library.sources().unwrap()[0].error, None);
    library.note_scan_error(&source, Some(&error)).unwrap();
    library.store_scan(&source, &[], at(2)).unwrap();
    assert_eq!(library.sources().unwrap()[0].error, None);
}

#[test]
fn series_stand_in_the_natural_order_of_their_titles() {
    let dir = tempfile::tempdir().unwrap();
    let mut library = Library::in_memory().unwrap();
    let source = source(&mut library, dir.path(), "films").id;
    let scan: Vec<_> = ["part 10", "Part 2", "alpha", "Part 1"].map(|name| series(&source, name, 1)).into();
    library.store_scan(&source, &scan, at(1)).unwrap();
    let titles: Vec<_> = library.all_series().unwrap().into_iter().map(|one| one.title).collect();
    assert_eq!(titles, ["alpha", "Part 1", "Part 2", "part 10"]);
}
