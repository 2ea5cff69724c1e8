// Addresses of catalogs, as users type them and as they are shown.

/** A source is an address and not a folder. */
export function isAddress(path: string): boolean {
  return /^https?:\/\//iu.test(path);
}

/** An address as it is asked for; null where the text is none. What has no scheme is taken as https. */
export function parseAddress(text: string): string | null {
  const typed = text.trim();
  const whole = /^[a-z][a-z\d+.-]*:\/\//iu.test(typed) ? typed : `https://${typed}`;
  if (!URL.canParse(whole)) return null;
  const url = new URL(whole);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  // Without a scheme, a name without a dot is a word and no host.
  const hosted = whole === typed || url.hostname.includes(".") || url.hostname === "localhost" || url.hostname.startsWith("[");
  return hosted && !/\s/u.test(typed) ? url.href : null;
}

/** The host of an address, for people: names in their own script are left as they were typed. */
export function hostOf(address: string): string {
  return /^https?:\/\/(?:[^/@]*@)?([^/?#]*)/iu.exec(address)?.[1] ?? address;
}
