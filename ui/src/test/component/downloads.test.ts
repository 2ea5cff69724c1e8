// Downloads: the screen, the marks in the grid, what a series and an episode offer.

import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { FakeBackend } from "../fake";
import { settled, show, showPlayer, type Shown } from "../render";
import { download, DOWNLOADS, downloads, episode, FERRY_VIEW, REMOTE_VIEW } from "../sample";

const MIB = 1024 * 1024;

async function open(prepare: (host: FakeBackend) => void = (host) => (host.downloads = DOWNLOADS)): Promise<Shown> {
  const shown = await show(prepare);
  shown.app.go({ name: "downloads" });
  await settled();
  return shown;
}

async function openSeries(prepare: (host: FakeBackend) => void = () => undefined): Promise<Shown> {
  const shown = await show((host) => {
    host.series = REMOTE_VIEW;
    prepare(host);
  });
  shown.app.go({ name: "series", id: "s1" });
  await settled();
  return shown;
}

describe("downloads screen", () => {
  it("is_in_the_rail_with_a_badge_while_something_runs", async () => {
    const { backend, user } = await show();
    await user.click(screen.getByRole("button", { name: "Downloads" }));
    expect(screen.getByRole("heading", { name: "Nothing downloaded yet" })).toBeVisible();
    backend.load(DOWNLOADS);
    await settled();
    expect(screen.getByRole("button", { name: "Downloads, 6 on their way" })).toHaveTextContent("6");
    backend.load(downloads([download(18, { state: "paused" })]));
    await settled();
    expect(screen.getByRole("button", { name: "Downloads" })).not.toHaveTextContent("1");
  });

  it("shows_how_far_each_and_all_are", async () => {
    await open();
    expect(screen.getByRole("progressbar", { name: "The Last Ferry · Episode 15" })).toHaveAttribute("aria-valuenow", "30");
    expect(screen.getByRole("progressbar", { name: "The Last Ferry · Episode 20" })).not.toHaveAttribute("aria-valuenow");
    expect(screen.getByRole("progressbar", { name: "All downloads" })).toHaveAttribute("aria-valuenow", "63");
    expect(screen.getByText("6 episodes left")).toBeVisible();
    expect(screen.getByText("Free: 31 GiB")).toBeVisible();
    expect(screen.getByText("The server has a problem. Try again later.")).toBeVisible();
  });

  it("tells_speed_and_time_left_from_what_came_in_the_last_seconds", async () => {
    const clock = vi.spyOn(performance, "now").mockReturnValue(10_000);
    const at = (done: number) => downloads([download(15, { state: "running", done_bytes: done * MIB })]);
    const { app, backend } = await show((host) => (host.downloads = at(10)));
    clock.mockReturnValue(14_000);
    backend.load(at(20));
    app.go({ name: "downloads" });
    await settled();
    const row = screen.getByRole("progressbar", { name: "The Last Ferry · Episode 15" }).closest("li");
    expect(row).toHaveTextContent("20 MiB of 40 MiB");
    expect(row).toHaveTextContent("2.5 MiB/s");
    expect(row).toHaveTextContent("8 sec left");
    expect(screen.getByText("20 MiB of 40 MiB · 2.5 MiB/s · 8 sec left")).toBeVisible();
  });

  it("says_that_they_wait_for_a_network_that_costs_nothing", async () => {
    const queue = [download(15), download(16)];
    const { backend } = await open((host) => (host.downloads = downloads(queue, { waits_for_unmetered: true })));
    expect(screen.getByText("Downloads wait for an unmetered network.")).toBeVisible();
    backend.load(downloads(queue));
    await settled();
    expect(screen.queryByText(/wait for an unmetered network/)).toBeNull();
  });

  it("says_that_they_wait_for_a_network_or_a_server_and_are_tried_again_by_themselves", async () => {
    const error = { code: "unreachable", message: "", detail: null } as const;
    const queue = [download(15, { error }), download(16)];
    const { backend } = await open((host) => (host.downloads = downloads(queue, { waits_for_network: true })));
    expect(screen.getByText(/There is no network: downloads go on by themselves/)).toBeVisible();
    const row = () => screen.getByRole("progressbar", { name: "The Last Ferry · Episode 15" }).closest("li");
    expect(row()).toHaveTextContent("The server cannot be reached. Are you online?It is tried again by itself.");
    backend.load(downloads([download(15), download(16)]));
    await settled();
    expect(screen.queryByText(/There is no network/)).toBeNull();
    expect(row()).toHaveTextContent("Waiting");
  });

  it("says_how_much_room_is_lacking", async () => {
    const { backend } = await open((host) => (host.downloads = downloads([download(15)], { short_bytes: 16 * MIB })));
    expect(screen.getByText("About 16 MiB more room is needed for all of them.")).toBeVisible();
    backend.load(downloads([download(15)]));
    await settled();
    expect(screen.queryByText(/more room is needed/)).toBeNull();
  });

  it("does_not_say_that_all_are_paused_while_one_goes_on", async () => {
    const { backend } = await open((host) => (host.downloads = downloads([download(15, { state: "paused" })], { paused: true })));
    expect(screen.getByText("All downloads are paused.")).toBeVisible();
    backend.load(downloads([download(15, { state: "running" }), download(16, { state: "paused" })], { paused: true }));
    await settled();
    expect(screen.queryByText("All downloads are paused.")).toBeNull();
    expect(screen.getByRole("button", { name: "Resume all" })).toBeVisible();
  });

  it("tells_what_a_series_keeps_and_what_removing_it_means", async () => {
    const done = { state: "done", done_bytes: 40 * MIB } as const;
    const items = [download(12, { ...done, kept: true }), download(13, done), download(14, { kept: true })];
    const { backend, user } = await open((host) => (host.downloads = downloads(items)));
    expect(screen.getByText("One of the next episodes · 40 MiB")).toBeVisible();
    expect(screen.getByRole("progressbar", { name: "The Last Ferry · Episode 14" }).closest("li")).toHaveTextContent("One of the next episodes");
    const ask = async (name: string) => {
      await user.click(screen.getByRole("button", { name }));
      return screen.getByRole("dialog");
    };
    expect(await ask("Remove: The Last Ferry · Episode 13")).not.toHaveTextContent("next episodes");
    await user.keyboard("{Escape}");
    expect(await ask("Remove: The Last Ferry · Episode 12")).toHaveTextContent("What you remove of them stays away");
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "Cancel the download: The Last Ferry · Episode 14" }));
    await settled();
    expect(screen.getByText(/What you remove of them stays away/)).toBeVisible();
    expect(backend.argsOf("remove_download")).toEqual([{ episode: "e14" }]);
    const all = await ask("Remove all: The Last Ferry");
    expect(all).toHaveTextContent("The next episodes are no longer kept by themselves either.");
    await user.click(within(all).getByRole("button", { name: "Remove" }));
    await settled();
    expect(backend.argsOf("keep_next")).toEqual([{ series: "s1", count: 0 }]);
    expect(backend.argsOf("remove_download").slice(1)).toEqual([{ episode: "e12" }, { episode: "e13" }]);
  });

  it("holds_goes_on_retries_puts_first_and_cancels", async () => {
    const { backend, user } = await open();
    const press = (name: string) => user.click(screen.getByRole("button", { name }));
    await press("Pause: The Last Ferry · Episode 15");
    await press("Resume: The Last Ferry · Episode 18");
    await press("Try again: The Last Ferry · Episode 17");
    expect(backend.argsOf("pause_download")).toEqual([
      { episode: "e15", paused: true },
      { episode: "e18", paused: false },
      { episode: "e17", paused: false },
    ]);
    expect(screen.getByRole("button", { name: "Put first: The Last Ferry · Episode 15" })).toBeDisabled();
    await press("Put first: The Last Ferry · Episode 19");
    expect(backend.argsOf("download_first")).toEqual([{ episode: "e19" }]);
    await press("Cancel the download: The Last Ferry · Episode 20");
    await settled();
    expect(backend.argsOf("remove_download")).toEqual([{ episode: "e20" }]);
    expect(screen.queryByText("Episode 20")).toBeNull();
    await press("Pause all");
    const held = DOWNLOADS.items.map((item) => (item.state === "running" || item.state === "queued" ? { ...item, state: "paused" as const } : item));
    backend.load({ ...DOWNLOADS, items: held, paused: true });
    await settled();
    expect(screen.getByText("All downloads are paused.")).toBeVisible();
    await press("Resume all");
    expect(backend.argsOf("pause_downloads")).toEqual([{ paused: true }, { paused: false }]);
  });

  it("the_queue_is_put_in_order_by_the_arrow_keys_on_a_handle", async () => {
    const queue = [download(15, { state: "running" }), download(16), download(17)];
    const { backend, user } = await open((host) => (host.downloads = downloads(queue)));
    const handle = (number: number) => screen.getByRole("button", { name: `Move: The Last Ferry · Episode ${number}` });
    const order = () => screen.getAllByRole("button", { name: /^Move: / }).map((button) => button.getAttribute("aria-label")?.slice(-2));
    handle(16).focus();
    await user.keyboard("{ArrowDown}");
    expect(order()).toEqual(["15", "17", "16"]);
    expect(handle(16)).toHaveFocus();
    expect(screen.getByText("Place 3 of 3")).toBeInTheDocument();
    await user.keyboard("{ArrowDown}{Home}");
    await settled();
    expect(order()).toEqual(["16", "15", "17"]);
    expect(backend.argsOf("move_download")).toEqual([
      { episode: "e16", before: null },
      { episode: "e16", before: "e15" },
    ]);
    backend.load(downloads([download(18)]));
    await settled();
    expect(screen.queryByRole("button", { name: /^Move: / })).toBeNull();
  });

  it("the_new_order_holds_until_it_is_told_and_goes_where_it_is_refused", async () => {
    const queue = [download(15), download(16)];
    const { backend, user } = await open((host) => (host.downloads = downloads(queue)));
    const order = () => screen.getAllByRole("button", { name: /^Move: / }).map((button) => button.getAttribute("aria-label")?.slice(-2));
    let done: (value: null) => void = () => undefined;
    backend.overrides.move_download = () => new Promise((resolve) => (done = resolve));
    screen.getByRole("button", { name: /^Move: .*15$/ }).focus();
    await user.keyboard("{ArrowDown}");
    backend.load(downloads(queue));
    await settled();
    expect(order(), "a report that was on its way").toEqual(["16", "15"]);
    done(null);
    await settled();
    expect(order()).toEqual(["16", "15"]);
    backend.overrides = {};
    backend.failing.set("move_download", { code: "library_write", message: "", detail: null });
    const moves = backend.argsOf("move_download").length;
    await user.keyboard("{ArrowUp}");
    await settled();
    expect(backend.argsOf("move_download")).toHaveLength(moves + 1);
    expect(order()).toEqual(["16", "15"]);
  });

  it("what_is_done_opens_the_player_and_goes_only_after_asking", async () => {
    const { backend, user } = await open();
    const ferry = within(screen.getByRole("region", { name: "The Last Ferry" }));
    expect(ferry.getByText("3 episodes · 120 MiB")).toBeVisible();
    expect(screen.getByRole("region", { name: "归来" })).toBeVisible();
    await user.click(ferry.getByRole("button", { name: "Remove: The Last Ferry · Episode 13" }));
    await user.keyboard("{Escape}");
    expect(backend.argsOf("remove_download")).toEqual([]);
    await user.click(ferry.getByRole("button", { name: "Remove: The Last Ferry · Episode 13" }));
    const dialog = screen.getByRole("dialog", { name: "Remove from this device?" });
    expect(dialog).toHaveTextContent("1 episode of The Last Ferry would have to be downloaded again.");
    expect(within(dialog).getByRole("button", { name: "Cancel" })).toHaveFocus();
    await user.click(within(dialog).getByRole("button", { name: "Remove" }));
    await settled();
    expect(backend.argsOf("remove_download")).toEqual([{ episode: "e13" }]);
    await user.click(screen.getByRole("button", { name: "Remove all: The Last Ferry" }));
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Remove" }));
    await settled();
    expect(backend.argsOf("remove_download").slice(1)).toEqual([{ episode: "e12" }, { episode: "e14" }]);
    await user.click(screen.getByRole("button", { name: "归来 · Episode 1" }));
    expect(backend.argsOf("play")).toEqual([{ series: "x7", episode: "h1" }]);
  });

  it("failure_to_read_is_told_and_retried", async () => {
    const { backend, user } = await open((host) => host.failing.set("downloads", { code: "io", message: "", detail: null }));
    expect(screen.getByRole("alert")).toHaveTextContent("Reading failed.");
    backend.failing.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    await settled();
    expect(screen.getByRole("heading", { name: "Nothing downloaded yet" })).toBeVisible();
  });
});

