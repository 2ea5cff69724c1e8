// How the interface is built and tested. Only index.html goes into `dist`; look.html (the interface over sample data) is
// served by `npm run dev` alone.

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";
import packageJson from "./package.json" with { type: "json" };

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  define: {
    __APP_VERSION__: JSON.stringify(packageJson.version),
    __APP_LICENCE__: JSON.stringify(packageJson.license),
  },
  // The page comes from a custom scheme or from a loopback host: addresses are relative to it.
  base: "./",
  server: { port: 5173, strictPort: true, host: "127.0.0.1" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "safari17",
    // No file becomes a data: address, so that the content security policy can stay strict.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
  },
});
