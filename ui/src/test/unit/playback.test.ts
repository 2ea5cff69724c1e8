// Position, cues, seeks, held keys, wheel, chrome, times and speeds: the small rules of playback.

import { describe, expect, it, vi } from "vitest";
import { chromeShows, hidesAt, LINGER_MS } from "../../lib/chrome";
import { activeCues, indexCues, nextChange, placedStyle, standsAtBottom } from "../../lib/cues";
import { hold, HOLD_MS, KEY_UP } from "../../lib/hold";
import { MAX_AHEAD_MS, positionAt, report, retime, STANDING } from "../../lib/position";
import { SeekQueue } from "../../lib/seeks";
import { heldSpeed, stepSpeed } from "../../lib/speed";
import { clockTime, speedLabel } from "../../lib/time";
import { cycleTrack } from "../../lib/tracks";
import { wheel, WHEEL_IDLE } from "../../lib/wheel";
import { cue, PLAYER } from "../sample";

describe("position", () => {
  const playing = { base_ms: 1000, at: 50, rate: 1, duration_ms: 2000 };

  it("runs_on_with_the_speed_between_reports", () => {
    expect(positionAt(playing, 150)).toBe(1100);
    expect(positionAt({ ...playing, rate: 2 }, 150)).toBe(1200);
    expect(positionAt({ ...playing, rate: 0 }, 150)).toBe(1000);
  });

  it("never_runs_past_the_end_nor_far_without_a_report", () => {
    expect(positionAt({ ...playing, duration_ms: 1050 }, 500)).toBe(1050);
    expect(positionAt({ ...playing, duration_ms: null }, 99_999)).toBe(1000 + MAX_AHEAD_MS);
  });

  it("does_not_jump_when_the_rate_changes", () => {
    const slower = retime(playing, 150, 0.5, 2000);
    expect(positionAt(slower, 150)).toBe(1100);
    expect(positionAt(slower, 250)).toBe(1150);
  });

  it("takes_a_report_at_its_word", () => {
    expect(positionAt(report(STANDING, 700, 10), 999)).toBe(700);
  });
});

describe("cues", () => {
  const index = indexCues([cue(2000, 3000, "b"), cue(0, 10_000, "long"), cue(3000, 4000, "c")]);
  const texts = (at: number) => activeCues(index, at).map((one) => one.spans[0]?.text);

  it("shows_what_has_begun_and_not_ended", () => {
    expect(texts(0)).toEqual(["long"]);
    expect(texts(2500)).toEqual(["long", "b"]);
    expect(texts(3000)).toEqual(["long", "c"]);
    expect(texts(10_000)).toEqual([]);
  });

  it("knows_the_next_change", () => {
    expect(nextChange(index, 0)).toBe(2000);
    expect(nextChange(index, 3500)).toBe(4000);
    expect(nextChange(index, 4000)).toBe(10_000);
    expect(nextChange(index, 10_000)).toBeNull();
  });

  it("puts_low_lines_to_the_bottom_and_others_where_they_want", () => {
    const top = cue(0, 1, "x", { position: { line_percent: 10, position_percent: 20, align: "start" } });
    const low = cue(0, 1, "x", { position: { line_percent: 90, position_percent: null, align: "center" } });
    expect(standsAtBottom(low)).toBe(true);
    expect(standsAtBottom(top)).toBe(false);
    expect(placedStyle(top)).toContain("left:20%");
    expect(placedStyle({ ...top, position: { line_percent: 10, position_percent: 30, align: "center" } })).toContain(
      "left:0%;right:40%",
    );
  });
});

describe("seeks", () => {
  it("keeps_one_under_way_and_only_the_newest_waiting", async () => {
    const sent: number[] = [];
    const release: (() => void)[] = [];
    const idle = vi.fn();
    const queue = new SeekQueue((position) => {
      sent.push(position);
      return new Promise<void>((resolve) => release.push(resolve));
    }, idle);
    queue.request(1, "key_unit");
    queue.request(2, "key_unit");
    queue.request(3, "accurate");
    expect(sent).toEqual([1]);
    release[0]?.();
    await vi.waitFor(() => expect(sent).toEqual([1, 3]));
    expect(queue.busy).toBe(true);
    release[1]?.();
    await vi.waitFor(() => expect(idle).toHaveBeenCalledOnce());
    expect(queue.busy).toBe(false);
  });

  it("goes_on_after_a_failure", async () => {
    const idle = vi.fn();
    const queue = new SeekQueue(() => Promise.reject(new Error("no")), idle);
    queue.request(1, "accurate");
    await vi.waitFor(() => expect(idle).toHaveBeenCalledOnce());
  });
});