describe("presence in the grid", () => {
  it("is_marked_named_and_told_by_the_tooltip", async () => {
    await openSeries((host) => (host.downloads = DOWNLOADS));
    const marked = (name: string, mark: string) => {
      const tile = screen.getByRole("button", { name });
      expect(tile.querySelector(`[data-mark="${mark}"]`)).not.toBeNull();
      return tile;
    };
    expect(marked("Episode 21, in the cache", "whole")).toHaveAttribute("title", "in the cache");
    marked("Episode 10, watched, in the cache", "whole");
    marked("Episode 23, partly on this device", "part");
    marked("Episode 13, downloaded", "downloaded");
    marked("Episode 15, downloading, 30%", "running");
    marked("Episode 17, download failed", "failed");
    marked("Episode 18, download paused", "paused");
    marked("Episode 19, waiting to be downloaded", "queued");
    expect(screen.getByRole("button", { name: "Episode 30" }).querySelector("[data-mark]")).toBeNull();
  });

  it("follows_a_download_to_its_end", async () => {
    const { backend } = await openSeries();
    backend.load(downloads([download(30, { state: "running", done_bytes: 20 * MIB })]));
    await settled();
    expect(screen.getByRole("button", { name: "Episode 30, downloading, 50%" })).toBeVisible();
    const asked = backend.argsOf("series").length;
    backend.load(downloads([download(30, { state: "running", done_bytes: 30 * MIB })]));
    await settled();
    expect(backend.argsOf("series")).toHaveLength(asked);
    backend.load(downloads([download(30, { state: "done", done_bytes: 40 * MIB })]));
    await settled();
    expect(screen.getByRole("button", { name: "Episode 30, downloaded" })).toBeVisible();
    expect(backend.argsOf("series")).toHaveLength(asked + 1);
  });

  it("follows_what_is_fetched_ahead_without_reading_the_series_again", async () => {
    const { backend } = await openSeries();
    const asked = backend.argsOf("series").length;
    backend.emit({ type: "presence", episodes: [["e30", "part"], ["e23", "whole"]] });
    await settled();
    expect(screen.getByRole("button", { name: "Episode 30, partly on this device" })).toBeVisible();
    expect(screen.getByRole("button", { name: "Episode 23, in the cache" })).toBeVisible();
    backend.emit({ type: "presence", episodes: [["e30", "remote"]] });
    await settled();
    expect(screen.getByRole("button", { name: "Episode 30" }).querySelector("[data-mark]")).toBeNull();
    expect(screen.getByRole("button", { name: "Episode 23, in the cache" })).toBeVisible();
    expect(backend.argsOf("series")).toHaveLength(asked);
  });

  it("beside_the_player_follows_what_is_fetched_ahead", async () => {
    const { app, backend } = await showPlayer({}, (host) => (host.series = REMOTE_VIEW));
    app.player.overlay = "episodes";
    backend.emit({ type: "presence", episodes: [["e15", "part"]] });
    await settled();
    expect(screen.getAllByRole("button", { name: "Episode 15, partly on this device" })[0]).toBeVisible();
  });

  it("without_a_network_says_what_cannot_play_and_does_not_open_it", async () => {
    const { backend, user } = await openSeries();
    expect(screen.getByRole("button", { name: "Episode 30" })).not.toHaveAttribute("aria-disabled");
    backend.emit({ type: "offline", offline: true, network: true });
    await settled();
    const away = screen.getByRole("button", { name: "Episode 30, not on this device, cannot play offline" });
    expect(away).toHaveAttribute("aria-disabled", "true");
    expect(away).toHaveClass("away");
    await user.click(away);
    expect(backend.argsOf("play")).toEqual([]);
    expect(screen.getByText("You are offline, and this episode is not on this device.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Episode 23, partly on this device, plays as far as that reaches" }));
    expect(backend.argsOf("play")).toEqual([{ series: "s1", episode: "e23" }]);
  });
});

