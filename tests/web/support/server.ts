// A server on the loopback address: it notes what it is asked for, it can be as slow as a link, and it can hold back what it
// answers until a test lets it go.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What is sent of an answer that is held back. */
const BEGINNING = 2048;
/** How much a slow answer sends at a time. */
const PIECE = 8192;

/** A running server. */
export class Server {
  readonly #http: HttpServer;
  readonly #files = new Map<string, { type: string; body: Buffer }>();
  #asked: string[] = [];
  #answering = 0;
  #held: { until: Promise<void>; release: () => void } | null = null;
  #pauseMs = 0;

  private constructor(http: HttpServer) {
    this.#http = http;
    http.on("request", (request, response) => void this.#answer(request, response));
  }

  /** Starts one that has nothing yet. */
  static async start(): Promise<Server> {
    const http = createServer();
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return new Server(http);
  }

  /** The address of a path. */
  url(path: string): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}${path}`;
  }

  /** Serves something under a path. */
  put(path: string, type: string, body: Buffer | string): void {
    this.#files.set(path, { type, body: Buffer.from(body) });
  }

  /** The paths that were asked for, each as often as it was. */
  get asked(): readonly string[] {
    return this.#asked;
  }

  /** How many requests are being answered. */
  get answering(): number {
    return this.#answering;
  }

  /** From now on answers stop after their beginning. */
  hold(): void {
    let release = () => {};
    const until = new Promise<void>((resolve) => (release = resolve));
    this.#held = { until, release };
  }

  /** Lets all answers go on. */
  release(): void {
    this.#held?.release();
    this.#held = null;
  }

  /** From now on each answer takes its time: so many bits a second. */
  slow(bitsPerSecond: number): void {
    this.#pauseMs = (PIECE * 8000) / bitsPerSecond;
  }

  /** Ends it, with everything that is under way. */
  async stop(): Promise<void> {
    this.release();
    const gone = once(this.#http, "close");
    this.#http.close();
    this.#http.closeAllConnections();
    await gone;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    this.#asked.push(path);
    const file = this.#files.get(path);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    this.#answering++;
    response.once("close", () => this.#answering--);
    const whole = file.body.length;
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const first = Number(range?.[1] ?? 0);
    const last = range?.[2] ? Math.min(Number(range[2]), whole - 1) : whole - 1;
    const body = file.body.subarray(first, last + 1);
    response.writeHead(range ? 206 : 200, {
      "content-type": file.type,
      "content-length": body.length,
      "accept-ranges": "bytes",
      ...(range ? { "content-range": `bytes ${first}-${last}/${whole}` } : {}),
    });
    let sent = BEGINNING;
    response.write(body.subarray(0, sent));
    await this.#held?.until;
    for (; this.#pauseMs > 0 && sent < body.length && !response.destroyed; sent += PIECE) {
      response.write(body.subarray(sent, sent + PIECE));
      await pause(this.#pauseMs);
    }
    response.end(body.subarray(sent));
  }
}
