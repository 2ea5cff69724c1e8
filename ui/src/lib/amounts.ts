// Amounts as people read them: bytes, how fast they come, and how long the rest takes.

const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** `850 KiB`, `1.2 GiB`, in the digits of the language. Binary units, as the limits are given in them. */
export function byteSize(bytes: number, language: string): string {
  let [value, unit] = [Math.max(0, bytes) / 1024, 0];
  // What would be rounded to 1024 belongs to the next unit.
  while (value >= 1023.5 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  // Whole kibibytes, and below a hundred of anything larger one digit more.
  const digits = unit > 0 && value < 99.95 ? 1 : 0;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${UNITS[unit]}`;
}

/** `3.2 MiB/s`. */
export function byteRate(bytesPerSecond: number, language: string): string {
  return `${byteSize(bytesPerSecond, language)}/s`;
}

/** `12.5 Mb/s`, as links are sold. */
export function bitRate(bitsPerSecond: number, language: string): string {
  return amount(bitsPerSecond / 1e6, "megabit-per-second", language, 1);
}

/** `45 sec`, `12 min`, `3 hr`: rounded up, so that what is promised is kept. */
export function roughTime(seconds: number, language: string): string {
  if (seconds < 60) return amount(Math.max(1, Math.ceil(seconds)), "second", language);
  if (seconds < 100 * 60) return amount(Math.ceil(seconds / 60), "minute", language);
  return amount(Math.ceil(seconds / 3600), "hour", language);
}

/** A number with a unit of `Intl`. */
export function amount(value: number, unit: string, language: string, maximumFractionDigits = 0): string {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits }).format(value);
}

/** `83 %`. */
export function percent(share: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(share);
}
