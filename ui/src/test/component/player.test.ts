// The player: failing and ending, menus, subtitles, keys, and who owns the input.

import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { settled, show, showPlayer } from "../render";
import { cue, PLAYER, REMOTE_VIEW } from "../sample";

const FAILED = {
  phase: "failed",
  error: { code: "damaged", message: "12.mp4 broke.", detail: "qtdemux: no moov" },
} as const;

const frames = () => new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)));

describe("failed episode", () => {
  it("says_what_failed_and_offers_retry_skip_and_details", async () => {
    const { backend, user } = await showPlayer(FAILED);
    const card = screen.getByRole("alert");
    expect(card).toHaveTextContent("Episode 12 cannot be played");
    expect(card).toHaveTextContent("The file is damaged or ends too early.");
    expect(card).not.toHaveTextContent("no moov");
    await user.click(within(card).getByRole("button", { name: "Details" }));
    expect(card).toHaveTextContent("qtdemux: no moov");
    const copied = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
    await user.click(within(card).getByRole("button", { name: "Copy" }));
    expect(copied).toHaveBeenCalledWith("damaged: 12.mp4 broke.\nqtdemux: no moov");
    await user.click(within(card).getByRole("button", { name: "Retry" }));
    expect(backend.argsOf("retry")).toHaveLength(1);
    await user.click(within(card).getByRole("button", { name: "Skip" }));
    expect(backend.argsOf("step")).toEqual([{ direction: "next" }]);
  });

  it("that_played_as_far_as_it_reaches_offline_says_so", async () => {
    const { backend } = await showPlayer({ phase: "failed", error: { code: "offline", message: "", detail: null } });
    expect(screen.getByRole("alert")).toHaveTextContent("You are offline, and this episode is not on this device.");
    backend.emit({ type: "buffered", episode: "e12", stretches: [{ from: 0, to: 0.4 }] });
    await settled();
    expect(screen.getByRole("alert")).toHaveTextContent("Episode 12 stops here for now");
    expect(screen.getByRole("alert")).toHaveTextContent("this is as far as the episode reaches on this device");
  });

  it("does_not_take_the_swipe_from_the_feed", async () => {
    const { backend } = await showPlayer(FAILED, (host) => (host.hasNativeStage = true));
    await frames();
    expect(backend.layouts.at(-1)?.feed_owns_input).toBe(true);
  });
});

describe("quality", () => {
  const variants = [
    { bits_per_second: 4_200_000, lines: 1080, chosen: false },
    { bits_per_second: 1_500_000, lines: 720, chosen: true },
    { bits_per_second: 64_000, lines: null, chosen: false },
  ];

  it("is_offered_where_there_is_a_choice_and_kept_for_all_episodes", async () => {
    const { backend, user } = await showPlayer({ variants });
    await user.click(screen.getByRole("button", { name: "Quality: 720p" }));
    const menu = screen.getByRole("menu", { name: "Quality" });
    const items = within(menu).getAllByRole("menuitemradio");
    expect(items.map((item) => item.textContent?.trim())).toEqual(["Auto (720p)", "1080p · 4.2 Mb/s", "720p · 1.5 Mb/s", "0.1 Mb/s"]);
    expect(items[0]).toBeChecked();
    await user.click(within(menu).getByRole("menuitemradio", { name: /1080p/ }));
    expect(backend.settings.quality).toEqual({ type: "fixed", bits_per_second: 4_200_000 });
  });

  it("is_absent_where_there_is_one_way_to_play", async () => {
    await showPlayer({ variants: variants.slice(0, 1) });
    expect(screen.queryByRole("button", { name: /Quality/ })).toBeNull();
  });

  it("of_an_episode_from_a_server_that_comes_in_one_way_can_be_saved_on_all_the_same", async () => {
    const { backend, user } = await showPlayer({ variants: [] }, (host) => (host.series = REMOTE_VIEW));
    await user.click(screen.getByRole("button", { name: /Quality/ }));
    expect(screen.queryByRole("menu", { name: "Quality" })).toBeNull();
    await user.click(await screen.findByRole("switch", { name: "Data saver" }));
    expect(backend.settings.data_saver).toBe(true);
  });

  it("can_be_saved_on_from_its_menu", async () => {
    const { app, backend, user } = await showPlayer({ variants });
    app.player.overlay = "quality";
    await user.click(await screen.findByRole("switch", { name: "Data saver" }));
    expect(backend.settings.data_saver).toBe(true);
  });
});

