import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { containerDirectory } from "@mydocker/state";
import { freePorts } from "@mydocker/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { abandon, makeNetworkSandbox, type NetworkSandbox } from "./network-sandbox.ts";

/** The first of the ports of the host that these tests publish. */
const FIRST = await freePorts(19);

let sandbox: NetworkSandbox;
beforeEach(() => {
  sandbox = makeNetworkSandbox();
});
afterEach(() => sandbox.cleanUp());

describe("attach", () => {
  it("adds its part to the config and keeps the rest", async () => {
    const { stdout, code } = await sandbox.attach("a1");
    expect(code).toBe(0);
    const config = JSON.parse(stdout) as OciConfig;
    expect(config.annotations).toMatchObject({ "org.example.kept": "yes", "io.mydocker.stages": "mydocker-net" });
    expect(config.linux?.namespaces).toContainEqual({ type: "network", path: expect.stringContaining("/run/netns/") });
    expect(config.hooks?.poststop).toHaveLength(1);
    expect(config.mounts).toContainEqual({
      destination: "/etc/hosts",
      type: "bind",
      source: join(containerDirectory(sandbox.paths, "a1"), "hosts"),
      options: ["rbind", "rprivate"],
    });
    const hosts = readFileSync(join(containerDirectory(sandbox.paths, "a1"), "hosts"), "utf8");
    expect(hosts).toContain(`${sandbox.network}.2\thost-a1\n`);
  });

  it("names links after the id, and undoes everything by the id alone", async () => {
    const id = `0123456789ab${"c".repeat(52)}`;
    await sandbox.endpoint(id, ["-p", "80", "-p", "80/udp"]);
    const { stdout } = await sandbox.shell(`ip -br link show md-0123456789ab; ls /run/netns`);
    expect(stdout).toContain("md-0123456789ab@");
    expect(stdout).toContain(`${sandbox.paths.prefix}-0123456789ab`);
    expect((await sandbox.tool("mydocker-net", ["detach", id])).code).toBe(0);
    expect((await sandbox.tool("mydocker-net", ["detach", id])).code).toBe(0);
    expect(await sandbox.leftovers()).toEqual([
      `${sandbox.paths.prefix}0`,
      `table inet ${sandbox.paths.prefix}`,
      "firewall",
      "network.json",
      "ready",
    ]);
    const rules = await sandbox.shell(`nft list map inet ${sandbox.paths.prefix} published`);
    expect(rules.stdout).toMatch(/map published \{[^=]*\}/);
  });

  it("attaches again at once after a detach", async () => {
    for (let round = 0; round < 4; round += 1) {
      const { address } = await sandbox.endpoint("again", ["-p", `${FIRST}:80`]);
      expect(address).toBe(`${sandbox.network}.2/24`);
      expect((await sandbox.tool("mydocker-net", ["detach", "again"])).stderr).toBe("");
    }
  });

  it("is undone by an OCI state on stdin, as a hook gets it; the annotation's id counts", async () => {
    await sandbox.endpoint("hooked");
    const state = { ociVersion: "1.2.0", id: "theirs", status: "stopped", annotations: { "io.mydocker.id": "hooked" } };
    expect((await sandbox.tool("mydocker-net", ["detach"], { input: JSON.stringify(state) })).code).toBe(0);
    expect((await sandbox.tool("mydocker-net", ["show", "hooked"])).stderr).toContain("no endpoint");
  });

  it("takes the link from a namespace that a process still holds", async () => {
    const { netns } = await sandbox.endpoint("held");
    await sandbox.serve("held", { netns, port: 80 });
    const record = JSON.parse((await sandbox.tool("mydocker-net", ["show", "held"])).stdout) as { link: string };
    // No record of the container: the runtime is another one, and only the process tells that it lives.
    await sandbox.shell(`rm -r ${containerDirectory(sandbox.paths, "held")}`);
    expect((await sandbox.tool("mydocker-net", ["gc"])).stdout).toBe("");
    await sandbox.tool("mydocker-net", ["detach", "held"]);
    expect((await sandbox.shell(`ip link show ${record.link}`)).stderr).toContain("does not exist");
  });

  it("gives each of fifty at once an address and a port of its own, and takes all away at once", async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `many${index}`);
    const endpoints = await Promise.all(ids.map((id) => sandbox.endpoint(id, ["-p", "80"], { live: true })));
    expect(new Set(endpoints.map(({ address }) => address)).size).toBe(50);
    expect(new Set(endpoints.map(({ ports }) => ports[0]?.hostPort)).size).toBe(50);
    const rules = await sandbox.shell(`nft list map inet ${sandbox.paths.prefix} published`);
    for (const { address } of endpoints) expect(rules.stdout).toContain(`: ${address.replace("/24", "")} . 80`);
    await Promise.all(ids.map((id) => sandbox.tool("mydocker-net", ["detach", id])));
    expect(await sandbox.leftovers()).toEqual([
      `${sandbox.paths.prefix}0`,
      `table inet ${sandbox.paths.prefix}`,
      "firewall",
      "network.json",
      "ready",
    ]);
  });

  it("does nothing with --dry-run but say what it would do", async () => {
    const { stdout } = await sandbox.attach("dry", ["--dry-run", "-p", `${FIRST + 1}:80`]);
    expect(stdout).toContain(`ip netns add ${sandbox.paths.prefix}-`);
    expect(stdout).toContain(`tcp . ${FIRST + 1} : ${sandbox.network}.2 . 80`);
    expect(await sandbox.leftovers()).toEqual([]);
  });

  it("loads rules that somebody flushed", async () => {
    const { netns } = await sandbox.endpoint("before", ["-p", `${FIRST + 2}:80`], { live: true });
    await sandbox.serve("before", { netns, port: 80 });
    await sandbox.shell(`nft delete table inet ${sandbox.paths.prefix}`);
    const after = await sandbox.endpoint("after", ["-p", `${FIRST + 3}:80`], { live: true });
    await sandbox.serve("after", { netns: after.netns, port: 80 });
    expect(await sandbox.ask("127.0.0.1", FIRST + 2)).toMatch(/^before /);
    expect(await sandbox.ask("127.0.0.1", FIRST + 3)).toMatch(/^after /);
    await sandbox.shell(`nft delete table inet ${sandbox.paths.prefix}`);
    expect((await sandbox.tool("mydocker-net", ["gc"])).stdout).toContain("restored firewall table");
    expect(await sandbox.ask("127.0.0.1", FIRST + 2)).toMatch(/^before /);
  });
});