describe("series from a catalog", () => {
  it("alone_offers_downloads", async () => {
    await openSeries((host) => (host.series = FERRY_VIEW));
    expect(screen.queryByRole("button", { name: "Download" })).toBeNull();
  });

  it("downloads_what_is_not_there_yet", async () => {
    const few = [12, 21, 30, 31].map((n) => ({ ...episode(n), presence: n === 12 ? "downloaded" : "remote" }) as const);
    const { backend, user } = await openSeries((host) => {
      host.series = { ...REMOTE_VIEW, episodes: few };
      host.downloads = downloads([download(31)]);
    });
    await user.click(screen.getByRole("button", { name: "Download" }));
    await user.click(screen.getByRole("menuitem", { name: "Download all 2 episodes" }));
    expect(backend.argsOf("download")).toEqual([{ episodes: ["e21", "e30"] }]);
    expect(screen.getByText("2 episodes will be downloaded")).toBeVisible();
  });

  it("that_does_not_fit_says_so_once_where_it_was_asked_for", async () => {
    const { backend } = await openSeries();
    const said = () => screen.queryAllByText("About 16 MiB more room is needed for all of them.").length;
    backend.load(downloads([download(30)]));
    await settled();
    expect(said()).toBe(0);
    backend.load(downloads([download(30), download(31)], { short_bytes: 16 * MIB }));
    backend.load(downloads([download(30), download(31)], { short_bytes: 16 * MIB }));
    await settled();
    expect(said()).toBe(1);
  });

  it("of_several_seasons_downloads_one", async () => {
    const two = [1, 2].flatMap((season) => [1, 2].map((n) => episode(n, { id: `s${season}e${n}`, season, presence: "remote" })));
    const { backend, user } = await openSeries((host) => (host.series = { ...REMOTE_VIEW, episodes: two }));
    await user.click(screen.getByRole("button", { name: "Download" }));
    expect(screen.getByRole("menuitem", { name: "Download all 4 episodes" })).toHaveFocus();
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(screen.getByRole("menuitem", { name: "Season 2 · 2 episodes" })).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(backend.argsOf("download")).toEqual([{ episodes: ["s2e1", "s2e2"] }]);
  });

  it("keeps_the_next_episodes", async () => {
    const { backend, user } = await openSeries();
    await user.click(screen.getByRole("button", { name: "Download" }));
    expect(screen.getByRole("menuitemradio", { name: "Off" })).toBeChecked();
    await user.click(screen.getByRole("menuitemradio", { name: "Keep the next 5" }));
    await settled();
    expect(backend.argsOf("keep_next")).toEqual([{ series: "s1", count: 5 }]);
    await user.click(screen.getByRole("button", { name: "Download" }));
    expect(screen.getByRole("menuitemradio", { name: "Keep the next 5" })).toBeChecked();
  });

  it("downloads_and_removes_one_episode_by_its_menu_and_by_a_key", async () => {
    const { backend, user } = await openSeries();
    await fireEvent.contextMenu(screen.getByRole("button", { name: "Episode 30" }));
    await user.click(screen.getByRole("menuitem", { name: "Download episode" }));
    expect(backend.argsOf("download")).toEqual([{ episodes: ["e30"] }]);
    screen.getByRole("button", { name: "Episode 34" }).focus();
    await user.keyboard("d");
    expect(backend.argsOf("download")).toEqual([{ episodes: ["e30"] }, { episodes: ["e34"] }]);
    backend.load(downloads([download(30, { state: "done", done_bytes: 40 * MIB })]));
    await settled();
    const kept = screen.getByRole("button", { name: "Episode 30, downloaded" });
    kept.focus();
    await fireEvent.contextMenu(kept);
    await user.click(screen.getByRole("menuitem", { name: "Remove the download" }));
    await user.keyboard("{Escape}");
    expect(kept).toHaveFocus();
    await user.keyboard("d");
    await user.click(within(screen.getByRole("dialog", { name: "Remove from this device?" })).getByRole("button", { name: "Remove" }));
    expect(backend.argsOf("remove_download")).toEqual([{ episode: "e30" }]);
  });
});

