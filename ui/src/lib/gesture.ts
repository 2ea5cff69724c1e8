// What one pointer does over the stage: tap, double tap, long press, horizontal scrub, vertical drag. A pure reducer: an
// input with its time goes in, the new state and what it means come out; the caller sends a `tick` at `deadline`.

/** A pointer that moved further than this is not tapping, in CSS pixels. */
export const SLOP = 8;
/** Within this time a second tap makes a double tap. */
export const DOUBLE_TAP_MS = 250;
/** A press that lasts this long without moving is a long press. */
export const LONG_PRESS_MS = 450;
/** A drag to the left from this near the right edge opens the episodes instead of scrubbing. */
export const EDGE = 24;

/** Third of the stage's width. */
export type Zone = "left" | "middle" | "right";

/** What came in. `x`, `y` are CSS pixels from the stage's top left corner, `t` milliseconds. */
export type GestureInput =
  | { type: "down"; x: number; y: number; t: number }
  | { type: "move"; x: number; y: number; t: number }
  | { type: "up"; x: number; y: number; t: number }
  | { type: "cancel"; t: number }
  | { type: "tick"; t: number };

/** What it means. Distances are in CSS pixels, velocities in CSS pixels per millisecond. */
export type GestureOutput =
  | { type: "tap"; zone: Zone }
  | { type: "double_tap"; zone: Zone; x: number; y: number }
  | { type: "hold_begin" }
  | { type: "hold_end" }
  | { type: "scrub_begin" }
  | { type: "scrub"; dx: number }
  | { type: "scrub_end"; dx: number }
  | { type: "scrub_cancel" }
  | { type: "drag"; dy: number }
  | { type: "drag_end"; dy: number; velocity: number }
  | { type: "edge" };

/** What the stage allows at the moment. */
export interface GestureSetup {
  /** Width of the stage. */
  width: number;
  /** A double tap means something in this zone; where it does not, a tap acts at once. */
  doubles: (zone: Zone) => boolean;
  /** The episode can be sought. */
  scrubs: boolean;
}

interface Point {
  x: number;
  y: number;
  t: number;
}

/** Between two inputs. */
export type GestureState =
  | { kind: "idle"; tapped: (Point & { zone: Zone }) | null }
  | { kind: "pressed"; start: Point; tapped: (Point & { zone: Zone }) | null }
  | { kind: "held" }
  | { kind: "scrubbing"; start: Point; dx: number }
  | { kind: "dragging"; start: Point; last: Point; velocity: number }
  | { kind: "ignored" };

/** Nothing is pressed. */
export const IDLE: GestureState = { kind: "idle", tapped: null };

function zoneOf(x: number, width: number): Zone {
  if (x < width / 3) return "left";
  return x > (width * 2) / 3 ? "right" : "middle";
}

/** When the caller has to send a `tick`; null: not at all. */
export function deadline(state: GestureState): number | null {
  if (state.kind === "idle") return state.tapped ? state.tapped.t + DOUBLE_TAP_MS : null;
  if (state.kind === "pressed") return state.start.t + LONG_PRESS_MS;
  return null;
}

/** One step. */
export function gesture(
  state: GestureState,
  input: GestureInput,
  setup: GestureSetup,
): [GestureState, GestureOutput[]] {
  switch (state.kind) {
    case "idle":
      return idle(state, input);
    case "pressed":
      return pressed(state, input, setup);
    case "held":
      return input.type === "up" || input.type === "cancel" ? [IDLE, [{ type: "hold_end" }]] : [state, []];
    case "scrubbing": {
      if (input.type === "move") {
        const dx = input.x - state.start.x;
        return [{ ...state, dx }, [{ type: "scrub", dx }]];
      }
      if (input.type === "up") return [IDLE, [{ type: "scrub_end", dx: input.x - state.start.x }]];
      return input.type === "cancel" ? [IDLE, [{ type: "scrub_cancel" }]] : [state, []];
    }
    case "dragging":
      return dragging(state, input);
    case "ignored":
      return input.type === "up" || input.type === "cancel" ? [IDLE, []] : [state, []];
  }
}

