// How fast something grows, from reports of how far it is.

/** What counts: long enough to be calm, short enough to follow a link that changes. */
const WINDOW_MS = 8000;
/** Less than this tells nothing yet. */
const SHORTEST_MS = 900;

/** Bytes a second over the last reports. */
export class RateMeter {
  #reports: { at: number; bytes: number }[] = [];

  /** So many bytes were there at a time in milliseconds. */
  report(at: number, bytes: number): void {
    const last = this.#reports.at(-1);
    // It began anew.
    if (last && bytes < last.bytes) this.#reports = [];
    this.#reports.push({ at, bytes });
    // One report from before the window stays: it tells what was there when the window began.
    while (this.#reports.length > 2 && (this.#reports[1]?.at ?? at) <= at - WINDOW_MS) this.#reports.shift();
  }

  /** The rate now; null before there is one. Without reports it falls, as what they would tell does. */
  rate(now: number): number | null {
    const first = this.#reports[0];
    const last = this.#reports.at(-1);
    if (!first || !last || now - first.at < SHORTEST_MS || first === last) return null;
    if (now - last.at >= WINDOW_MS) return 0;
    return ((last.bytes - first.bytes) * 1000) / (now - first.at);
  }
}

/** The rates of several things by their names. */
export class RateMeters {
  #meters = new Map<string, RateMeter>();

  /** So many bytes of each were there; what is not in the list is forgotten. */
  report(at: number, bytes: readonly (readonly [name: string, bytes: number])[]): void {
    this.#meters = new Map(bytes.map(([name]) => [name, this.#meters.get(name) ?? new RateMeter()]));
    for (const [name, count] of bytes) this.#meters.get(name)?.report(at, count);
  }

  /** The rate of one of them now; null before there is one. */
  rate(name: string, now: number): number | null {
    return this.#meters.get(name)?.rate(now) ?? null;
  }
}
