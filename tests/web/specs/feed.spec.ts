// The feed: one episode after the other, by every means that the page has itself.

import { type Cliffhanger, expect, test } from "../support/test.ts";

/** The middle of the stage, and how high it is. */
async function stage(app: Cliffhanger) {
  const box = await app.player.boundingBox();
  if (!box) throw new Error("no stage");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, height: box.height };
}

test("a series that is opened plays from its first episode and moves on in time", async ({ app }) => {
  await app.play();
  await app.stands("0:02");
  await expect(app.player.getByRole("heading", { name: "Clips" })).toBeVisible();
});

test("arrow down goes one episode on, and it plays; arrow up goes back", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press("ArrowDown");
  await app.shows(2);
  await app.runs();
  await page.keyboard.press("ArrowDown");
  await app.shows(3);
  await app.runs();
  await page.keyboard.press("ArrowUp");
  await app.shows(2);
});

test("one turn of the wheel goes one episode on, however long its tail", async ({ app, page }) => {
  await app.play();
  const { x, y } = await stage(app);
  await page.mouse.move(x, y);
  for (const delta of [120, 60, 30, 12, 4, 1]) await page.mouse.wheel(0, delta);
  await app.shows(2);
  // If the tail had gone on too, this would lead to a later one.
  await page.keyboard.press("ArrowDown");
  await app.shows(3);
});

test("a drag upwards goes on, and one that comes back stays", async ({ app, page }) => {
  await app.play();
  const { x, y, height } = await stage(app);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y - height * 0.2, { steps: 4 });
  await page.mouse.move(x, y - height * 0.4, { steps: 4 });
  await page.mouse.up();
  await app.shows(2);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y - height * 0.4, { steps: 4 });
  await page.mouse.move(x, y, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.press("ArrowDown");
  await app.shows(3);
});

test("the ends of the feed say so and stay", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press("ArrowUp");
  await expect(page.getByText("This is the first episode")).toBeVisible();
  await app.shows(1);
  await app.episode(6).click();
  await app.shows(6);
  await page.keyboard.press("ArrowDown");
  await expect(page.getByText("This is the last episode")).toBeVisible();
  await app.shows(6);
});

test("the next episode starts by itself when one is over", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press("9");
  await app.shows(2);
  await app.runs();
});

test("with that switched off a card says that the episode is over", async ({ app, page }) => {
  await app.play();
  await app.player.getByRole("button", { name: "More" }).click();
  await page.getByRole("switch", { name: "Next episode by itself" }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("9");
  await expect(page.getByRole("heading", { name: "Episode 1 is over" })).toBeVisible();
  await page.getByRole("status").getByRole("button", { name: "Next episode" }).click();
  await app.shows(2);
});

test("the end of the series offers to watch it again", async ({ app, page }) => {
  await app.tile("Clips").click();
  await app.episode(6).click();
  await app.shows(6);
  await app.runs();
  await page.keyboard.press("9");
  await expect(page.getByRole("heading", { name: "You have seen it all" })).toBeVisible();
  await page.getByRole("button", { name: "Watch again" }).click();
  await app.shows(6);
  await app.runs();
});
