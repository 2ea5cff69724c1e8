// The state of the whole interface outside the player: what is on screen, the library, settings, messages to the user.

import type {
  ApiError,
  Commands,
  EpisodeCard,
  ErrorCode,
  Event,
  HomeView,
  LanguageSetting,
  Notice,
  Presence,
  ScanProgress,
  SeriesId,
  Settings,
  EpisodeId,
} from "../../bindings";
import { I18n, systemLanguage } from "../../i18n/i18n.svelte";
import { isAddress } from "../address";
import { type Backend, toApiError, type Unlisten, type WindowMode } from "../backend/types";
import { isAway } from "../presence";
import { Downloads } from "./downloads.svelte";
import { PlayerModel } from "./player.svelte";

/** A view; the player lies over it while an episode is open. */
export type View = { name: "home" } | { name: "series"; id: SeriesId } | { name: "downloads" } | { name: "settings" };

/** A short message over everything. */
export interface Toast {
  id: number;
  /** An error in words, or plain text. */
  text: string;
  kind: "info" | "error";
}

const TOAST_MS = { info: 1600, error: 6000 } as const;

/** Everything that the views share. */
export class App {
  readonly backend: Backend;
  readonly i18n: I18n;
  readonly player: PlayerModel;
  readonly downloads: Downloads;

  #views = $state.raw<readonly View[]>([{ name: "home" }]);
  home = $state.raw<HomeView | null>(null);
  homeError = $state.raw<ApiError | null>(null);
  scans = $state.raw<readonly ScanProgress[]>([]);
  settings = $state.raw<Settings | null>(null);
  /** Nothing is fetched: the user wants it so. */
  offline = $state(false);
  /** The system knows of a network. It can be wrong: without one everything stays within reach. */
  network = $state(true);
  /** Nothing comes from a network, by the user's wish or as far as the system knows. */
  readonly cutOff = $derived(this.offline || !this.network);
  /** There is no network, and something in the library comes from one. */
  readonly lacksNetwork = $derived(!this.network && (this.home?.sources.some((source) => isAddress(source.path)) ?? false));
  /** Counts changes of the library: views that show a part of it ask again when it changes. */
  libraryVersion = $state(0);
  /** What of some episodes is on this machine, as it was told last: views that show them put it into their cards. */
  marks = $state.raw<readonly [EpisodeId, Presence][]>([]);
  toasts = $state.raw<readonly Toast[]>([]);
  shortcutsOpen = $state(false);
  windowMode = $state<WindowMode>("normal");
  /** The search field is to take the focus, as soon as it is there. */
  searchWanted = $state(false);

  #toastIds = 0;
  #saving: Promise<unknown> = Promise.resolve();
  #homeLoading = false;
  #homeStale = false;

  constructor(backend: Backend) {
    this.backend = backend;
    this.i18n = new I18n(systemLanguage(navigator.languages));
    this.i18n.use("system");
    this.player = new PlayerModel(this);
    this.downloads = new Downloads(this);
  }

  /** The view on top. */
  get view(): View {
    return this.#views.at(-1) ?? { name: "home" };
  }

  /** There is a view to go back to. */
  get canGoBack(): boolean {
    return this.#views.length > 1;
  }

  /** Connects: hears events, reads what is there. Returns the end of it. */
  start(): Unlisten {
    const unlisten = [
      this.backend.listen((event) => this.#hear(event)),
      this.backend.listenWindowMode((mode) => (this.windowMode = mode)),
    ];
    void this.loadHome();
    void this.#loadSettings();
    void this.downloads.load();
    void this.call("player", {}).then((state) => {
      if (state && !this.player.state) this.player.hear({ type: "player", state });
    });
    return () => unlisten.forEach((end) => end());
  }

  /** Runs a command; a failure is told to the user and gives undefined. */
  async call<K extends keyof Commands>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"] | undefined> {
    try {
      return await this.backend.call(name, args);
    } catch (thrown) {
      this.tellError(toApiError(thrown));
      return undefined;
    }
  }

  /** Goes to a view. Home empties the way back. */
  go(view: View): void {
    if (view.name === "home") this.#views = [view];
    else if (this.view.name === view.name) this.#views = [...this.#views.slice(0, -1), view];
    else this.#views = [...this.#views, view];
  }

  /** Goes back one view. */
  back(): void {
    if (this.canGoBack) this.#views = this.#views.slice(0, -1);
  }

  /** Goes home and into the search field. */
  search(): void {
    if (this.player.state) void this.player.close();
    this.go({ name: "home" });
    this.searchWanted = true;
  }

  /** Opens the player at an episode, where that is to be tried. */
  async playEpisode(series: SeriesId, card: EpisodeCard): Promise<void> {
    if (this.tries(card)) await this.play(series, card.id);
  }