describe("hold", () => {
  it("short_press_taps_long_press_holds", () => {
    const [pressed] = hold(KEY_UP, { type: "down", t: 0 });
    expect(hold(pressed, { type: "up", t: 100 })).toEqual([KEY_UP, "tap"]);
    const [held, begin] = hold(pressed, { type: "tick", t: HOLD_MS });
    expect(begin).toBe("hold_begin");
    expect(hold(held, { type: "up", t: 900 })).toEqual([KEY_UP, "hold_end"]);
  });
});

describe("wheel", () => {
  function steps(events: [number, number][]) {
    let state = WHEEL_IDLE;
    return events
      .map(([delta, t]) => {
        const [next, step] = wheel(state, delta, t);
        state = next;
        return step;
      })
      .filter(Boolean);
  }

  it("one_notch_is_one_episode", () => {
    expect(steps([[120, 0], [120, 400], [-120, 800]])).toEqual(["next", "next", "previous"]);
  });

  it("a_trackpads_tail_belongs_to_its_gesture", () => {
    const tail = Array.from({ length: 40 }, (_, i): [number, number] => [Math.max(1, 60 - i * 2), i * 16]);
    expect(steps([[4, 0], ...tail])).toEqual(["next"]);
  });

  it("a_new_push_during_the_tail_counts", () => {
    expect(steps([[60, 0], [30, 16], [8, 32], [3, 48], [60, 64]])).toEqual(["next", "next"]);
  });

  it("small_noise_does_nothing", () => {
    expect(steps([[3, 0], [3, 300], [3, 600]])).toEqual([]);
  });
});

describe("chrome", () => {
  const input = { playing: true, moving: false, clear: false, held: false, lastInput: 1000 };

  it("lingers_and_goes_while_playing", () => {
    expect(chromeShows(input, 1000 + LINGER_MS - 1)).toBe(true);
    expect(chromeShows(input, 1000 + LINGER_MS)).toBe(false);
    expect(hidesAt(input)).toBe(1000 + LINGER_MS);
  });

  it("stays_while_paused_or_held_and_goes_at_once_while_the_stage_moves", () => {
    expect(chromeShows({ ...input, playing: false }, 99_999)).toBe(true);
    expect(chromeShows({ ...input, held: true }, 99_999)).toBe(true);
    expect(hidesAt({ ...input, held: true })).toBeNull();
    expect(chromeShows({ ...input, moving: true }, 1000)).toBe(false);
    expect(chromeShows({ ...input, clear: true, playing: false }, 1000)).toBe(false);
  });
});

describe("words for numbers", () => {
  it.each([
    [0, "0:00"],
    [38_999, "0:38"],
    [92_000, "1:32"],
    [3_723_000, "1:02:03"],
    [-5, "0:00"],
    [Number.NaN, "0:00"],
  ])("clock_time_of_%d_is_%s", (ms, text) => expect(clockTime(ms)).toBe(text));

  it("speeds_step_along_the_list_and_stay_at_its_ends", () => {
    expect([speedLabel(1), speedLabel(1.25), speedLabel(0.5)]).toEqual(["1×", "1.25×", "0.5×"]);
    expect([stepSpeed(1, true), stepSpeed(1, false), stepSpeed(3, true), stepSpeed(0.5, false)]).toEqual([1.25, 0.75, 3, 0.5]);
    expect(stepSpeed(1.1, true)).toBe(1.25);
    expect([heldSpeed(1), heldSpeed(2.5)]).toEqual([2, 2.5]);
  });

  it("tracks_cycle_through_off_only_for_subtitles", () => {
    const tracks = PLAYER.subtitle_tracks;
    expect(cycleTrack(tracks, "t0", true)).toBeNull();
    expect(cycleTrack(tracks, null, true)).toBe("s0");
    expect(cycleTrack(PLAYER.audio_tracks, "a1", false)).toBe("a0");
    expect(cycleTrack([], null, false)).toBeNull();
  });
});
