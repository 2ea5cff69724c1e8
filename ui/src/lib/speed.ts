// The speeds that can be chosen.

/** All of them. */
export const SPEEDS: readonly number[] = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];

/** The next speed up or down; the last one stays. */
export function stepSpeed(speed: number, up: boolean): number {
  const next = up ? SPEEDS.find((s) => s > speed + 0.001) : SPEEDS.findLast((s) => s < speed - 0.001);
  return next ?? speed;
}

/** The speed while something is held to go faster. */
export function heldSpeed(speed: number): number {
  return Math.max(2, Math.min(3, speed));
}
