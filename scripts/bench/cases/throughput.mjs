import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SetUpError } from "../../setup/run.mjs";
import { attempt, requireSuccess } from "../command.mjs";
import { startDocker } from "../engines/docker.mjs";
import { makeNetworkHost } from "../network-host.mjs";
import { median } from "../report.mjs";

const ROUND_TRIP = fileURLToPath(new URL("../round-trip.mjs", import.meta.url));
const UPLINK = "10.214.2.1";
/** In the container: iperf3's port, and the one of round trips. */
const [BULK, BYTE] = [5201, 5202];

/** What a client outside gets through a published port: ours and docker's on the same host, in turn. */
export const throughputCase = {
  name: "throughput",
  needs: [],
  async measure({ field, runs, stop }) {
    const host = await makeNetworkHost(field, "throughput");
    requireSuccess(host.enter("sh", "-euc", OUTSIDE));
    const docker = await startDocker(field, host.enter, "docker-through");
    const contenders = [
      { name: "mydocker", first: 5300, inside: attachOurs(host) },
      { name: "docker", first: 5400, inside: runDockers(field, docker) },
    ];
    for (const { inside } of contenders) {
      serve(field, inside("iperf3", "--server"));
      serve(field, inside(process.execPath, ROUND_TRIP, "serve", String(BYTE)));
    }
    const results = contenders.map(({ name }) => ({ name, gigabits: [], microseconds: [] }));
    for (let round = 0; round < runs; round += 1) {
      for (const [index, { first }] of contenders.entries()) {
        if (stop()) throw new SetUpError("interrupted");
        results[index].gigabits.push(measureBulk(host, first));
        results[index].microseconds.push(measureByte(host, first + 1));
      }
    }
    return render(results);
  },
};

const OUTSIDE = `ip netns add outside
ip link add uplink type veth peer name eth0 netns outside
ip address add ${UPLINK}/24 dev uplink; ip link set uplink up
ip -n outside address add 10.214.2.2/24 dev eth0; ip -n outside link set eth0 up; ip -n outside link set lo up`;

/** @returns what has a command run in the container's network */
function attachOurs(host) {
  requireSuccess(host.attach("ours", "-p", `5300:${BULK}`, "-p", `5301:${BYTE}`));
  const [namespace] = requireSuccess(host.enter("ls", "/run/netns"))
    .split("\n")
    .filter((name) => name.startsWith("mydocker-"));
  return (...argv) => host.enter("ip", "netns", "exec", namespace, ...argv);
}

function runDockers(field, docker) {
  const publish = ["--publish", `5400:${BULK}`, "--publish", `5401:${BYTE}`];
  requireSuccess(docker.argv("run", "--detach", "--name", "theirs", ...publish, "busybox", "sleep", "3600"));
  field.later(() => docker.remove("theirs"));
  const target = `--target=${docker.pidOf("theirs")}`;
  return (...argv) => ["nsenter", target, "--net", "--", ...argv];
}

function serve(field, [program, ...args]) {
  const server = spawn(program, args, { stdio: "ignore" });
  field.later(() => server.kill("SIGKILL"));
}

function measureBulk(host, port) {
  const argv = ["iperf3", "--client", UPLINK, "--port", String(port), "--time", "1", "--json"];
  // It ends with 0 where it has reached nobody, and says so in its document.
  const received = (text) => JSON.parse(text).end?.sum_received;
  return received(requireOutside(host, argv, (text) => received(text) !== undefined)).bits_per_second / 1e9;
}

function measureByte(host, port) {
  return Number(requireOutside(host, [process.execPath, ROUND_TRIP, "ask", UPLINK, String(port), "2000"]));
}

/** The server may not listen yet. @param isAnswer whether that is what was asked for */
function requireOutside(host, argv, isAnswer = () => true) {
  const command = host.enter("ip", "netns", "exec", "outside", ...argv);
  let said = "";
  for (let tries = 0; tries < 20; tries += 1) {
    const { status, stdout, stderr } = attempt(command);
    if (status === 0 && isAnswer(stdout)) return stdout;
    said = `${stdout}${stderr}`;
    attempt(["sleep", "0.1"]);
  }
  throw new SetUpError(`${argv.join(" ")}: no answer: ${said.trim()}`);
}

function render([own, peer]) {
  const row = ({ name, gigabits, microseconds }) =>
    `${name.padEnd(20)}  ${median(gigabits).toFixed(1).padStart(12)}  ${median(microseconds).toFixed(1).padStart(12)}`;
  const bulk = median(own.gigabits) / median(peer.gigabits);
  const byte = median(own.microseconds) / median(peer.microseconds);
  return [
    "",
    "Through a published port, from outside",
    `${"".padEnd(20)}        Gbit/s    round trip µs`,
    row(own),
    row(peer),
    `${"ratio".padEnd(20)}  ${bulk.toFixed(2).padStart(12)}  ${byte.toFixed(2).padStart(12)}  (budget 0.90 and 1.10: ${bulk >= 0.9 && byte <= 1.1 ? "kept" : "exceeded"})`,
    "",
  ].join("\n");
}
