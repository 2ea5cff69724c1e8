// The keyboard: one table that says which key does what. The key handler and the shortcuts sheet both read it.

/** What a key can do. */
export type KeyAction =
  | "play_pause"
  | "next"
  | "previous"
  | "back_5"
  | "forward_5"
  | "back_10"
  | "forward_10"
  | "tenth"
  | "to_start"
  | "to_end"
  | "frame_back"
  | "frame_forward"
  | "slower"
  | "faster"
  | "volume_up"
  | "volume_down"
  | "mute"
  | "subtitles"
  | "audio"
  | "episodes"
  | "favourite"
  | "download"
  | "fullscreen"
  | "mini"
  | "clear"
  | "statistics"
  | "search"
  | "shortcuts"
  | "back";

/** Headings of the shortcuts sheet. */
export type KeyGroup = "feed" | "playback" | "sound" | "screen" | "general";

/** One row of the table. */
export interface Binding {
  action: KeyAction;
  group: KeyGroup;
  /** Chords as `Ctrl+ArrowUp`; the last part is `KeyboardEvent.key`, letters in lower case. */
  chords: readonly string[];
  /** What the sheet shows where the chords alone would not be readable. */
  shown?: readonly string[];
  /** Works only while the player is open. */
  player: boolean;
}

/** Every key, in the order of the shortcuts sheet. */
export const BINDINGS: readonly Binding[] = [
  { action: "next", group: "feed", chords: ["ArrowDown", "PageDown", "n"], player: true },
  { action: "previous", group: "feed", chords: ["ArrowUp", "PageUp", "p"], player: true },
  { action: "episodes", group: "feed", chords: ["e"], player: true },
  { action: "favourite", group: "feed", chords: ["b"], player: true },
  { action: "download", group: "feed", chords: ["d"], player: true },
  { action: "play_pause", group: "playback", chords: ["Space", "k"], player: true },
  { action: "back_5", group: "playback", chords: ["ArrowLeft"], player: true },
  { action: "forward_5", group: "playback", chords: ["ArrowRight"], player: true },
  { action: "back_10", group: "playback", chords: ["j"], player: true },
  { action: "forward_10", group: "playback", chords: ["l"], player: true },
  {
    action: "tenth",
    group: "playback",
    chords: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    shown: ["0–9"],
    player: true,
  },
  { action: "to_start", group: "playback", chords: ["Home"], player: true },
  { action: "to_end", group: "playback", chords: ["End"], player: true },
  { action: "frame_back", group: "playback", chords: [","], player: true },
  { action: "frame_forward", group: "playback", chords: ["."], player: true },
  { action: "slower", group: "playback", chords: ["<"], player: true },
  { action: "faster", group: "playback", chords: [">"], player: true },
  { action: "volume_up", group: "sound", chords: ["Ctrl+ArrowUp"], player: true },
  { action: "volume_down", group: "sound", chords: ["Ctrl+ArrowDown"], player: true },
  { action: "mute", group: "sound", chords: ["m"], player: true },
  { action: "subtitles", group: "sound", chords: ["c"], player: true },
  { action: "audio", group: "sound", chords: ["a"], player: true },
  { action: "fullscreen", group: "screen", chords: ["f"], player: true },
  { action: "mini", group: "screen", chords: ["i"], player: true },
  { action: "clear", group: "screen", chords: ["h"], player: true },
  { action: "statistics", group: "screen", chords: ["Shift+i"], player: true },
  { action: "search", group: "general", chords: ["/"], player: false },
  { action: "shortcuts", group: "general", chords: ["?"], player: false },
  { action: "back", group: "general", chords: ["Escape"], player: false },
];

/** What of a `KeyboardEvent` counts. */
export interface Stroke {
  key: string;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

const TABLE = new Map(BINDINGS.flatMap((binding) => binding.chords.map((chord) => [chord, binding] as const)));

/** The chord that a stroke is written as in the table. */
export function chordOf(stroke: Stroke): string {
  const { key } = stroke;
  const name = key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key;
  // Shift is part of how `<` or `?` are typed; it tells something only with letters and with named keys.
  const shift = stroke.shiftKey && (name.length > 1 || name.toLowerCase() !== name.toUpperCase());
  return `${stroke.ctrlKey ? "Ctrl+" : ""}${shift ? "Shift+" : ""}${name}`;
}

/** The row of a stroke; null: no row. */
export function bindingFor(stroke: Stroke): Binding | null {
  if (stroke.altKey || stroke.metaKey) return null;
  return TABLE.get(chordOf(stroke)) ?? null;
}

/** What has the focus, as far as keys care. */
export type FocusKind = "page" | "button" | "range" | "text";

const RANGE_KEYS: ReadonlySet<string> = new Set([
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "Home",
  "End",
  "PageUp",
  "PageDown",
]);

/** Whether the focused control keeps a key for itself. */
export function keptByFocus(focus: FocusKind, stroke: Stroke): boolean {
  if (stroke.key === "Escape") return false;
  if (focus === "text") return true;
  if (focus === "button") return stroke.key === " " || stroke.key === "Enter";
  return focus === "range" && !stroke.ctrlKey && RANGE_KEYS.has(stroke.key);
}

/** What the feed does with a key of its own. */
export interface FeedFocus {
  hasNativeStage: boolean;
  feedOwnsInput: boolean;
  overlayOpen: boolean;
}

/** Next and previous are the page's business only where the native side does not take them and nothing is open. */
export function pageSteps(feed: FeedFocus): boolean {
  return !feed.overlayOpen && !(feed.hasNativeStage && feed.feedOwnsInput);
}

const SYMBOLS: Readonly<Record<string, string>> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageUp: "PgUp",
  PageDown: "PgDn",
  Escape: "Esc",
};

/** A chord as it is printed on keys. */
export function chordLabel(chord: string): string {
  const parts = chord === "+" ? ["+"] : chord.split("+");
  return parts.map((part) => SYMBOLS[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(" ");
}