describe("attach --network", () => {
  it("none: a new namespace, and files without an address", async () => {
    const { stdout } = await sandbox.attach("alone", ["--network", "none"]);
    const config = JSON.parse(stdout) as OciConfig;
    expect(config.linux?.namespaces).toContainEqual({ type: "network" });
    expect(config.hooks).toBeUndefined();
    expect(readFileSync(join(containerDirectory(sandbox.paths, "alone"), "hosts"), "utf8")).not.toContain("host-alone");
    expect(await sandbox.leftovers()).toEqual([]);
  });

  it("host: no namespace, the host's files, and a word about -p", async () => {
    const { stdout, stderr } = await sandbox.attach("open", ["--network", "host", "-p", "80"]);
    expect((JSON.parse(stdout) as OciConfig).linux?.namespaces).toEqual([{ type: "uts" }]);
    expect(stderr).toContain("-p has no effect with --network host");
    const own = readFileSync(join(containerDirectory(sandbox.paths, "open"), "resolv.conf"), "utf8");
    expect(own).toBe(readFileSync("/etc/resolv.conf", "utf8"));
  });

  it.each(["mydocker0", "bridge"])("%s: the default bridge", async (network) => {
    expect((await sandbox.endpoint("b", ["--network", network])).network).toBe(`${sandbox.paths.prefix}0`);
  });

  it("refuses what there is not", async () => {
    expect((await sandbox.attach("c", ["--network", "container:x"])).stderr).toContain("No such container: x");
    expect((await sandbox.attach("c", ["--network", "nowhere"])).stderr).toContain("network nowhere not found");
    expect((await sandbox.attach("c", ["-p", "80-90:80-91"])).stderr).toContain("11 ports of the host for 12");
    expect((await sandbox.attach("c", ["-p", "[::1]:80:80"])).stderr).toContain("has no IPv6; try: an IPv4 address");
    expect(await sandbox.leftovers()).toEqual([]);
  });
});

