// Audio and subtitle tracks: how they are called, and which comes next.

import type { Track } from "../bindings";

/** The name of a language in the interface's own language; the tag itself where there is no name. */
export function languageName(tag: string, locale: string): string {
  try {
    const name = new Intl.DisplayNames([locale], { type: "language" }).of(tag) ?? tag;
    return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
  } catch {
    return tag;
  }
}

/** A language as a short mark: `EN`, `中文`. */
export function languageMark(tag: string): string {
  const base = tag.split("-")[0]?.toLowerCase() ?? tag;
  return base === "zh" ? "中文" : base.toUpperCase();
}

/** Words that a track's name may need. */
export interface TrackWords {
  untitled: string;
  forced: string;
  hearingImpaired: string;
}

/** The name of a track in a menu. */
export function trackName(track: Track, index: number, locale: string, words: TrackWords): string {
  const language = track.language && track.language !== "und" ? languageName(track.language, locale) : null;
  const parts = [language ?? track.title ?? `${words.untitled} ${index + 1}`];
  if (language && track.title && track.title !== language) parts.push(track.title);
  if (track.forced) parts.push(words.forced);
  if (track.hearing_impaired) parts.push(words.hearingImpaired);
  return parts.join(" · ");
}

/** The track after the chosen one; with `off`, none comes after the last. */
export function cycleTrack(tracks: readonly Track[], chosen: string | null, off: boolean): string | null {
  const ids: (string | null)[] = tracks.map((track) => track.id);
  if (off) ids.push(null);
  const at = ids.indexOf(chosen);
  return ids[(at + 1) % ids.length] ?? null;
}
