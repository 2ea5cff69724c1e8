#!/usr/bin/env bash
# Clips for the measurements on the screen: 1080x1920, 30 frames a second, H.264 and AAC, 20 s each. The stripe along the
# left edge has the episode's colour, the one along the right edge flips between white and black with every frame.
# Six clips are encoded; the episodes of the series are hard links to them in turn, so that they share the page cache.
#
# usage: make-clips.sh FOLDER EPISODES [SECONDS]
set -euo pipefail
folder=$1 episodes=$2 seconds=${3:-20}
# The same list, in the same order, as PALETTE in tests/src/screen/stage.rs.
colours=(0x1EC81E 0x1E1EC8 0xC8C81E 0xC81EC8 0x1EC8C8 0x731EC8)

mkdir -p "$folder/clips" "$folder/series"
for i in "${!colours[@]}"; do
  clip="$folder/clips/$((i + 1)).mp4"
  [ -s "$clip" ] && continue
  echo "Encoding clip $((i + 1)) of ${#colours[@]} …"
  flip="drawbox=x=920:y=0:w=160:h=1920:t=fill"
  ffmpeg -hide_banner -loglevel error -nostdin -y \
    -f lavfi -i "testsrc2=size=1080x1920:rate=30" \
    -f lavfi -i "sine=frequency=$((260 + 60 * i)):sample_rate=48000" -t "$seconds" \
    -vf "drawbox=x=0:y=0:w=160:h=1920:color=${colours[$i]}:t=fill,\
$flip:color=white:enable='eq(mod(n,2),0)',$flip:color=black:enable='eq(mod(n,2),1)',\
scale=out_color_matrix=bt709:out_range=tv,format=yuv420p" \
    -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv \
    -c:v libx264 -profile:v high -preset veryfast -b:v 4M -maxrate 6M -bufsize 8M -g 30 \
    -c:a aac -b:a 128k -ac 2 -movflags +faststart -f mp4 "$clip.part"
  mv "$clip.part" "$clip"
done
for ((n = 1; n <= episodes; n++)); do
  ln -f "$folder/clips/$(((n - 1) % ${#colours[@]} + 1)).mp4" "$folder/series/$(printf 'S01E%03d.mp4' "$n")"
done
