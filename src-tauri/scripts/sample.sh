#!/usr/bin/env bash
# Makes the sample series at target/sample, once: episodes drawn and encoded by our own command line tool.
. "$(dirname "$0")/common.sh"
sample=$TARGET/sample
if [ -d "$sample" ]; then
  [ "${1:-}" = --quiet ] || say "The sample series is at $sample."
  exit
fi
src-tauri/scripts/setup.sh run
say "Drawing and encoding the sample series into $sample (once) …"
# Under another name until it is whole, so that a run that was interrupted leaves nothing half.
rm -rf "$sample.part"
cargo run --quiet --release -p cliffhanger-cli -- sample "$sample.part"
mv "$sample.part" "$sample"
