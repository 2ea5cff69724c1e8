#!/usr/bin/env bash
# Every check there is, the cheap ones first. Stops at the first that fails.
. "$(dirname "$0")/common.sh"
# One set of features for all of cargo's steps, so that each crate is built once. The app that is tested carries its
# interface with it, as the shipped one does.
features=(--workspace --features cliffhanger/custom-protocol)

src-tauri/scripts/setup.sh test

say "Formatting …"
cargo fmt --all -- --check

say "The interface: lint, types, tests, build …"
npm --prefix ui run lint
npm --prefix ui run check
npm --prefix ui run test
# The shell carries the built interface, so this comes before anything that compiles the shell.
npm --prefix ui run build

say "Rust: clippy (the first time compiles all dependencies) …"
cargo clippy "${features[@]}" --all-targets -- -D warnings

say "Rust: building the programs that the tests start …"
cargo build "${features[@]}" --bins
# Tests of the whole application start these, rather than search for them.
CLIFFHANGER_BIN=$(realpath "$TARGET/debug/cliffhanger")
CHROMIUM=$(chromium_path)
export CLIFFHANGER_BIN CHROMIUM

say "Rust: tests, up to the whole application on a private screen …"
cargo test "${features[@]}"

if [ -f tests/web/package.json ]; then
  say "The interface on the real engine, in a browser …"
  (cd tests/web && npx playwright test)
fi

say "All checks passed."
