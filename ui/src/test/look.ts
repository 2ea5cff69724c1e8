// The interface over sample data, to be looked at with `npm run dev` at /look.html. The address says what is shown:
// `view` (home, empty, series, downloads, settings, player), `lang`, `phase`, `open` (a menu), `native`, `remote` (the
// series comes from a catalog, and downloads run), `offline` (chosen, network), `away` (nothing of what is to go on with is
// here).

import "../app.css";
import { flushSync, mount } from "svelte";
import Root from "../App.svelte";
import type { ErrorCode, LanguageSetting, Phase } from "../bindings";
import { App } from "../lib/state/app.svelte";
import type { Overlay } from "../lib/state/player.svelte";
import { FakeBackend } from "./fake";
import { cue, DOWNLOADS, downloads, EMPTY_HOME, FERRY_VIEW, HOME, PLAYER, REMOTE_VIEW } from "./sample";

const asked = new URLSearchParams(location.search);

/** A scene as a picture: what the sample series would have. */
function scene(): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 540 960" preserveAspectRatio="xMidYMid slice">
    <defs><radialGradient id="a" cx="0.7" cy="0.2" r="0.9"><stop offset="0" stop-color="#f6b26b"/>
    <stop offset="0.35" stop-color="#c8604b"/><stop offset="0.6" stop-color="#5a2b57"/><stop offset="1" stop-color="#0b0a14"/>
    </radialGradient></defs><rect width="540" height="960" fill="url(#a)"/><circle cx="394" cy="206" r="82" fill="#ffe2ad"/>
    <path d="M0 780 L120 700 L260 800 L400 720 L540 790 V960 H0Z" fill="#0d0b1a"/>
    <path d="M180 960 L190 640 L215 540 L240 640 L250 960Z M300 960 L308 660 L342 570 L372 660 L384 960Z" fill="#08070f"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const backend = new FakeBackend();
backend.hasNativeStage = asked.get("native") === "1";
backend.pictures = () => scene();
backend.settings = { ...backend.settings, language: (asked.get("lang") ?? "system") as LanguageSetting };
const view = asked.get("view") ?? "home";
if (view === "empty") backend.home = EMPTY_HOME;
if (asked.get("notice")) {
  backend.home = {
    ...HOME,
    notices: [{ code: "library_set_aside", subject: "/home/lin/.local/share/cliffhanger/library.db" }],
    scans: [{ source: "src1", path: "/home/lin/Videos/Micro-dramas", files: 412, episodes: 388 }],
  };
}

if (asked.get("remote") === "1") {
  backend.series = REMOTE_VIEW;
  backend.downloads = DOWNLOADS;
}
if (asked.get("away") === "1") {
  const away = { presence: "remote" } as const;
  backend.home = {
    ...backend.home,
    continue_watching: backend.home.continue_watching.map((item) => ({ ...item, episode: { ...item.episode, ...away } })),
    away: backend.home.series.slice(0, 4).map((card) => card.id),
  };
  backend.series = { ...REMOTE_VIEW, episodes: REMOTE_VIEW.episodes.map((card) => ({ ...card, ...away })) };
  backend.downloads = downloads([]);
}
if (asked.get("offline")) {
  const chosen = asked.get("offline") === "chosen";
  backend.home = { ...backend.home, offline: chosen, network: chosen };
  backend.settings = { ...backend.settings, offline: chosen };
}

/** Some more of what runs is there. */
function goOn(): void {
  const grown = (done: number, total: number | null) => Math.min(done + 350_000, total ?? Infinity);
  const items = backend.downloads.items.map((item) =>
    item.state === "running" ? { ...item, done_bytes: grown(item.done_bytes, item.total_bytes) } : item,
  );
  backend.load(downloads(items));
}
if (asked.get("remote") === "1") setInterval(goOn, 250);

const app = new App(backend);
const target = document.getElementById("app");
if (!target) throw new Error("The page has no place for the interface.");
mount(Root, { target, props: { app } });
flushSync();
if (view === "series") app.go({ name: "series", id: FERRY_VIEW.card.id });
if (view === "downloads") app.go({ name: "downloads" });
if (view === "settings") app.go({ name: "settings" });
if (view === "player") {
  const code = asked.get("error") as ErrorCode | null;
  const phase = (asked.get("phase") ?? (code ? "failed" : "playing")) as Phase;
  const detail = "qtdemux0: no 'moov' atom within the first 64 MiB\nfile /home/lin/Videos/Micro-dramas/The Last Ferry/12.mp4";
  backend.update({
    ...PLAYER,
    phase,
    wants_to_play: phase !== "paused",
    has_next: asked.get("last") !== "1",
    audio_only: asked.get("audio") === "1",
    error: code ? { code, message: "12.mp4 could not be played.", detail } : null,
  });
  backend.emit({
    type: "cues",
    episode: PLAYER.episode.id,
    track: "s0",
    cues: [cue(0, 92_000, asked.get("cue") ?? "You knew he was on that ferry.")],
  });
  if (asked.get("remote") === "1") {
    const stretches = [
      { from: 0, to: 0.62 },
      { from: 0.8, to: 0.87 },
    ];
    backend.emit({ type: "buffered", episode: PLAYER.episode.id, stretches });
  }
  app.player.overlay = (asked.get("open") as Overlay | null) ?? null;
  app.player.statisticsOpen = asked.get("stats") === "1";
  app.shortcutsOpen = asked.get("keys") === "1";
  app.player.touch();
}
