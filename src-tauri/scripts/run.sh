#!/usr/bin/env bash
# Builds the app and opens it with a folder: the one given, or the sample series. Without a display it is played and
# swiped through in a private Xvfb, and pictures of the screen are left in target/run.
#
# usage: run.sh [FOLDER or address of a catalog]
. "$(dirname "$0")/common.sh"

case ${1:-} in
  "" | http://* | https://*) ;;
  *) [ -e "$1" ] || fail "There is no folder $1." ;;
esac
src-tauri/scripts/setup.sh run
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  build_app
else
  build_app -p tests --bin cliffhanger --bin headless-run
fi
if [ $# = 0 ]; then
  src-tauri/scripts/sample.sh --quiet
  set -- "$TARGET/sample"
fi

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  say "Opening Cliffhanger with $1"
  exec "$TARGET/release/cliffhanger" "$1"
fi
say "There is no display here: the app runs in Xvfb, and real key presses swipe through $1 …"
exec "$TARGET/release/headless-run" "$TARGET/release/cliffhanger" "$1" --out "$TARGET/run"
