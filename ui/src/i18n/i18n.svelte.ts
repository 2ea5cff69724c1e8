// The language of the interface: i18next behind a small store, so that everything on screen follows a change.

import i18next, { type i18n } from "i18next";
import type { LanguageSetting } from "../bindings";
import en from "./en";
import es from "./es";
import type { MessageData, MessageKey } from "./types";
import zh from "./zh-Hans";

/** A language that the interface speaks. */
export type Language = Exclude<LanguageSetting, "system">;

/** Every one, with its own name. */
export const LANGUAGES: readonly { tag: Language; name: string }[] = [
  { tag: "en", name: "English" },
  { tag: "zh-Hans", name: "简体中文" },
  { tag: "es", name: "Español" },
];

const RESOURCES = { en, "zh-Hans": zh, es };

/** The first of the system's languages that the interface speaks, else English. */
export function systemLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const base = tag.toLowerCase().split("-")[0];
    if (base === "en" || base === "es") return base;
    if (base === "zh") return "zh-Hans";
  }
  return "en";
}

/** Messages in the current language. */
export class I18n {
  #i18n: i18n;
  #language = $state<Language>("en");

  constructor(language: Language) {
    this.#i18n = i18next.createInstance();
    // With bundled resources and `initAsync` off everything is there at once.
    void this.#i18n.init({
      lng: language,
      fallbackLng: "en",
      initAsync: false,
      showSupportNotice: false,
      resources: Object.fromEntries(Object.entries(RESOURCES).map(([tag, messages]) => [tag, { translation: messages }])),
      // Text goes into text nodes and attributes, which escape by themselves.
      interpolation: { escapeValue: false, skipOnVariables: true },
    });
    this.#language = language;
  }

  /** The current language. */
  get language(): Language {
    return this.#language;
  }

  /** Changes the language; "system" asks the system. */
  use(setting: LanguageSetting): void {
    const language = setting === "system" ? systemLanguage(navigator.languages) : setting;
    void this.#i18n.changeLanguage(language);
    this.#language = language;
    document.documentElement.lang = language;
  }

  /** A message. Reading it makes whoever reads follow the language. */
  t = (key: MessageKey, data: MessageData = {}): string => this.#i18n.t(key, { ...data, lng: this.#language });
}
