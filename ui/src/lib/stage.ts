// Where the stage stands and which parts of it stay with the page: a pure computation from rectangles, and a reporter that
// measures at most once per animation frame and tells the host only what changed.

import type { Rect, StageLayout } from "./backend";

/** A 9:16 picture inside a box, as high as it goes, in the middle. Whole pixels, so that edges are sharp. */
export function fitStage(box: Rect): Rect {
  const width = Math.floor(Math.min(box.width, (box.height * 9) / 16));
  const height = Math.floor(Math.min(box.height, (width * 16) / 9));
  return { x: Math.round(box.x + (box.width - width) / 2), y: Math.round(box.y + (box.height - height) / 2), width, height };
}

/** The part of `rect` that lies inside `frame`; null when there is none. */
export function intersect(rect: Rect, frame: Rect): Rect | null {
  const x = Math.max(rect.x, frame.x);
  const y = Math.max(rect.y, frame.y);
  const width = Math.min(rect.x + rect.width, frame.x + frame.width) - x;
  const height = Math.min(rect.y + rect.height, frame.y + frame.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** What decides who gets the input. */
export interface InputOwner {
  playerVisible: boolean;
  overlayOpen: boolean;
  textFocused: boolean;
}

/** The feed owns the input only while nothing else wants it. */
export function feedOwnsInput(owner: InputOwner): boolean {
  return owner.playerVisible && !owner.overlayOpen && !owner.textFocused;
}

const NO_STAGE: StageLayout = { rect: null, feed_owns_input: false, holes: [], blank: false };

/** Puts a layout together from what was measured. */
export function stageLayout(rect: Rect | null, holes: readonly Rect[], owner: InputOwner, blank: boolean): StageLayout {
  if (!rect) return NO_STAGE;
  const inside = holes.map((hole) => intersect(hole, rect)).filter((hole) => hole !== null);
  return { rect, feed_owns_input: feedOwnsInput(owner), holes: inside, blank };
}

function sameRect(a: Rect | null, b: Rect | null): boolean {
  if (!a || !b) return a === b;
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

/** Two layouts say the same. */
export function sameLayout(a: StageLayout | null, b: StageLayout | null): boolean {
  if (!a || !b) return a === b;
  return (
    a.feed_owns_input === b.feed_owns_input &&
    a.blank === b.blank &&
    sameRect(a.rect, b.rect) &&
    a.holes.length === b.holes.length &&
    a.holes.every((hole, i) => sameRect(hole, b.holes[i] ?? null))
  );
}

/** The picture around the stage is cut out along this path: the window's rectangle less the stage's rounded one. */
export function cutOut(frame: Rect, stage: Rect, radius: number): string {
  const r = Math.min(radius, stage.width / 2, stage.height / 2);
  const x0 = stage.x - frame.x;
  const y0 = stage.y - frame.y;
  const x1 = x0 + stage.width;
  const y1 = y0 + stage.height;
  const outer = `M0 0H${frame.width}V${frame.height}H0Z`;
  const arc = (x: number, y: number) => `A${r} ${r} 0 0 1 ${x} ${y}`;
  const inner =
    `M${x0 + r} ${y0}H${x1 - r}${arc(x1, y0 + r)}V${y1 - r}${arc(x1 - r, y1)}` +
    `H${x0 + r}${arc(x0, y1 - r)}V${y0 + r}${arc(x0 + r, y0)}Z`;
  return `path(evenodd, "${outer}${inner}")`;
}

/** Measures and sends, once per frame and only what is new. */
export class StageReporter {
  #measure: () => StageLayout;
  #send: (layout: StageLayout) => void;
  #frame: (run: () => void) => void;
  #waiting = false;
  #last: StageLayout | null = null;

  /** `frame` runs something at the next animation frame. */
  constructor(measure: () => StageLayout, send: (layout: StageLayout) => void, frame: (run: () => void) => void) {
    this.#measure = measure;
    this.#send = send;
    this.#frame = frame;
  }

  /** Something may have moved. */
  request(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#frame(() => {
      this.#waiting = false;
      this.#report(this.#measure());
    });
  }

  /** Something has changed that the host must know before the page paints again. */
  now(): void {
    this.#report(this.#measure());
  }

  /** The stage is gone. */
  close(): void {
    this.#report(NO_STAGE);
  }

  #report(layout: StageLayout): void {
    if (sameLayout(layout, this.#last)) return;
    this.#last = layout;
    this.#send(layout);
  }
}
