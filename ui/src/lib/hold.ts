// A key that does one thing when it is tapped and another while it is held. A pure reducer, like `gesture`.

/** A key that is down this long is held, in milliseconds. */
export const HOLD_MS = 350;

/** Between two inputs. */
export type HoldState = { kind: "up" } | { kind: "down"; since: number } | { kind: "held" };

/** What came in; repeats of the system count as `tick`. */
export type HoldInput = { type: "down" | "up" | "tick"; t: number };

/** What it means. */
export type HoldOutput = "tap" | "hold_begin" | "hold_end";

/** The key is up. */
export const KEY_UP: HoldState = { kind: "up" };

/** One step. */
export function hold(state: HoldState, input: HoldInput): [HoldState, HoldOutput | null] {
  switch (state.kind) {
    case "up":
      return input.type === "down" ? [{ kind: "down", since: input.t }, null] : [state, null];
    case "down":
      if (input.type === "up") return [KEY_UP, "tap"];
      return input.t - state.since >= HOLD_MS ? [{ kind: "held" }, "hold_begin"] : [state, null];
    case "held":
      return input.type === "up" ? [KEY_UP, "hold_end"] : [state, null];
  }
}
