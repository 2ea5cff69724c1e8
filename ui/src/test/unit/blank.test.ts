// Whether the page leaves the picture alone: it says so late, and takes it back at once.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BlankWatch, QUIET_MS } from "../../lib/blank";

describe("the page over the picture", () => {
  let seen = true;
  let looks: ReturnType<typeof vi.fn<() => boolean>>;
  let changed: ReturnType<typeof vi.fn<() => void>>;
  let watch: BlankWatch;
  const node = document.createElement("div");

  /** What the page reports of its changes comes in a microtask. */
  async function change(run: () => void): Promise<void> {
    run();
    await Promise.resolve();
    await Promise.resolve();
    vi.advanceTimersByTime(0);
  }

  beforeEach(() => {
    vi.useFakeTimers();
    Element.prototype.checkVisibility = () => seen;
    seen = true;
    document.body.append(node);
    looks = vi.fn(() => true);
    changed = vi.fn();
    watch = new BlankWatch(looks, changed);
    watch.start();
  });
  afterEach(() => {
    watch.stop();
    node.remove();
    vi.useRealTimers();
  });

  it("is_blank_only_after_a_while_without_changes_and_a_look", () => {
    vi.advanceTimersByTime(QUIET_MS - 1);
    expect(watch.blank).toBe(false);
    vi.advanceTimersByTime(1);
    expect([watch.blank, looks.mock.calls.length, changed.mock.calls.length]).toEqual([true, 1, 1]);
  });

  it("is_not_blank_where_the_look_finds_something", () => {
    looks.mockReturnValue(false);
    vi.advanceTimersByTime(10 * QUIET_MS);
    expect([watch.blank, changed.mock.calls.length]).toEqual([false, 0]);
  });

  it("takes_it_back_at_once_when_something_is_changed_that_is_seen", async () => {
    vi.advanceTimersByTime(QUIET_MS);
    await change(() => node.append("words"));
    expect([watch.blank, changed.mock.calls.length]).toEqual([false, 2]);
    vi.advanceTimersByTime(QUIET_MS);
    expect(watch.blank).toBe(true);
  });

  it("goes_on_being_blank_while_only_what_is_hidden_changes", async () => {
    vi.advanceTimersByTime(QUIET_MS);
    seen = false;
    await change(() => node.setAttribute("style", "width: 10%"));
    expect(watch.blank).toBe(true);
  });

  it("takes_it_back_when_something_hidden_may_begin_to_show", async () => {
    vi.advanceTimersByTime(QUIET_MS);
    seen = false;
    await change(() => (node.className = "shown"));
    expect(watch.blank).toBe(false);
  });
});
