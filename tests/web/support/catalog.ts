// What specs about the network start from: an application whose only series comes from a catalog, and the server of it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clipsFolder, SECONDS } from "./clips.ts";
import { Server } from "./server.ts";
import { type Cliffhanger, expect, test as base } from "./test.ts";

export { expect };

/** The clips as a catalog: episode n under `/n`. */
function serveClips(server: Server): string {
  const season = join(clipsFolder(), "Clips", "Season 01");
  const files = readdirSync(season).filter((file) => /\.(mp4|mkv|webm)$/.test(file)).sort();
  const episodes = files.map((file, i) => {
    server.put(`/${i + 1}`, "video/mp4", readFileSync(join(season, file)));
    return { url: String(i + 1), duration_s: SECONDS };
  });
  server.put("/clips.json", "application/json", JSON.stringify({ title: "Clips", episodes }));
  return "/clips.json";
}

/** Adds a catalog of the server, and waits for its series. */
export async function addCatalog(app: Cliffhanger, server: Server, path: string, title: string): Promise<void> {
  await app.host.call("add_source", { path: server.url(path) });
  await expect(app.tile(title)).toBeVisible();
}

/** Goes to one of the views that the navigation leads to. */
export async function goTo(app: Cliffhanger, view: "Home" | "Downloads" | "Settings"): Promise<void> {
  await app.page.getByRole("navigation").getByRole("button", { name: new RegExp(`^${view}`) }).click();
}

/** A test with a server; `catalog`: it serves the clips, and they are in the library. */
export const test = base.extend<{ server: Server; catalog: Server }>({
  shelf: "empty",
  // After the application, whose fetches it would leave without an answer.
  server: async ({ app: _ }, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
  catalog: async ({ app, server }, use) => {
    await addCatalog(app, server, serveClips(server), "Clips");
    await use(server);
  },
});
