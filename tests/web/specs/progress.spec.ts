// What was watched is kept: in the grid, over a reload, over quitting, over a crash.

import { expect, test } from "../support/test.ts";

test("the grid marks what was watched and what was begun", async ({ app, page }) => {
  await app.tile("Clips").click();
  await page.getByRole("button", { name: "Mark as watched" }).click();
  await app.episode(2).click();
  await expect(app.episode(2)).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("button", { name: "Episode 2, watched", exact: true })).toBeVisible();
  await app.episode(1).click();
  await app.shows(1);
  await app.runs();
  await app.pause();
  await page.keyboard.press("4");
  await app.stands("0:12");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Episode 1, watched up to 0:12", exact: true })).toBeVisible();
  await expect(page.getByText("1 of 6 watched")).toBeVisible();
});

for (const how of ["quit", "crash"] as const) {
  test(`after a ${how} home goes on with the same episode at the same second`, async ({ app, page }) => {
    await app.play();
    await page.keyboard.press("ArrowDown");
    await app.shows(2);
    await app.runs();
    await page.keyboard.press("5");
    await expect.poll(async () => (await app.state()).position_ms).toBeGreaterThanOrEqual(15_000);
    await app.pause();
    const { position_ms } = await app.state();
    await app.again(how);
    const goOn = page.getByRole("region", { name: "Continue watching" });
    await expect(goOn).toContainText("Continue · Episode 2 of 6");
    const second = Math.floor(position_ms / 1000);
    await goOn.getByRole("button", { name: `Resume at 0:${String(second).padStart(2, "0")}` }).click();
    await app.shows(2);
    await app.runs();
    const resumed = (await app.state()).position_ms;
    expect(resumed).toBeGreaterThanOrEqual(position_ms - 40);
    expect(resumed).toBeLessThan(position_ms + 10_000);
  });
}

test("a page that is loaded anew shows the player that is still open", async ({ app, page }) => {
  await app.play();
  await page.keyboard.press("ArrowDown");
  await app.shows(2);
  await page.reload();
  await app.shows(2);
  await app.runs();
  await page.keyboard.press("ArrowDown");
  await app.shows(3);
});