describe("download in the player", () => {
  it("of_the_current_episode_begins_by_key_and_menu_and_is_not_asked_twice", async () => {
    const { backend, user } = await showPlayer({}, (host) => (host.series = REMOTE_VIEW));
    await user.keyboard("d");
    expect(backend.argsOf("download")).toEqual([{ episodes: ["e12"] }]);
    expect(screen.getByText("Episode 12 will be downloaded")).toBeVisible();
    backend.load(downloads([download(12, { state: "running" })]));
    await settled();
    await user.click(screen.getByRole("button", { name: "More" }));
    await user.click(screen.getByRole("menuitem", { name: /Download episode/ }));
    expect(backend.argsOf("download")).toHaveLength(1);
    expect(screen.getByText("Episode 12 is being downloaded")).toBeVisible();
  });

  it("that_is_added_while_all_are_paused_says_so", async () => {
    const { backend, user } = await showPlayer({}, (host) => {
      host.series = REMOTE_VIEW;
      host.downloads = downloads([download(15, { state: "paused" })], { paused: true });
    });
    await user.keyboard("d");
    expect(backend.argsOf("download")).toEqual([{ episodes: ["e12"] }]);
    expect(screen.getByText("All downloads are paused: it waits until you resume them.")).toBeVisible();
  });

  it("stands_in_the_rail_and_says_how_far_it_is", async () => {
    const { backend, user } = await showPlayer({}, (host) => (host.series = REMOTE_VIEW));
    const button = (name: string) => screen.getByRole("button", { name });
    await user.click(button("Download"));
    expect(backend.argsOf("download")).toEqual([{ episodes: ["e12"] }]);
    const become = async (over: Parameters<typeof download>[1]) => {
      backend.load(downloads([download(12, over)]));
      await settled();
    };
    await become({});
    expect(button("Download: waiting to be downloaded")).toHaveTextContent("Waiting");
    await become({ state: "running", done_bytes: 12 * MIB });
    expect(button("Download: downloading, 30%")).toHaveTextContent("30%");
    await become({ state: "failed" });
    await user.click(button("Download: download failed"));
    expect(backend.argsOf("pause_download")).toEqual([{ episode: "e12", paused: false }]);
    await become({ state: "done", done_bytes: 40 * MIB });
    await user.click(button("Download: downloaded"));
    expect(screen.getByText("Episode 12 is on this device")).toBeVisible();
    expect(backend.argsOf("download")).toHaveLength(1);
  });

  it("of_a_file_is_not_offered", async () => {
    const { backend, user } = await showPlayer();
    await user.keyboard("d");
    expect(backend.argsOf("download")).toEqual([]);
    expect(screen.queryByRole("button", { name: /^Download(:|$)/u })).toBeNull();
    await user.click(screen.getByRole("button", { name: "More" }));
    expect(screen.queryByRole("menuitem", { name: /Download episode/ })).toBeNull();
  });
});
