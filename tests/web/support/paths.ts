// Where the things under test lie.

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The built interface; CLIFFHANGER_UI names another. */
export const ui = process.env.CLIFFHANGER_UI || join(repository, "ui/dist");

/** A program of the package `tests`. */
export function program(name: string): string {
  return join(process.env.CARGO_TARGET_DIR || join(repository, "target"), "debug", name);
}
