import { defineConfig } from "vite";

// Bundles the tests of the page's logic for Node: `npm test`.
export default defineConfig({
  build: {
    ssr: true,
    outDir: "node_modules/.tests",
    emptyOutDir: true,
    rolldownOptions: { input: "tests/tours.test.ts" },
  },
});
