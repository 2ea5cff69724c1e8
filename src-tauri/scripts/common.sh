# shellcheck shell=bash
# What the scripts share: they run from the repository's root, and say each long step before it starts.
# Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Where cargo builds, and where it installs programs.
# shellcheck disable=SC2034 # used by the scripts that source this
TARGET=${CARGO_TARGET_DIR:-target}
CARGO_BIN=${CARGO_HOME:-$HOME/.cargo}/bin
export PATH="$PATH:$CARGO_BIN"

say() { printf '\n\033[1m▸ %s\033[0m\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# True when version $1 is $2 or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# Installs a package's locked dependencies, unless they are as the lock file says already.
npm_ci() {
  [ -f "$1/package-lock.json" ] || return 0
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return 0
  say "Installing the JavaScript packages of $1 …"
  # Browsers come from the system (setup.sh), not with the package.
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm --prefix "$1" ci --no-audit --no-fund
}

# The Chromium to drive: the system's, or the one that Playwright has installed. Nothing when there is none.
chromium_path() {
  command -v chromium || command -v google-chrome || {
    [ -d tests/web/node_modules ] || return 0
    local own
    own=$(cd tests/web && node -p 'require("playwright-core").chromium.executablePath()' 2>/dev/null) || return 0
    if [ -x "$own" ]; then echo "$own"; fi
  }
}

# Builds the interface and the app as they are shipped. Further arguments go to cargo.
build_app() {
  say "Building the interface …"
  npm --prefix ui run build
  say "Building the app in release (the first time takes some minutes) …"
  cargo build --release -p cliffhanger --features cliffhanger/custom-protocol "$@"
}
