// Which subtitles show at a moment, when that changes next, and where each of them stands.

import type { Cue } from "../bindings";

/** Cues by begin, with what is needed to find the active ones without looking at all of them. */
export interface CueIndex {
  cues: Cue[];
  /** For each cue the latest end among it and all before it. */
  latestEnd: number[];
}

/** Prepares the cues of a track. */
export function indexCues(cues: readonly Cue[]): CueIndex {
  const sorted = [...cues].sort((a, b) => a.start_ms - b.start_ms);
  const latestEnd: number[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (const cue of sorted) {
    latest = Math.max(latest, cue.end_ms);
    latestEnd.push(latest);
  }
  return { cues: sorted, latestEnd };
}

/** How many cues have begun at `position_ms`. */
function begun(index: CueIndex, position_ms: number): number {
  let low = 0;
  let high = index.cues.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((index.cues[middle]?.start_ms ?? Infinity) <= position_ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The cues that show at `position_ms`, by begin. The first moment belongs to a cue, its end does not. */
export function activeCues(index: CueIndex, position_ms: number): Cue[] {
  const active: Cue[] = [];
  for (let i = begun(index, position_ms) - 1; i >= 0 && (index.latestEnd[i] ?? 0) > position_ms; i--) {
    const cue = index.cues[i];
    if (cue && cue.end_ms > position_ms) active.unshift(cue);
  }
  return active;
}

/** The next moment after `position_ms` at which another set of cues shows; null when nothing changes any more. */
export function nextChange(index: CueIndex, position_ms: number): number | null {
  const next = index.cues[begun(index, position_ms)]?.start_ms ?? Number.POSITIVE_INFINITY;
  const ends = activeCues(index, position_ms).map((cue) => cue.end_ms);
  const change = Math.min(next, ...ends);
  return Number.isFinite(change) ? change : null;
}

/** Cues that ask for a line below this share of the picture go to the bottom, where the chrome is avoided. */
const BOTTOM_FROM_PERCENT = 70;

/** The cue stands at the bottom, above the chrome, with all others that do. */
export function standsAtBottom(cue: Cue): boolean {
  const line = cue.position.line_percent;
  return line === null || line >= BOTTOM_FROM_PERCENT;
}

/** Style of a cue that names its own place. The horizontal anchor follows the alignment, as in WebVTT. */
export function placedStyle(cue: Cue): string {
  const { line_percent, position_percent, align } = cue.position;
  const top = `top:max(${line_percent ?? 0}%, var(--cue-top, 0px))`;
  if (position_percent === null) return `${top};left:var(--cue-side);right:var(--cue-side)`;
  if (align === "start") return `${top};left:${position_percent}%;right:var(--cue-edge)`;
  if (align === "end") return `${top};right:${100 - position_percent}%;left:var(--cue-edge)`;
  const half = Math.min(position_percent, 100 - position_percent);
  return `${top};left:${position_percent - half}%;right:${100 - position_percent - half}%`;
}
