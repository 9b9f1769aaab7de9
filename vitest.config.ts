import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["scripts/**/*.test.mjs", "packages/**/*.test.ts", "tools/**/*.test.ts", "test/**/*.test.{ts,mjs}"],
    // Real namespaces and two cores: files run one or two at a time, and nothing hangs for ever.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
