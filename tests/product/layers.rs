//! The rules between the layers: who may depend on whom, and who may import Tauri in the page.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each of our packages may use of ours, and whether it may use the things that belong to one layer only.
const RULES: [(&str, &[&str]); 10] = [
    ("model", &[]),
    ("catalog", &["model"]),
    ("library", &["model"]),
    ("media", &["model"]),
    ("playback", &["media", "model"]),
    ("prefetch", &["model"]),
    ("engine", &["catalog", "library", "media", "model", "playback", "prefetch"]),
    ("cli", &["engine", "library", "media", "model", "playback", "prefetch"]),
    ("", &["engine", "model"]),
    ("tests", &["engine", "media", "model", "playback"]),
];

/// Foreign packages that belong to one layer: (a prefix of their names, the packages that may use them).
const OWNED: [(&str, &[&str]); 8] = [
    ("gstreamer", &["playback"]),
    ("rusqlite", &["library", "media"]),
    ("tauri", &[""]),
    ("gtk", &[""]),
    ("webkit2gtk", &[""]),
    ("axum", &["tests"]),
    ("reqwest", &["media"]),
    ("rustls", &["media"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn manifest(package: &str) -> PathBuf {
    match package {
        "" => root().join("src-tauri/Cargo.toml"),
        "tests" => root().join("tests/Cargo.toml"),
        name => root().join(format!("src-tauri/crates/{name}/Cargo.toml")),
    }
}

/// Names under every `dependencies` table of a manifest, test-only ones aside.
fn dependencies(package: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(manifest(package)).unwrap();
    let (mut names, mut inside) = (BTreeSet::new(), false);
    for line in text.lines() {
        if let Some(header) = line.strip_prefix('[') {
            inside = header.trim_end_matches(']').ends_with("dependencies") && !header.starts_with("dev-");
        } else if inside && let Some((name, _)) = line.split_once(['=', '.']) {
            names.insert(name.trim().to_owned());
        }
    }
    names
}

#[test]
fn dependencies_point_down_only() {
    let ours: BTreeSet<&str> = RULES.iter().map(|r| r.0).collect();
    for (package, allowed) in RULES {
        let used = dependencies(package);
        assert!(!used.is_empty(), "no dependencies read for {package:?}");
        for name in &used {
            if ours.contains(name.as_str()) {
                assert!(allowed.contains(&name.as_str()), "{package:?} must not use {name}");
            }
            for (prefix, owners) in OWNED {
                assert!(!name.starts_with(prefix) || owners.contains(&package), "{package:?} must not use {name}");
            }
        }
    }
}

#[test]
fn every_crate_has_a_rule() {
    let crates = std::fs::read_dir(root().join("src-tauri/crates")).unwrap();
    for entry in crates {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(RULES.iter().any(|r| r.0 == name), "{name} has no rule: add one");
    }
}

#[test]
fn only_the_backend_of_the_page_imports_tauri() {
    let (mut files, mut importers) = (0, 0);
    let mut folders = vec![root().join("ui/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "ts" || e == "svelte") {
                files += 1;
                if std::fs::read_to_string(&path).unwrap().contains("@tauri-apps/") {
                    importers += 1;
                    assert!(path.to_string_lossy().contains("/lib/backend/"), "{} imports Tauri", path.display());
                }
            }
        }
    }
    assert!(files > 20 && importers > 0, "the page's sources were not found");
}

#[test]
fn the_engine_is_built_without_tauri_gtk_or_webkit() {
    let cargo = std::process::Command::new(env!("CARGO"))
        .args(["tree", "-p", "engine", "--edges", "normal", "--prefix", "none", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let tree = String::from_utf8(cargo.stdout).unwrap();
    assert!(tree.contains("gstreamer"), "no tree: {}", String::from_utf8_lossy(&cargo.stderr));
    for foreign in ["tauri ", "gtk ", "webkit2gtk ", "wry ", "gdk "] {
        assert!(!tree.lines().any(|l| l.starts_with(foreign)), "the engine depends on {foreign}");
    }
}
