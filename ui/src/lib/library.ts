// Questions about the library that the views ask: what a search finds, how an episode is called, what comes next.

import type { EpisodeCard, HomeView, SeriesCard, SeriesId } from "../bindings";

/** What the home screen shows of the library. */
export interface Filter {
  text: string;
  favourites: boolean;
  /** Only what plays without a network. */
  downloaded: boolean;
  genre: string | null;
}

/** Everything. */
export const NO_FILTER: Filter = { text: "", favourites: false, downloaded: false, genre: null };

/** Letters as they are compared: without case and accents, full-width forms as plain ones. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase("und");
}

/** The series that fit; every word of the text has to occur in the title. Of those in `kept` something is downloaded. */
export function filterSeries(series: readonly SeriesCard[], filter: Filter, kept: ReadonlySet<SeriesId>): SeriesCard[] {
  const words = fold(filter.text).split(/\s+/u).filter(Boolean);
  return series.filter((card) => {
    if (filter.favourites && !card.favourite) return false;
    if (filter.downloaded && !kept.has(card.id)) return false;
    if (filter.genre !== null && !card.genres.includes(filter.genre)) return false;
    if (words.length === 0) return true;
    const title = fold(card.title);
    return words.every((word) => title.includes(word));
  });
}

/** The genres of a library, most frequent first, at most `limit`. */
export function topGenres(series: readonly SeriesCard[], limit: number): string[] {
  const counts = new Map<string, number>();
  for (const genre of series.flatMap((card) => card.genres)) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, limit)
    .map(([genre]) => genre);
}

/** How much of a series was watched, 0 to 1. */
export function watchedShare(card: SeriesCard): number {
  return card.episodes === 0 ? 0 : Math.min(1, card.watched / card.episodes);
}

/** How much of an episode was watched, 0 to 1. Something that was begun shows at least a little. */
export function episodeShare(episode: EpisodeCard): number {
  if (episode.watched) return 1;
  if (episode.position_ms <= 0) return 0;
  if (!episode.duration_ms) return 0.05;
  return Math.min(1, Math.max(0.05, episode.position_ms / episode.duration_ms));
}

/** `12`, `3–4`, or the place in the list where the name told no number. */
export function episodeNumber(episode: EpisodeCard, index: number): string {
  if (episode.number === null) return String(index + 1);
  if (episode.number_end !== null && episode.number_end > episode.number) return `${episode.number}–${episode.number_end}`;
  return String(episode.number);
}

/** Episodes of one season. */
export interface Season {
  season: number;
  episodes: { card: EpisodeCard; index: number }[];
}

/** Episodes by season, in viewing order. */
export function seasons(episodes: readonly EpisodeCard[]): Season[] {
  const out: Season[] = [];
  episodes.forEach((card, index) => {
    const last = out.at(-1);
    if (last && last.season === card.season) last.episodes.push({ card, index });
    else out.push({ season: card.season, episodes: [{ card, index }] });
  });
  return out;
}

/** What to offer when a series is over: one that was begun, else one that was not finished; never the same again. */
export function suggestion(home: HomeView | null, current: string): SeriesCard | null {
  if (!home) return null;
  const begun = home.continue_watching.find((item) => item.series.id !== current)?.series;
  return begun ?? home.series.find((card) => card.id !== current && card.watched < card.episodes) ?? null;
}
