// What the network changes outside of downloads: the bar's stretches, statistics, being offline, addresses, storage.

import { fireEvent, screen, within } from "@testing-library/svelte";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Stretch } from "../../bindings";
import { settled, show, showPlayer, type Shown } from "../render";
import { EMPTY_HOME, episode, FERRY, HOME, REMOTE_VIEW } from "../sample";

const HALF: Stretch[] = [
  { from: 0, to: 0.5 },
  { from: 0.75, to: 0.8 },
];

describe("progress bar", () => {
  const drawn = () => [...document.querySelectorAll<HTMLElement>(".bar .here")].map((node) => [node.style.left, node.style.width]);
  const tell = async ({ backend }: Shown, id: string, stretches: Stretch[]) => {
    backend.emit({ type: "buffered", episode: id, stretches });
    await settled();
  };
  const touch = async () => {
    await fireEvent.pointerDown(screen.getByTestId("surface"));
    await settled();
  };

  it("shows_what_is_here_and_forgets_it_with_the_episode", async () => {
    const shown = await showPlayer();
    await touch();
    await tell(shown, "e12", HALF);
    expect(drawn()).toEqual([
      ["0%", "50%"],
      ["75%", expect.stringMatching(/^5(\.0+\d*)?%$/u)],
    ]);
    await shown.app.play("s1", "e13");
    await settled();
    expect(drawn()).toEqual([]);
  });

  it("shows_what_plays_without_a_wait_from_the_position_to_the_next_gap", async () => {
    const shown = await showPlayer({ duration_ms: 100_000 });
    await touch();
    const ahead = () => [...document.querySelectorAll<HTMLElement>(".bar .ahead")].map((node) => [node.style.left, node.style.width]);
    const play = async (position_ms: number) => {
      shown.backend.emit({ type: "position", episode: "e12", position_ms });
      await settled();
    };
    await tell(shown, "e12", HALF);
    await play(20_000);
    expect(ahead()).toEqual([["20%", "30%"]]);
    await play(60_000);
    expect(ahead()).toEqual([]);
    await play(75_000);
    expect(ahead()).toHaveLength(1);
  });

  it("is_plain_for_what_is_here_as_a_whole", async () => {
    const shown = await showPlayer();
    await touch();
    await tell(shown, "e12", [{ from: 0, to: 1 }]);
    expect(drawn()).toEqual([]);
    expect(document.querySelector(".bar.partial")).toBeNull();
  });

  it("knows_an_episode_that_is_told_of_just_before_it_begins", async () => {
    const shown = await showPlayer();
    await touch();
    await tell(shown, "e13", HALF);
    expect(drawn()).toEqual([]);
    await shown.app.play("s1", "e13");
    await settled();
    expect(drawn()).toHaveLength(2);
  });

  it("stands_still_while_the_chrome_is_hidden", async () => {
    const shown = await showPlayer();
    await touch();
    shown.backend.emit({ type: "stage_moving", moving: true });
    await settled();
    await tell(shown, "e12", HALF);
    expect(drawn()).toEqual([]);
    shown.backend.emit({ type: "stage_moving", moving: false });
    await touch();
    expect(drawn()).toHaveLength(2);
  });
});

describe("statistics", () => {
  it("tell_where_the_last_swipe_came_from_and_what_the_network_is_like", async () => {
    const { user } = await showPlayer();
    await user.keyboard("{Shift>}I{/Shift}");
    await settled();
    const box = screen.getByRole("region", { name: "Statistics" });
    expect(box).toHaveTextContent("ready · from the cache · 0 ms to the first frame");
    expect(box).toHaveTextContent("Throughput18.4 Mb/s");
    expect(box).toHaveTextContent("Round trip42 ms");
    expect(box).toHaveTextContent("Ready at the swipe97%");
    expect(box).toHaveTextContent("Waited for data1.2 sec");
    expect(box).toHaveTextContent("Fetched768 MiB");
    expect(box).toHaveTextContent("Fetched and not read61.4 MiB · 8%");
  });

  it("without_a_network_leave_it_out", async () => {
    const { user } = await showPlayer({}, (host) => {
      host.overrides.statistics = () => ({
        last_swipe: null,
        decoder: null,
        width: null,
        height: null,
        nominal_fps: null,
        fps: 0,
        dropped: 0,
        memory_bytes: 0,
        network: null,
      });
    });
    await user.keyboard("{Shift>}I{/Shift}");
    await settled();
    expect(screen.getByRole("region", { name: "Statistics" })).not.toHaveTextContent("Throughput");
  });
});

