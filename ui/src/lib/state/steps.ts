// What one press changes by a step, or takes the next of, and says in words: there is no menu in which it would be seen.

import { episodeNumber } from "../library";
import { stepSpeed as nextSpeed } from "../speed";
import { clamp, speedLabel } from "../time";
import { cycleTrack } from "../tracks";
import type { App } from "./app.svelte";

/** The next speed up or down. */
export function stepSpeed(app: App, up: boolean): void {
  const { state } = app.player;
  if (!state) return;
  const speed = nextSpeed(state.speed, up);
  app.player.setSpeed(speed);
  app.tell(app.i18n.t("player.speed_now", { speed: speedLabel(speed) }));
}

/** Louder or quieter by a step. */
export function stepVolume(app: App, up: boolean): void {
  const { state } = app.player;
  if (!state) return;
  const volume = clamp(Math.round((state.volume + (up ? 0.05 : -0.05)) * 20) / 20, 0, 1);
  app.player.setVolume(volume);
  app.tell(app.i18n.t("player.volume_now", { percent: Math.round(volume * 100) }));
}

/** Switches the sound off and on. */
export function stepMute(app: App): void {
  const { state } = app.player;
  if (!state) return;
  app.player.toggleMute();
  app.tell(app.i18n.t(state.muted ? "player.unmuted" : "player.muted"));
}

/** The next subtitles; none comes after the last. */
export function stepSubtitles(app: App): void {
  const { state } = app.player;
  if (!state) return;
  const { t } = app.i18n;
  if (state.subtitle_tracks.length === 0) {
    app.tell(t("player.no_subtitles"));
    return;
  }
  const next = cycleTrack(state.subtitle_tracks, state.subtitle, true);
  app.player.selectSubtitle(next);
  app.tell(t("player.subtitles_now", { name: next === null ? t("player.off") : app.player.nameOf(next) }));
}

/** The next audio track. */
export function stepAudio(app: App): void {
  const { state } = app.player;
  if (!state) return;
  const { t } = app.i18n;
  const next = cycleTrack(state.audio_tracks, state.audio, false);
  if (next === null || state.audio_tracks.length < 2) {
    app.tell(t(next === null ? "player.no_audio" : "player.one_audio"));
    return;
  }
  app.player.selectAudio(next);
  app.tell(t("player.audio_now", { name: app.player.nameOf(next) }));
}

/** Downloads the episode, goes on with what is held or failed, or tells that it is on its way or here. */
export function downloadEpisode(app: App): void {
  const { state, series } = app.player;
  if (!state) return;
  const { t } = app.i18n;
  const { downloads } = app;
  if (!series?.remote) return app.tell(t("downloads.not_remote"));
  const item = downloads.of(state.episode.id);
  const number = episodeNumber(state.episode, state.index);
  if (item?.state === "done") return app.tell(t("downloads.is_here", { number }));
  const begins = !item || item.state === "paused" || item.state === "failed";
  if (!item && downloads.paused) app.tell(t("downloads.added_paused"));
  else app.tell(t(begins ? "downloads.begins" : "downloads.is_coming", { number }));
  if (!item) void downloads.download([state.episode.id]);
  else if (begins) downloads.pause(state.episode.id, false);
}
