#!/usr/bin/env bash
# The app in a debug build on Vite's dev server: the interface reloads as it is edited. Ends both together.
#
# usage: dev.sh [FOLDER]
. "$(dirname "$0")/common.sh"
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || fail "make dev needs a display. (make run works without one.)"
[ $# = 0 ] || [ -e "$1" ] || fail "There is no folder $1."

src-tauri/scripts/setup.sh run
if [ $# = 0 ]; then
  src-tauri/scripts/sample.sh --quiet
  set -- "$TARGET/sample"
fi
url=$(node -p 'require("./src-tauri/tauri.conf.json").build.devUrl')

say "Starting Vite at $url …"
# Without npm in between, so that its process number is Vite's own.
(cd ui && exec node node_modules/vite/bin/vite.js --strictPort) &
vite=$!
trap 'kill "$vite" 2>/dev/null || true' EXIT
for ((i = 0; i < 150; i++)); do
  curl --silent --output /dev/null "$url" && break
  kill -0 "$vite" 2>/dev/null || fail "Vite has ended; what it said is above."
  sleep 0.2
done

say "Building and starting the app (debug) …"
cargo run -p cliffhanger -- "$1"
