// Keys in, actions out: reads the table, asks what has the focus, and does what the row says.

import { focusKind } from "../focus";
import { hold, HOLD_MS, type HoldInput, type HoldState, KEY_UP } from "../hold";
import { bindingFor, keptByFocus, type KeyAction, pageSteps } from "../keys";
import { feedOwnsInput } from "../stage";
import type { App } from "./app.svelte";
import { downloadEpisode, stepAudio, stepMute, stepSpeed, stepSubtitles, stepVolume } from "./steps";

/** What still works while a menu or sheet is open over the player. */
const OVER_OVERLAY: ReadonlySet<KeyAction> = new Set([
  "back",
  "shortcuts",
  "play_pause",
  "mute",
  "volume_up",
  "volume_down",
  "subtitles",
  "audio",
  "episodes",
  "statistics",
]);

/** Keys that do something each time the system repeats them. */
const REPEATS: ReadonlySet<KeyAction> = new Set([
  "back_5",
  "back_10",
  "forward_10",
  "frame_back",
  "frame_forward",
  "volume_up",
  "volume_down",
]);

/** The window's keyboard. */
export class Keyboard {
  #app: App;
  /** The window is wide enough for the panel beside the stage. */
  #wide: () => boolean;
  #hold: HoldState = KEY_UP;
  #holdTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(app: App, wide: () => boolean) {
    this.#app = app;
    this.#wide = wide;
  }

  /** A key went down. */
  down(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const app = this.#app;
    const open = app.player.state !== null;
    if (open) app.player.touch();
    const binding = bindingFor(event);
    if (!binding || (binding.player && !open)) return;
    const focus = focusKind(document.activeElement);
    if (keptByFocus(focus, event)) return;
    const covered = app.shortcutsOpen || (open && app.player.overlay !== null);
    if (covered && !OVER_OVERLAY.has(binding.action)) return;
    if (event.repeat && !REPEATS.has(binding.action)) {
      if (binding.action === "forward_5") event.preventDefault();
      return;
    }
    if (this.#act(binding.action, event)) event.preventDefault();
  }

  /** A key came up. */
  up(event: KeyboardEvent): void {
    if (event.key === "ArrowRight") this.#holding({ type: "up", t: performance.now() });
  }

  /** The window lost the focus: nothing is held any more. */
  blur(): void {
    clearTimeout(this.#holdTimer);
    this.#hold = KEY_UP;
    this.#app.player.slowDown();
  }

  #holding(input: HoldInput): void {
    clearTimeout(this.#holdTimer);
    const [state, output] = hold(this.#hold, input);
    this.#hold = state;
    const { player } = this.#app;
    if (output === "tap") player.seekBy(5000);
    if (output === "hold_begin") player.speedUp();
    if (output === "hold_end") player.slowDown();
    if (state.kind === "down") {
      this.#holdTimer = setTimeout(() => this.#holding({ type: "tick", t: performance.now() }), HOLD_MS);
    }
  }

  /** Does it; false when it is not the page's business. */
  #act(action: KeyAction, event: KeyboardEvent): boolean {
    const app = this.#app;
    const { player } = app;
    switch (action) {
      case "next":
      case "previous": {
        const overlayOpen = player.overlay !== null || app.shortcutsOpen;
        const owns = feedOwnsInput({ playerVisible: true, overlayOpen, textFocused: false });
        const { hasNativeStage } = app.backend;
        if (!pageSteps({ hasNativeStage, feedOwnsInput: owns, overlayOpen })) return false;
        player.step(action);
        return true;
      }
      case "play_pause":
        player.toggle();
        return true;
      case "back_5":
        player.seekBy(-5000);
        return true;
      case "forward_5":
        this.#holding({ type: "down", t: performance.now() });
        return true;
      case "back_10":
        player.seekBy(-10_000);
        return true;
      case "forward_10":
        player.seekBy(10_000);
        return true;
      case "tenth":
        player.seekShare(Number(event.key) / 10);
        return true;
      case "to_start":
        player.seekTo(0);
        return true;
      case "to_end":
        player.seekShare(1);
        return true;
      case "frame_back":
      case "frame_forward":
        player.frame(action === "frame_back" ? "previous" : "next");
        return true;
      case "slower":
      case "faster":
        stepSpeed(app, action === "faster");
        return true;
      case "volume_up":
      case "volume_down":
        stepVolume(app, action === "volume_up");
        return true;
      case "mute":
        stepMute(app);
        return true;
      case "subtitles":
        stepSubtitles(app);
        return true;
      case "audio":
        stepAudio(app);
        return true;
      case "episodes":
        toggleEpisodes(app, this.#wide());
        return true;
      case "favourite":
        player.toggleFavourite();
        return true;
      case "download":
        downloadEpisode(app);
        return true;
      case "fullscreen":
      case "mini":
        return toggleWindow(app, action);
      case "clear":
        player.clear = !player.clear;
        return true;
      case "statistics":
        player.statisticsOpen = !player.statisticsOpen;
        return true;
      case "search":
        app.search();
        return true;
      case "shortcuts":
        app.shortcutsOpen = !app.shortcutsOpen;
        return true;
      case "back":
        return goBack(app);
    }
  }
}

/** Shows or hides the episodes: the panel beside the stage, or a sheet over it. */
export function toggleEpisodes(app: App, wide: boolean): void {
  // Full screen has no room beside the stage.
  if (wide && app.windowMode !== "fullscreen") void app.change({ panel_open: !(app.settings?.panel_open ?? true) });
  else app.player.toggleOverlay("episodes");
}

/** Switches full screen or the mini player; false where the host has none. */
export function toggleWindow(app: App, mode: "fullscreen" | "mini"): boolean {
  if (mode === "mini" && !app.backend.hasNativeStage) return false;
  void app.setWindowMode(app.windowMode === mode ? "normal" : mode);
  return true;
}

/** Closes whatever is on top, or goes back. */
export function goBack(app: App): boolean {
  const { player } = app;
  if (app.shortcutsOpen) app.shortcutsOpen = false;
  else if (player.state && player.overlay) player.overlay = null;
  else if (player.state && player.statisticsOpen) player.statisticsOpen = false;
  else if (player.state && player.clear) player.clear = false;
  else if (app.windowMode !== "normal") void app.setWindowMode("normal");
  else if (player.state) void player.close();
  else if (app.canGoBack) app.back();
  else return false;
  return true;
}
