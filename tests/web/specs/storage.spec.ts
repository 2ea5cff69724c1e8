// The cache in the settings: how large it may be, and emptying it.

import { expect, goTo, test } from "../support/catalog.ts";

const GIB = 1024 ** 3;

test("the limit of the cache counts at once and is kept", async ({ app, page }) => {
  await goTo(app, "Settings");
  const limit = page.getByRole("combobox", { name: /Size of the cache/ });
  const meter = page.getByRole("meter", { name: "Size of the cache" });
  const counts = () => app.host.call("cache", {}).then((cache) => cache.limit_bytes);
  await expect(limit.locator("option:checked")).toHaveText("Automatic");
  for (const gib of [1, 16]) {
    await limit.selectOption({ label: `${gib} GiB` });
    await expect(meter).toHaveAttribute("aria-valuetext", new RegExp(` of ${gib} GiB$`));
    expect(await counts()).toBe(gib * GIB);
  }
  await app.again();
  await goTo(app, "Settings");
  await expect(limit.locator("option:checked")).toHaveText("16 GiB");
  expect(await counts()).toBe(16 * GIB);
  await limit.selectOption({ label: "Automatic" });
  // A tenth of what is free on the disk, which others use too, but no more than this.
  await expect.poll(counts).toBeLessThanOrEqual(4 * GIB);
  await expect.poll(async () => (await app.host.call("settings", {})).cache_limit_mib).toBeNull();
});

test("emptying the cache frees what was played, says how much, and leaves downloads", async ({ app, catalog, page }) => {
  await app.tile("Clips").click();
  await app.episode(5).press("d");
  await expect(app.episode(5)).toHaveAccessibleName("Episode 5, downloaded");
  await app.episode(1).click();
  await app.runs();
  await page.keyboard.press("Escape");
  await expect(app.player).toBeHidden();
  await expect(app.episode(1)).toHaveAccessibleName(/in the cache|partly on this device/);

  await goTo(app, "Settings");
  const empty = page.getByRole("button", { name: "Empty the cache" });
  const meter = page.getByRole("meter", { name: "Size of the cache" });
  await expect(empty).toBeEnabled();
  await empty.click();
  await expect(page.getByText(/^\d[\d.]* (KiB|MiB) freed$/)).toBeVisible();
  await expect(empty).toBeDisabled();
  const cache = await app.host.call("cache", {});
  expect(cache.bytes).toBeGreaterThan(0);
  expect(cache.bytes).toBe(cache.pinned_bytes);
  await expect(meter).toHaveAttribute("aria-valuenow", "0");
  await goTo(app, "Home");
  await app.tile("Clips").click();
  await expect(app.episode(5)).toHaveAccessibleName("Episode 5, downloaded");
  await expect(app.episode(1)).not.toHaveAccessibleName(/cache|device/);
  const before = catalog.asked.length;
  await app.episode(1).click();
  await app.runs();
  expect(catalog.asked.slice(before)).toContain("/1");
});
