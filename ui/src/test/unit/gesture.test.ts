// The gesture reducer: what a pointer means, with the time given.

import { describe, expect, it } from "vitest";
import {
  deadline,
  DOUBLE_TAP_MS,
  dragStep,
  gesture,
  type GestureInput,
  type GestureOutput,
  type GestureSetup,
  type GestureState,
  IDLE,
  LONG_PRESS_MS,
  scrubTarget,
} from "../../lib/gesture";

const SETUP: GestureSetup = { width: 300, scrubs: true, doubles: () => true };

function run(inputs: GestureInput[], setup = SETUP): { state: GestureState; out: GestureOutput[] } {
  let state: GestureState = IDLE;
  const out: GestureOutput[] = [];
  for (const input of inputs) {
    const [next, outputs] = gesture(state, input, setup);
    state = next;
    out.push(...outputs);
  }
  return { state, out };
}
const down = (x: number, y: number, t: number): GestureInput => ({ type: "down", x, y, t });
const move = (x: number, y: number, t: number): GestureInput => ({ type: "move", x, y, t });
const up = (x: number, y: number, t: number): GestureInput => ({ type: "up", x, y, t });
const tick = (t: number): GestureInput => ({ type: "tick", t });

describe("gesture", () => {
  it("single_tap_waits_until_a_second_one_is_too_late", () => {
    const { state, out } = run([down(150, 100, 0), up(150, 100, 50)]);
    expect(out).toEqual([]);
    expect(deadline(state)).toBe(50 + DOUBLE_TAP_MS);
    expect(run([down(150, 100, 0), up(150, 100, 50), tick(50 + DOUBLE_TAP_MS)]).out).toEqual([
      { type: "tap", zone: "middle" },
    ]);
  });

  it("tap_where_doubles_mean_nothing_acts_at_once", () => {
    const { out } = run([down(20, 100, 0), up(20, 100, 50)], { ...SETUP, doubles: (zone) => zone === "middle" });
    expect(out).toEqual([{ type: "tap", zone: "left" }]);
  });

  it.each([
    [20, "left"],
    [150, "middle"],
    [280, "right"],
  ])("two_quick_taps_at_%i_are_one_double_tap_in_the_%s", (x, zone) => {
    const { out } = run([down(x, 9, 0), up(x, 9, 40), down(x, 9, 150), up(x, 9, 190)]);
    expect(out).toEqual([{ type: "double_tap", zone, x, y: 9 }]);
  });

  it("press_that_is_lifted_elsewhere_is_no_tap_even_without_a_move_between", () => {
    expect(run([down(150, 600, 0), up(150, 330, 90), tick(1000)])).toEqual({ state: IDLE, out: [] });
    const tap: GestureOutput = { type: "tap", zone: "middle" };
    expect(run([down(150, 9, 0), up(150, 9, 40), down(150, 9, 150), up(150, 200, 190)]).out).toEqual([tap]);
  });

  it("two_taps_in_different_zones_are_two_taps", () => {
    const { out } = run([down(20, 9, 0), up(20, 9, 40), down(280, 9, 150), up(280, 9, 190)]);
    expect(out).toEqual([
      { type: "tap", zone: "left" },
      { type: "tap", zone: "right" },
    ]);
  });

  it("movement_within_the_slop_still_taps_and_beyond_it_does_not", () => {
    const single = { ...SETUP, doubles: () => false };
    expect(run([down(150, 100, 0), move(155, 105, 20), up(155, 105, 40)], single).out).toHaveLength(1);
    const far = run([down(150, 100, 0), move(150, 112, 20), up(150, 112, 40)], single).out;
    expect(far.map((one) => one.type)).toEqual(["drag", "drag_end"]);
  });

  it("long_press_holds_until_the_pointer_is_lifted", () => {
    const { out } = run([down(150, 100, 0), tick(LONG_PRESS_MS), move(190, 100, 600), up(190, 100, 900)]);
    expect(out).toEqual([{ type: "hold_begin" }, { type: "hold_end" }]);
  });

  it("horizontal_drag_scrubs_and_ends_where_it_was_lifted", () => {
    const { out } = run([down(100, 100, 0), move(120, 102, 20), move(160, 104, 40), up(165, 104, 60)]);
    expect(out).toEqual([
      { type: "scrub_begin" },
      { type: "scrub", dx: 20 },
      { type: "scrub", dx: 60 },
      { type: "scrub_end", dx: 65 },
    ]);
  });

  it("cancelled_scrub_says_so", () => {
    expect(run([down(100, 100, 0), move(120, 100, 20), { type: "cancel", t: 30 }]).out.at(-1)).toEqual({
      type: "scrub_cancel",
    });
  });

  it("horizontal_drag_does_nothing_where_seeking_is_impossible", () => {
    expect(run([down(100, 100, 0), move(140, 100, 20), up(140, 100, 60)], { ...SETUP, scrubs: false }).out).toEqual([]);
  });

  it("drag_from_the_right_edge_opens_the_episodes", () => {
    expect(run([down(295, 100, 0), move(270, 100, 20), up(200, 100, 60)]).out).toEqual([{ type: "edge" }]);
  });

  it("flick_goes_on_a_rested_drag_does_not", () => {
    const flick = run([down(150, 400, 0), move(150, 380, 10), move(150, 340, 30), up(150, 335, 40)]).out.at(-1);
    expect(flick?.type === "drag_end" && dragStep(flick.dy, flick.velocity, 800)).toBe("next");
    const rest = run([down(150, 400, 0), move(150, 380, 10), move(150, 340, 30), up(150, 340, 400)]).out.at(-1);
    expect(rest?.type === "drag_end" && dragStep(rest.dy, rest.velocity, 800)).toBeNull();
  });

  it("drag_of_a_quarter_of_the_height_steps_either_way", () => {
    expect(dragStep(-210, 0, 800)).toBe("next");
    expect(dragStep(210, 0, 800)).toBe("previous");
    expect(dragStep(-150, 0, 800)).toBeNull();
  });

  it("scrub_target_stays_within_the_episode", () => {
    expect(scrubTarget(30_000, 150, 300, 92_000)).toBe(60_000);
    expect(scrubTarget(30_000, -300, 300, 92_000)).toBe(0);
    expect(scrubTarget(80_000, 300, 300, 92_000)).toBe(92_000);
  });
});
