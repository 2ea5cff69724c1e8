// The two layouts, and the way through the application without a pointer.

import type { Page } from "@playwright/test";
import { expect, test } from "../support/test.ts";

test("in a wide window the episodes stand beside the stage, and E hides them for good", async ({ app, page }) => {
  await app.play();
  const panel = page.getByRole("complementary", { name: "Episodes" });
  await expect(panel.getByText("1 of 6")).toBeVisible();
  await page.keyboard.press("e");
  await expect(panel).toBeHidden();
  await expect.poll(async () => (await app.host.call("settings", {})).panel_open).toBe(false);
  await app.again();
  await page.getByRole("button", { name: /^Resume/ }).click();
  await app.shows(1);
  await expect(panel).toBeHidden();
});

test.describe("in a narrow window", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("the stage fills the window and the episodes come as a sheet", async ({ app, page }) => {
    await app.play();
    expect(await app.player.boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 844 });
    await app.player.getByRole("button", { name: "Episodes" }).click();
    const sheet = page.getByRole("dialog", { name: "Episodes" });
    await expect(sheet.getByRole("button", { name: "Episode 1, playing now", exact: true })).toBeVisible();
    await sheet.getByRole("button", { name: "Episode 4", exact: true }).click();
    await expect(sheet).toBeHidden();
    await app.shows(4);
    await app.runs();
  });

  test("no screen is wider than the window", async ({ app, page }) => {
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await expect(app.tile("Clips")).toBeVisible();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await app.tile("Clips").click();
    await expect(app.episode(6)).toBeVisible();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: "Settings" }).click();
    await expect(page.getByRole("heading", { name: "Settings", exact: true })).toBeVisible();
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
});

/** Tabs until the focus is on the control of this name, with the focus to be seen at every stop. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let stops = 0; stops < 40; stops++) {
    await page.keyboard.press("Tab");
    const look = () => page.evaluate(() => {
      const at = document.activeElement;
      if (!(at instanceof HTMLElement) || at === document.body) return null;
      // A text field may show the focus on the box around it.
      const ring = [at, at.parentElement].some((one) => {
        const style = one && getComputedStyle(one);
        return style && ((style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none");
      });
      const box = at.getBoundingClientRect();
      const name = at.getAttribute("aria-label") ?? at.textContent.trim().replace(/\s+/g, " ");
      return { name, ring, inside: box.width > 0 && box.bottom > 0 && box.top < window.innerHeight };
    });
    const stop = await look();
    if (stop === null) continue;
    // A slider unfolds as it takes the focus.
    await expect.poll(look, { message: "the focus must be visible" }).toMatchObject({ ring: true, inside: true });
    if (name.test(stop.name)) return;
  }
  throw new Error(`Tab never came to ${name}`);
}

test("everything between home and the player can be reached by keys alone, with the focus in sight", async ({ app, page }) => {
  await expect(app.tile("Clips")).toBeVisible();
  await tabTo(page, /Clips/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Clips" })).toBeVisible();
  await tabTo(page, /^Play$/);
  await page.keyboard.press("Enter");
  await app.shows(1);
  await app.runs();
  await tabTo(page, /^Speed/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitemradio", { name: "1×", exact: true })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(app.player.getByRole("button", { name: "Speed: 1.25×" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(app.player).toBeHidden();
  await expect(page.getByRole("heading", { name: "Clips" })).toBeVisible();
  await tabTo(page, /^Back$/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Continue watching" })).toBeVisible();
});
