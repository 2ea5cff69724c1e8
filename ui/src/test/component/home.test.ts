// Home and settings: empty and filled, search, folders, notices, language.

import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { show, settled } from "../render";
import { download, downloads, EMPTY_HOME, HOME } from "../sample";

describe("home", () => {
  it("empty_library_offers_to_add_a_folder_by_path", async () => {
    const { backend, user } = await show((host) => (host.home = EMPTY_HOME));
    expect(screen.getByRole("heading", { name: "Your series will be here" })).toBeVisible();
    await user.type(screen.getByLabelText("Path of a folder"), "/media/drama");
    await user.click(screen.getByRole("button", { name: "Add" }));
    expect(backend.argsOf("add_source")).toEqual([{ path: "/media/drama" }]);
  });

  it("chosen_folder_is_added_and_no_choice_does_nothing", async () => {
    const { backend, user } = await show((host) => (host.home = EMPTY_HOME));
    await user.click(screen.getByRole("button", { name: "Add a folder" }));
    expect(backend.argsOf("add_source")).toEqual([]);
    backend.folder = "/media/chosen";
    await user.click(screen.getByRole("button", { name: "Add a folder" }));
    expect(backend.argsOf("add_source")).toEqual([{ path: "/media/chosen" }]);
  });

  it("folder_that_cannot_be_added_says_why_by_its_code", async () => {
    const { user } = await show((host) => {
      host.home = EMPTY_HOME;
      host.failing.set("add_source", { code: "forbidden", message: "irrelevant text", detail: null });
    });
    await user.type(screen.getByLabelText("Path of a folder"), "/root{Enter}");
    expect(screen.getByRole("alert")).toHaveTextContent("You may not read this.");
    expect(screen.queryByText(/irrelevant text/)).toBeNull();
  });

  it("filled_library_begins_with_what_to_go_on_with", async () => {
    const { backend, user } = await show();
    expect(screen.getByRole("heading", { name: "The Last Ferry" })).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Resume at 0:38" }));
    expect(backend.argsOf("play")).toEqual([{ series: "s1", episode: "e12" }]);
    expect(await screen.findByRole("slider", { name: "Position" })).toBeInTheDocument();
  });

  it("search_filters_by_title_and_slash_focuses_it", async () => {
    const { user } = await show();
    await user.keyboard("/");
    const field = screen.getByLabelText("Search your series");
    await settled();
    expect(field).toHaveFocus();
    await user.type(field, "perdida");
    expect(screen.getByRole("button", { name: /La Hija Perdida/ })).toBeVisible();
    expect(screen.queryByRole("button", { name: /Glass Bride/ })).toBeNull();
    await user.clear(field);
    await user.type(field, "zzz");
    expect(screen.getByText("Nothing found")).toBeVisible();
    await user.keyboard("{Escape}");
    expect(field).toHaveValue("");
  });

  it("what_is_downloaded_is_shown_alone_and_only_asked_where_there_is_some", async () => {
    const { backend, user } = await show();
    const chip = () => screen.queryByRole("button", { name: "Downloaded" });
    const isShown = (title: RegExp) => screen.queryAllByRole("button", { name: title }).length > 0;
    expect(chip()).toBeNull();
    backend.load(downloads([download(15, { state: "running" })]));
    await settled();
    expect(chip()).toBeNull();
    backend.load(downloads([download(1, { state: "done", series: "x7", series_title: "归来" })]));
    await settled();
    chip()?.focus();
    await user.keyboard("{Enter}");
    expect(chip()).toHaveAttribute("aria-pressed", "true");
    expect(screen.getByText("1 series found")).toBeInTheDocument();
    expect([isShown(/归来/), isShown(/Glass Bride/)]).toEqual([true, false]);
    backend.load(downloads([]));
    await settled();
    expect(chip()).toBeNull();
    expect(isShown(/Glass Bride/)).toBe(true);
    expect(screen.getByRole("button", { name: "All" })).toHaveAttribute("aria-pressed", "true");
  });

  it("notices_are_told_by_code_and_dismissed", async () => {
    const notice = { code: "library_set_aside", subject: "/lib.db" } as const;
    const { backend, user } = await show((host) => (host.home = { ...HOME, notices: [notice] }));
    expect(screen.getByRole("alert")).toHaveTextContent("It was set aside and a new one was begun");
    backend.home = HOME;
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(backend.argsOf("dismiss_notice")).toEqual([{ notice }]);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("scans_show_how_far_they_are", async () => {
    const { backend } = await show();
    backend.emit({ type: "scans", scans: [{ source: "src1", path: "/media/a", files: 40, episodes: 12 }] });
    await settled();
    expect(screen.getByText("Scanning /media/a")).toBeVisible();
    expect(screen.getByText("40 files · 12 episodes")).toBeVisible();
  });
});

describe("settings", () => {
  it("language_changes_everything_at_once_and_is_kept", async () => {
    const { backend, user } = await show();
    await user.click(screen.getByRole("button", { name: "Settings" }));
    await user.selectOptions(screen.getByLabelText(/Language/), "zh-Hans");
    await settled();
    expect(screen.getByRole("heading", { name: "设置" })).toBeVisible();
    expect(document.documentElement.lang).toBe("zh-Hans");
    expect(backend.settings.language).toBe("zh-Hans");
    await user.selectOptions(screen.getByLabelText(/语言/), "es");
    await settled();
    expect(screen.getByRole("heading", { name: "Ajustes" })).toBeVisible();
  });

  it("folders_are_rescanned_and_removed_after_asking", async () => {
    const { backend, user } = await show();
    await user.click(screen.getByRole("button", { name: "Settings" }));
    expect(screen.getByText(/It is no longer there/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Scan again: /media/usb/短剧" }));
    expect(backend.argsOf("rescan_source")).toEqual([{ id: "src2" }]);
    const remove = screen.getByRole("button", { name: "Remove: /media/usb/短剧" });
    await user.click(remove);
    const dialog = screen.getByRole("dialog");
    expect(within(dialog).getByRole("button", { name: "Cancel" })).toHaveFocus();
    await user.keyboard("{Escape}");
    expect(backend.argsOf("remove_source")).toEqual([]);
    expect(remove).toHaveFocus();
    await user.click(remove);
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Remove" }));
    expect(backend.argsOf("remove_source")).toEqual([{ id: "src2" }]);
  });

  it("a_change_keeps_what_the_engine_set_meanwhile", async () => {
    const { app, backend } = await show();
    backend.settings = { ...backend.settings, volume: 0.3 };
    await app.change({ auto_next: false });
    expect(backend.settings).toMatchObject({ volume: 0.3, auto_next: false });
  });
});