describe("episode that is pointed at", () => {
  afterEach(() => void vi.useRealTimers());

  const tile = (number: number) => within(screen.getByRole("dialog")).getByRole("button", { name: new RegExp(`^Episode ${number}\\b`) });
  async function wait(ms: number): Promise<void> {
    vi.advanceTimersByTime(ms);
    await settled();
  }

  it("is_told_after_a_moment_and_again_when_it_is_left", async () => {
    const { app, backend } = await showPlayer({}, (host) => (host.series = REMOTE_VIEW));
    app.player.overlay = "episodes";
    await settled();
    vi.useFakeTimers();
    await fireEvent.pointerEnter(tile(40));
    await wait(100);
    await fireEvent.pointerLeave(tile(40));
    await fireEvent.pointerEnter(tile(41));
    await wait(140);
    expect(backend.argsOf("point_at"), "who only passes points at nothing").toEqual([]);
    await wait(20);
    expect(backend.argsOf("point_at")).toEqual([{ episode: "e41" }]);
    await fireEvent.pointerLeave(tile(41));
    expect(backend.argsOf("point_at").at(-1)).toEqual({ episode: null });
    await fireEvent.focus(tile(44));
    await wait(160);
    app.player.overlay = null;
    await settled();
    expect(backend.argsOf("point_at").slice(2)).toEqual([{ episode: "e44" }, { episode: null }]);
  });

  it("is_not_told_where_episodes_are_files", async () => {
    const { app, backend } = await showPlayer();
    app.player.overlay = "episodes";
    await settled();
    vi.useFakeTimers();
    await fireEvent.pointerEnter(tile(40));
    await wait(200);
    expect(backend.argsOf("point_at")).toEqual([]);
  });
});