  /** Opens the player. */
  async play(series: SeriesId, episode: EpisodeId | null): Promise<void> {
    await this.player.open(series, episode);
  }

  /** Whether nothing of a series plays now. The system may be wrong about the network, so it may be tried all the same. */
  isAway(series: SeriesId): boolean {
    return this.cutOff && (this.home?.away.includes(series) ?? false);
  }

  /** Whether nothing of an episode plays now. That may be tried all the same, too. */
  isEpisodeAway(card: EpisodeCard): boolean {
    return isAway(card, this.downloads.of(card.id), this.cutOff);
  }

  /** Whether nothing of an episode plays by the user's own wish: then it is not even tried. */
  isRefused(card: EpisodeCard): boolean {
    return isAway(card, this.downloads.of(card.id), this.offline);
  }

  /** Whether an episode is to be tried; where not, that is said. */
  tries(card: EpisodeCard): boolean {
    if (!this.isRefused(card)) return true;
    this.tellError({ code: "offline", message: "", detail: null });
    return false;
  }

  /** Reads the home screen; requests that come in meanwhile become one more reading. */
  async loadHome(): Promise<void> {
    if (this.#homeLoading) {
      this.#homeStale = true;
      return;
    }
    this.#homeLoading = true;
    do {
      this.#homeStale = false;
      try {
        this.home = await this.backend.call("home", {});
        this.scans = this.home.scans;
        this.offline = this.home.offline;
        this.network = this.home.network;
        this.homeError = null;
      } catch (thrown) {
        this.homeError = toApiError(thrown);
      }
    } while (this.#homeStale);
    this.#homeLoading = false;
  }

  async #loadSettings(): Promise<void> {
    const settings = await this.call("settings", {});
    if (settings) this.#apply(settings);
  }

  #apply(settings: Settings): void {
    this.settings = settings;
    this.i18n.use(settings.language);
  }

  /** Changes some settings. The engine changes others by itself, so they are read again just before. */
  change(patch: Partial<Settings>): Promise<void> {
    if (this.settings) this.#apply({ ...this.settings, ...patch });
    const saved = this.#saving.then(async () => {
      const before = await this.call("settings", {});
      if (!before) return;
      const settings = { ...before, ...patch };
      await this.call("save_settings", { settings });
    });
    this.#saving = saved;
    return saved;
  }

  /** Changes the language of the interface. */
  setLanguage(language: LanguageSetting): void {
    void this.change({ language });
  }

  /** Marks or unmarks a series; what is on screen follows with the library's change. */
  async setFavourite(series: SeriesId, favourite: boolean): Promise<void> {
    await this.call("set_favourite", { series, favourite });
  }

  /** Takes a notice off. */
  async dismiss(notice: Notice): Promise<void> {
    await this.call("dismiss_notice", { notice });
    await this.loadHome();
  }

  /** Shows the window in another way. */
  async setWindowMode(mode: WindowMode): Promise<void> {
    const before = this.windowMode;
    this.windowMode = mode;
    try {
      await this.backend.setWindowMode(mode);
    } catch (thrown) {
      this.windowMode = before;
      this.tellError(toApiError(thrown));
    }
  }

  /** An error in the user's words. */
  words(code: ErrorCode): string {
    return this.i18n.t(`error.${code}`);
  }

  /** Tells an error. */
  tellError(error: ApiError): void {
    this.#tell(this.words(error.code), "error");
  }

  /** Tells what a key just did. */
  tell(text: string): void {
    this.#tell(text, "info");
  }

  /** Takes a message off. */
  forget(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  #tell(text: string, kind: Toast["kind"]): void {
    const id = ++this.#toastIds;
    // Of plain messages only the newest counts; an error that is already there is not said twice.
    const rest = this.toasts.filter((toast) => toast.kind === "error" && toast.text !== text).slice(-2);
    this.toasts = [...rest, { id, text, kind }];
    setTimeout(() => this.forget(id), TOAST_MS[kind]);
  }

  #hear(event: Event): void {
    switch (event.type) {
      case "library_changed":
        this.libraryVersion++;
        void this.loadHome();
        break;
      case "scans":
        this.scans = event.scans;
        break;
      case "presence":
        this.marks = event.episodes;
        this.player.hear(event);
        break;
      case "downloads":
        this.downloads.take(event.downloads);
        break;
      case "offline":
        this.offline = event.offline;
        this.network = event.network;
        // What plays without a network is known only now.
        void this.loadHome();
        break;
      case "notice":
        void this.loadHome();
        if (this.player.state || this.view.name !== "home") this.#tell(this.words(event.notice.code), "error");
        break;
      default:
        this.player.hear(event);
    }
  }
}
