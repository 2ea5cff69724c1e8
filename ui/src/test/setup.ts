// What the simulated browser lacks, and matchers for the page.

import "@testing-library/jest-dom/vitest";
import { beforeEach } from "vitest";

beforeEach(() => {
  document.documentElement.lang = "";
  Object.defineProperty(navigator, "languages", { value: ["en-GB", "en"], configurable: true });
});