describe("offline", () => {
  it("is_told_at_the_top_of_home_and_of_a_series_until_the_network_is_back", async () => {
    const { app, backend } = await show((host) => (host.home = { ...HOME, network: false }));
    expect(screen.getByText("There seems to be no network. What is on this device plays.")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Go online" })).toBeNull();
    app.go({ name: "series", id: "s1" });
    await settled();
    expect(screen.getByText("There seems to be no network. What is on this device plays.")).toBeVisible();
    backend.emit({ type: "offline", offline: false, network: true });
    await settled();
    expect(screen.queryByText(/no network/)).toBeNull();
  });

  it("for_want_of_a_network_is_no_news_where_all_series_lie_in_folders", async () => {
    const folders = HOME.sources.filter((source) => source.path.startsWith("/"));
    await show((host) => (host.home = { ...HOME, network: false, sources: folders }));
    expect(screen.queryByText(/no network/)).toBeNull();
  });

  it("for_want_of_a_network_keeps_nothing_from_being_tried", async () => {
    const { app, backend, user } = await show((host) => {
      host.home = { ...HOME, network: false };
      host.series = REMOTE_VIEW;
    });
    app.go({ name: "series", id: "s1" });
    await settled();
    // It looks as it seems to be, and yet the system may be wrong.
    const away = screen.getByRole("button", { name: "Episode 30, not on this device, cannot play offline" });
    expect(away).not.toHaveAttribute("aria-disabled");
    await user.click(away);
    expect(backend.argsOf("play")).toEqual([{ series: "s1", episode: "e30" }]);
  });

  it("shows_on_home_what_is_not_here_and_lets_it_be_opened", async () => {
    const id = HOME.series.at(-1)?.id ?? "";
    const { app, backend, user } = await show((host) => (host.home = { ...HOME, away: [id] }));
    const tile = () => screen.getAllByRole("button").filter((button) => button.classList.contains("away"));
    expect(tile()).toEqual([]);
    backend.emit({ type: "offline", offline: false, network: false });
    await settled();
    expect(tile().length).toBeGreaterThan(0);
    for (const each of tile()) expect(each).toHaveTextContent("Not on this device");
    await user.click(tile()[0] as HTMLElement);
    expect(app.view).toEqual({ name: "series", id });
  });

  it("marks_what_would_play_and_is_not_here_and_lets_it_be_tried", async () => {
    const away = episode(12, { presence: "remote", position_ms: 38_000 });
    const { app, backend, user } = await show((host) => {
      host.home = { ...HOME, continue_watching: [{ series: FERRY, episode: away, position_ms: 38_000 }] };
      host.series = { ...REMOTE_VIEW, episodes: [away, episode(13, { presence: "part" })] };
    });
    const played = () => backend.argsOf("play").length;
    const play = (name: RegExp) => screen.getByRole("button", { name });
    expect(play(/^Resume at 0:38$/)).toBeVisible();
    backend.emit({ type: "offline", offline: false, network: false });
    await settled();
    await user.click(play(/^Resume at 0:38 ?Not on this device$/));
    expect(played()).toBe(1);
    await app.player.close();
    app.go({ name: "series", id: "s1" });
    await settled();
    await user.click(play(/^Resume episode 12 at 0:38 ?Not on this device$/));
    expect(played()).toBe(2);
    await app.player.close();
    await settled();
    const menu = async (name: RegExp) => {
      await fireEvent.contextMenu(play(name));
      return screen.getByRole("menuitem", { name: /^Play/ });
    };
    await user.click(await menu(/^Episode 12,/));
    expect(played()).toBe(3);
    await app.player.close();
    await settled();
    expect(await menu(/^Episode 12,/)).toHaveTextContent("Not on this device");
    await user.keyboard("{Escape}");
    expect(await menu(/^Episode 13,/)).not.toHaveTextContent("Not on this device");
  });

  it("that_was_chosen_tries_nothing_that_is_not_here", async () => {
    const away = episode(12, { presence: "remote" });
    const { app, backend, user } = await show((host) => {
      host.home = { ...HOME, continue_watching: [{ series: FERRY, episode: away, position_ms: 0 }], offline: true };
      host.series = { ...REMOTE_VIEW, episodes: [away], resume: null, started: false };
    });
    const said = () => screen.queryByText("You are offline, and this episode is not on this device.");
    await user.click(screen.getByRole("button", { name: /^Play ?Not on this device$/ }));
    expect(said()).toBeVisible();
    app.go({ name: "series", id: "s1" });
    await settled();
    await user.click(screen.getByRole("button", { name: /^Play ?Not on this device$/ }));
    await fireEvent.contextMenu(screen.getByRole("button", { name: /^Episode 12,/ }));
    await user.click(screen.getByRole("menuitem", { name: /^Play/ }));
    await settled();
    expect(backend.argsOf("play")).toEqual([]);
  });

  it("that_was_chosen_can_be_left", async () => {
    const { backend, user } = await show((host) => {
      host.home = { ...HOME, offline: true };
      host.settings = { ...host.settings, offline: true };
    });
    expect(screen.getByText("Offline mode is on. What is on this device plays.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Go online" }));
    await settled();
    expect(backend.settings.offline).toBe(false);
  });

  it("is_in_the_player_a_word_in_the_chrome", async () => {
    const { backend } = await showPlayer();
    expect(screen.queryByText("Offline")).toBeNull();
    backend.emit({ type: "offline", offline: true, network: false });
    await settled();
    expect(screen.getByText("Offline").closest(".chrome")).not.toBeNull();
  });

  it("for_want_of_a_network_is_a_word_in_the_chrome_of_what_comes_from_one", async () => {
    const { backend } = await showPlayer({}, (host) => (host.series = REMOTE_VIEW));
    backend.emit({ type: "offline", offline: false, network: false });
    await settled();
    expect(screen.getByText("No network").closest(".chrome")).not.toBeNull();
    expect(screen.queryByText("Offline")).toBeNull();
  });
});

