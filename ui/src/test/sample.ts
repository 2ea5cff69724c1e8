// Sample data for tests and for looking at the interface.

import type { Cue, DownloadItem, DownloadsView, EpisodeCard, HomeView, PlayerState, Presence, SeriesCard, SeriesView, Settings } from "../bindings";

/** An episode. */
export function episode(n: number, over: Partial<EpisodeCard> = {}): EpisodeCard {
  return {
    id: `e${n}`,
    season: 1,
    number: n,
    number_end: null,
    title: null,
    synopsis: null,
    picture: null,
    duration_ms: 92_000,
    position_ms: 0,
    watched: false,
    presence: "local",
    duplicate: false,
    missing_before: 0,
    ...over,
  };
}

/** A series on the home screen. */
export function series(id: string, title: string, over: Partial<SeriesCard> = {}): SeriesCard {
  return { id, title, year: 2026, genres: ["Drama"], picture: null, episodes: 80, watched: 0, favourite: false, ...over };
}

export const FERRY = series("s1", "The Last Ferry", { picture: "ferry", watched: 11, favourite: true });

const TITLES: [string, string[], number, number][] = [
  ["Ash & Silk", ["Romance"], 55, 0],
  ["Glass Bride", ["Drama"], 72, 9],
  ["La Hija Perdida", ["Drama", "Misterio"], 40, 40],
  ["Midnight CEO", ["Romance"], 64, 31],
  ["Second Spring", ["Romance"], 60, 0],
  ["The Ninth Door", ["Mystery"], 90, 4],
  ["The Woman Who Married the Chairman Twice", ["Romance", "Drama"], 88, 2],
  ["归来", ["Family"], 72, 60],
  ["龙脊战熊", ["Action"], 64, 0],
  ["总裁的替身新娘", ["Romance"], 100, 18],
];

/** The library, with the ferry in it. */
export const LIBRARY: SeriesCard[] = [
  ...TITLES.map(([title, genres, episodes, watched], i) =>
    series(`x${i}`, title, { genres, episodes, watched, year: i % 3 === 0 ? null : 2025, favourite: i === 3 }),
  ),
  FERRY,
];

/** The episodes of the ferry: watched ones, a begun one, a gap and a duplicate. */
export const EPISODES: EpisodeCard[] = Array.from({ length: 80 }, (_, i) => i + 1)
  .filter((n) => n < 31 || n > 33)
  .map((n) =>
    episode(n, {
      watched: n < 12,
      position_ms: n === 12 ? 38_000 : 0,
      title: n === 12 ? "The Ticket" : null,
      synopsis: n === 12 ? "Lin finds the ticket in her mother's coat. The name on it is not her father's." : null,
      duplicate: n === 20,
      missing_before: n === 34 ? 3 : 0,
    }),
  );

const TWELFTH = EPISODES[11] ?? episode(12);

/** The series screen of the ferry. */
export const FERRY_VIEW: SeriesView = {
  card: { ...FERRY, episodes: EPISODES.length },
  synopsis:
    "A night ferry, a wrong name on a ticket, and a family that has kept one secret for nineteen years. Lin only wanted to bury her mother; now everyone on board seems to know her face.",
  subtitle_languages: ["en", "zh-Hans", "es"],
  episodes: EPISODES,
  resume: TWELFTH.id,
  resume_ms: 38_000,
  started: true,
  remote: false,
  keep_next: 0,
};

const HERE: Readonly<Record<string, Presence>> = {
  e10: "whole",
  e12: "downloaded",
  e13: "downloaded",
  e14: "downloaded",
  e21: "whole",
  e22: "whole",
  e23: "part",
};

/** The ferry as it comes from a catalog: a few episodes are here, the others are not. */
export const REMOTE_VIEW: SeriesView = {
  ...FERRY_VIEW,
  episodes: EPISODES.map((card) => ({ ...card, presence: HERE[card.id] ?? "remote" })),
  remote: true,
};

const MIB = 1024 * 1024;

/** A download. */
export function download(n: number, over: Partial<DownloadItem> = {}): DownloadItem {
  return {
    series: "s1",
    series_title: FERRY.title,
    episode: episode(n, { presence: "remote" }),
    state: "queued",
    done_bytes: 0,
    total_bytes: 40 * MIB,
    kept: false,
    error: null,
    ...over,
  };
}

