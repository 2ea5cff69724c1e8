// Focus: what kind of control has it, and keeping it inside whatever lies on top.

import type { FocusKind } from "./keys";

const FOCUSABLE =
  'button:not(:disabled):not([tabindex="-1"]), input:not(:disabled), select:not(:disabled), a[href], [tabindex="0"]';

/** What kind of control an element is, as far as keys care. */
export function focusKind(element: Element | null): FocusKind {
  if (!element) return "page";
  if (element.matches('input[type="range"], [role="slider"]')) return "range";
  if (element.matches('input[type="checkbox"], button, a[href], [role="switch"], [role^="menuitem"]')) return "button";
  if (element.matches("input, textarea, select, [contenteditable]")) return "text";
  return "page";
}

/** The controls in an element, in tab order. */
export function focusables(node: HTMLElement): HTMLElement[] {
  return [...node.querySelectorAll<HTMLElement>(FOCUSABLE)];
}

/** Takes the focus into an element, keeps it there, and gives it back at the end. An attachment. */
export function trapFocus(node: HTMLElement): () => void {
  const before = document.activeElement;
  const first =
    node.querySelector<HTMLElement>("[data-autofocus]") ??
    node.querySelector<HTMLElement>('[aria-current="true"], [role^="menuitem"]') ??
    node;
  first.focus({ preventScroll: true });
  const onkeydown = (event: KeyboardEvent) => {
    if (event.key !== "Tab") return;
    const all = focusables(node);
    const last = all.at(-1);
    const [begin] = all;
    if (!begin || !last) {
      event.preventDefault();
    } else if (event.shiftKey && (document.activeElement === begin || document.activeElement === node)) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && document.activeElement === last) {
      event.preventDefault();
      begin.focus();
    }
  };
  node.addEventListener("keydown", onkeydown);
  return () => {
    node.removeEventListener("keydown", onkeydown);
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
}

/** Up, Down, Home and End go through the controls of an element. For `onkeydown` of menus. */
export function roveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const all = focusables(event.currentTarget).filter((element) => focusKind(element) !== "range");
  const at = all.findIndex((element) => element === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + (at < 0 ? 1 : 0), Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || all.length === 0 || focusKind(document.activeElement) === "range") return;
  event.preventDefault();
  event.stopPropagation();
  all[(to + all.length) % all.length]?.focus();
}

/** A pointer that presses a control of the player does not take the focus there, so that keys stay the player's. */
export function keepFocus(event: MouseEvent): void {
  if (event.target instanceof Element && event.target.closest("button")) event.preventDefault();
}
