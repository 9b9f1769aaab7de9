import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildShim } from "../shim/test/build-shim.ts";
import { installWithShim } from "./support/installation.ts";
import { EXPECTED, lifeOf } from "./support/life.ts";

// Containers' lives with a shim that says when it touches what is not its own: by the compiler's sanitizers, in parent and child; by
// valgrind in the parent (the child is executed from a memory file, which valgrind cannot load).

const DIST = fileURLToPath(new URL("../../../dist/", import.meta.url));
const PATIENCE_MILLISECONDS = 300_000;

let sandbox: Sandbox;
let reports: string;
beforeAll(() => {
  buildShim("sanitized", "watched");
  sandbox = makeSandbox();
  // Those of a monitor, whose stderr is /dev/null, and of a container's process go to files.
  reports = join(sandbox.directory, "reports");
  mkdirSync(reports, { mode: 0o777 });
}, PATIENCE_MILLISECONDS);
afterAll(() => sandbox.cleanUp());

const reported = (kind: string): string =>
  readdirSync(reports)
    .filter((name) => name.startsWith(kind))
    .map((name) => readFileSync(join(reports, name), "utf8"))
    .join("");

const WATCHERS = {
  "the sanitizers": (loud: boolean): Record<string, string> => {
    const options = `log_path=${reports}/${loud ? "loud" : "sanitizers"}${loud ? ":verbosity=1" : ""}`;
    return {
      MYDOCKER_BIN: installWithShim(join(sandbox.directory, `sanitized-${loud}`), {
        program: join(DIST, "libexec/mydocker/mydocker-shim-sanitized"),
      }),
      ASAN_OPTIONS: options,
      UBSAN_OPTIONS: `${options}:print_stacktrace=1`,
      LSAN_OPTIONS: options,
    };
  },
  valgrind: (loud: boolean): Record<string, string> => {
    const flags = `${loud ? "" : "--quiet"} --leak-check=full --show-leak-kinds=definite --error-exitcode=99`;
    const file = `${reports}/${loud ? "loud" : "valgrind"}-%p`;
    return {
      MYDOCKER_BIN: installWithShim(join(sandbox.directory, `valgrind-${loud}`), {
        script: `exec valgrind ${flags} --log-file=${file} ${join(DIST, "shim/watched/mydocker-shim")} "$@"`,
      }),
    };
  },
};

/** valgrind takes ten times as long, and before 3.21 knows no pidfd_open, which exec needs: it sees where the parent has most to do. */
const SEEN_BY_VALGRIND = /everything|monitor/;

describe.each(Object.entries(WATCHERS))("under %s", (kind, environmentOf) => {
  const parts = Object.keys(EXPECTED).filter((part) => kind !== "valgrind" || SEEN_BY_VALGRIND.test(part));
  let life: ReturnType<typeof lifeOf>;
  beforeAll(() => {
    life = lifeOf(sandbox, environmentOf(false));
  });

  it.each(parts)(
    "%s",
    async (part) => {
      expect(await life[part]?.()).toBe(EXPECTED[part]);
      // Of what valgrind says, `--PID--` is about system calls that it does not know.
      expect(reported(kind.replace("the ", "")).replace(/^--\d+-- .*\n/gm, "")).toBe("");
    },
    PATIENCE_MILLISECONDS,
  );

  it(
    "control: what there is to say is said, by the monitor too",
    async () => {
      const before = reported("loud");
      const loud = lifeOf(sandbox, environmentOf(true));
      expect(await loud["one with a monitor"]?.()).toBe(EXPECTED["one with a monitor"]);
      expect(reported("loud").length).toBeGreaterThan(before.length);
    },
    PATIENCE_MILLISECONDS,
  );
});
