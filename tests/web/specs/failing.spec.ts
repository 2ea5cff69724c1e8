// An episode that cannot be played says why, and never blocks the feed.

import { expect, test } from "../support/test.ts";

test.use({ shelf: "broken" });

test("a broken file says what failed, and Skip goes on to the next episode", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press("ArrowDown");
  const card = app.player.getByRole("alert");
  await expect(card.getByRole("heading", { name: "Episode 2 cannot be played" })).toBeVisible();
  await expect(card).toContainText("This is not a video or audio file");
  await card.getByRole("button", { name: "Details" }).click();
  await expect(card.getByRole("region", { name: "Details" })).toContainText("not_media");
  await card.getByRole("button", { name: "Retry" }).click();
  await expect(card.getByRole("heading", { name: "Episode 2 cannot be played" })).toBeVisible();
  await card.getByRole("button", { name: "Skip" }).click();
  await app.shows(3);
  await app.runs();
  await expect(card).toBeHidden();
});

test("the keys pass a broken episode both ways", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press("ArrowDown");
  await expect(app.player.getByRole("alert")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await app.shows(3);
  await app.runs();
  await page.keyboard.press("ArrowUp");
  await expect(app.player.getByRole("alert")).toBeVisible();
  await page.keyboard.press("ArrowUp");
  await app.shows(1);
  await app.runs();
});
