// The state of the player: what the engine says of it, where the position is now, and what the viewer asks for.

import type {
  Commands,
  Cue,
  Direction,
  EpisodeCard,
  EpisodeId,
  Event,
  PlayerState,
  SeriesId,
  SeriesView,
  Stretch,
} from "../../bindings";
import { activeCues, type CueIndex, indexCues, nextChange } from "../cues";
import { type PositionClock, positionAt, report, retime, STANDING } from "../position";
import { withPresence } from "../presence";
import { SeekQueue } from "../seeks";
import { heldSpeed } from "../speed";
import { clamp } from "../time";
import { trackName } from "../tracks";
import type { App } from "./app.svelte";

/** What lies over the stage; one at a time. */
export type Overlay = "tracks" | "speed" | "quality" | "more" | "episodes";

const NO_CUES: CueIndex = indexCues([]);

/** Who stays on an episode of the list for so long may want it, in milliseconds. */
const POINT_MS = 150;

/** How far the position moves before a hidden chrome takes it, in milliseconds. */
const HIDDEN_STEP_MS = 5000;

/** The player. */
export class PlayerModel {
  #app: App;
  state = $state.raw<PlayerState | null>(null);
  /** The whole series, for the panel and for the neighbours' pictures. */
  series = $state.raw<SeriesView | null>(null);
  /** The position that the chrome shows; moves with the engine's reports, and in large steps while the chrome is hidden: each
      change makes the page be painted again, and ten times a second that costs as much as decoding the picture. */
  position = $state(0);
  /** What of the episode is on this machine; null before that was told. Stands still while the chrome is hidden, as the
      position does. */
  stretches = $state.raw<readonly Stretch[] | null>(null);
  /** The subtitles that show now. */
  cues = $state.raw<readonly Cue[]>([]);
  moving = $state(false);
  overlay = $state<Overlay | null>(null);
  statisticsOpen = $state(false);
  clear = $state(false);
  /** Something is held to go faster. */
  fast = $state(false);
  /** The feed ended in this direction just now; the count makes each time a new one. */
  edge = $state.raw<{ direction: Direction; count: number } | null>(null);
  /** Where the viewer drags to, while dragging. */
  scrubbing = $state<number | null>(null);
  /** Time of the last input, for the chrome. */
  lastInput = $state(0);

