import { chownSync, existsSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { findHierarchies } from "@mydocker/cgroup";
import { makeSandbox } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";

// Somebody who is not root has the cgroups that were given to them, and no others.

const sandbox = makeSandbox();
const NOBODY = 65534;
/** In which the limits are, of all there are; on v2 the only one. */
const given = findHierarchies().filter(
  ({ version, controllers }) =>
    version === 2 || controllers.some((name) => ["memory", "pids", "freezer"].includes(name)),
);
const delegated = given
  .filter(({ version, controllers }) => version === 1 || controllers.includes("memory"))
  .map(({ path }) => join(path, `${sandbox.paths.prefix}given`));

beforeAll(() => {
  for (const directory of delegated) {
    mkdirSync(directory);
    mkdirSync(join(directory, "shell"));
    for (const path of [directory, join(directory, "shell")]) chownSync(path, NOBODY, NOBODY);
    for (const file of ["cgroup.procs", "tasks", "cgroup.subtree_control", "cgroup.threads"]) {
      for (const path of [directory, join(directory, "shell")].map((base) => join(base, file))) {
        if (existsSync(path)) chownSync(path, NOBODY, NOBODY);
      }
    }
  }
});
afterAll(async () => {
  for (const directory of delegated) {
    for (const path of [sandbox.paths.prefix, "shell", ""]) {
      if (existsSync(join(directory, path))) rmdirSync(join(directory, path));
    }
  }
  await sandbox.cleanUp();
});

/** As nobody, in the cgroups that were given. */
const asNobody = (script: string) => {
  const joins = delegated.map((directory) => `echo $$ > ${directory}/shell/cgroup.procs`).join(" && ");
  return sandbox.shell(
    `${joins || "true"} && exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups sh -c '${script}'`,
  );
};

it("limits a command of theirs", async () => {
  const { code, stdout, stderr } = await asNobody(
    'mydocker-cgroup apply --memory 64m --pids-limit 50 -- sh -c "cat /proc/self/cgroup"',
  );
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(new RegExp(`:/${sandbox.paths.prefix}given/${sandbox.paths.prefix}/command-`));
  const killed = await asNobody("mydocker-cgroup apply --memory 16m -- tail /dev/zero");
  expect([killed.code, killed.stderr]).toEqual([137, expect.stringContaining("over its 16 MiB memory limit")]);
});

it("refuses a limit whose controller was not given, and names it", async () => {
  const { code, stdout, stderr } = await asNobody("mydocker-cgroup apply --rdma x=1 -- true");
  expect([code, stdout]).toEqual([125, ""]);
  expect(stderr).toContain('no cgroup controller "rdma"');
});

it("says so where nothing was given", async () => {
  const { code, stderr } = await sandbox.shell(
    `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups mydocker-cgroup apply --memory 64m -- true`,
  );
  expect([code, stderr]).toEqual([
    125,
    "mydocker-cgroup apply: no cgroup has been delegated to this user; try: root, or systemd-run --user --scope -p Delegate=yes\n",
  ]);
});
