#!/usr/bin/env bash
# Renders the application's icons from icon.svg: RGBA PNGs in the sizes that Tauri bundles and Linux desktops ask for.
# Needs rsvg-convert (Debian and Ubuntu: librsvg2-bin).
set -euo pipefail
cd "$(dirname "$0")"
for size in 32 128 256 512; do
  rsvg-convert --width "$size" --height "$size" icon.svg --output "${size}x${size}.png"
done
cp 512x512.png icon.png
