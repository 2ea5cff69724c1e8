// How the browser tests run: the system's Chromium (CHROMIUM names another), one at a time, against hosts that each test
// starts for itself.

import { defineConfig } from "@playwright/test";

// Chromium's sandbox refuses to run as root, as in a container.
const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  globalSetup: "./support/clips.ts",
  // Every test decodes video for real.
  workers: 1,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    contextOptions: { reducedMotion: "reduce" },
    screenshot: "only-on-failure",
    trace: "off",
    launchOptions: {
      executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
      args: [
        ...root,
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
