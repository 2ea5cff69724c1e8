// The menu of a stream's quality: what is chosen there plays, and is kept.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addCatalog, expect, test } from "../support/catalog.ts";
import type { Server } from "../support/server.ts";
import type { Cliffhanger } from "../support/test.ts";

/** Bits a second, as the playlist states them. */
const HIGH = 1_000_000;
const LOW = 300_000;
/** Enough for either, and so little that an episode is not here as a whole, and then played as it is, before a test is over. */
const LINK = 2_000_000;
const SECONDS = 60;
const LIST = "application/vnd.apple.mpegurl";

/** A stream in short segments, by its files' names. */
let pieces = new Map<string, Buffer>();

test.beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "cliffhanger-stream-"));
  try {
    const picture = ["-f", "lavfi", "-i", `testsrc2=size=360x640:rate=15:duration=${SECONDS},noise=alls=12:allf=t`];
    const sound = ["-f", "lavfi", "-i", `sine=duration=${SECONDS}`];
    const codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-b:v", "1M", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    const segments = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", join(folder, "index.m3u8")];
    const quiet = ["-hide_banner", "-loglevel", "error", "-nostdin"];
    execFileSync("ffmpeg", [...quiet, ...picture, ...sound, ...codecs, ...segments], { stdio: "inherit", timeout: 60_000 });
    pieces = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Two episodes in two variants that differ in nothing but their address and what is said of them. */
async function open(app: Cliffhanger, server: Server): Promise<void> {
  server.slow(LINK);
  const episodes = ["one", "two"];
  for (const episode of episodes) {
    const variant = (name: string, bandwidth: number) =>
      `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},RESOLUTION=360x640\n${name}/index.m3u8\n`;
    server.put(`/${episode}/index.m3u8`, LIST, `#EXTM3U\n${variant("high", HIGH)}${variant("low", LOW)}`);
    for (const name of ["high", "low"]) {
      for (const [file, body] of pieces) {
        server.put(`/${episode}/${name}/${file}`, file.endsWith(".m3u8") ? LIST : "video/mp2t", body);
      }
    }
  }
  const list = episodes.map((url) => ({ url: `${url}/index.m3u8`, duration_s: SECONDS }));
  server.put("/stream.json", "application/json", JSON.stringify({ title: "Stream", episodes: list }));
  await addCatalog(app, server, "/stream.json", "Stream");
}

/** The segments that were asked for, by the names of their variants. */
const segments = (server: Server, episode: string, variant: string) =>
  server.asked.filter((path) => path.startsWith(`/${episode}/${variant}/`) && path.endsWith(".ts"));
const chosen = async (app: Cliffhanger) => (await app.state()).variants.find((variant) => variant.chosen)?.bits_per_second;

/** Opens the menu. The button for it is hidden while nothing moves. */
async function openMenu(app: Cliffhanger): Promise<void> {
  await app.player.hover();
  await app.player.getByRole("button", { name: /^Quality: / }).click();
}

test("the variant that is chosen plays, in the next episode too, until it is left to the player again", async ({ app, server, page }) => {
  await open(app, server);
  await app.play("Stream");
  await expect.poll(() => chosen(app)).toBe(HIGH);
  expect(segments(server, "one", "low")).toEqual([]);
  await openMenu(app);
  const menu = page.getByRole("menu", { name: "Quality" });
  await expect(menu.getByRole("menuitemradio", { name: "Auto (360p)" })).toBeChecked();
  await menu.getByRole("menuitemradio", { name: "360p · 0.3 Mb/s" }).click();
  await expect(menu).toBeHidden();
  await expect.poll(() => chosen(app)).toBe(LOW);
  expect((await app.host.call("settings", {})).quality).toEqual({ type: "fixed", bits_per_second: LOW });
  await openMenu(app);
  await expect(menu.getByRole("menuitemradio", { name: "360p · 0.3 Mb/s" })).toBeChecked();
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowDown");
  await app.shows(2);
  await app.runs();
  expect(await chosen(app)).toBe(LOW);
  await expect.poll(() => segments(server, "two", "low").length).toBeGreaterThan(1);

  await openMenu(app);
  await menu.getByRole("menuitemradio", { name: "Auto" }).click();
  await expect.poll(async () => (await app.host.call("settings", {})).quality).toEqual({ type: "auto" });
});

test("the data saver takes the smaller variant, and is the same as in the settings", async ({ app, server, page }) => {
  await open(app, server);
  await app.play("Stream");
  await expect.poll(() => chosen(app)).toBe(HIGH);
  await openMenu(app);
  const saver = page.getByRole("switch", { name: "Data saver" });
  await expect(saver).not.toBeChecked();
  await saver.click();
  await expect(saver).toBeChecked();
  await expect.poll(async () => (await app.host.call("settings", {})).data_saver).toBe(true);
  await expect.poll(() => chosen(app)).toBe(LOW);
  await app.again();
  await page.getByRole("navigation").getByRole("button", { name: "Settings" }).click();
  await expect(page.getByRole("switch", { name: /^Data saver/ })).toBeChecked();
});
