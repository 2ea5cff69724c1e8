// The variants of a stream in words.

import type { PlayerState, Quality, VariantCard } from "../bindings";
import { bitRate } from "./amounts";

/** `1080p`, or the bit rate where the size of the picture is not known. */
export function shortName(variant: VariantCard, language: string): string {
  return variant.lines === null ? bitRate(variant.bits_per_second, language) : `${variant.lines}p`;
}

/** `1080p · 4.2 Mb/s`: variants of the same size differ by their bit rates. */
export function fullName(variant: VariantCard, language: string): string {
  const rate = bitRate(variant.bits_per_second, language);
  return variant.lines === null ? rate : `${variant.lines}p · ${rate}`;
}

/** Whether there is something to choose. */
export function hasChoice(state: PlayerState): boolean {
  return state.variants.length > 1;
}

/** The variant that plays. */
export function playing(state: PlayerState): VariantCard | null {
  return state.variants.find((variant) => variant.chosen) ?? null;
}

/** Whether this variant is the one that the viewer asked for: in another episode it may need a little more or less. */
export function isChosen(variant: VariantCard, quality: Quality): boolean {
  return quality.type === "fixed" && variant.chosen;
}
