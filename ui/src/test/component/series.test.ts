// The series screen: marks in the grid, where it goes on, favourites, marking.

import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { settled, show, type Shown } from "../render";

async function open(): Promise<Shown> {
  const shown = await show();
  shown.app.go({ name: "series", id: "s1" });
  await settled();
  return shown;
}

describe("series", () => {
  it("grid_marks_watched_begun_duplicate_and_missing_episodes", async () => {
    await open();
    const watched = screen.getByRole("button", { name: "Episode 3, watched" });
    expect(watched.querySelector('[data-mark="watched"]')).not.toBeNull();
    const begun = screen.getByRole("button", { name: "Episode 12, The Ticket, watched up to 0:38" });
    const bar = begun.querySelector<HTMLElement>('[data-mark="partly"]');
    expect(parseFloat(bar?.style.width ?? "")).toBeCloseTo(41.3, 1);
    expect(screen.getByRole("button", { name: "Episode 20, duplicate" })).toHaveAttribute(
      "title",
      "Another file has the same number",
    );
    expect(screen.getByText("3 missing")).toBeVisible();
  });

  it("resume_says_where_and_opens_there", async () => {
    const { backend, user } = await open();
    await user.click(screen.getByRole("button", { name: "Resume episode 12 at 0:38" }));
    expect(backend.argsOf("play")).toEqual([{ series: "s1", episode: "e12" }]);
  });

  it("episode_opens_and_in_marking_mode_is_marked", async () => {
    const { backend, user } = await open();
    await user.click(screen.getByRole("button", { name: "Mark as watched" }));
    await user.click(screen.getByRole("button", { name: "Episode 13" }));
    await settled();
    expect(backend.argsOf("set_watched")).toEqual([{ episode: "e13", watched: true }]);
    expect(screen.getByRole("button", { name: "Episode 13, watched" })).toHaveAttribute("aria-pressed", "true");
    await user.click(screen.getByRole("button", { name: "Done" }));
    await user.click(screen.getByRole("button", { name: "Episode 14" }));
    expect(backend.argsOf("play")).toEqual([{ series: "s1", episode: "e14" }]);
  });

  it("favourite_follows_the_press", async () => {
    const { backend, user } = await open();
    const button = screen.getByRole("button", { name: "Favourite" });
    expect(button).toHaveAttribute("aria-pressed", "true");
    await user.click(button);
    expect(backend.argsOf("set_favourite")).toEqual([{ series: "s1", favourite: false }]);
    expect(button).toHaveAttribute("aria-pressed", "false");
  });

  it("failure_is_told_and_retried", async () => {
    const { app, backend, user } = await show((host) =>
      host.failing.set("series", { code: "unknown", message: "", detail: null }),
    );
    app.go({ name: "series", id: "gone" });
    await settled();
    expect(screen.getByRole("alert")).toHaveTextContent("It does not exist any more.");
    backend.failing.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    await settled();
    expect(screen.getByRole("heading", { name: "The Last Ferry" })).toBeVisible();
  });
});
