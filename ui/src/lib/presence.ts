// What of an episode is on this machine, as the views say it: its card, and the download of it that may be under way.

import type { DownloadItem, EpisodeCard, EpisodeId, Presence, SeriesId } from "../bindings";

/** What a view marks; null where there is nothing to say. */
export type PresenceMark = "part" | "whole" | "downloaded" | "running" | "queued" | "paused" | "failed" | null;

/** The mark of an episode. A download tells more than the card, which was read before it went on. */
export function presenceMark(card: EpisodeCard, download: DownloadItem | undefined): PresenceMark {
  if (download) return download.state === "done" ? "downloaded" : download.state;
  return card.presence === "local" || card.presence === "remote" ? null : card.presence;
}

/** The cards with what was told of some of them since they were read. */
export function withPresence(cards: EpisodeCard[], told: readonly [EpisodeId, Presence][]): EpisodeCard[] {
  const now = new Map(told);
  return cards.map((card) => ({ ...card, presence: now.get(card.id) ?? card.presence }));
}

/** How much of a download is there, 0 to 1; 0 while its size is not known. */
export function downloadShare(download: Pick<DownloadItem, "done_bytes" | "total_bytes">): number {
  const { done_bytes: done, total_bytes: total } = download;
  return total !== null && total > 0 ? Math.min(1, done / total) : 0;
}

/** Without a network nothing of it plays. */
export function isAway(card: EpisodeCard, download: DownloadItem | undefined, offline: boolean): boolean {
  return offline && card.presence === "remote" && (download?.done_bytes ?? 0) === 0;
}

/** Downloads by their episodes. */
export function byEpisode(items: readonly DownloadItem[]): ReadonlyMap<EpisodeId, DownloadItem> {
  return new Map(items.map((item) => [item.episode.id, item]));
}

/** Downloads of one series. */
export interface Kept {
  series: SeriesId;
  title: string;
  bytes: number;
  items: DownloadItem[];
}

/** Downloads by series, each in viewing order. */
export function bySeries(items: readonly DownloadItem[]): Kept[] {
  const groups = new Map<SeriesId, Kept>();
  for (const item of items) {
    const group = groups.get(item.series) ?? { series: item.series, title: item.series_title, bytes: 0, items: [] };
    group.items.push(item);
    group.bytes += item.done_bytes;
    groups.set(item.series, group);
  }
  for (const { items } of groups.values()) {
    items.sort((a, b) => a.episode.season - b.episode.season || (a.episode.number ?? 0) - (b.episode.number ?? 0));
  }
  return [...groups.values()];
}
