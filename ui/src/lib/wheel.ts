// Wheel and trackpad over a stage that the page moves itself: one gesture, one episode. A trackpad goes on sending small
// deltas after the fingers left it; those belong to the gesture that began them.

/** Without an event for this long a gesture is over, in milliseconds. */
export const GESTURE_GAP_MS = 160;
/** This much has to come together before the feed moves, in CSS pixels. */
export const THRESHOLD = 24;
/** After a step within one gesture, a delta that grows by this factor is a new push of the wheel. */
const NEW_PUSH = 3;

/** Between two wheel events. */
export interface WheelState {
  last: number;
  sum: number;
  stepped: boolean;
  /** The smallest delta since the step: what the tail of the gesture has come down to. */
  tail: number;
}

/** Nothing has been turned. */
export const WHEEL_IDLE: WheelState = { last: Number.NEGATIVE_INFINITY, sum: 0, stepped: false, tail: Infinity };

/** One wheel event: the new state, and the step that it makes. `delta` is in CSS pixels, positive to go on. */
export function wheel(state: WheelState, delta: number, t: number): [WheelState, "next" | "previous" | null] {
  const fresh = t - state.last > GESTURE_GAP_MS;
  const size = Math.abs(delta);
  const pushed = state.stepped && size >= THRESHOLD && size > state.tail * NEW_PUSH;
  const turned = state.sum !== 0 && delta !== 0 && Math.sign(delta) !== Math.sign(state.sum);
  const from = fresh || pushed || turned ? WHEEL_IDLE : state;
  const sum = from.sum + delta;
  if (!from.stepped && Math.abs(sum) >= THRESHOLD) {
    return [{ last: t, sum, stepped: true, tail: size }, sum > 0 ? "next" : "previous"];
  }
  const tail = from.stepped ? Math.min(from.tail, size) : Number.POSITIVE_INFINITY;
  return [{ last: t, sum, stepped: from.stepped, tail }, null];
}
