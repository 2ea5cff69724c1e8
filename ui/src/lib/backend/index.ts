// Chooses the host that the page runs in.

import { insideTauri, tauriBackend } from "./tauri";
import type { Backend } from "./types";
import { webBackend } from "./web";

/** Connects to whatever hosts the page. */
export function connect(): Backend {
  return insideTauri() ? tauriBackend() : webBackend();
}

export type { Backend, Rect, StageLayout, Unlisten, WindowMode } from "./types";
export { toApiError } from "./types";
