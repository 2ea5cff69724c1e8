// The picture of a series that has none: a calm gradient that is always the same for the same title.

function hash(text: string): number {
  let h = 2166136261;
  for (const char of text) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 16777619);
  return h >>> 0;
}

/** Pairs of hues that look well on near-black: a light and what it falls on. */
const PAIRS: readonly (readonly [number, number])[] = [
  [8, 335],
  [22, 348],
  [38, 12],
  [172, 205],
  [196, 232],
  [214, 262],
  [248, 285],
  [282, 322],
  [318, 268],
  [342, 18],
];

/** The two colours of a title. */
export function posterColours(title: string): { glow: string; ground: string } {
  const h = hash(title);
  const [light, fall] = PAIRS[h % PAIRS.length] ?? [8, 335];
  const turn = ((h >>> 8) % 13) - 6;
  return { glow: `hsl(${light + turn} 60% 62%)`, ground: `hsl(${fall + turn} 42% 24%)` };
}

/** The gradient as a CSS background. */
export function posterGradient(title: string): string {
  const { glow, ground } = posterColours(title);
  return `radial-gradient(95% 62% at 62% 20%, ${glow}, ${ground} 62%, #0c0b13)`;
}