function idle(state: GestureState & { kind: "idle" }, input: GestureInput): [GestureState, GestureOutput[]] {
  const { tapped } = state;
  if (input.type === "down") {
    const start = { x: input.x, y: input.y, t: input.t };
    if (!tapped) return [{ kind: "pressed", start, tapped: null }, []];
    const late = input.t - tapped.t > DOUBLE_TAP_MS;
    if (late) return [{ kind: "pressed", start, tapped: null }, [{ type: "tap", zone: tapped.zone }]];
    return [{ kind: "pressed", start, tapped }, []];
  }
  if (input.type === "tick" && tapped && input.t >= tapped.t + DOUBLE_TAP_MS) {
    return [IDLE, [{ type: "tap", zone: tapped.zone }]];
  }
  return [state, []];
}

function pressed(
  state: GestureState & { kind: "pressed" },
  input: GestureInput,
  setup: GestureSetup,
): [GestureState, GestureOutput[]] {
  const { start, tapped } = state;
  // A first tap whose second one turned into something else still counts as a tap.
  const first: GestureOutput[] = tapped ? [{ type: "tap", zone: tapped.zone }] : [];
  switch (input.type) {
    case "tick":
      if (input.t < start.t + LONG_PRESS_MS) return [state, []];
      return [{ kind: "held" }, [...first, { type: "hold_begin" }]];
    case "move": {
      const dx = input.x - start.x;
      const dy = input.y - start.y;
      if (Math.hypot(dx, dy) <= SLOP) return [state, []];
      if (Math.abs(dy) >= Math.abs(dx)) {
        const last = { x: input.x, y: input.y, t: input.t };
        return [{ kind: "dragging", start, last, velocity: 0 }, [...first, { type: "drag", dy }]];
      }
      if (dx < 0 && start.x >= setup.width - EDGE) return [{ kind: "ignored" }, [...first, { type: "edge" }]];
      if (!setup.scrubs) return [{ kind: "ignored" }, first];
      return [{ kind: "scrubbing", start, dx }, [...first, { type: "scrub_begin" }, { type: "scrub", dx }]];
    }
    case "up": {
      // The native stage keeps the moves of its drag to itself: only where the pointer is lifted tells that it moved.
      if (Math.hypot(input.x - start.x, input.y - start.y) > SLOP) return [IDLE, first];
      const zone = zoneOf(start.x, setup.width);
      if (tapped) {
        if (tapped.zone === zone) return [IDLE, [{ type: "double_tap", zone, x: input.x, y: input.y }]];
        return [IDLE, [...first, { type: "tap", zone }]];
      }
      if (!setup.doubles(zone)) return [IDLE, [{ type: "tap", zone }]];
      return [{ kind: "idle", tapped: { x: input.x, y: input.y, t: input.t, zone } }, []];
    }
    case "cancel":
      return [IDLE, first];
    case "down":
      return [state, []];
  }
}

function dragging(state: GestureState & { kind: "dragging" }, input: GestureInput): [GestureState, GestureOutput[]] {
  if (input.type === "move") {
    const elapsed = Math.max(1, input.t - state.last.t);
    const velocity = 0.6 * ((input.y - state.last.y) / elapsed) + 0.4 * state.velocity;
    const last = { x: input.x, y: input.y, t: input.t };
    return [{ ...state, last, velocity }, [{ type: "drag", dy: input.y - state.start.y }]];
  }
  if (input.type === "up") {
    // A pointer that rested before it was lifted did not flick.
    const velocity = input.t - state.last.t > 80 ? 0 : state.velocity;
    return [IDLE, [{ type: "drag_end", dy: input.y - state.start.y, velocity }]];
  }
  if (input.type === "cancel") return [IDLE, [{ type: "drag_end", dy: 0, velocity: 0 }]];
  return [state, []];
}

/** Whether a vertical drag that ended goes on to another episode: a quarter of the height, or a flick. */
export function dragStep(dy: number, velocity: number, height: number): "next" | "previous" | null {
  if (dy < -height / 4 || (dy < -SLOP && velocity < -0.5)) return "next";
  if (dy > height / 4 || (dy > SLOP && velocity > 0.5)) return "previous";
  return null;
}

/** How far a whole stage's width scrubs: a minute, or all of a shorter episode. */
export function scrubTarget(from_ms: number, dx: number, width: number, duration_ms: number): number {
  const span = Math.min(duration_ms, 60_000);
  return Math.min(Math.max(from_ms + (dx / Math.max(1, width)) * span, 0), duration_ms);
}
