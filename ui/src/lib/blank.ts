// Whether the page leaves the picture alone: while nothing of it is painted over the stage, the host need not put the two
// together thirty times a second. It says so only when it has looked and nothing has changed for a while; any change takes
// it back at once.

import type { Rect } from "./backend";
import { intersect } from "./stage";

/** So long nothing may have changed: longer than every transition, in milliseconds. */
export const QUIET_MS = 700;

const SEEN = { opacityProperty: true, visibilityProperty: true };
const PICTURES = "svg, img, canvas, video, input, select, textarea, progress";
/** For screen readers only. */
const UNSEEN = ".hidden-text";

function paintsItself(node: Element): boolean {
  if (node.matches(PICTURES)) return true;
  if ([...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent?.trim())) return true;
  const style = getComputedStyle(node);
  const generated = ["::before", "::after"].map((part) => getComputedStyle(node, part).content);
  return (
    !/^(transparent|rgba\(.*, 0\))$/.test(style.backgroundColor) ||
    style.backgroundImage !== "none" ||
    style.boxShadow !== "none" ||
    style.outlineStyle !== "none" ||
    [style.borderTopStyle, style.borderRightStyle, style.borderBottomStyle, style.borderLeftStyle].some((s) => s !== "none") ||
    generated.some((content) => content !== "none" && content !== "normal")
  );
}

/** Nothing is painted over `stage`: neither in it nor by what lies above it. `around` is painted around it. */
export function isBlank(stage: Element, around: string): boolean {
  const frame: Rect = stage.getBoundingClientRect();
  const paints = (node: Element) =>
    !node.contains(stage) &&
    !node.closest(around) &&
    !node.matches(UNSEEN) &&
    intersect(node.getBoundingClientRect(), frame) !== null &&
    node.checkVisibility(SEEN) &&
    paintsItself(node);
  return ![...document.body.querySelectorAll("*")].some(paints);
}

/** Watches the page for as long as there is a stage. */
export class BlankWatch {
  #look: () => boolean;
  #changed: () => void;
  #blank = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #observer = new MutationObserver((records) => {
    if (records.some(counts)) this.stir();
  });

  /** `look` tells whether the page is blank now; `changed` hears that the answer may be another one. */
  constructor(look: () => boolean, changed: () => void) {
    this.#look = look;
    this.#changed = changed;
  }

  /** The page has left the picture alone for a while. */
  get blank(): boolean {
    return this.#blank;
  }

  /** Something may be seen now. */
  stir = (): void => {
    this.#set(false);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#set(this.#look()), QUIET_MS);
  };

  start(): void {
    this.#observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    this.stir();
  }

  stop(): void {
    this.#observer.disconnect();
    clearTimeout(this.#timer);
    this.#set(false);
  }

  #set(blank: boolean): void {
    if (blank === this.#blank) return;
    this.#blank = blank;
    this.#changed();
  }
}

/** What changes in what is not seen changes nothing, except for what makes it seen. */
function counts(record: MutationRecord): boolean {
  if (record.type === "attributes" && record.attributeName === "class") return true;
  const node = record.target instanceof Element ? record.target : record.target.parentElement;
  return node?.checkVisibility(SEEN) ?? false;
}
