import { spawn } from "node:child_process";
import { join } from "node:path";
import { BIN, freePorts } from "@mydocker/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { abandon, makeNetworkSandbox, type NetworkSandbox } from "./network-sandbox.ts";

/** The first of the ports of the host that these tests publish. */
const FIRST = await freePorts(50);

let sandbox: NetworkSandbox;
beforeEach(() => {
  sandbox = makeNetworkSandbox();
});
afterEach(() => sandbox.cleanUp());

it("removes what the dead have, keeps what the living have, and with the last one the bridge", async () => {
  const live = await sandbox.endpoint("live", ["-p", `${FIRST}:80`], { live: true });
  await sandbox.endpoint("dead", ["-p", `${FIRST + 1}:80`], { live: true });
  abandon(sandbox, "dead");
  expect((await sandbox.tool("mydocker-net", ["gc", "--dry-run"])).stdout).toBe("endpoint dead\n");
  expect((await sandbox.tool("mydocker-net", ["gc"])).stdout).toBe("endpoint dead\n");
  await sandbox.serve("live", { netns: live.netns, port: 80 });
  expect(await sandbox.ask("127.0.0.1", FIRST)).toMatch(/^live /);
  expect((await sandbox.tool("mydocker-net", ["gc"])).stdout).toBe("");
  await sandbox.tool("mydocker-net", ["detach", "live"]);
  const { prefix } = sandbox.paths;
  expect((await sandbox.tool("mydocker-net", ["gc"])).stdout).toContain(
    `bridge ${prefix}0\nfirewall table inet ${prefix}\n`,
  );
  expect(await sandbox.leftovers()).toEqual([]);
});

it("finds namespaces, links and elements that nothing speaks for", async () => {
  await sandbox.endpoint("live", [], { live: true });
  const { prefix } = sandbox.paths;
  await sandbox.shell(`ip netns add ${prefix}-0123456789ab; ip netns add ${prefix}-unrelated
    ip link add md-fedcba987654 master ${prefix}0 type veth peer name mdpeer${sandbox.network.split(".").at(-1)}
    nft 'add element inet ${prefix} published { tcp . ${FIRST + 2} : ${sandbox.network}.77 . 80 }'
    nft 'add element inet ${prefix} bound { 127.0.0.1 . udp . ${FIRST + 3} : ${sandbox.network}.77 . 80 }'`);
  const { stdout } = await sandbox.tool("mydocker-net", ["gc"]);
  expect((await sandbox.shell(`ip netns del ${prefix}-unrelated`)).code).toBe(0);
  const found = [
    `network namespace ${prefix}-0123456789ab`,
    "link md-fedcba987654",
    `firewall element 0.0.0.0:${FIRST + 2}/tcp`,
    `firewall element 127.0.0.1:${FIRST + 3}/udp`,
  ];
  expect(stdout.trim().split("\n")).toEqual(found);
  expect((await sandbox.tool("mydocker-net", ["gc"])).stdout).toBe("");
});

it("takes a mirror that has lost its link, or its maker, and leaves another installation's alone", async () => {
  const { prefix } = sandbox.paths;
  const number = sandbox.network.split(".").at(-1)?.padStart(4, "0");
  const [own, foreign, unnamed] = ["a", "b", "c"].map((letter) => `mi-${letter.repeat(8)}${number}`);
  await sandbox.shell(`ip link add ${own} type ifb; ip link set ${own} alias ${prefix}; ip link add ${unnamed} type ifb
    ip link add ${foreign} type ifb; ip link set ${foreign} alias ${prefix}other`);
  const { stdout } = await sandbox.tool("mydocker-net", ["gc"]);
  const left = await sandbox.shell(`ip -o link show dev ${foreign}; ip link del ${foreign}; ip link show dev ${own}`);
  expect(stdout.split("\n").filter((line) => line.includes(number ?? ""))).toEqual([`link ${own}`, `link ${unnamed}`]);
  expect(left.stdout).toContain(foreign);
  expect(left.code).toBe(1);
});

it("leaves a clean host after attach or detach was killed at any moment, two hundred times, and what lives lacks nothing", async () => {
  const live = await sandbox.endpoint("live", ["-p", `${FIRST}:80`, "-p", `${FIRST}:80/udp`], { live: true });
  await sandbox.serve("live", { netns: live.netns, port: 80 });
  for (let round = 0; round < 200; round += 1) {
    const id = `killed${round}`;
    const port = FIRST + 10 + (round % 30);
    await kill(["attach", "-p", `${port}:80`, "-p", "80/udp"], sandbox.config(id), Math.random() * 60);
    if (round % 3 === 0) await kill(["detach", id], "", Math.random() * 30);
    if (round % 20 === 19) expect(await sandbox.ask("127.0.0.1", FIRST)).toMatch(/^live /);
  }
  // What the killed had started may still be at work.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { code, stderr } = await sandbox.tool("mydocker-net", ["gc"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(await sandbox.ask("127.0.0.1", FIRST)).toMatch(/^live /);
  expect((await sandbox.tool("mydocker-net", ["detach", "live"])).code).toBe(0);
  await sandbox.tool("mydocker-net", ["gc"]);
  expect(await sandbox.leftovers()).toEqual([]);
});

it("does not lose an attach that runs while everything is being removed", async () => {
  for (let round = 0; round < 12; round += 1) {
    const id = `race${round}`;
    const [attached] = await Promise.all([
      sandbox.attach(id, ["-p", `${FIRST + 4}:80`], { live: true }),
      sandbox.tool("mydocker-net", ["gc"]),
      sandbox.tool("mydocker-net", ["gc"]),
    ]);
    expect(attached.stderr).toBe("");
    const { stdout } = await sandbox.shell(
      `ls /sys/class/net/${sandbox.paths.prefix}0/brif; nft list map inet ${sandbox.paths.prefix} published`,
    );
    expect(stdout).toMatch(/^md-/);
    expect(stdout).toContain(`${FIRST + 4}`);
    await sandbox.tool("mydocker-net", ["detach", id]);
    await sandbox.shell(`rm -r $MYDOCKER_ROOT/containers/${id}`);
  }
});

it("turns forwarding on for the first bridge, and off again after the last", async () => {
  // A host of its own, as far as networks go: forwarding belongs to the network namespace.
  const script = `set -e; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /run; mkdir /run/lock; ip link set lo up
    forwarding() { cat /proc/sys/net/ipv4/ip_forward; }
    echo 0 > /proc/sys/net/ipv4/ip_forward
    mydocker-net attach > /dev/null; forwarding
    ip link add stranger0 type bridge
    mydocker-net detach fresh; mydocker-net gc; forwarding
    ip link del stranger0; mydocker-net gc; forwarding`;
  const input = sandbox.config("fresh");
  const { stdout, stderr } = await sandbox.shell(`exec unshare --net --mount bash -c '${script}'`, { input });
  const { prefix } = sandbox.paths;
  expect(stderr).toBe("");
  const collected = [`bridge ${prefix}0`, `firewall table inet ${prefix}`];
  expect(stdout.trim().split("\n")).toEqual(["1", ...collected, "1", "net.ipv4.ip_forward", "0"]);
});

/** Starts the tool and kills it after some milliseconds. */
async function kill(args: string[], input: string, after: number): Promise<void> {
  const child = spawn(join(BIN, "mydocker-net"), args, {
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...process.env, ...sandbox.env },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const timer = setTimeout(() => child.kill("SIGKILL"), after);
  await ended;
  clearTimeout(timer);
}
