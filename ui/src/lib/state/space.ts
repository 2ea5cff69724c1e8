// The stage's place in the window, for as long as the player is on screen: watches the elements that matter and tells the
// host when something moved.

import type { Rect } from "../backend/types";
import { BlankWatch, isBlank } from "../blank";
import { focusKind } from "../focus";
import { type InputOwner, stageLayout, StageReporter } from "../stage";
import type { App } from "./app.svelte";

function rectOf(node: Element): Rect {
  const { x, y, width, height } = node.getBoundingClientRect();
  return { x, y, width, height };
}

/** What is painted around the stage, though its box lies over it as well. */
const AROUND = "[data-around-stage]";

/** Watches the stage and its holes. */
export class StageSpace {
  #app: App;
  #stage: HTMLElement | null = null;
  #holes = new Set<HTMLElement>();
  #reporter: StageReporter;
  #observer: ResizeObserver;
  #blank = new BlankWatch(
    () => this.#stage !== null && isBlank(this.#stage, AROUND),
    () => this.#reporter.now(),
  );

  constructor(app: App) {
    this.#app = app;
    this.#reporter = new StageReporter(
      () => stageLayout(this.#stage && rectOf(this.#stage), [...this.#holes].map(rectOf), this.#owner(), this.#blank.blank),
      (layout) => app.backend.setStageLayout(layout),
      (run) => requestAnimationFrame(run),
    );
    this.#observer = new ResizeObserver(() => this.request());
  }

  #owner(): InputOwner {
    const { player } = this.#app;
    return {
      playerVisible: this.#stage !== null,
      overlayOpen: player.overlay !== null || this.#app.shortcutsOpen,
      textFocused: focusKind(document.activeElement) === "text",
    };
  }

  /** Something may have moved. */
  request(): void {
    this.#reporter.request();
  }

  /** The element that the picture stands in. An attachment. */
  stage = (node: HTMLElement): (() => void) => {
    this.#stage = node;
    const request = () => this.request();
    this.#observer.observe(node);
    this.#observer.observe(document.documentElement);
    document.addEventListener("focusin", request);
    document.addEventListener("focusout", request);
    // Where the page paints the picture itself there is nothing to leave out.
    if (this.#app.backend.hasNativeStage) this.#blank.start();
    document.addEventListener("focusin", this.#blank.stir);
    document.addEventListener("pointerover", this.#blank.stir);
    this.request();
    return () => {
      this.#blank.stop();
      document.removeEventListener("focusin", this.#blank.stir);
      document.removeEventListener("pointerover", this.#blank.stir);
      this.#stage = null;
      this.#observer.disconnect();
      document.removeEventListener("focusin", request);
      document.removeEventListener("focusout", request);
      this.#reporter.close();
    };
  };

  /** An element over the stage that keeps pointer and wheel for the page. An attachment. */
  hole = (node: HTMLElement): (() => void) => {
    this.#holes.add(node);
    this.#observer.observe(node);
    this.request();
    return () => {
      this.#holes.delete(node);
      this.#observer.unobserve(node);
      this.request();
    };
  };
}
