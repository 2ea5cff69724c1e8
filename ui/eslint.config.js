// The rules that the interface is held to. Beyond the recommended sets: no markup from strings (text from catalogs and
// subtitles is data), and Tauri is reachable through lib/backend alone.

import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

export default ts.config(
  { ignores: ["dist/", "node_modules/", "src/bindings/"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs["flat/recommended"],
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      "no-eval": "error",
      "no-implied-eval": "error",
      eqeqeq: "error",
      "svelte/no-at-html-tags": "error",
      "no-restricted-properties": ["error", { property: "innerHTML", message: "Text is data, never markup." }],
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["@tauri-apps/*"], message: "Only lib/backend may import Tauri." }] },
      ],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  { files: ["**/*.svelte", "**/*.ts"], rules: { "no-undef": "off" } },
  { files: ["src/lib/backend/**"], rules: { "no-restricted-imports": "off" } },
);
