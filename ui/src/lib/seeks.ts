// Seeks while scrubbing: one is under way at a time, and of those that come in meanwhile only the newest is kept.

import type { SeekMode } from "../bindings";

/** Runs seeks one after the other and drops those that are outdated. */
export class SeekQueue {
  #send: (position_ms: number, mode: SeekMode) => Promise<unknown>;
  #idle: () => void;
  #busy = false;
  #next: { position_ms: number; mode: SeekMode } | null = null;

  /** `send` runs one seek; `idle` is called when the last of a burst is through (done or failed). */
  constructor(send: (position_ms: number, mode: SeekMode) => Promise<unknown>, idle: () => void) {
    this.#send = send;
    this.#idle = idle;
  }

  /** A seek is under way: positions that are reported now may be those from before it. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Asks for a position; a waiting seek gives way to this one. */
  request(position_ms: number, mode: SeekMode): void {
    this.#next = { position_ms, mode };
    if (!this.#busy) void this.#run();
  }

  /** Forgets the waiting seek (the episode changed). */
  clear(): void {
    this.#next = null;
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#next) {
      const { position_ms, mode } = this.#next;
      this.#next = null;
      // Whoever sends tells the user about a failure; the queue only goes on.
      await this.#send(position_ms, mode).catch(() => undefined);
    }
    this.#busy = false;
    this.#idle();
  }
}
