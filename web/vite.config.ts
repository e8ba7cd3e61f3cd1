import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses: the page may stand at any folder of any host.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../src/velib_insights/dashboard/page",
    emptyOutDir: true,
    // A content security policy without data: addresses must do.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    // What is bundled asks for its notice to travel with it.
    license: { fileName: "licenses.md" },
  },
});
