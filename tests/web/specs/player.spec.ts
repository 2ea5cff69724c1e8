// The player's controls: time, speed, sound, subtitles, and the list of keys.

import { expect, test } from "../support/test.ts";

/** A frame of the clips, in milliseconds. */
const FRAME_MS = 1000 / 30;

test("pause stands still, and the keys seek to exact times", async ({ app, page }) => {
  await app.play();
  await app.pause();
  await page.keyboard.press("5");
  await app.stands("0:15");
  await page.keyboard.press("ArrowLeft");
  await app.stands("0:10");
  await page.keyboard.press("l");
  await app.stands("0:20");
  await page.keyboard.press("ArrowRight");
  await app.stands("0:25");
  await page.keyboard.press("j");
  await app.stands("0:15");
  await expect.poll(async () => Math.abs((await app.state()).position_ms - 15_000)).toBeLessThan(FRAME_MS);
  await page.keyboard.press("Home");
  await app.stands("0:00");
  await page.keyboard.press("k");
  await app.runs();
});

test("a frame step moves by one thirtieth of a second, both ways", async ({ app, page }) => {
  await app.play();
  await app.pause();
  await page.keyboard.press("3");
  await expect.poll(async () => Math.abs((await app.state()).position_ms - 9_000)).toBeLessThan(FRAME_MS);
  const { position_ms } = await app.state();
  await page.keyboard.press(".");
  await expect.poll(async () => Math.round(((await app.state()).position_ms - position_ms) / FRAME_MS)).toBe(1);
  await page.keyboard.press(",");
  await expect.poll(async () => Math.abs((await app.state()).position_ms - position_ms)).toBeLessThan(FRAME_MS / 2);
});

test("a click on the progress bar seeks there", async ({ app, page }) => {
  await app.play();
  await app.pause();
  const box = await app.position.boundingBox();
  if (!box) throw new Error("no bar");
  await page.mouse.click(box.x + box.width * 0.7, box.y + box.height / 2);
  await expect.poll(async () => Math.abs((await app.state()).position_ms - 21_000)).toBeLessThan(300);
  await expect(app.position).toHaveAttribute("aria-valuenow", "21");
});

test("a pointer over the progress bar shows the picture of that place", async ({ app, page }) => {
  await app.play();
  await app.pause();
  const box = await app.position.boundingBox();
  if (!box) throw new Error("no bar");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await expect(app.position.getByText("0:15")).toBeVisible();
  const picture = app.position.locator("img");
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((node: HTMLImageElement) => node.naturalWidth)).toBe(144);
  await page.mouse.move(box.x + box.width / 2, box.y - 300);
  await expect(picture).toBeHidden();
});

test("the speed that was chosen holds for the next episode", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press(">");
  await expect(app.player.getByRole("button", { name: "Speed: 1.25×" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await app.shows(2);
  await expect(app.player.getByRole("button", { name: "Speed: 1.25×" })).toBeVisible();
  await app.player.getByRole("button", { name: /^Speed/ }).click();
  await page.getByRole("menuitemradio", { name: "2×", exact: true }).click();
  await expect(app.player.getByRole("button", { name: "Speed: 2×" })).toBeVisible();
  expect((await app.state()).speed).toBe(2);
});

test("mute and volume tell what they did", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press("m");
  await expect(page.getByText("Muted")).toBeVisible();
  await expect(app.player.getByRole("button", { name: "Unmute" })).toBeVisible();
  await page.keyboard.press("m");
  await expect(app.player.getByRole("button", { name: "Mute", exact: true })).toBeVisible();
  await page.keyboard.press("Control+ArrowDown");
  await expect.poll(async () => (await app.state()).volume).toBeCloseTo(0.95, 5);
});

test("subtitles show as text and go when they are switched off", async ({ app, page }) => {
  await app.play();
  const subtitles = page.getByTestId("subtitles");
  await expect(subtitles).toHaveText("Line of episode 1");
  await page.keyboard.press("ArrowDown");
  await app.shows(2);
  await expect(subtitles).toHaveText("Line of episode 2");
  await page.keyboard.press("c");
  await expect(page.getByText("Subtitles: Off")).toBeVisible();
  await expect(subtitles).toHaveText("");
  await page.keyboard.press("c");
  await expect(subtitles).toHaveText("Line of episode 2");
});

test("the question mark lists every key, and Escape closes the list, then the player", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet.getByText("Next episode", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await expect(app.player).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(app.player).toBeHidden();
  await expect(page.getByRole("heading", { name: "Clips" })).toBeVisible();
});

test("the heart marks the series, and home can show the favourites alone", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press("b");
  await expect(app.player.getByRole("button", { name: "Favourite" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Favourite" })).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Home" }).click();
  await page.getByRole("button", { name: "Favourites" }).click();
  await expect(app.tile("Clips")).toBeVisible();
});
