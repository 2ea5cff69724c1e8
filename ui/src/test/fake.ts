// A host that answers from sample data, for tests and for looking at the interface. It keeps what it was told and does
// what the engine would do to the player's state, without media and without time.

import type { ApiError, CacheView, Commands, DownloadsView, Event, HomeView, PlayerState, SeriesView, Settings } from "../bindings";
import type { Backend, StageLayout, Unlisten, WindowMode } from "../lib/backend/types";
import { downloads, FERRY_VIEW, HOME, PLAYER, SETTINGS } from "./sample";

type Name = keyof Commands;
type Handlers = { [K in Name]?: (args: Commands[K]["args"]) => Commands[K]["reply"] | Promise<Commands[K]["reply"]> };

const GIB = 1024 ** 3;

/** The host. */
export class FakeBackend implements Backend {
  hasNativeStage = false;
  home: HomeView = HOME;
  series: SeriesView = FERRY_VIEW;
  settings: Settings = SETTINGS;
  player: PlayerState | null = null;
  folder: string | null = null;
  downloads: DownloadsView = downloads([]);
  cache: CacheView = { bytes: 1.5 * GIB, pinned_bytes: 0.5 * GIB, limit_bytes: 4 * GIB, free_bytes: 31 * GIB };
  /** Every command so far. */
  calls: { name: Name; args: unknown }[] = [];
  layouts: StageLayout[] = [];
  modes: WindowMode[] = [];
  /** Commands that fail. */
  failing = new Map<Name, ApiError>();
  /** Commands that do something else than by default. */
  overrides: Handlers = {};
  pictures = (key: string): string => `data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==#${key}`;
  #modeHandlers = new Set<(mode: WindowMode) => void>();
  #handlers = new Set<(event: Event) => void>();

  /** Sends an event. What is read from then on agrees with it. */
  emit(event: Event): void {
    if (event.type === "offline") this.home = { ...this.home, offline: event.offline, network: event.network };
    for (const handler of this.#handlers) handler(event);
  }

  /** Changes the player and tells it. */
  update(patch: Partial<PlayerState>): void {
    this.player = { ...(this.player ?? PLAYER), ...patch };
    this.emit({ type: "player", state: this.player });
  }

  /** Changes the downloads and tells it. */
  load(view: DownloadsView): void {
    this.downloads = view;
    this.emit({ type: "downloads", downloads: view });
  }

  /** The arguments of all calls of a command. */
  argsOf(name: Name): unknown[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.args);
  }

  async call<K extends Name>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"]> {
    this.calls.push({ name, args });
    const error = this.failing.get(name);
    if (error) throw error;
    const own = this.overrides[name];
    if (own) return await own(args);
    const handler = this.#defaults[name];
    return handler ? await handler(args) : (null as Commands[K]["reply"]);
  }

  #defaults: Handlers = {
    home: () => this.home,
    series: () => this.series,
    settings: () => this.settings,
    player: () => this.player,
    save_settings: ({ settings }) => {
      this.settings = settings;
      return null;
    },
    play: ({ episode }) => this.#open(episode),
    close_player: () => {
      this.player = null;
      this.emit({ type: "player", state: null });
      return null;
    },
    step: ({ direction }) => {
      const index = (this.player?.index ?? 0) + (direction === "next" ? 1 : -1);
      const card = this.series.episodes[index];
      if (card) this.#open(card.id);
      else this.emit({ type: "feed_end", direction });
      return null;
    },
    set_playing: ({ playing }) => this.#set({ wants_to_play: playing, phase: playing ? "playing" : "paused" }),
    seek: ({ position_ms }) => this.#set({ position_ms }),
    set_speed: ({ speed }) => this.#set({ speed }),
    set_volume: ({ volume }) => this.#set({ volume }),
    set_muted: ({ muted }) => this.#set({ muted }),
    select_audio: ({ track }) => this.#set({ audio: track }),
    select_subtitle: ({ track }) => this.#set({ subtitle: track }),
    set_favourite: ({ favourite }) => {
      if (this.player) this.update({ series: { ...this.player.series, favourite } });
      this.series = { ...this.series, card: { ...this.series.card, favourite } };
      return null;
    },
    set_watched: ({ episode, watched }) => {
      const episodes = this.series.episodes.map((card) => (card.id === episode ? { ...card, watched } : card));
      this.series = { ...this.series, episodes };
      return null;
    },
    downloads: () => this.downloads,
    keep_next: ({ count }) => {
      this.series = { ...this.series, keep_next: count };
      return null;
    },
    move_download: ({ episode, before }) => {
      const { items, ...rest } = this.downloads;
      const moved = items.find((item) => item.episode.id === episode);
      const others = items.filter((item) => item !== moved);
      const at = others.findIndex((item) => item.episode.id === before);
      if (moved) others.splice(at < 0 ? others.length : at, 0, moved);
      this.load({ ...rest, items: others });
      return null;
    },
    remove_download: ({ episode }) => {
      this.load(downloads(this.downloads.items.filter((item) => item.episode.id !== episode)));
      return null;
    },
    cache: () => this.cache,
    clear_cache: () => {
      this.cache = { ...this.cache, bytes: this.cache.pinned_bytes };
      return null;
    },
    add_source: ({ path }) => ({ id: "new", path, series: 0, episodes: 0, error: null }),
    statistics: () => ({
      last_swipe: { readiness: "ready", origin: "cache", first_frame_ms: 0 },
      decoder: "avdec_h264",
      width: 1080,
      height: 1920,
      nominal_fps: 30,
      fps: 29.97,
      dropped: 0,
      memory_bytes: 312_000_000,
      network: {
        throughput_bps: 18_400_000,
        round_trip_ms: 42,
        ready_rate: 0.97,
        rebuffer_ms: 1200,
        fetched_bytes: 0.75 * GIB,
        unread_bytes: 0.06 * GIB,
      },
    }),
  };

  #set(patch: Partial<PlayerState>): null {
    if (this.player) this.update(patch);
    return null;
  }

  #open(id: string | null): null {
    const { episodes, card } = this.series;
    const at = Math.max(0, episodes.findIndex((one) => one.id === (id ?? this.series.resume)));
    const episode = episodes[at];
    if (!episode) return null;
    const count = episodes.length;
    this.update({
      ...PLAYER,
      series: card,
      episode,
      index: at,
      count,
      has_previous: at > 0,
      has_next: at < count - 1,
      position_ms: episode.position_ms,
    });
    return null;
  }

  listen(handler: (event: Event) => void): Unlisten {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  listenWindowMode(handler: (mode: WindowMode) => void): Unlisten {
    this.#modeHandlers.add(handler);
    return () => this.#modeHandlers.delete(handler);
  }

  /** The window manager shows the window in another way. */
  changeWindowMode(mode: WindowMode): void {
    this.#modeHandlers.forEach((handler) => handler(mode));
  }

  pictureUrl(key: string): string {
    return this.pictures(key);
  }

  setStageLayout(layout: StageLayout): void {
    this.layouts.push(layout);
  }

  setWindowMode(mode: WindowMode): Promise<void> {
    this.modes.push(mode);
    return Promise.resolve();
  }

  pickFolder(): Promise<string | null> {
    return Promise.resolve(this.folder);
  }
}