describe("position", () => {
  it("moves_with_every_report_while_the_chrome_shows_and_in_large_steps_while_it_is_hidden", async () => {
    const { backend } = await showPlayer();
    const played = () => document.querySelector<HTMLElement>(".bar i")?.style.width;
    const report = async (position_ms: number) => {
      backend.emit({ type: "position", episode: "e12", position_ms });
      await settled();
      return played();
    };
    const touch = async () => {
      await fireEvent.pointerDown(screen.getByTestId("surface"));
      await settled();
    };
    await touch();
    const before = await report(45_000);
    const shown = await report(45_200);
    expect(shown).not.toBe(before);
    // The chrome goes while the stage moves.
    backend.emit({ type: "stage_moving", moving: true });
    await settled();
    const hidden = await report(45_400);
    expect(await report(49_900)).toBe(hidden);
    expect(await report(50_400)).not.toBe(hidden);
    backend.emit({ type: "stage_moving", moving: false });
    await touch();
    const again = played();
    expect(await report(50_600)).not.toBe(again);
  });
});

describe("window", () => {
  it("that_the_window_manager_takes_out_of_fullscreen_shows_its_frame_again", async () => {
    const { backend, user } = await showPlayer();
    await user.keyboard("f");
    backend.changeWindowMode("fullscreen");
    await settled();
    expect(document.querySelector(".framed")).toBeNull();
    backend.changeWindowMode("normal");
    await settled();
    await user.keyboard("f");
    expect(backend.modes).toEqual(["fullscreen", "fullscreen"]);
  });
});

describe("drag of the position", () => {
  it("ends_with_its_episode_and_never_seeks_the_next_one", async () => {
    const { backend } = await showPlayer();
    await fireEvent.pointerDown(screen.getByTestId("surface"));
    const bar = screen.getByRole("slider", { name: "Position" });
    vi.spyOn(bar.firstElementChild as Element, "getBoundingClientRect").mockReturnValue({ x: 0, width: 100 } as DOMRect);
    await fireEvent.pointerDown(bar, { clientX: 90, button: 0 });
    const sought = backend.argsOf("seek").length;
    expect(sought).toBeGreaterThan(0);
    backend.update({ episode: { ...PLAYER.episode, id: "e13", number: 13 }, position_ms: 0 });
    await settled();
    await fireEvent.pointerMove(bar, { clientX: 95 });
    await fireEvent.pointerUp(bar, { clientX: 100 });
    await fireEvent.pointerMove(bar, { clientX: 20 });
    expect(backend.argsOf("seek")).toHaveLength(sought);
  });
});

describe("preview", () => {
  it("shows_over_the_bar_asks_once_for_a_resting_pointer_and_only_for_the_newest_place", async () => {
    await showPlayer();
    await fireEvent.pointerDown(screen.getByTestId("surface"));
    class Picture {
      src = "";
      onload = () => undefined;
      onerror = () => undefined;
      constructor() {
        asked.push(this);
      }
    }
    const asked: Picture[] = [];
    vi.stubGlobal("Image", Picture);
    const bar = screen.getByRole("slider", { name: "Position" });
    const box = { x: 0, width: 920 } as DOMRect;
    vi.spyOn(bar.firstElementChild as Element, "getBoundingClientRect").mockReturnValue(box);
    const hover = async (clientX: number) => {
      await fireEvent.pointerMove(bar, { clientX });
      await settled();
    };
    await hover(100);
    await hover(101);
    const keys = () => asked.map((one) => one.src.split("#")[1]);
    expect(keys()).toEqual(["preview-10000-e12"]);
    await hover(300);
    await hover(500);
    asked[0]?.onload();
    await settled();
    expect(bar.querySelector("img")).toHaveAttribute("src", asked[0]?.src);
    expect(keys()).toEqual(["preview-10000-e12", "preview-50000-e12"]);
    asked[1]?.onerror();
    await settled();
    expect(asked).toHaveLength(2);
    await fireEvent.pointerLeave(bar);
    await settled();
    expect(bar.querySelector("img")).toBeNull();
    vi.unstubAllGlobals();
  });
});

describe("end", () => {
  it("of_the_series_offers_another_one", async () => {
    const { backend, user } = await showPlayer({ phase: "ended", has_next: false });
    await settled();
    expect(screen.getByRole("heading", { name: "You have seen it all" })).toBeVisible();
    const next = screen.getByText("Glass Bride").parentElement as HTMLElement;
    await user.click(within(next).getByRole("button", { name: "Play" }));
    expect(backend.argsOf("play")).toEqual([{ series: "x1", episode: null }]);
  });

  it("of_an_episode_offers_the_next_one", async () => {
    const { backend, user } = await showPlayer({ phase: "ended" });
    await user.click(within(screen.getByText("Episode 12 is over").parentElement as HTMLElement).getByRole("button", { name: "Next episode" }));
    expect(backend.argsOf("step")).toEqual([{ direction: "next" }]);
  });
});

