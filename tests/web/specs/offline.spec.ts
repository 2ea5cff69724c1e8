// Offline by the user's own wish: nothing is fetched, what is here plays, and everything says how it stands.

import { expect, goTo, test } from "../support/catalog.ts";

test("offline mode plays what is here, fetches nothing and says so, until the banner's button ends it", async ({ app, catalog, page }) => {
  await app.tile("Clips").click();
  await app.episode(1).press("d");
  await expect(app.episode(1)).toHaveAccessibleName("Episode 1, downloaded");
  await goTo(app, "Settings");
  const offline = page.getByRole("switch", { name: /Offline mode/ });
  await expect(offline).not.toBeChecked();
  await offline.click();
  await expect.poll(async () => (await app.host.call("settings", {})).offline).toBe(true);

  await goTo(app, "Home");
  const banner = page.getByText("Offline mode is on. What is on this device plays.");
  await expect(banner).toBeVisible();
  const before = catalog.asked.length;
  await app.tile("Clips").click();
  const away = page.getByRole("button", { name: "Episode 2, not on this device, cannot play offline" });
  await expect(away).toHaveAttribute("aria-disabled", "true");
  // It does not look like something to press, and whoever presses it is told why.
  await away.click({ force: true });
  await expect(page.getByText("You are offline, and this episode is not on this device.")).toBeVisible();
  await expect(app.player).toBeHidden();
  await app.episode(1).click();
  await app.runs();
  await expect(app.player.getByText("Offline", { exact: true })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(app.player.getByRole("alert")).toContainText("You are offline, and this episode is not on this device.");
  await page.keyboard.press("Escape");
  expect(catalog.asked.slice(before)).toEqual([]);

  await app.again();
  await expect(banner).toBeVisible();
  await page.getByRole("button", { name: "Go online" }).click();
  await expect(banner).toBeHidden();
  expect((await app.host.call("settings", {})).offline).toBe(false);
  await app.tile("Clips").click();
  await app.episode(2).click();
  await app.shows(2);
  await app.runs();
  expect(catalog.asked.slice(before)).toContain("/2");
});

test("an episode that failed for being offline plays by itself once the player is online", async ({ app, catalog, page }) => {
  const settings = await app.host.call("settings", {});
  await app.host.call("save_settings", { settings: { ...settings, offline: true } });
  const [series] = (await app.host.call("home", {})).series;
  if (!series) throw new Error("the library is empty");
  await app.host.call("play", { series: series.id, episode: null });
  await expect(app.player.getByRole("alert")).toContainText("You are offline");
  expect(catalog.asked).not.toContain("/1");
  await app.host.call("save_settings", { settings });
  await app.shows(1);
  await app.runs();
  await expect(app.player.getByRole("alert")).toBeHidden();
  await expect(page.getByText("Offline", { exact: true })).toBeHidden();
});
