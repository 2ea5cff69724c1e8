// Keys, the stage's place, the library's questions, errors and languages: the small rules of the page.

import { describe, expect, it, vi } from "vitest";
import { systemLanguage } from "../../i18n/i18n.svelte";
import en from "../../i18n/en";
import es from "../../i18n/es";
import zh from "../../i18n/zh-Hans";
import { toApiError } from "../../lib/backend/types";
import { BINDINGS, bindingFor, chordLabel, keptByFocus, pageSteps, type Stroke } from "../../lib/keys";
import { episodeNumber, episodeShare, filterSeries, fold, NO_FILTER, seasons, suggestion, topGenres } from "../../lib/library";
import { posterGradient } from "../../lib/poster";
import { cutOut, feedOwnsInput, fitStage, sameLayout, stageLayout, StageReporter } from "../../lib/stage";
import { episode, HOME, LIBRARY } from "../sample";

const stroke = (key: string, over: Partial<Stroke> = {}): Stroke => ({
  key,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  metaKey: false,
  ...over,
});

describe("keys", () => {
  it.each([
    [stroke(" "), "play_pause"],
    [stroke("K", { shiftKey: false }), "play_pause"],
    [stroke("ArrowDown"), "next"],
    [stroke("ArrowUp", { ctrlKey: true }), "volume_up"],
    [stroke("<", { shiftKey: true }), "slower"],
    [stroke("?", { shiftKey: true }), "shortcuts"],
    [stroke("/", { shiftKey: true }), "search"],
    [stroke("i"), "mini"],
    [stroke("I", { shiftKey: true }), "statistics"],
    [stroke("7"), "tenth"],
  ])("%o is %s", (input, action) => expect(bindingFor(input)?.action).toBe(action));

  it("leaves_other_modifiers_to_the_system", () => {
    expect(bindingFor(stroke("f", { altKey: true }))).toBeNull();
    expect(bindingFor(stroke("a", { metaKey: true }))).toBeNull();
    expect(bindingFor(stroke("c", { ctrlKey: true }))).toBeNull();
  });

  it("no_chord_is_given_twice", () => {
    const chords = BINDINGS.flatMap((row) => row.chords);
    expect(new Set(chords).size).toBe(chords.length);
    expect(chordLabel("Ctrl+ArrowUp")).toBe("Ctrl ↑");
  });

  it("a_focused_control_keeps_its_keys", () => {
    expect(keptByFocus("text", stroke("k"))).toBe(true);
    expect(keptByFocus("text", stroke("Escape"))).toBe(false);
    expect(keptByFocus("button", stroke(" "))).toBe(true);
    expect(keptByFocus("button", stroke("ArrowLeft"))).toBe(false);
    expect(keptByFocus("range", stroke("ArrowLeft"))).toBe(true);
    expect(keptByFocus("range", stroke("m"))).toBe(false);
  });

  it("the_page_steps_only_where_the_native_side_does_not", () => {
    expect(pageSteps({ hasNativeStage: false, feedOwnsInput: true, overlayOpen: false })).toBe(true);
    expect(pageSteps({ hasNativeStage: true, feedOwnsInput: true, overlayOpen: false })).toBe(false);
    expect(pageSteps({ hasNativeStage: true, feedOwnsInput: false, overlayOpen: false })).toBe(true);
    expect(pageSteps({ hasNativeStage: false, feedOwnsInput: false, overlayOpen: true })).toBe(false);
  });
});

