import type { NetworkEndpoint } from "@mydocker/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDockerOn } from "../interop/support/docker.ts";
import type { Engine } from "../interop/support/engine.ts";
import { makeEngineHost } from "../interop/support/engine-host.ts";
import { attach, bare, makeOutside, type NetworkHost, namespaceOf, net, OUTSIDE, UPLINK } from "./support/networks.ts";
import { ask, type Question, serve } from "./support/probe.ts";

/** Ports of the host: ours and docker's. */
const [OURS, DOCKERS] = [8080, 8070];

let on: NetworkHost;
let docker: Engine | undefined;
/** The address of docker's container; its namespace is "theirs". */
let theirs = "";
let web: NetworkEndpoint;

beforeAll(async () => {
  const host = await makeEngineHost();
  const env = { MYDOCKER_RUN: "/run/mydocker", MYDOCKER_ROOT: `${host.directory}/root` };
  on = { host, env: { ...env, MYDOCKER_SUBNET: "10.220.0.0/24,fd00:220::/64" } };
  await makeOutside(on);
  await serve(host, "outside", { 82: "outside" }, "outside");
});
afterAll(async () => {
  await docker?.stop();
  await on?.host.cleanUp();
});

describe.each(["nft", "iptables"])("with %s", (firewall) => {
  it("works before docker starts, and when it has been started", async () => {
    on.env.MYDOCKER_FIREWALL = firewall;
    await attachWeb();
    expect(await findWrong()).toEqual([]);
    // dockerd sets the policy where it was itself who turned forwarding on; and later ones do in IPv6 what this one does in IPv4.
    await on.host.require(["sh", "-c", "sysctl -qw net.ipv4.ip_forward=0; ip6tables -P FORWARD DROP"]);
    await startDocker();
    expect(await readPolicy()).toBe("-P FORWARD DROP\n");
    expect(await findWrong()).toEqual([]);
  });

  it("works when docker has been started again", async () => {
    await docker?.stop();
    await startDocker();
    expect(await findWrong()).toEqual([]);
  });

  it("works on a host that docker was on first, and takes its own rules away in the end", async () => {
    await detachWeb();
    expect(await listOwnRules()).toBe("");
    await attachWeb();
    expect(await findWrong()).toEqual([]);
    await detachWeb();
    expect(await listOwnRules()).toBe("");
    expect(await ask(on.host, "outside", [tcp(UPLINK[4], DOCKERS, "theirs")], "outside")).toEqual([]);
    await on.host.require(["sh", "-c", "iptables -P FORWARD ACCEPT"]);
    await docker?.stop();
    docker = undefined;
  });
});

async function attachWeb(): Promise<void> {
  web = await attach(on, "web", "-p", `${OURS}:80`, "-p", `${OURS}:80/udp`);
  await serve(on.host, "web", { 80: "web" }, namespaceOf(web));
}

async function detachWeb(): Promise<void> {
  await on.host.require(["sh", "-c", `kill $(ip netns pids ${namespaceOf(web)})`]);
  await net(on, "detach", "web");
  await net(on, "gc");
}

async function startDocker(): Promise<void> {
  const { host } = on;
  const started = await startDockerOn(host);
  docker = started;
  const { command } = started;
  await host.run([...command, "rm", "--force", "theirs"]);
  // A shell of PID 1 heeds no TERM, and dockerd would wait for ten seconds.
  const publish = ["--stop-signal", "KILL", "--publish", `${DOCKERS}:80`];
  await host.require([...command, "run", "--detach", "--name", "theirs", ...publish, "busybox", "sleep", "1000"]);
  const look = "{{.State.Pid}} {{.NetworkSettings.IPAddress}}";
  const [pid = "", address = ""] = (await host.require([...command, "inspect", "--format", look, "theirs"])).split(
    /\s/,
  );
  theirs = address;
  await host.run(["ip", "netns", "delete", "theirs"]);
  await host.require(["ip", "netns", "attach", "theirs", pid]);
  await serve(host, "theirs", { 80: "theirs", 81: "theirs" }, "theirs");
}

/** The first line of `iptables -S FORWARD`. */
function readPolicy(): Promise<string> {
  return on.host.require(["sh", "-c", "iptables -S FORWARD | head -n 1"]);
}

function listOwnRules(): Promise<string> {
  const script = "{ iptables-save; ip6tables-save; nft list tables; } | grep -i mydocker || true";
  return on.host.require(["sh", "-c", script]);
}

const tcp = (address: string, port: number, answer: string): Question => ({ protocol: "tcp", address, port, answer });

/** Every way between us, the outside, and docker's container where there is one. */
async function findWrong(): Promise<string[]> {
  const { host } = on;
  const published = [UPLINK[4], UPLINK[6]].flatMap((address) =>
    (["tcp", "udp"] as const).map((protocol) => ({ protocol, address, port: OURS, answer: "web" })),
  );
  const ofDocker = docker === undefined ? [] : [tcp(UPLINK[4], DOCKERS, "theirs")];
  const unpublished = docker === undefined ? [] : [tcp(theirs, 81, "")];
  const questions: [from: string, questions: Question[], namespace?: string][] = [
    ["the outside", [...published, ...ofDocker, tcp(bare(web.address), 80, "")], "outside"],
    ["the host", [...published, ...ofDocker, tcp("127.0.0.1", OURS, "web")]],
    [
      "our container",
      [
        ...published,
        ...ofDocker,
        ...unpublished,
        tcp(OUTSIDE[4], 82, `outside ${UPLINK[4]}`),
        tcp(OUTSIDE[6], 82, "outside"),
      ],
      namespaceOf(web),
    ],
    ...(docker === undefined
      ? []
      : [
          [
            "docker's container",
            [tcp(UPLINK[4], OURS, "web"), tcp(OUTSIDE[4], 82, "outside"), tcp(bare(web.address), 80, "")],
            "theirs",
          ] as [string, Question[], string],
        ]),
  ];
  const wrong = await Promise.all(questions.map(([from, asked, namespace]) => ask(host, from, asked, namespace)));
  return wrong.flat();
}