/** All downloads, with their sums. */
export function downloads(items: DownloadItem[], over: Partial<DownloadsView> = {}): DownloadsView {
  const sum = (of: (item: DownloadItem) => number) => items.reduce((total, item) => total + of(item), 0);
  return {
    items,
    paused: false,
    waits_for_unmetered: false,
    waits_for_network: false,
    short_bytes: 0,
    done_bytes: sum((item) => item.done_bytes),
    total_bytes: sum((item) => item.total_bytes ?? item.done_bytes),
    free_bytes: 31 * 1024 * MIB,
    ...over,
  };
}

/** Downloads of every kind. */
export const DOWNLOADS: DownloadsView = downloads([
  download(15, { state: "running", done_bytes: 12 * MIB }),
  download(16, { state: "running", done_bytes: 31 * MIB, total_bytes: 38 * MIB }),
  download(17, { state: "failed", done_bytes: 5 * MIB, error: { code: "server_failed", message: "503", detail: null } }),
  download(18, { state: "paused", done_bytes: 20 * MIB }),
  download(19),
  download(20, { total_bytes: null }),
  ...[12, 13, 14].map((n) => download(n, { state: "done", done_bytes: 40 * MIB, episode: EPISODES[n - 1] ?? episode(n) })),
  download(1, { state: "done", done_bytes: 36 * MIB, series: "x7", series_title: "归来", episode: episode(1, { id: "h1" }) }),
]);

/** A home screen that is full. */
export const HOME: HomeView = {
  continue_watching: [
    { series: FERRY, episode: TWELFTH, position_ms: 38_000 },
    ...LIBRARY.filter((card) => card.watched > 0 && card.watched < card.episodes && card.id !== "s1").map((card, i) => ({
      series: card,
      episode: episode(card.watched + 1, { position_ms: 20_000 + 9000 * i }),
      position_ms: 20_000 + 9000 * i,
    })),
  ],
  series: LIBRARY,
  sources: [
    { id: "src1", path: "/home/lin/Videos/Micro-dramas", series: 10, episodes: 702, error: null },
    {
      id: "src2",
      path: "/media/usb/短剧",
      series: 1,
      episodes: 80,
      error: { code: "not_found", message: "/media/usb/短剧 is gone.", detail: null },
    },
    { id: "src3", path: "https://dramas.example.org/catalog.json", series: 4, episodes: 212, error: null },
  ],
  offline: false,
  network: true,
  away: [],
  scans: [],
  notices: [],
};

/** A home screen without anything. */
export const EMPTY_HOME: HomeView = { continue_watching: [], series: [], sources: [], offline: false, network: true, away: [], scans: [], notices: [] };

/** The player in the middle of the twelfth episode. */
export const PLAYER: PlayerState = {
  series: { ...FERRY, episodes: EPISODES.length },
  episode: TWELFTH,
  index: 11,
  count: EPISODES.length,
  has_next: true,
  has_previous: true,
  phase: "playing",
  wants_to_play: true,
  error: null,
  position_ms: 38_000,
  duration_ms: 92_000,
  seekable: true,
  speed: 1,
  volume: 0.8,
  muted: false,
  audio_tracks: [
    { id: "a0", kind: "audio", language: "zh", title: null, forced: false, hearing_impaired: false },
    { id: "a1", kind: "audio", language: "en", title: "Commentary", forced: false, hearing_impaired: false },
  ],
  variants: [],
  subtitle_tracks: [
    { id: "s0", kind: "subtitle", language: "en", title: null, forced: false, hearing_impaired: false },
    { id: "s1", kind: "subtitle", language: "zh-Hans", title: null, forced: false, hearing_impaired: false },
    { id: "t0", kind: "subtitle", language: "es", title: null, forced: true, hearing_impaired: true },
  ],
  audio: "a0",
  subtitle: "s0",
  audio_only: false,
  width: 1080,
  height: 1920,
};

/** What a new user has set. */
export const SETTINGS: Settings = {
  language: "system",
  auto_next: true,
  volume: 0.8,
  muted: false,
  speed: 1,
  subtitle_language: null,
  audio_language: null,
  subtitle_scale: 1,
  panel_open: true,
  quality: { type: "auto" },
  data_saver: false,
  offline: false,
  cache_limit_mib: null,
  download_limit_kib: null,
  downloads_unmetered_only: false,
};

/** A cue of one plain span at the bottom. */
export function cue(start_ms: number, end_ms: number, text: string, over: Partial<Cue> = {}): Cue {
  return {
    start_ms,
    end_ms,
    spans: [{ text, bold: false, italic: false, underline: false }],
    position: { line_percent: null, position_percent: null, align: "center" },
    ...over,
  };
}
