// When the player's chrome shows. A pure rule; the player sets a timer for `hidesAt`.

/** The chrome stays this long after the last input, in milliseconds. */
export const LINGER_MS = 2500;

/** What decides it. */
export interface ChromeInput {
  /** The picture plays by itself: in every other phase the chrome stays. */
  playing: boolean;
  /** The stage moves. */
  moving: boolean;
  /** The viewer wants the picture alone. */
  clear: boolean;
  /** Something holds it: a menu, a scrub, a pointer or the keyboard's focus on a control. */
  held: boolean;
  /** Time of the last input. */
  lastInput: number;
}

/** The chrome shows at `now`. */
export function chromeShows(input: ChromeInput, now: number): boolean {
  if (input.moving || input.clear) return false;
  return !input.playing || input.held || now < input.lastInput + LINGER_MS;
}

/** When it goes by itself; null: not without a change. */
export function hidesAt(input: ChromeInput): number | null {
  return chromeShows(input, input.lastInput) && input.playing && !input.held ? input.lastInput + LINGER_MS : null;
}
