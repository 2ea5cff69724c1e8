// The desktop shell: commands and events by Tauri's IPC, pictures by its custom scheme, the stage painted natively under
// the page.

import { convertFileSrc, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Commands, Event } from "../../bindings";
import { type Backend, type StageLayout, toApiError, type Unlisten, type WindowMode } from "./types";

/** The page runs inside the shell. */
export function insideTauri(): boolean {
  return "__TAURI_INTERNALS__" in window;
}

/** Hears one kind of the shell's events. */
function hear<T>(name: string, handler: (payload: T) => void): Unlisten {
  let ended = false;
  let unlisten: Unlisten | undefined;
  void listen<T>(name, (message) => {
    if (!ended) handler(message.payload);
  }).then((stop) => {
    unlisten = stop;
    if (ended) stop();
  });
  return () => {
    ended = true;
    unlisten?.();
  };
}

/** Connects to the shell. */
export function tauriBackend(): Backend {
  return {
    hasNativeStage: true,

    async call<K extends keyof Commands>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"]> {
      try {
        return await invoke<Commands[K]["reply"]>("command", { name, args });
      } catch (thrown) {
        throw toApiError(thrown);
      }
    },

    listen: (handler: (event: Event) => void) => hear("engine", handler),

    // picture://localhost/<key> on Linux and macOS, and what the web view of the other systems wants instead.
    pictureUrl: (key) => convertFileSrc(key, "picture"),

    setStageLayout(layout: StageLayout) {
      void invoke("stage_layout", { layout }).catch((thrown: unknown) => console.error("stage_layout", thrown));
    },

    async setWindowMode(mode: WindowMode) {
      try {
        await invoke("set_window_mode", { mode });
      } catch (thrown) {
        throw toApiError(thrown);
      }
    },

    listenWindowMode: (handler: (mode: WindowMode) => void) => hear("window_mode", handler),

    async pickFolder() {
      try {
        return await invoke<string | null>("pick_folder");
      } catch (thrown) {
        throw toApiError(thrown);
      }
    },
  };
}
