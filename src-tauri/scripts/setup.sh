#!/usr/bin/env bash
# Installs what is missing on Debian 12 or Ubuntu 24.04, and says what it installs. Does nothing when all is there.
#
# usage: setup.sh [run|test|bench|all]      run: to build and use the app; test and bench: that and more
. "$(dirname "$0")/common.sh"
for_what=${1:-all}

packages=(
  # Compilers and the libraries that the app is built with.
  build-essential pkg-config curl ca-certificates
  libwebkit2gtk-4.1-dev libgtk-3-dev librsvg2-dev libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
  # What it plays with: containers, codecs, sound.
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
  gstreamer1.0-libav gstreamer1.0-alsa gstreamer1.0-pulseaudio
  # Chinese text and the interface's own face; a screen where there is none.
  fonts-noto-cjk fonts-inter xvfb
)
case $for_what in
  run) ;;
  test) packages+=(webkit2gtk-driver ffmpeg) ;;
  bench) packages+=(ffmpeg mpv gstreamer1.0-tools gstreamer1.0-x) ;;
  all) packages+=(webkit2gtk-driver ffmpeg mpv gstreamer1.0-tools gstreamer1.0-x librsvg2-bin) ;;
  *) fail "usage: setup.sh [run|test|bench|all]" ;;
esac

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    fail "This needs root, and sudo is not installed. Run as root: $*"
  fi
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

system_packages() {
  if ! have apt-get; then
    say "Not a Debian or Ubuntu system: please see that these (by their Debian names) are installed: ${packages[*]}"
    return
  fi
  local missing=() package
  for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "Installing system packages: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}"
}

# Tests and measurements drive a real Chromium. Debian has it as a package. Ubuntu has only a snap, which cannot read
# /tmp and does not work in containers: there Playwright's own build is used.
browser() {
  [ -z "$(chromium_path)" ] || return 0
  local policy=
  # Read whole and then searched: a search that ends early would end apt-cache, and with it (pipefail) the set-up.
  if have apt-get; then policy=$(LC_ALL=C apt-cache policy chromium); fi
  if [[ $policy =~ Candidate:\ [0-9] ]]; then
    say "Installing Chromium …"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends chromium
  elif [ -f tests/web/package-lock.json ]; then
    say "Installing Playwright's Chromium …"
    (cd tests/web && npx playwright install --with-deps chromium)
  else
    say "Chromium is not to be had here as a system package; what needs it will say so."
  fi
}

toolchains() {
  have cargo || fail "Rust is missing. Install it from https://rustup.rs and run this again."
  local rust node
  rust=$(rustc --version | cut -d ' ' -f 2)
  at_least "$rust" 1.95 || fail "Rust $rust is too old: 1.95 or newer is needed. Run: rustup update stable"
  have node || fail "Node.js is missing. Install version 20.19 or newer from https://nodejs.org and run this again."
  node=$(node --version)
  at_least "${node#v}" 20.19 || fail "Node.js $node is too old: 20.19 or newer is needed (https://nodejs.org)."
  have npm || fail "npm is missing. It comes with Node.js from https://nodejs.org."
}

webdriver() {
  have tauri-driver && return
  say "Installing tauri-driver (cargo install) …"
  cargo install tauri-driver --version '^2' --locked --quiet
}

toolchains
system_packages
npm_ci ui
case $for_what in
  test) npm_ci tests/web; browser; webdriver ;;
  bench) browser ;;
  all) npm_ci tests/web; browser; webdriver; say "Everything is set up." ;;
esac
