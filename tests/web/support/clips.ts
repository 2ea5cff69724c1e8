// Before all tests: makes the little series that they play, once, in a folder that goes away afterwards.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "./paths.ts";

/** How many episodes the series has. */
export const EPISODES = 6;
/** How long each is, in seconds. */
export const SECONDS = 30;

/** The folder that holds the series; the runner hands it to its workers by the environment. */
export function clipsFolder(): string {
  const folder = process.env.CLIFFHANGER_TEST_CLIPS;
  if (!folder) throw new Error("the clips were not made");
  return folder;
}

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "cliffhanger-clips-"));
  const forget = () => rmSync(folder, { recursive: true, force: true });
  try {
    const size = ["--episodes", String(EPISODES), "--seconds", String(SECONDS)];
    execFileSync(program("make-clips"), [folder, ...size], { stdio: ["ignore", "inherit", "inherit"], timeout: 300_000 });
  } catch (thrown) {
    forget();
    throw thrown;
  }
  process.env.CLIFFHANGER_TEST_CLIPS = folder;
  return forget;
}
