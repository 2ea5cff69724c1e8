// How components reach the state of the interface.

import { getContext, setContext } from "svelte";
import type { App } from "./app.svelte";

/** The name of the context; tests put an app there without a root component. */
export const APP = Symbol("app");

/** Called once, by the root. */
export function setApp(app: App): void {
  setContext(APP, app);
}

/** The state that the root set. */
export function getApp(): App {
  return getContext<App>(APP);
}
