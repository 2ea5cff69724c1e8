// The state of downloads: what the engine says of them, how fast they come, and what the viewer asks for.

import type { ApiError, DownloadItem, DownloadsView, EpisodeId, SeriesId } from "../../bindings";
import { byteSize } from "../amounts";
import { toApiError } from "../backend/types";
import { byEpisode } from "../presence";
import { RateMeter, RateMeters } from "../rate";
import type { App } from "./app.svelte";

/** What is to be removed. */
export interface Removal {
  items: readonly DownloadItem[];
  /** All that is here of a series: its next episodes are no longer kept either. */
  all: boolean;
}

/** Downloads. */
export class Downloads {
  #app: App;
  view = $state.raw<DownloadsView | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Counts what began, ended, failed or went: views that show an episode's presence ask again when it changes. */
  changes = $state(0);
  /** What is to be removed, once the viewer said yes. */
  asking = $state.raw<Removal | null>(null);

  readonly #items = $derived(byEpisode(this.view?.items ?? []));
  /** What is not done, in the order of the queue. */
  readonly queue = $derived(this.view?.items.filter((item) => item.state !== "done") ?? []);
  readonly done = $derived(this.view?.items.filter((item) => item.state === "done") ?? []);
  /** All are held, also what is added now. */
  readonly paused = $derived(this.view?.paused ?? false);
  readonly running = $derived(this.queue.some((item) => item.state === "running"));

  /** The order that was asked for and is not told yet. */
  #asked: EpisodeId[] | null = null;
  #asking = 0;
  #states = "";
  #meters = new RateMeters();
  #meter = new RateMeter();
  #grown = 0;

  constructor(app: App) {
    this.#app = app;
  }

  /** The download of an episode. */
  of(episode: EpisodeId): DownloadItem | undefined {
    return this.#items.get(episode);
  }

  /** Reads everything, unless an event was there first. */
  async load(): Promise<void> {
    try {
      const view = await this.#app.backend.call("downloads", {});
      this.error = null;
      if (!this.view) this.take(view);
    } catch (thrown) {
      this.error = toApiError(thrown);
    }
  }

  /** Takes what the engine says. */
  take(view: DownloadsView): void {
    const now = performance.now();
    for (const item of view.items) {
      const before = this.#items.get(item.episode.id);
      // What was there when a download appeared was not fetched just now.
      if (before) this.#grown += Math.max(0, item.done_bytes - before.done_bytes);
    }
    this.#meter.report(now, this.#grown);
    const running = view.items.filter((item) => item.state === "running");
    this.#meters.report(now, running.map((item) => [item.episode.id, item.done_bytes]));

    // Once, wherever the viewer is when the queue outgrows its room.
    if (view.short_bytes > 0 && this.view?.short_bytes === 0) {
      const { i18n } = this.#app;
      this.#app.tell(i18n.t("downloads.short", { size: byteSize(view.short_bytes, i18n.language) }));
    }
    this.error = null;
    this.view = this.#asked ? { ...view, items: inOrder(view.items, this.#asked) } : view;
    const states = view.items.map((item) => `${item.episode.id} ${item.state}`).join("\n");
    if (states !== this.#states) this.changes++;
    this.#states = states;
  }

  /** Bytes a second that all of them get now; null before that is known. */
  rate(now: number): number | null {
    return this.running ? this.#meter.rate(now) : null;
  }

  /** Bytes a second that one of them gets now. */
  rateOf(episode: EpisodeId, now: number): number | null {
    return this.#meters.rate(episode, now);
  }

  /** Downloads what is neither there nor on its way. */
  async download(episodes: readonly EpisodeId[]): Promise<void> {
    const wanted = episodes.filter((episode) => !this.#items.has(episode));
    if (wanted.length > 0) await this.#app.call("download", { episodes: wanted });
  }

  /** Holds one, or lets it go on; what failed begins again. */
  pause(episode: EpisodeId, paused: boolean): void {
    void this.#app.call("pause_download", { episode, paused });
  }

  /** Holds all, or lets them go on. */
  pauseAll(paused: boolean): void {
    void this.#app.call("pause_downloads", { paused });
  }

  /** Puts one before all others. */
  first(episode: EpisodeId): void {
    void this.#app.call("download_first", { episode });
  }

  /** Puts one at another place of the queue; its neighbours make room at once. */
  async move(episode: EpisodeId, place: number): Promise<void> {
    const was = this.queue.map((item) => item.episode.id);
    const ids = [...was];
    const from = ids.indexOf(episode);
    const to = Math.max(0, Math.min(place, ids.length - 1));
    if (!this.view || from < 0 || from === to) return;
    ids.splice(from, 1);
    const before = ids[to] ?? null;
    ids.splice(to, 0, episode);
    this.#asked = ids;
    this.view = { ...this.view, items: inOrder(this.view.items, ids) };
    this.#asking++;
    const moved = await this.#app.call("move_download", { episode, before });
    if (--this.#asking === 0) this.#asked = null;
    if (moved === undefined) this.view = { ...this.view, items: inOrder(this.view.items, was) };
  }

  /** Whether a series keeps its next episodes, as far as its downloads tell. */
  keeps(series: SeriesId): boolean {
    return this.view?.items.some((item) => item.series === series && item.kept) ?? false;
  }

  /** Removes downloads. What is done would have to be fetched again, so that is asked first. */
  async remove(items: readonly DownloadItem[], all = false, asked = false): Promise<void> {
    if (!asked && items.some((item) => item.state === "done")) {
      this.asking = { items, all };
      return;
    }
    this.asking = null;
    // Whoever was asked has read it.
    if (!asked && items.some((item) => item.kept)) this.#app.tell(this.#app.i18n.t("downloads.remove_kept"));
    const series = all ? items.find((item) => this.keeps(item.series))?.series : undefined;
    if (series !== undefined) await this.#app.call("keep_next", { series, count: 0 });
    for (const item of items) await this.#app.call("remove_download", { episode: item.episode.id });
  }
}

/** Bytes that are still to come; sizes that are not known yet are taken as the mean of the others. Null: none is known. */
export function remainingBytes(items: readonly DownloadItem[]): number | null {
  const sizes = items.flatMap((item) => (item.total_bytes === null ? [] : [item.total_bytes]));
  if (sizes.length === 0) return null;
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return items.reduce((sum, item) => sum + Math.max(0, (item.total_bytes ?? mean) - item.done_bytes), 0);
}

/** Items in an order of episodes; what is not in it comes last, as it was. */
function inOrder(items: readonly DownloadItem[], order: readonly EpisodeId[]): DownloadItem[] {
  const place = (item: DownloadItem) => {
    const at = order.indexOf(item.episode.id);
    return at < 0 ? order.length : at;
  };
  return [...items].sort((a, b) => place(a) - place(b));
}
