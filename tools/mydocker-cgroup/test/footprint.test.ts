import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox } from "@mydocker/testing";
import { afterAll, expect, it } from "vitest";

// What is written, made or removed under /sys/fs/cgroup is ours: strace sees it all.

const sandbox = makeSandbox();
afterAll(() => sandbox.cleanUp());

const { prefix } = sandbox.paths;
/** `/sys/fs/cgroup/mydocker/…` on v2, `/sys/fs/cgroup/memory/mydocker/…` on v1. */
const OURS = new RegExp(`^/sys/fs/cgroup/([a-z_,]+/)?${prefix}(/|$)`);
/** cgroup-v2.rst, "Enabling and Disabling": a controller reaches a cgroup only by the file of the one above it. */
const HANDED_DOWN = /^\/sys\/fs\/cgroup\/([a-z]+\/)?cgroup\.subtree_control$/;

/** Runs a script under strace. @returns the paths below /sys/fs/cgroup that anybody in it has tried to change */
async function changes(script: string): Promise<string[]> {
  const trace = join(sandbox.directory, "trace");
  const calls =
    "trace=open,openat,openat2,creat,mkdir,mkdirat,rmdir,unlink,unlinkat,rename,renameat,renameat2,chmod,fchmodat,chown,fchownat";
  const { code, stderr } = await sandbox.shell(`strace -f -qq -s 4096 -e ${calls} -o ${trace} bash -ec '${script}'`);
  expect([code, stderr]).toEqual([0, ""]);
  const lines = readFileSync(trace, "utf8").split("\n");
  const changing = lines.filter((line) => !/ open(at2?)?\(/.test(line) || /O_WRONLY|O_RDWR|O_CREAT/.test(line));
  return changing.flatMap((line) => [...line.matchAll(/"(\/sys\/fs\/cgroup[^"]*)"/g)].map(([, path = ""]) => path));
}

it("of the tool's verbs", async () => {
  const config = JSON.stringify({ ociVersion: "1.2.0", annotations: { "io.mydocker.id": "f1" } });
  const script = [
    `mydocker-cgroup apply -m 64m --cpus 0.5 --pids-limit 50 --cpuset-cpus 0 > /dev/null <<< "$CONFIG"`,
    "mydocker-cgroup update -m 80m --memory-swap -1 f1",
    "mydocker-cgroup freeze f1; mydocker-cgroup thaw f1; mydocker-cgroup kill f1",
    "mydocker-cgroup show f1 > /dev/null; mydocker-cgroup list > /dev/null; mydocker-cgroup stats f1 > /dev/null",
    "mydocker-cgroup remove f1",
    "mydocker-cgroup apply -m 64m -- true",
    "mydocker-cgroup gc",
  ].join("\n");
  const paths = await changes(`CONFIG=${JSON.stringify(config)}\n${script}`);
  expect(paths.filter((path) => OURS.test(path)).length).toBeGreaterThan(10);
  expect(paths.filter((path) => !OURS.test(path) && !HANDED_DOWN.test(path))).toEqual([]);
});

it("of a container's whole life", async () => {
  const script = [
    "mydocker run -d --network none --name f2 -m 64m --cpus 0.5 busybox sleep 1000 > /dev/null",
    "mydocker exec f2 true",
    "mydocker rm -f f2 > /dev/null",
    "mydocker run --rm --network none --pids-limit 20 busybox true",
    "mydocker system prune -f > /dev/null",
  ].join("\n");
  const paths = await changes(script);
  expect(paths.filter((path) => OURS.test(path)).length).toBeGreaterThan(10);
  expect(paths.filter((path) => !OURS.test(path) && !HANDED_DOWN.test(path))).toEqual([]);
});

it("control: what is foreign is seen", async () => {
  const paths = await changes("mkdir /sys/fs/cgroup/mydocker-no-such-parent/x 2> /dev/null || true");
  expect(paths).toEqual(["/sys/fs/cgroup/mydocker-no-such-parent/x"]);
});
