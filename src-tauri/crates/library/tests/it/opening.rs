//! Opening: fresh, again, damaged, from the future, out of reach, by two at once.

use crate::{at, episode_id, open, secs, series_id, source};
use library::{Library, LibraryError, Places};
use model::{ErrorCode, Settings};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

const FILE: &str = "library.sqlite3";

/// A library with enough in it to span many pages; closed.
fn filled(dir: &Path) -> PathBuf {
    let mut library = open(dir);
    let source = source(&mut library, dir, "films");
    library.store_scan(&source.id, &[crate::series(&source.id, "A", 500)], at(1)).unwrap();
    dir.join(FILE)
}

/// Opens a library that must be set aside, and checks that the new one works and that nothing was lost.
fn expect_set_aside(dir: &Path, suffix: &str) -> PathBuf {
    let before = std::fs::read(dir.join(FILE)).unwrap();
    let opened = Library::open(dir, at(0)).unwrap();
    let aside = opened.set_aside.expect("it is set aside");
    assert_eq!(aside, dir.join(format!("library.20260101T000000Z.{suffix}")));
    assert_eq!(std::fs::read(&aside).unwrap(), before, "its bytes are kept as they were");
    let mut library = opened.library;
    library.check().unwrap();
    assert!(library.sources().unwrap().is_empty());
    library.set_favourite(&series_id("A"), true, at(1)).unwrap();
    drop(library);
    open(dir).check().unwrap();
    aside
}

#[test]
fn a_fresh_library_makes_its_folder_and_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    let data = Places::under(dir.path()).data;
    let library = open(&data);
    library.check().unwrap();
    assert!(library.sources().unwrap().is_empty() && library.all_series().unwrap().is_empty());
    assert!(data.join(FILE).is_file());
}

#[test]
fn a_library_is_there_again_when_it_is_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let library = open(dir.path());
    assert_eq!(library.series(&series_id("A")).unwrap().unwrap().episodes.len(), 500);
    library.check().unwrap();
}

#[test]
fn who_only_looks_reads_beside_a_writer_and_makes_and_moves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert!(Library::look(&data).unwrap().is_none() && !data.exists());
    let mut writer = open(&data);
    let mut looking = Library::look(&data).unwrap().unwrap();
    let changed = Settings { volume: 0.25, ..Settings::default() };
    writer.save_settings(&changed).unwrap();
    assert_eq!(looking.settings().unwrap(), changed);
    looking.save_settings(&Settings::default()).unwrap_err();
    drop((looking, writer));
    let garbage = "<html>not a database</html>".repeat(1000);
    std::fs::write(data.join(FILE), &garbage).unwrap();
    Library::look(&data).unwrap().unwrap().settings().unwrap_err();
    assert_eq!(std::fs::read_to_string(data.join(FILE)).unwrap(), garbage);
}

#[test]
fn an_empty_file_is_a_fresh_library() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE), "").unwrap();
    open(dir.path()).check().unwrap();
}

#[test]
fn a_garbage_file_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE), "<html>not a database</html>".repeat(1000)).unwrap();
    expect_set_aside(dir.path(), "corrupt");
}

#[test]
fn a_truncated_file_is_set_aside() {
    for keep in [50, 100, 4096, 6000, 40_000] {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        assert!(file.metadata().unwrap().len() > 50_000);
        file.set_len(keep).unwrap();
        expect_set_aside(dir.path(), "corrupt");
    }
}

#[test]
fn a_file_with_a_page_of_noise_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = filled(dir.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    expect_set_aside(dir.path(), "corrupt");
}

#[test]
fn a_file_of_a_newer_version_is_set_aside_with_its_log_and_stays_readable() {
    let dir = tempfile::tempdir().unwrap();
    let path = filled(dir.path());
    // Another process of the newer version has it open, so that its last change is still in the log.
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 9999).unwrap();
    let aside = expect_set_aside(dir.path(), "newer");
    drop(newer);
    let kept = Connection::open(aside).unwrap();
    assert_eq!(kept.query_row("PRAGMA user_version", [], |row| row.get::<_, i32>(0)).unwrap(), 9999);
    assert_eq!(kept.query_row("SELECT count(*) FROM episodes", [], |row| row.get::<_, i32>(0)).unwrap(), 500);
}

#[test]
fn a_bare_file_with_a_future_version_is_set_aside_as_newer() {
    let dir = tempfile::tempdir().unwrap();
    Connection::open(dir.path().join(FILE)).unwrap().pragma_update(None, "user_version", 9999).unwrap();
    expect_set_aside(dir.path(), "newer");
}

#[test]
fn a_database_of_another_program_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let foreign = Connection::open(dir.path().join(FILE)).unwrap();
    foreign.execute_batch("CREATE TABLE series (id INTEGER); INSERT INTO series VALUES (1)").unwrap();
    drop(foreign);
    expect_set_aside(dir.path(), "corrupt");
}

