// Settings: they act at once and are kept.

import { expect, test } from "../support/test.ts";

for (const [tag, title, search, native] of [
  ["zh-Hans", "设置", "搜索", "简体中文"],
  ["es", "Ajustes", "Busca", "Español"],
] as const) {
  test(`the interface speaks ${native} at once and after a restart`, async ({ app, page }) => {
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("combobox", { name: /Language/ }).selectOption({ label: native });
    await expect(page.getByRole("heading", { name: title, exact: true })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", tag);
    await expect.poll(async () => (await app.host.call("settings", {})).language).toBe(tag);
    await app.again();
    await expect(page.getByPlaceholder(new RegExp(search))).toBeVisible();
  });
}

test("settings are there again after a restart", async ({ app, page }) => {
  await page.getByRole("button", { name: "Settings" }).click();
  const next = page.getByRole("switch", { name: /Next episode by itself/ });
  await expect(next).toHaveAttribute("aria-checked", "true");
  await next.click();
  await page.getByRole("slider", { name: "Size of subtitles" }).fill("1.5");
  await expect(page.getByText("150 %")).toBeVisible();
  await expect.poll(() => app.host.call("settings", {})).toMatchObject({ auto_next: false, subtitle_scale: 1.5 });
  await app.again();
  await page.getByRole("button", { name: "Settings" }).click();
  await expect(next).toHaveAttribute("aria-checked", "false");
  await expect(page.getByText("150 %")).toBeVisible();
});

test("a folder that is removed takes its series along, after it was asked", async ({ app, page }) => {
  await expect(app.tile("Clips")).toBeVisible();
  await page.getByRole("button", { name: "Settings" }).click();
  await expect(page.getByText("1 series · 6 episodes")).toBeVisible();
  await page.getByRole("button", { name: /^Remove: / }).click();
  const asked = page.getByRole("dialog", { name: "Remove this folder from the library?" });
  await asked.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("1 series · 6 episodes")).toBeVisible();
  await page.getByRole("button", { name: /^Remove: / }).click();
  await asked.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByText("No folders yet.")).toBeVisible();
  await page.getByRole("button", { name: "Home" }).click();
  await expect(page.getByRole("heading", { name: "Your series will be here" })).toBeVisible();
});
