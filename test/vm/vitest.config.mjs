// For the suites that run in the virtual machine: the workspace's own configuration, with ten times the patience.
import { defineConfig, mergeConfig } from "vitest/config";
import workspace from "../../vitest.config.ts";

export default mergeConfig(
  workspace,
  defineConfig({
    test: {
      root: new URL("../..", import.meta.url).pathname,
      testTimeout: 600_000,
      hookTimeout: 600_000,
      // Without one given in the test: how long something may take that is only waited for.
      expect: { poll: { timeout: 60_000 } },
    },
  }),
);
