// The loopback host: the same commands over HTTP and the same events as server-sent ones. It has no native stage, so the
// page shows posters in its place and takes the swipe itself.

import type { Commands, Event } from "../../bindings";
import { type Backend, toApiError, type Unlisten, type WindowMode } from "./types";

/** Connects to the host that the page came from. */
export function webBackend(): Backend {
  async function call<K extends keyof Commands>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"]> {
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(`/api/command/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(args),
      });
      const text = await response.text();
      body = text === "" ? null : JSON.parse(text);
    } catch (thrown) {
      throw toApiError(thrown);
    }
    if (!response.ok) throw toApiError(body);
    return body as Commands[K]["reply"];
  }

  return {
    hasNativeStage: false,
    call,

    listen(handler: (event: Event) => void): Unlisten {
      const source = new EventSource("/api/events");
      let interrupted = false;
      source.onmessage = (message: MessageEvent<string>) => handler(JSON.parse(message.data) as Event);
      source.onerror = () => (interrupted = true);
      source.onopen = () => {
        if (!interrupted) return;
        // Events were missed: ask for everything that they would have told.
        interrupted = false;
        handler({ type: "library_changed" });
        void call("downloads", {}).then(
          (downloads) => handler({ type: "downloads", downloads }),
          () => undefined,
        );
        void call("player", {}).then(
          (state) => handler({ type: "player", state }),
          () => undefined,
        );
      };
      return () => source.close();
    },

    pictureUrl: (key) => `/api/picture/${encodeURIComponent(key)}`,
    setStageLayout: () => undefined,

    async setWindowMode(mode: WindowMode) {
      if (mode === "fullscreen") await document.documentElement.requestFullscreen?.();
      else if (document.fullscreenElement) await document.exitFullscreen();
    },

    listenWindowMode(handler: (mode: WindowMode) => void): Unlisten {
      const changed = () => handler(document.fullscreenElement ? "fullscreen" : "normal");
      document.addEventListener("fullscreenchange", changed);
      return () => document.removeEventListener("fullscreenchange", changed);
    },

    pickFolder: () => Promise.resolve(null),
  };
}
