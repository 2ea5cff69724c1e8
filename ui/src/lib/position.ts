// Where the episode is right now, between two reports of the engine. Reports come at most ten times a second; in between
// the position runs on at the playing speed. Times of reports are those of `performance.now`.

import { clamp } from "./time";

/** How long a position may run on without a report: after that the picture has most likely stalled. */
export const MAX_AHEAD_MS = 1000;

/** A position that was reported, and how it goes on. */
export interface PositionClock {
  /** The reported position. */
  base_ms: number;
  /** When it was reported. */
  at: number;
  /** Milliseconds of the episode per millisecond; 0 while it does not play. */
  rate: number;
  /** Length of the episode, once known. */
  duration_ms: number | null;
}

/** A clock at the start of an episode, standing. */
export const STANDING: PositionClock = { base_ms: 0, at: 0, rate: 0, duration_ms: null };

/** The position at `now`. */
export function positionAt(clock: PositionClock, now: number): number {
  const ahead = clamp(now - clock.at, 0, MAX_AHEAD_MS) * clock.rate;
  return clamp(clock.base_ms + ahead, 0, clock.duration_ms ?? Number.POSITIVE_INFINITY);
}

/** The clock after a report. */
export function report(clock: PositionClock, position_ms: number, now: number): PositionClock {
  return { ...clock, base_ms: position_ms, at: now };
}

/** The clock with another rate or length, without a jump. */
export function retime(clock: PositionClock, now: number, rate: number, duration_ms: number | null): PositionClock {
  return { base_ms: positionAt(clock, now), at: now, rate, duration_ms };
}
