// Shows the whole interface over the fake host, as a viewer would see it.

import { render } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { flushSync } from "svelte";
import Root from "../App.svelte";
import type { PlayerState } from "../bindings";
import { App } from "../lib/state/app.svelte";
import { FakeBackend } from "./fake";
import { PLAYER } from "./sample";

/** The interface, its host and a viewer's hands. */
export interface Shown {
  app: App;
  backend: FakeBackend;
  user: ReturnType<typeof userEvent.setup>;
}

/** Shows the interface; `prepare` may change the host before. */
export async function show(prepare: (backend: FakeBackend) => void = () => undefined): Promise<Shown> {
  const backend = new FakeBackend();
  prepare(backend);
  const app = new App(backend);
  render(Root, { app });
  flushSync();
  await settled();
  return { app, backend, user: userEvent.setup() };
}

/** Shows the player. */
export function showPlayer(patch: Partial<PlayerState> = {}, prepare?: (backend: FakeBackend) => void): Promise<Shown> {
  return show((backend) => {
    backend.player = { ...PLAYER, ...patch };
    prepare?.(backend);
  });
}

/** Lets answers arrive and the page follow. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
  flushSync();
}