describe("address of a catalog", () => {
  it("is_pasted_and_added", async () => {
    const { backend, user } = await show((host) => (host.home = EMPTY_HOME));
    await user.click(screen.getByLabelText("Address of a catalog"));
    await user.paste(" https://dramas.example.org/catalog.json ");
    await user.click(screen.getByRole("button", { name: "Add address" }));
    expect(backend.argsOf("add_source")).toEqual([{ path: "https://dramas.example.org/catalog.json" }]);
    expect(screen.getByLabelText("Address of a catalog")).toHaveValue("");
  });

  it("that_is_none_is_refused_in_words_and_can_be_mended", async () => {
    const { backend, user } = await show((host) => (host.home = EMPTY_HOME));
    const field = screen.getByLabelText("Address of a catalog");
    await user.type(field, "ftp://example.org/c.json{Enter}");
    expect(backend.argsOf("add_source")).toEqual([]);
    expect(screen.getByRole("alert")).toHaveTextContent("This is not an address. It begins with https:// or http://");
    expect(field).toHaveFocus();
    expect(field).toHaveAccessibleDescription(/This is not an address/);
    await user.type(field, "x");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("that_cannot_be_read_says_why_by_its_code", async () => {
    const { user } = await show((host) => {
      host.home = EMPTY_HOME;
      host.failing.set("add_source", { code: "unreachable", message: "", detail: null });
    });
    await user.type(screen.getByLabelText("Address of a catalog"), "https://nowhere.example/{Enter}");
    expect(screen.getByRole("alert")).toHaveTextContent("The server cannot be reached. Are you online?");
  });

  it("is_listed_by_its_host_read_again_and_removed_as_a_catalog", async () => {
    const { backend, user } = await show();
    await user.click(screen.getByRole("button", { name: "Settings" }));
    expect(screen.getByText("dramas.example.org")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Read again: https://dramas.example.org/catalog.json" }));
    expect(backend.argsOf("rescan_source")).toEqual([{ id: "src3" }]);
    await user.click(screen.getByRole("button", { name: "Remove: https://dramas.example.org/catalog.json" }));
    expect(screen.getByRole("dialog", { name: "Remove this catalog from the library?" })).not.toHaveTextContent("files");
  });
});

describe("data and storage", () => {
  async function openSettings(prepare?: Parameters<typeof show>[0]): Promise<Shown> {
    const shown = await show(prepare);
    shown.app.go({ name: "settings" });
    await settled();
    return shown;
  }

  it("switches_and_limits_are_kept", async () => {
    const { backend, user } = await openSettings();
    await user.click(screen.getByRole("switch", { name: /Data saver/ }));
    await user.click(screen.getByRole("switch", { name: /Offline mode/ }));
    await user.click(screen.getByRole("switch", { name: /Download only on unmetered networks/ }));
    await user.selectOptions(screen.getByLabelText(/Download speed/), "1 MiB/s");
    await user.selectOptions(screen.getByRole("combobox", { name: /Size of the cache/ }), "16 GiB");
    await settled();
    expect(backend.settings).toMatchObject({
      data_saver: true,
      offline: true,
      downloads_unmetered_only: true,
      download_limit_kib: 1024,
      cache_limit_mib: 16_384,
    });
    await user.selectOptions(screen.getByLabelText(/Download speed/), "No limit");
    await user.selectOptions(screen.getByRole("combobox", { name: /Size of the cache/ }), "Automatic");
    await settled();
    expect(backend.settings).toMatchObject({ download_limit_kib: null, cache_limit_mib: null });
  });

  it("a_limit_that_was_set_elsewhere_is_shown_as_it_is", async () => {
    await openSettings((host) => (host.settings = { ...host.settings, cache_limit_mib: 2048, download_limit_kib: 512 }));
    expect(screen.getByLabelText(/Download speed/)).toHaveDisplayValue("512 KiB/s");
    expect(screen.getByRole("combobox", { name: /Size of the cache/ })).toHaveDisplayValue("2 GiB");
  });

  it("cache_shows_its_use_and_is_emptied_but_for_downloads", async () => {
    const { backend, user } = await openSettings();
    const bar = screen.getByRole("meter", { name: "Size of the cache" });
    expect(bar).toHaveAttribute("aria-valuetext", "1.5 GiB of 4 GiB");
    expect(screen.getByText("Downloads and what plays: 512 MiB")).toBeVisible();
    expect(screen.getByText("Free on the disk: 31 GiB")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Empty the cache" }));
    await settled();
    expect(backend.argsOf("clear_cache")).toHaveLength(1);
    expect(bar).toHaveAttribute("aria-valuetext", "512 MiB of 4 GiB");
    expect(screen.getByText("1 GiB freed")).toBeVisible();
    expect(screen.getByRole("button", { name: "Empty the cache" })).toBeDisabled();
  });

  it("sizes_follow_the_language", async () => {
    await openSettings((host) => (host.settings = { ...host.settings, language: "es" }));
    expect(screen.getByText("1,5 GiB de 4 GiB")).toBeVisible();
  });

  it("habits_are_explained_and_forgotten_after_asking", async () => {
    const { backend, user } = await openSettings();
    expect(screen.getByText(/learns how long you stay with an episode.*this stays on this device/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Forget my viewing habits" }));
    const dialog = screen.getByRole("dialog", { name: "Forget your viewing habits?" });
    expect(backend.argsOf("forget_habits")).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Forget" }));
    await settled();
    expect(backend.argsOf("forget_habits")).toHaveLength(1);
    expect(screen.getByText("Your viewing habits are forgotten")).toBeVisible();
  });
});