describe("stage", () => {
  const rect = { x: 100, y: 0, width: 450, height: 800 };
  const owner = { playerVisible: true, overlayOpen: false, textFocused: false };

  it("fits_nine_by_sixteen_into_any_box", () => {
    expect(fitStage({ x: 0, y: 16, width: 1000, height: 800 })).toEqual({ x: 275, y: 16, width: 450, height: 800 });
    expect(fitStage({ x: 0, y: 0, width: 225, height: 800 })).toEqual({ x: 0, y: 200, width: 225, height: 400 });
  });

  it("the_feed_owns_the_input_only_while_nothing_is_open_or_typed", () => {
    expect(feedOwnsInput(owner)).toBe(true);
    expect(feedOwnsInput({ ...owner, overlayOpen: true })).toBe(false);
    expect(feedOwnsInput({ ...owner, textFocused: true })).toBe(false);
    expect(feedOwnsInput({ ...owner, playerVisible: false })).toBe(false);
  });

  it("holes_are_cut_to_the_stage_and_empty_ones_left_out", () => {
    const holes = [
      { x: 50, y: 700, width: 100, height: 30 },
      { x: 600, y: 0, width: 10, height: 10 },
      { x: 120, y: 10, width: 0, height: 0 },
    ];
    expect(stageLayout(rect, holes, owner, false).holes).toEqual([{ x: 100, y: 700, width: 50, height: 30 }]);
    expect(stageLayout(null, holes, owner, true)).toEqual({ rect: null, feed_owns_input: false, holes: [], blank: false });
  });

  it("reports_once_per_frame_and_only_what_changed", () => {
    const frames: (() => void)[] = [];
    const send = vi.fn();
    let layout = stageLayout(rect, [], owner, false);
    const reporter = new StageReporter(() => layout, send, (run) => frames.push(run));
    reporter.request();
    reporter.request();
    expect(frames).toHaveLength(1);
    frames.pop()?.();
    reporter.request();
    frames.pop()?.();
    expect(send).toHaveBeenCalledTimes(1);
    layout = stageLayout({ ...rect, width: 440 }, [], owner, true);
    reporter.request();
    frames.pop()?.();
    reporter.close();
    expect(send.mock.lastCall?.[0]).toEqual({ rect: null, feed_owns_input: false, holes: [], blank: false });
    expect(send).toHaveBeenCalledTimes(3);
    expect(sameLayout(layout, { ...layout })).toBe(true);
  });

  it("the_surroundings_leave_a_rounded_hole", () => {
    const path = cutOut({ x: 0, y: 0, width: 1000, height: 800 }, rect, 20);
    expect(path).toMatch(/^path\(evenodd, "M0 0H1000V800H0Z/);
    expect(path).toContain("M120 0H530A20 20 0 0 1 550 20");
  });
});

describe("library", () => {
  const NONE: ReadonlySet<string> = new Set();

  it("finds_titles_without_case_and_accents", () => {
    expect(fold("Ｐérdida")).toBe("perdida");
    const found = filterSeries(LIBRARY, { ...NO_FILTER, text: " hija  PÉR" }, NONE);
    expect(found.map((card) => card.title)).toEqual(["La Hija Perdida"]);
    expect(filterSeries(LIBRARY, { ...NO_FILTER, text: "战熊" }, NONE)).toHaveLength(1);
    expect(filterSeries(LIBRARY, { ...NO_FILTER, favourites: true }, NONE)).toHaveLength(2);
    expect(filterSeries(LIBRARY, { ...NO_FILTER, downloaded: true }, new Set(["x7"])).map((card) => card.title)).toEqual(["归来"]);
    expect(topGenres(LIBRARY, 2)).toEqual(["Romance", "Drama"]);
  });

  it("names_episodes_by_number_range_or_place", () => {
    expect(episodeNumber(episode(3), 9)).toBe("3");
    expect(episodeNumber(episode(3, { number_end: 4 }), 9)).toBe("3–4");
    expect(episodeNumber(episode(3, { number: null }), 9)).toBe("10");
  });

  it("shows_how_far_an_episode_was_watched", () => {
    expect(episodeShare(episode(1, { watched: true }))).toBe(1);
    expect(episodeShare(episode(1, { position_ms: 46_000 }))).toBe(0.5);
    expect(episodeShare(episode(1, { position_ms: 10, duration_ms: null }))).toBe(0.05);
    expect(episodeShare(episode(1))).toBe(0);
  });

  it("groups_by_season_in_viewing_order", () => {
    const groups = seasons([episode(1), episode(2), episode(1, { id: "b", season: 2 }), episode(9, { id: "c", season: 0 })]);
    expect(groups.map((group) => [group.season, group.episodes.length])).toEqual([[1, 2], [2, 1], [0, 1]]);
    expect(groups[1]?.episodes[0]?.index).toBe(2);
  });

  it("suggests_what_was_begun_and_never_the_same_series", () => {
    expect(suggestion(HOME, "s1")?.title).toBe("Glass Bride");
    expect(suggestion({ ...HOME, continue_watching: [] }, "x0")?.title).toBe("Glass Bride");
    expect(suggestion(null, "s1")).toBeNull();
  });

  it("the_same_title_has_the_same_gradient", () => {
    expect(posterGradient("归来")).toBe(posterGradient("归来"));
    expect(posterGradient("归来")).not.toBe(posterGradient("Glass Bride"));
  });
});

describe("errors", () => {
  it("keeps_known_codes_and_makes_everything_else_internal", () => {
    expect(toApiError({ code: "damaged", message: "m", detail: "d" })).toEqual({ code: "damaged", message: "m", detail: "d" });
    expect(toApiError({ code: "made_up", message: "m" }).code).toBe("internal");
    expect(toApiError(new Error("boom"))).toMatchObject({ code: "internal", detail: "boom" });
    expect(toApiError(null).code).toBe("internal");
  });
});

describe("languages", () => {
  const keys = (messages: object, path = ""): string[] =>
    Object.entries(messages).flatMap(([key, value]) =>
      typeof value === "string" ? [path + key] : keys(value as object, `${path}${key}.`),
    );
  const texts = (messages: object): Map<string, string> =>
    new Map(keys(messages).map((key) => [key, String(key.split(".").reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], messages))]));
  const slots = (text: string | undefined) => [...(text ?? "").matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

  it.each([
    ["Chinese", zh],
    ["Spanish", es],
  ])("%s says everything that English says, with the same data", (_name, messages) => {
    expect(keys(messages).sort()).toEqual(keys(en).sort());
    const other = texts(messages);
    for (const [key, text] of texts(en)) {
      expect(other.get(key), key).not.toBe("");
      expect(slots(other.get(key)), key).toEqual(slots(text));
    }
  });

  it("follows_the_systems_order_of_preference", () => {
    expect(systemLanguage(["fr-FR", "zh-TW", "en"])).toBe("zh-Hans");
    expect(systemLanguage(["es-MX"])).toBe("es");
    expect(systemLanguage(["fr"])).toBe("en");
  });
});
