// What the interface asks of its host: commands with replies, events, pictures, and the few things of the window. Two
// hosts implement it (`tauri.ts`, `web.ts`); the rest of the interface knows only this file.

import type { ApiError, Commands, ErrorCode, Event } from "../../bindings";

/** A rectangle in CSS pixels, from the top left corner of the window's content. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where the picture stands in the window and who gets the input over it. */
export interface StageLayout {
  /** The stage; null while no player is on screen. */
  rect: Rect | null;
  /** The native side may take wheel, vertical drags, touch and the swipe keys. */
  feed_owns_input: boolean;
  /** Parts of the stage (in the window's coordinates, like `rect`) that keep pointer and wheel for the page. */
  holes: Rect[];
  /** Nothing of the page is painted over the stage, and has not been for a while. */
  blank: boolean;
}

/** How the window is shown. */
export type WindowMode = "normal" | "fullscreen" | "mini";

/** Ends a subscription. */
export type Unlisten = () => void;

/** The host behind the interface. */
export interface Backend {
  /** Runs a command; rejects with an `ApiError`, whatever went wrong. */
  call<K extends keyof Commands>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"]>;
  /** Hears every event from now on. */
  listen(handler: (event: Event) => void): Unlisten;
  /** Address of a picture. */
  pictureUrl(key: string): string;
  /** The picture is painted natively under the page, and the swipe is taken natively. */
  readonly hasNativeStage: boolean;
  /** Address of a stage that is painted by the host itself, where there is one. */
  readonly stageUrl?: string;
  /** Tells where the stage is; called only when something changed. */
  setStageLayout(layout: StageLayout): void;
  /** Shows the window in another way. */
  setWindowMode(mode: WindowMode): Promise<void>;
  /** Hears when the window is shown in another way, whoever changed it. */
  listenWindowMode(handler: (mode: WindowMode) => void): Unlisten;
  /** Lets the user choose a folder; null when none was chosen or the host has no such dialog. */
  pickFolder(): Promise<string | null>;
}

const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  "not_found",
  "forbidden",
  "empty",
  "not_media",
  "damaged",
  "unsupported_codec",
  "encrypted",
  "decoder_failed",
  "timed_out",
  "io",
  "unreachable",
  "server_refused",
  "server_failed",
  "changed",
  "offline",
  "cache_unusable",
  "cache_shared",
  "no_space",
  "live",
  "no_video",
  "library_set_aside",
  "library_write",
  "unknown",
  "bad_request",
  "internal",
]);

/** Makes an `ApiError` of whatever was thrown; what is none becomes `internal` with its text as the detail. */
export function toApiError(thrown: unknown): ApiError {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown) {
    const { code } = thrown;
    if (typeof code === "string" && CODES.has(code)) {
      const message = "message" in thrown && typeof thrown.message === "string" ? thrown.message : "";
      const detail = "detail" in thrown && typeof thrown.detail === "string" ? thrown.detail : null;
      return { code: code as ErrorCode, message, detail };
    }
  }
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "internal", message: "The host did not answer as it should.", detail };
}
