// What every spec starts from: a library on disk, a host over it, and the page with words for what a person does there.

import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clipsFolder } from "./clips.ts";
import { Host } from "./host.ts";

export { expect };

/** What the library holds at the start: the series of clips, the same with a second episode that is no video, nothing. */
export type Shelf = "clips" | "broken" | "empty";

/** The application in the browser. */
export class Cliffhanger {
  readonly page: Page;
  readonly #home: string;
  readonly #errors: string[] = [];
  host: Host;

  constructor(page: Page, host: Host, home: string) {
    this.page = page;
    this.host = host;
    this.#home = home;
    page.on("pageerror", (error) => this.#errors.push(error.message));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) this.#errors.push(message.text());
    });
  }

  /** Uncaught errors of the page and what its policy refused, since the start. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** Opens the page. */
  async open(): Promise<void> {
    await this.page.goto(this.host.url);
  }

  /** Quits (or, with `crash`, is killed) and starts again over the same data. */
  async again(how: "quit" | "crash" = "quit"): Promise<void> {
    await this.page.goto("about:blank");
    await (how === "quit" ? this.host.stop() : this.host.kill());
    this.host = await Host.start(this.#home);
    await this.open();
  }

  /** The series on the home screen. */
  tile(title: string): Locator {
    return this.page.getByRole("main").getByRole("button", { name: new RegExp(`episodes.*${title}`) });
  }

  /** An episode in a grid, whatever else its name says. */
  episode(number: number): Locator {
    return this.page.getByRole("button", { name: new RegExp(`^Episode ${number}(,|$)`) });
  }

  /** The player; there is none while it is closed. */
  get player(): Locator {
    return this.page.getByRole("region", { name: "Player", exact: true });
  }

  /** The position in the episode. */
  get position(): Locator {
    return this.player.getByRole("slider", { name: "Position" });
  }

  /** Goes from the home screen to a series and plays it from its first episode. */
  async play(title = "Clips"): Promise<void> {
    await this.tile(title).click();
    await this.page.getByRole("button", { name: "Play", exact: true }).click();
    await this.shows(1);
    await this.runs();
  }

  /** Expects an episode in the player. */
  async shows(number: number): Promise<void> {
    await expect(this.player.getByText(new RegExp(`^EP ${number} / `))).toBeVisible();
  }

  /** Expects the episode to play, and the page to know it: the position moves and can be sought. */
  async runs(): Promise<void> {
    const read = async () => (await this.state()).position_ms;
    // It may be about to open.
    await expect.poll(async () => (await this.host.call("player", {}))?.phase).toBe("playing");
    // From one look to the next: a seek that was asked for just before may arrive in between.
    let before = await read();
    const moves = async () => {
      const [last, now] = [before, await read()];
      before = now;
      return now > last;
    };
    await expect.poll(moves).toBe(true);
    await expect(this.position).toHaveAttribute("aria-disabled", "false");
    await expect(this.player.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
  }

  /** Pauses, and expects the engine to have done so. */
  async pause(): Promise<void> {
    await this.page.keyboard.press("Space");
    await expect(this.player.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  }

  /** Expects the position to read this, as `0:15`. */
  async stands(at: string): Promise<void> {
    await expect(this.position).toHaveAttribute("aria-valuetext", `${at} of 0:30`);
  }

  /** What the engine says of the player. */
  async state() {
    const state = await this.host.call("player", {});
    if (!state) throw new Error("the player is closed");
    return state;
  }
}

/** A shelf on disk. */
function fill(folder: string, shelf: Shelf): string | undefined {
  if (shelf === "empty") return undefined;
  if (shelf === "clips") return clipsFolder();
  const series = join(folder, "library");
  cpSync(clipsFolder(), series, { recursive: true });
  const season = join(series, "Clips", "Season 01");
  for (const file of readdirSync(season)) {
    if (/S01E02\.(mp4|mkv|webm)$/.test(file)) writeFileSync(join(season, file), "This is not a video.\n".repeat(200));
  }
  return series;
}

/** A test with an application of its own. */
export const test = base.extend<{ shelf: Shelf; app: Cliffhanger }>({
  shelf: ["clips", { option: true }],
  app: async ({ page, shelf }, use) => {
    const folder = mkdtempSync(join(tmpdir(), "cliffhanger-web-"));
    try {
      const home = join(folder, "home");
      const host = await Host.start(home, fill(folder, shelf));
      const app = new Cliffhanger(page, host, home);
      try {
        await app.open();
        await use(app);
        expect(app.errors).toEqual([]);
      } finally {
        await page.goto("about:blank");
        await app.host.stop();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
