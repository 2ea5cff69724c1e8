// A list whose rows change places while one of them is dragged.

import { describe, expect, it } from "vitest";
import { type Row, rowAt, shiftOf } from "../../lib/reorder";

/** Three rows, the middle one twice as high, with gaps of 10. */
const ROWS: Row[] = [
  { top: 0, height: 40 },
  { top: 50, height: 80 },
  { top: 140, height: 40 },
];

describe("reorder", () => {
  it("a_row_takes_the_place_whose_middle_its_edge_has_passed", () => {
    expect([0, 40, 60, 115, 130, 999].map((by) => rowAt(ROWS, 0, by))).toEqual([0, 0, 1, 1, 2, 2]);
    expect([0, -20, -60, -130, -999].map((by) => rowAt(ROWS, 2, by))).toEqual([2, 2, 1, 0, 0]);
  });

  it("the_others_make_room_and_it_stays_within_the_list", () => {
    const shifts = (from: number, to: number, by: number) => ROWS.map((_, at) => shiftOf(ROWS, from, to, at, by));
    expect(shifts(0, 2, 999)).toEqual([140, -50, -50]);
    expect(shifts(2, 1, -70)).toEqual([0, 50, -70]);
    expect(shifts(1, 1, 5)).toEqual([0, 5, 0]);
    expect(shifts(0, 0, -9)).toEqual([0, 0, 0]);
  });
});