describe("a port that is taken", () => {
  it("names the container that has it, whichever of the addresses collide, and leaves nothing", async () => {
    const id = `ab${"1".repeat(62)}`;
    await sandbox.endpoint(id, ["-p", `${FIRST + 10}:80`, "-p", `127.0.0.1:${FIRST + 11}:80`], {
      live: true,
      name: "web",
    });
    const before = await sandbox.leftovers();
    for (const spec of [
      `${FIRST + 10}:81`,
      `127.0.0.1:${FIRST + 10}:81`,
      `${FIRST + 11}:81`,
      `127.0.0.1:${FIRST + 11}:81`,
    ]) {
      const { code, stdout, stderr } = await sandbox.attach("second", ["-p", `${FIRST + 12}:80`, "-p", spec]);
      expect([code, stdout]).toEqual([125, ""]);
      expect(stderr).toContain('is already published by container "web" (ab1111111111)');
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
    expect(await sandbox.leftovers()).toEqual(before);
    expect(
      (await sandbox.attach("second", ["-p", `${FIRST + 10}:80/udp`, "-p", `127.0.0.2:${FIRST + 11}:80`])).code,
    ).toBe(0);
  });

  it("names the process of the host that has it", async () => {
    await sandbox.serve("mine", { port: FIRST + 13 });
    await sandbox.serve("mine", { port: FIRST + 14, protocol: "udp", address: "127.0.0.1" });
    await sandbox.serve("mine", { port: FIRST + 15, address: "::" });
    for (const spec of [`${FIRST + 13}:80`, `127.0.0.1:${FIRST + 13}:80`, `${FIRST + 14}:80/udp`, `${FIRST + 15}:80`]) {
      const { code, stderr } = await sandbox.attach("second", ["-p", spec]);
      expect(code).toBe(125);
      expect(stderr).toMatch(/is already in use by the host's process "[^"]*" \(pid \d+\)/);
    }
    expect(await sandbox.leftovers()).toEqual([
      `${sandbox.paths.prefix}0`,
      `table inet ${sandbox.paths.prefix}`,
      "firewall",
      "network.json",
      "ready",
    ]);
  });

  it("is taken over from a container that is not live, with its address", async () => {
    await sandbox.endpoint("dead", ["-p", `${FIRST + 16}:80`], { live: true });
    abandon(sandbox, "dead");
    const heir = await sandbox.endpoint("heir", ["-p", `${FIRST + 16}:80`], { live: true });
    await sandbox.serve("heir", { netns: heir.netns, port: 80 });
    expect(await sandbox.ask("127.0.0.1", FIRST + 16)).toMatch(/^heir /);
    expect((await sandbox.tool("mydocker-net", ["show", "dead"])).stderr).toContain("no endpoint");
  });

  it("says so where no interface has the address", async () => {
    expect((await sandbox.attach("far", ["-p", `192.0.2.1:${FIRST + 17}:80`])).stderr).toContain(
      "no interface of this host",
    );
  });
});

describe("a full subnet", () => {
  it("is an error, until a dead container gives its address back", async () => {
    const env = { MYDOCKER_SUBNET: `${sandbox.network}.0/29` };
    const attach = (id: string) =>
      sandbox.tool("mydocker-net", ["attach"], { input: sandbox.config(id, { live: true }), env });
    for (const id of ["n1", "n2", "n3", "n4", "n5"]) expect((await attach(id)).code).toBe(0);
    expect((await attach("n6")).stderr).toContain(`no free address in ${env.MYDOCKER_SUBNET}`);
    abandon(sandbox, "n3");
    const { stdout } = await attach("n6");
    expect(stdout).toContain(`${sandbox.network}.4/29`);
  });
});

it("attaches a second time only where nothing lives in the first network", async () => {
  const { netns } = await sandbox.endpoint("twice");
  expect((await sandbox.attach("twice")).code).toBe(0);
  await sandbox.serve("twice", { netns, port: 80 });
  expect((await sandbox.attach("twice")).stderr).toContain("has a network already");
});

it("undoes everything when a late step fails", async () => {
  const directory = containerDirectory(sandbox.paths, "late");
  const input = sandbox.config("late");
  await sandbox.shell(`mkdir ${join(directory, "resolv.conf")}`);
  writeFileSync(join(directory, "resolv.conf", "in-the-way"), "");
  const { code, stdout } = await sandbox.tool("mydocker-net", ["attach", "-p", `${FIRST + 18}:80`], { input });
  expect([code, stdout]).toEqual([125, ""]);
  expect(await sandbox.leftovers()).toEqual([
    `${sandbox.paths.prefix}0`,
    `table inet ${sandbox.paths.prefix}`,
    "firewall",
    "network.json",
    "ready",
  ]);
});

it("is undone when the next stage has gone away", async () => {
  const input = sandbox.config("unread");
  const { stderr } = await sandbox.shell("{ sleep 0.5; cat; } | { mydocker-net attach; echo $? >&2; } | true", {
    input,
  });
  expect(stderr).toContain("125");
  expect((await sandbox.tool("mydocker-net", ["show", "unread"])).stderr).toContain("no endpoint");
});