describe("menus", () => {
  it("subtitles_can_be_chosen_and_switched_off", async () => {
    const { backend, user } = await showPlayer();
    const button = screen.getByRole("button", { name: "Subtitles and audio" });
    await user.click(button);
    const menu = screen.getByRole("menu", { name: "Subtitles" });
    expect(within(menu).getByRole("menuitemradio", { name: "English" })).toBeChecked();
    await user.click(within(menu).getByRole("menuitemradio", { name: "Off" }));
    expect(backend.argsOf("select_subtitle")).toEqual([{ track: null }]);
    expect(screen.queryByRole("dialog")).toBeNull();
    await user.click(button);
    await user.click(screen.getByRole("menuitemradio", { name: "English · Commentary" }));
    expect(backend.argsOf("select_audio")).toEqual([{ track: "a1" }]);
  });

  it("the_button_of_tracks_says_audio_where_there_is_a_choice_of_that_alone", async () => {
    await showPlayer({ subtitle_tracks: [], subtitle: null });
    expect(screen.getByRole("button", { name: "Subtitles and audio" })).toHaveTextContent("Audio");
  });

  it("arrows_go_through_the_speeds_and_escape_closes", async () => {
    const { backend, user } = await showPlayer();
    await user.click(screen.getByRole("button", { name: "Speed: 1×" }));
    expect(screen.getByRole("menuitemradio", { name: "1×" })).toHaveFocus();
    await user.keyboard("{ArrowDown}{Enter}");
    expect(backend.argsOf("set_speed")).toEqual([{ speed: 1.25 }]);
    expect(backend.argsOf("step")).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Speed: 1.25×" }));
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByRole("region", { name: "Player" })).toBeInTheDocument();
  });

  it("mini_player_is_offered_only_where_there_is_one", async () => {
    const { app } = await showPlayer();
    app.player.overlay = "more";
    await settled();
    expect(screen.getByRole("menuitem", { name: /Full screen/ })).toBeVisible();
    expect(screen.queryByRole("menuitem", { name: /Mini player/ })).toBeNull();
  });

  it("open_menu_takes_the_input_from_the_feed", async () => {
    const { app, backend } = await showPlayer({}, (host) => (host.hasNativeStage = true));
    await frames();
    expect(backend.layouts.at(-1)?.feed_owns_input).toBe(true);
    app.player.overlay = "speed";
    await settled();
    await frames();
    expect(backend.layouts.at(-1)?.feed_owns_input).toBe(false);
    await app.player.close();
    await settled();
    expect(backend.layouts.at(-1)?.rect).toBeNull();
  });
});

describe("subtitles", () => {
  it("are_text_and_never_markup", async () => {
    const { backend } = await showPlayer();
    const evil = '<img src=x onerror="alert(1)"><b>bold</b>';
    backend.emit({ type: "cues", episode: "e12", track: "s0", cues: [cue(0, 90_000, evil)] });
    await settled();
    const box = screen.getByTestId("subtitles");
    expect(box).toHaveTextContent(evil);
    expect(box.querySelector("img, b")).toBeNull();
  });

  it("keep_styles_and_follow_the_position", async () => {
    const { backend } = await showPlayer({ phase: "paused", wants_to_play: false });
    const styled = cue(0, 40_000, "first", {
      spans: [
        { text: "plain ", bold: false, italic: false, underline: false },
        { text: "loud", bold: true, italic: true, underline: true },
      ],
    });
    backend.emit({ type: "cues", episode: "e12", track: "s0", cues: [styled, cue(50_000, 60_000, "second")] });
    await settled();
    const box = screen.getByTestId("subtitles");
    expect(screen.getByText("loud")).toHaveClass("b", "i", "u");
    backend.emit({ type: "position", episode: "e12", position_ms: 45_000 });
    await settled();
    expect(box).toHaveTextContent("");
    backend.emit({ type: "position", episode: "e12", position_ms: 50_000 });
    await settled();
    expect(box).toHaveTextContent("second");
    backend.emit({ type: "position", episode: "another", position_ms: 1000 });
    await settled();
    expect(box).toHaveTextContent("second");
  });

  it("go_while_the_picture_moves_away_under_them", async () => {
    const { backend } = await showPlayer();
    backend.emit({ type: "cues", episode: "e12", track: "s0", cues: [cue(0, 90_000, "words")] });
    await settled();
    expect(screen.getByTestId("subtitles")).toHaveTextContent("words");
    backend.emit({ type: "stage_moving", moving: true });
    await settled();
    expect(screen.getByTestId("subtitles")).toHaveTextContent("");
    backend.emit({ type: "stage_moving", moving: false });
    await settled();
    expect(screen.getByTestId("subtitles")).toHaveTextContent("words");
  });
});

