// The Downloads screen: what is on its way can be held, let go on and cancelled, one by one and all at once; what is here can
// be removed.

import type { Locator, Page } from "@playwright/test";
import { expect, goTo, test } from "../support/catalog.ts";
import { EPISODES } from "../support/clips.ts";
import type { Cliffhanger } from "../support/test.ts";

/** Downloads the whole series and looks at the queue. */
async function downloadAll(app: Cliffhanger): Promise<void> {
  await app.tile("Clips").click();
  await app.page.getByRole("button", { name: "Download", exact: true }).click();
  await app.page.getByRole("menuitem", { name: `Download all ${EPISODES} episodes` }).click();
  await goTo(app, "Downloads");
  await expect(queue(app.page).getByRole("listitem")).toHaveCount(EPISODES);
}

const queue = (page: Page): Locator => page.getByRole("region", { name: "Queue" });
const row = (page: Page, number: number): Locator => queue(page).getByRole("listitem").filter({ hasText: `Episode ${number}` });
const act = (page: Page, what: string, number: number): Locator =>
  row(page, number).getByRole("button", { name: `${what}: Clips · Episode ${number}` });
/** Expects so many episodes to be on this device. */
const kept = (page: Page, count: number) =>
  expect(page.getByRole("region", { name: "On this device" }).getByText(new RegExp(`^${count} episodes? · `))).toBeVisible();

/** What the engine says of the downloads, by the numbers of their episodes. */
async function states(app: Cliffhanger): Promise<Record<number, string>> {
  const { items } = await app.host.call("downloads", {});
  return Object.fromEntries(items.map((item) => [item.episode.number, item.state]));
}

test("a download that waits is held until it is let go on", async ({ app, catalog, page }) => {
  catalog.hold();
  await downloadAll(app);
  await expect(row(page, EPISODES)).toContainText("Waiting");
  await act(page, "Pause", EPISODES).click();
  await expect(row(page, EPISODES)).toContainText("Paused");
  catalog.release();
  await kept(page, EPISODES - 1);
  await expect(queue(page).getByRole("listitem")).toHaveCount(1);
  expect(await states(app)).toMatchObject({ 1: "done", [EPISODES]: "paused" });
  expect(catalog.asked).not.toContain(`/${EPISODES}`);
  await act(page, "Resume", EPISODES).click();
  await kept(page, EPISODES);
  await expect(queue(page)).toBeHidden();
});

test("one that runs is given up as soon as it is held, and another has its turn", async ({ app, catalog, page }) => {
  const runs = (number: number) =>
    expect(row(page, number).getByRole("progressbar")).toHaveAttribute("aria-valuetext", /^Downloading/);
  catalog.hold();
  await downloadAll(app);
  await runs(1);
  await expect.poll(() => catalog.asked.at(-1)).toBe("/1");
  await act(page, "Pause", 1).click();
  await expect(row(page, 1)).toContainText("Paused");
  await runs(2);
  await expect.poll(() => catalog.asked.at(-1)).toBe("/2");
  await expect.poll(() => catalog.answering).toBe(1);
  expect(await states(app)).toMatchObject({ 1: "paused", 2: "running", 3: "queued" });
});

test("what is cancelled goes from the queue and is not fetched", async ({ app, catalog, page }) => {
  catalog.hold();
  await downloadAll(app);
  await act(page, "Cancel the download", EPISODES).click();
  await act(page, "Cancel the download", 1).click();
  await expect(queue(page).getByRole("listitem")).toHaveCount(EPISODES - 2);
  catalog.release();
  await kept(page, EPISODES - 2);
  const left = Array.from({ length: EPISODES - 2 }, (_, i) => [i + 2, "done"] as const);
  expect(await states(app)).toEqual(Object.fromEntries(left));
  expect(catalog.asked).not.toContain(`/${EPISODES}`);
});

test("all are held at once, also after a restart, until they are let go on", async ({ app, catalog, page }) => {
  catalog.hold();
  await downloadAll(app);
  await expect.poll(() => catalog.answering).toBe(1);
  await page.getByRole("button", { name: "Pause all" }).click();
  await expect(page.getByText("All downloads are paused.")).toBeVisible();
  await expect.poll(() => catalog.answering).toBe(0);
  catalog.release();
  await app.again();
  await goTo(app, "Downloads");
  await expect(page.getByText("All downloads are paused.")).toBeVisible();
  await page.getByRole("button", { name: "Resume all" }).click();
  await kept(page, EPISODES);
});

test("what is here is no longer kept once it was asked and the answer is yes", async ({ app, catalog: _, page }) => {
  await app.tile("Clips").click();
  await app.episode(1).press("d");
  await goTo(app, "Downloads");
  await kept(page, 1);
  const remove = page.getByRole("button", { name: "Remove: Clips · Episode 1" });
  const asked = page.getByRole("dialog", { name: "Remove from this device?" });
  await remove.click();
  await asked.getByRole("button", { name: "Cancel" }).click();
  await kept(page, 1);
  await remove.click();
  await asked.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Nothing downloaded yet" })).toBeVisible();
  expect(await states(app)).toEqual({});
  // Its bytes stay as long as nothing else needs their place.
  await expect.poll(async () => (await app.host.call("cache", {})).pinned_bytes).toBe(0);
  await page.getByRole("button", { name: "Go to the library" }).click();
  await app.tile("Clips").click();
  await expect(app.episode(1)).toHaveAccessibleName("Episode 1, in the cache");
});
