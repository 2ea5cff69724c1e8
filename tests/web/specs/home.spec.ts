// The home screen: what is in the library, and how things come into it.

import { clipsFolder } from "../support/clips.ts";
import { expect, test } from "../support/test.ts";

test("home shows the series that the folder holds, with a picture of it", async ({ app }) => {
  await expect(app.tile("Clips")).toContainText("6 episodes");
  const picture = app.tile("Clips").locator("img");
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
});

test("a search narrows the library, says when nothing fits, and Escape takes it back", async ({ app, page }) => {
  await expect(app.tile("Clips")).toBeVisible();
  await page.keyboard.press("/");
  await expect(page.getByRole("textbox", { name: "Search your series" })).toBeFocused();
  await page.keyboard.type("cli");
  await expect(page.getByText("1 series found")).toBeAttached();
  await expect(app.tile("Clips")).toBeVisible();
  await page.keyboard.type("zzz");
  await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(app.tile("Clips")).toBeVisible();
});

test.describe("with an empty library", () => {
  test.use({ shelf: "empty" });

  test("home asks for a folder, and the series of one that is added show at once", async ({ app, page }) => {
    await expect(page.getByRole("heading", { name: "Your series will be here" })).toBeVisible();
    await page.getByRole("textbox", { name: "Path of a folder" }).fill(clipsFolder());
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expect(app.tile("Clips")).toBeVisible();
  });

  test("a folder that does not exist is refused in words and can be corrected", async ({ app, page }) => {
    const path = page.getByRole("textbox", { name: "Path of a folder" });
    await path.fill("/nowhere/at/all");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toContainText("moved, renamed or deleted");
    await path.fill(clipsFolder());
    await page.keyboard.press("Enter");
    await expect(app.tile("Clips")).toBeVisible();
  });
});
