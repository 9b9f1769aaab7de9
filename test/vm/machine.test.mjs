import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allChecks } from "./checks.mjs";
import { machineProblem } from "./machine.mjs";
import { bootTestHost } from "./test-host.mjs";

/** Building the image, once per machine, and booting it. */
const BOOT_MILLISECONDS = 900_000;
/** The slowest takes a minute or two on an idle host, and five times that beside a whole run of the other tests. */
const CHECK_MILLISECONDS = 900_000;

const problem = machineProblem();
const title = "on cgroup v2 under systemd, in a virtual machine";

describe.skipIf(problem !== undefined)(problem === undefined ? title : `${title} (skipped: ${problem})`, () => {
  let machine;

  beforeAll(async () => {
    machine = await bootTestHost();
  }, BOOT_MILLISECONDS);

  afterAll(() => machine?.stop());

  for (const { name, run } of allChecks().filter(({ isQuick }) => isQuick)) {
    test(name, { timeout: CHECK_MILLISECONDS }, async () => {
      const { code, stdout, stderr } = await run(machine);
      expect(code, `${stdout}${stderr}`).toBe(0);
    });
  }
});