describe("keys", () => {
  it("play_seek_step_and_choose", async () => {
    const { backend, user } = await showPlayer({ phase: "paused", wants_to_play: false });
    await user.keyboard(" ");
    expect(backend.argsOf("set_playing")).toEqual([{ playing: true }]);
    backend.update({ phase: "paused", wants_to_play: false, position_ms: 38_000 });
    await user.keyboard("l");
    await settled();
    await user.keyboard("{ArrowLeft}");
    await settled();
    await user.keyboard("5");
    await settled();
    expect(backend.argsOf("seek")).toEqual([
      { position_ms: 48_000, mode: "accurate" },
      { position_ms: 43_000, mode: "accurate" },
      { position_ms: 46_000, mode: "accurate" },
    ]);
    await user.keyboard("{ArrowDown}p.");
    expect(backend.argsOf("step")).toEqual([{ direction: "next" }, { direction: "previous" }]);
    expect(backend.argsOf("step_frame")).toEqual([{ direction: "next" }]);
    await user.keyboard("c");
    expect(backend.argsOf("select_subtitle")).toEqual([{ track: "s1" }]);
  });

  it("tapped_right_arrow_seeks_and_held_one_goes_faster_while_it_is_held", async () => {
    const { backend } = await showPlayer({ phase: "paused", wants_to_play: false });
    vi.useFakeTimers();
    await fireEvent.keyDown(window, { key: "ArrowRight" });
    await fireEvent.keyUp(window, { key: "ArrowRight" });
    expect(backend.argsOf("seek")).toEqual([{ position_ms: 43_000, mode: "accurate" }]);
    await fireEvent.keyDown(window, { key: "ArrowRight" });
    vi.advanceTimersByTime(400);
    expect(backend.argsOf("set_speed")).toEqual([{ speed: 2 }]);
    await fireEvent.keyUp(window, { key: "ArrowRight" });
    expect(backend.argsOf("set_speed")).toEqual([{ speed: 2 }, { speed: 1 }]);
    vi.useRealTimers();
  });

  it("swipe_keys_are_left_to_a_native_stage", async () => {
    const { backend, user } = await showPlayer({}, (host) => (host.hasNativeStage = true));
    await user.keyboard("{ArrowDown}n{PageUp}");
    expect(backend.argsOf("step")).toEqual([]);
  });

  it("question_mark_lists_every_key_and_escape_closes_the_topmost", async () => {
    const { backend, user } = await showPlayer();
    await user.keyboard("?");
    expect(screen.getByRole("dialog", { name: "Keyboard shortcuts" })).toHaveTextContent("5 seconds on; hold for 2×");
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
    await user.keyboard("{Escape}");
    await settled();
    expect(backend.argsOf("close_player")).toHaveLength(1);
    expect(screen.getByLabelText("Search your series")).toBeVisible();
  });

  it("slash_leaves_the_player_for_the_search_field", async () => {
    const { user } = await showPlayer();
    await user.keyboard("/");
    await settled();
    expect(screen.getByLabelText("Search your series")).toHaveFocus();
  });

  it("statistics_are_asked_for_while_they_are_open", async () => {
    const { backend, user } = await showPlayer();
    await user.keyboard("{Shift>}I{/Shift}");
    await settled();
    expect(screen.getByRole("region", { name: "Statistics" })).toHaveTextContent("1080 × 1920");
    expect(backend.argsOf("statistics")).toHaveLength(1);
  });
});

describe("player", () => {
  it("tells_what_it_waits_for_after_a_moment", async () => {
    vi.useFakeTimers();
    const { backend } = await showPlayer({ phase: "loading" });
    expect(screen.queryByText("Opening episode 12 …")).toBeNull();
    vi.advanceTimersByTime(310);
    await settled();
    expect(screen.getByText("Opening episode 12 …")).toBeVisible();
    vi.useRealTimers();
    backend.update({ phase: "playing" });
  });

  it("opens_with_an_event_and_closes_with_one", async () => {
    const { backend } = await show();
    backend.emit({ type: "player", state: PLAYER });
    await settled();
    expect(screen.getByText("EP 12 / 80")).toBeInTheDocument();
    backend.emit({ type: "player", state: null });
    await settled();
    expect(screen.queryByRole("region", { name: "Player" })).toBeNull();
  });

  it("failed_command_is_told_in_words", async () => {
    const { backend, user } = await showPlayer();
    backend.failing.set("set_favourite", { code: "library_write", message: "", detail: null });
    await user.keyboard("b");
    await settled();
    expect(screen.getByText("The library could not be saved. Is the disk full?")).toBeVisible();
  });
});
