//! A cache on a small disk, of which the usual limit leaves it next to nothing.
//!
//! The test runs itself again in a mount namespace of its own (`unshare`), so that nothing is left mounted whatever
//! happens. Where that is not allowed, it says so on the error output.

#![cfg(target_os = "linux")]

use crate::{bytes, cache, files, key, put, run};
use std::io::Write;
use std::path::Path;
use std::process::Command;

const DISK: &str = "CLI_TEST_SMALL_DISK";
const FILM: &str = "https://cdn.example/v/1.mp4";

/// Runs a test again where `dir` is a disk of 24 MiB. Tells whether that was possible.
fn on_small_disk(test: &str, dir: &Path) -> bool {
    let script = r#"mount -t tmpfs -o size=24m none "$0" || exit 99; exec "$@""#;
    ["--mount", "-Urm"].into_iter().any(|flags| {
        let ran = Command::new("unshare")
            .args([flags, "sh", "-c", script])
            .arg(dir)
            .arg(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(DISK, dir)
            .output();
        let Ok(output) = ran else { return false };
        assert_ne!(output.status.code(), Some(101), "{}", String::from_utf8_lossy(&output.stderr));
        let passed = String::from_utf8_lossy(&output.stdout).contains("1 passed");
        assert!(passed || !output.status.success(), "{test} is not the test's name");
        passed
    })
}

#[test]
fn looking_at_a_cache_that_is_larger_than_usual_deletes_nothing() {
    let Some(home) = std::env::var_os(DISK) else {
        let dir = tempfile::tempdir().unwrap();
        if !on_small_disk("small_disk::looking_at_a_cache_that_is_larger_than_usual_deletes_nothing", dir.path()) {
            // Past what the harness would swallow.
            std::io::stderr().write_all(b"\nWARNING: no small disk could be mounted for this test\n").unwrap();
        }
        return;
    };
    let home = Path::new(&home);
    let film = bytes(8 << 20);
    put(&cache(home), &key(FILM), &film, film.len());
    let before = files(&home.join("cache/media/fragments"));
    run(home, &["cache", "stats"]).done();
    run(home, &["cache", "verify"]).done();
    run(home, &["cache", "export", FILM, home.join("film.mp4").to_str().unwrap()]).done();
    assert_eq!(files(&home.join("cache/media/fragments")), before);
}