#[test]
fn the_log_of_a_damaged_file_is_set_aside_with_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE), "garbage".repeat(1000)).unwrap();
    std::fs::write(dir.path().join("library.sqlite3-wal"), "log").unwrap();
    let aside = expect_set_aside(dir.path(), "corrupt");
    let log = aside.with_file_name("library.20260101T000000Z.corrupt-wal");
    assert_eq!(std::fs::read_to_string(log).unwrap(), "log");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let data = dir.path().join("file").join("data");
    let error = Library::open(&data, at(0)).unwrap_err();
    assert!(matches!(error, LibraryError::Folder { .. }));
    assert_eq!(error.code(), ErrorCode::LibraryWrite);
    assert!(error.to_string().contains(data.to_str().unwrap()), "{error}");
}

#[test]
fn a_folder_in_the_files_place_is_an_error_and_stays_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(FILE)).unwrap();
    let error = Library::open(dir.path(), at(0)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LibraryWrite);
    assert!(error.to_string().contains(FILE), "{error}");
    assert!(dir.path().join(FILE).is_dir());
}

/// Permissions do not bind the superuser, so there the opening happens in a child process of an ordinary user.
#[cfg(unix)]
#[test]
fn a_read_only_folder_or_file_is_a_clear_error_and_nothing_is_set_aside() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    const CHILD: &str = "LIBRARY_TEST_READ_ONLY";
    const NOBODY: u32 = 65534;

    if let Some(dir) = std::env::var_os(CHILD) {
        let error = Library::open(Path::new(&dir), at(0)).unwrap_err();
        println!("\nerror {:?} {error}", error.code());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(dir.path(), 0o755);
    let program = dir.path().join("program");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let superuser = std::fs::metadata(&program).unwrap().uid() == 0;

    let locked_folder = dir.path().join("folder");
    filled(&locked_folder);
    mode(&locked_folder, 0o555);
    let locked_file = dir.path().join("file");
    mode(&filled(&locked_file), 0o444);
    mode(&locked_file, 0o777);
    mode(&locked_file.join("library.lock"), 0o666);

    for (data, named) in [(&locked_folder, locked_folder.clone()), (&locked_file, locked_file.join(FILE))] {
        let mut child = std::process::Command::new(&program);
        child.args(["--exact", "--nocapture"]);
        child.arg("opening::a_read_only_folder_or_file_is_a_clear_error_and_nothing_is_set_aside");
        child.env(CHILD, data).current_dir("/");
        if superuser {
            child.uid(NOBODY).gid(NOBODY);
        }
        let output = child.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("error LibraryWrite") && said.contains(named.to_str().unwrap()), "{said}");
        let aside = std::fs::read_dir(data).unwrap().flatten().any(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.contains("corrupt") || name.contains("newer")
        });
        assert!(!aside, "what cannot be written is not taken for damaged");
    }
    mode(&locked_folder, 0o755);
}

#[test]
fn two_handles_on_one_file_see_each_others_changes() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (open(dir.path()), open(dir.path()));
    one.save_progress(&series_id("A"), &episode_id("A", 1), secs(7), None, false, at(1)).unwrap();
    assert_eq!(two.progress(&series_id("A")).unwrap()[&episode_id("A", 1)].position, secs(7));
    two.save_progress(&series_id("A"), &episode_id("A", 1), secs(8), None, false, at(2)).unwrap();
    assert_eq!(one.progress(&series_id("A")).unwrap()[&episode_id("A", 1)].position, secs(8));
}

#[test]
fn handles_that_write_at_once_wait_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let begin = Barrier::new(4);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (dir, begin) = (dir.path(), &begin);
            scope.spawn(move || {
                let mut library = open(dir);
                begin.wait();
                for n in 1..=50 {
                    let episode = episode_id(&writer.to_string(), n);
                    library.save_progress(&series_id("A"), &episode, secs(9), None, false, at(1)).unwrap();
                    // These read before they write.
                    library.set_watched(&series_id("A"), &episode, true, at(1)).unwrap();
                    library.save_settings(&Settings::default()).unwrap();
                }
            });
        }
    });
    let library = open(dir.path());
    assert_eq!(library.progress(&series_id("A")).unwrap().len(), 200);
    library.check().unwrap();
}

#[test]
fn of_several_that_open_a_damaged_library_at_once_one_sets_it_aside() {
    for _ in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "garbage".repeat(1000)).unwrap();
        let begin = Barrier::new(4);
        let open = || {
            begin.wait();
            let mut opened = Library::open(dir.path(), at(0)).unwrap();
            opened.library.set_favourite(&series_id("A"), true, at(1)).unwrap();
            opened.set_aside
        };
        let aside = std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(open));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(aside.iter().flatten().count(), 1, "{aside:?}");
    }
}
