// A loopback host: the real engine with data of its own, as one process that a test starts, ends and starts again.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Commands } from "../../../ui/src/bindings/index.ts";
import { program, ui } from "./paths.ts";

/** How long the host may take to come up or to leave. */
const WITHIN_MS = 30_000;

/** A running host. */
export class Host {
  #child: ChildProcess;
  /** Where the browser finds it. */
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts one whose library lies in `home`, and adds a folder to it. */
  static async start(home: string, folder?: string): Promise<Host> {
    const args = ["--ui", ui, "--home", home, ...(folder ? [folder] : [])];
    const child = spawn(program("loopback-host"), args, { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    const timer = setTimeout(() => child.kill("SIGKILL"), WITHIN_MS);
    const ended = once(child, "exit").then(() => {
      throw new Error("loopback-host ended before it was ready");
    });
    try {
      const [line] = (await Promise.race([once(lines, "line"), ended])) as [string];
      ended.catch(() => undefined);
      return new Host(child, line.trim());
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs a command behind the page's back. */
  async call<K extends keyof Commands>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"]> {
    const response = await fetch(`${this.url}/api/command/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(args),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`${name}: ${JSON.stringify(body)}`);
    return body as Commands[K]["reply"];
  }

  /** Ends it in order, as quitting the application does. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), WITHIN_MS);
    this.#child.stdin?.end();
    const [status] = (await gone) as [number | null];
    clearTimeout(timer);
    if (status !== 0) throw new Error(`loopback-host ended with status ${status}`);
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }
}
