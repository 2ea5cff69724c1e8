#!/usr/bin/env bash
# Measures the app against mpv and Chromium on a private screen, in one run, and leaves target/bench/report.json and
# report.svg; then the cache against dd (cache.json), and slow links against mpv (network.json). Takes some hours and
# wants an idle machine.
#
# usage: bench.sh [--quick]
. "$(dirname "$0")/common.sh"

src-tauri/scripts/setup.sh bench
build_app -p tests --bins
say "Making the clips (once) …"
# More episodes than one player is swiped through in a row.
tests/bench/make-clips.sh "$TARGET/bench" 120
CHROMIUM=$(chromium_path)
[ -n "$CHROMIUM" ] || fail "No Chromium to measure against: install chromium or google-chrome."
export CHROMIUM
say "Measuring …"
"$TARGET/release/bench" --series "$TARGET/bench/series" --app "$TARGET/release/cliffhanger" --out "$TARGET/bench" "$@"
say "Writing to the cache and reading from it …"
"$TARGET/release/bench-cache" --out "$TARGET/bench" "$@"
say "Riding slow links …"
exec "$TARGET/release/bench-network" --out "$TARGET/bench" "$@"
