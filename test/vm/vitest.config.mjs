// For the suites that run in the virtual machine: the workspace's own configuration, with ten times the patience.
import { mergeConfig } from "vitest/config";
import workspace from "../../vitest.config.ts";

const { SUITE = "" } = process.env;

const config = mergeConfig(workspace, {
  test: {
    root: new URL("../..", import.meta.url).pathname,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Without one given in the test: how long something may take that is only waited for.
    expect: { poll: { timeout: 60_000 } },
  },
});
// A filter of vitest's would be any part of a path: test/rollback.test.ts is not the only one of that name.
config.test.include = SUITE.endsWith("/") ? [`${SUITE}**/*.test.ts`] : [SUITE];
export default config;