  #clock: PositionClock = STANDING;
  #index: CueIndex = NO_CUES;
  #cueTimer: ReturnType<typeof setTimeout> | undefined;
  #seeks: SeekQueue;
  #speedBefore = 1;
  #chromeShows = true;
  #closing = false;
  #pointed: EpisodeId | null = null;
  #pointTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(app: App) {
    this.#app = app;
    this.#seeks = new SeekQueue(
      (position_ms, mode) => this.#call("seek", { position_ms: Math.round(position_ms), mode }),
      () => this.#schedule(),
    );
  }

  /** The chrome was shown or hidden. */
  showChrome(shows: boolean): void {
    this.#chromeShows = shows;
    if (!shows || !this.state) return;
    this.position = this.now();
    this.#showStretches();
  }

  /** The position right now. */
  now(): number {
    return positionAt(this.#clock, performance.now());
  }

  /** Episode before or after the one in the middle, where it is known. */
  neighbour(direction: Direction): EpisodeCard | null {
    const state = this.state;
    if (!state || !this.series) return null;
    const at = this.series.episodes.findIndex((card) => card.id === state.episode.id);
    if (at < 0) return null;
    return this.series.episodes[direction === "next" ? at + 1 : at - 1] ?? null;
  }

  /** Takes an event of the player. */
  hear(event: Event): void {
    switch (event.type) {
      case "player":
        this.#take(event.state);
        break;
      case "position":
        // While a seek is under way, reports may be from before it.
        if (event.episode !== this.state?.episode.id || this.#seeks.busy) break;
        this.#clock = report(this.#clock, event.position_ms, performance.now());
        if (this.#chromeShows || Math.abs(event.position_ms - this.position) >= HIDDEN_STEP_MS) this.position = event.position_ms;
        this.#schedule();
        break;
      case "cues":
        if (event.episode !== this.state?.episode.id) this.#cuesAhead = event;
        else this.#index = indexCues(event.cues);
        this.#schedule();
        break;
      case "buffered":
        this.#buffered = event;
        if (this.#chromeShows) this.#showStretches();
        break;
      case "presence":
        if (this.series) this.series = { ...this.series, episodes: withPresence(this.series.episodes, event.episodes) };
        break;
      case "stage_moving":
        this.moving = event.moving;
        break;
      case "feed_end":
        this.edge = { direction: event.direction, count: (this.edge?.count ?? 0) + 1 };
        this.#app.tell(this.#app.i18n.t(event.direction === "next" ? "player.last" : "player.first"));
        break;
      default:
        break;
    }
  }

  /** Cues may be announced just before the state that makes their episode the current one. */
  #cuesAhead: (Event & { type: "cues" }) | null = null;

  /** The newest report of what is there. It may come just before the state that makes its episode the current one. */
  #buffered: (Event & { type: "buffered" }) | null = null;

  #showStretches(): void {
    this.stretches = this.#buffered?.episode === this.state?.episode.id ? (this.#buffered?.stretches ?? null) : null;
  }

  #take(next: PlayerState | null): void {
    const before = this.state;
    if (next && this.#closing) return;
    this.state = next;
    if (!next) {
      this.#reset();
      return;
    }
    const now = performance.now();
    const rate = next.phase === "playing" ? next.speed : 0;
    if (before?.episode.id !== next.episode.id) {
      this.#seeks.clear();
      this.scrubbing = null;
      this.#index = this.#cuesAhead?.episode === next.episode.id ? indexCues(this.#cuesAhead.cues) : NO_CUES;
      this.#cuesAhead = null;
      this.#clock = { base_ms: next.position_ms, at: now, rate, duration_ms: next.duration_ms };
      this.position = next.position_ms;
      this.#showStretches();
    } else if (this.#seeks.busy) {
      this.#clock = retime(this.#clock, now, rate, next.duration_ms);
    } else {
      this.#clock = { base_ms: next.position_ms, at: now, rate, duration_ms: next.duration_ms };
      this.position = next.position_ms;
    }
    if (before?.series.id !== next.series.id) void this.#loadSeries(next.series.id);
    this.#schedule();
  }

  #reset(): void {
    clearTimeout(this.#cueTimer);
    clearTimeout(this.#pointTimer);
    this.#pointed = null;
    this.#seeks.clear();
    this.#clock = STANDING;
    this.#index = NO_CUES;
    this.#cuesAhead = null;
    this.#buffered = null;
    this.stretches = null;
    this.series = null;
    this.cues = [];
    this.position = 0;
    this.moving = false;
    this.overlay = null;
    this.clear = false;
    this.fast = false;
    this.scrubbing = null;
    this.edge = null;
  }

  /** Reads the series again (the library changed). */
  async refresh(): Promise<void> {
    if (this.state) await this.#loadSeries(this.state.series.id);
  }

  async #loadSeries(id: SeriesId): Promise<void> {
    const view = await this.#call("series", { id });
    if (view && this.state?.series.id === id) this.series = view;
  }

  /** Shows the cues of this moment and wakes up for the next change. */
  #schedule(): void {
    clearTimeout(this.#cueTimer);
    const position = this.now();
    const active = activeCues(this.#index, position);
    if (active.length !== this.cues.length || active.some((cue, i) => cue !== this.cues[i])) this.cues = active;
    if (this.#clock.rate <= 0) return;
    const change = nextChange(this.#index, position);
    if (change === null) return;
    // The clock does not run ahead without reports, so a late one only makes this look again.
    const wait = clamp((change - position) / this.#clock.rate, 4, 60_000);
    this.#cueTimer = setTimeout(() => this.#schedule(), wait);
  }

  #call<K extends keyof Commands>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["reply"] | undefined> {
    return this.#app.call(name, args);
  }

  /** Something was touched: the chrome comes back. */
  touch(): void {
    this.lastInput = performance.now();
  }

  /** Opens an episode, or the series where it was left. */
  async open(series: SeriesId, episode: EpisodeId | null): Promise<void> {
    this.#closing = false;
    this.overlay = null;
    this.touch();
    const done = await this.#call("play", { series, episode });
    if (done === undefined || this.state) return;
    const state = await this.#call("player", {});
    // An event that came meanwhile is newer than this answer.
    if (state && !this.state) this.#take(state);
  }

  /** Closes the player; the view below shows at once. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.fast) this.slowDown();
    this.#take(null);
    if (this.#app.windowMode !== "normal") void this.#app.setWindowMode("normal");
    await this.#call("close_player", {});
    this.#closing = false;
  }

  /** Plays or pauses. */
  toggle(): void {
    const state = this.state;
    if (!state) return;
    if (state.phase === "ended") this.again();
    else void this.#call("set_playing", { playing: !state.wants_to_play });
  }

  /** Plays the episode from its start. */
  again(): void {
    this.seekTo(0);
    void this.#call("set_playing", { playing: true });
  }

  /** The viewer points at an episode of the list, or at none any more: it is fetched ahead while the pointer rests there. */
  point(episode: EpisodeId | null): void {
    clearTimeout(this.#pointTimer);
    if (episode === null) this.#pointAt(null);
    else if (this.series?.remote) this.#pointTimer = setTimeout(() => this.#pointAt(episode), POINT_MS);
  }

  #pointAt(episode: EpisodeId | null): void {
    if (episode === this.#pointed) return;
    this.#pointed = episode;
    void this.#call("point_at", { episode });
  }

  /** Goes on or back. */
  step(direction: Direction): void {
    void this.#call("step", { direction });
  }

  /** Seeks exactly. */
  seekTo(position_ms: number): void {
    this.#seek(position_ms, "accurate");
  }

  /** Seeks by some milliseconds. */
  seekBy(delta_ms: number): void {
    this.#seek(this.now() + delta_ms, "accurate");
  }

  /** Seeks to a share of the episode, 0 to 1. */
  seekShare(share: number): void {
    const duration = this.state?.duration_ms;
    if (duration) this.#seek(duration * share, "accurate");
  }

  #seek(position_ms: number, mode: "accurate" | "key_unit"): void {
    const state = this.state;
    if (!state?.seekable) return;
    const target = clamp(position_ms, 0, state.duration_ms ?? Number.POSITIVE_INFINITY);
    this.#clock = report(this.#clock, target, performance.now());
    this.position = target;
    this.#seeks.request(target, mode);
    this.#schedule();
  }

  /** The viewer drags to a position: shows the nearest key frame on the way. */
  scrub(position_ms: number): void {
    this.scrubbing = position_ms;
    this.#seek(position_ms, "key_unit");
  }

  /** The drag ended here. */
  scrubEnd(position_ms: number): void {
    this.scrubbing = null;
    this.#seek(position_ms, "accurate");
  }

  /** Shows the next or previous frame. */
  frame(direction: Direction): void {
    void this.#call("step_frame", { direction });
  }

  /** Sets the speed. */
  setSpeed(speed: number): void {
    void this.#call("set_speed", { speed });
  }

  /** Goes faster until `slowDown`. */
  speedUp(): void {
    if (!this.state || this.fast) return;
    this.fast = true;
    this.#speedBefore = this.state.speed;
    this.setSpeed(heldSpeed(this.state.speed));
  }

  /** Goes on at the speed from before. */
  slowDown(): void {
    if (!this.fast) return;
    this.fast = false;
    this.setSpeed(this.#speedBefore);
  }

  /** Sets the volume, 0 to 1; that also ends a mute. */
  setVolume(volume: number): void {
    void this.#call("set_volume", { volume: clamp(volume, 0, 1) });
    if (this.state?.muted && volume > 0) void this.#call("set_muted", { muted: false });
  }

  /** Switches the sound off and on. */
  toggleMute(): void {
    const state = this.state;
    if (state) void this.#call("set_muted", { muted: !state.muted });
  }

  /** Chooses subtitles, or none. */
  selectSubtitle(track: string | null): void {
    void this.#call("select_subtitle", { track });
  }

  /** Chooses an audio track. */
  selectAudio(track: string): void {
    void this.#call("select_audio", { track });
  }

  /** The name of a track of the current episode. */
  nameOf(id: string): string {
    const { t, language } = this.#app.i18n;
    const words = {
      untitled: t("player.track"),
      forced: t("player.forced"),
      hearingImpaired: t("player.hearing_impaired"),
    };
    for (const tracks of [this.state?.subtitle_tracks ?? [], this.state?.audio_tracks ?? []]) {
      const at = tracks.findIndex((track) => track.id === id);
      const track = tracks[at];
      if (track) return trackName(track, at, language, words);
    }
    return id;
  }

  /** Tries the failed episode again. */
  retry(): void {
    void this.#call("retry", {});
  }

  /** Marks or unmarks the series. */
  toggleFavourite(): void {
    const series = this.state?.series;
    if (series) void this.#app.setFavourite(series.id, !series.favourite);
  }

  /** Opens something over the stage, or closes it. */
  toggleOverlay(overlay: Overlay): void {
    this.overlay = this.overlay === overlay ? null : overlay;
  }
}
