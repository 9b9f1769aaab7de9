import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireSuccess } from "../command.mjs";
import { interleave } from "../interleave.mjs";
import { makeNetworkHost } from "../network-host.mjs";
import { renderTimes } from "../report.mjs";

const NETAVARK = "/usr/lib/podman/netavark";
const MAPPINGS = 1000;
const ENDPOINTS = 200;

/** What a container's network costs, and whether it costs more the more there are. */
export const networkCase = {
  name: "network",
  needs: [],
  async measure({ field, runs, stop }) {
    const options = { runs, stop };
    const quiet = await makeNetworkHost(field, "quiet");
    requireSuccess(quiet.attach("resident"));
    return [
      await beside(field, quiet, options),
      await withMappings(field, quiet, options),
      await withEndpoints(field, quiet, options),
    ].join("");
  },
};

/** One container with one published port: namespace, link, address and rules; netavark gets its namespace from podman. */
async function beside(field, host, options) {
  if (!existsSync(NETAVARK)) return `\n${NETAVARK} is not there: not compared with it\n`;
  const file = join(field.directory, "netavark.json");
  writeFileSync(file, JSON.stringify(NETAVARK_OPTIONS));
  requireSuccess(host.enter("ip", "netns", "add", "netavark"));
  const netavark = (verb) => host.enter(NETAVARK, "--file", file, verb, "/run/netns/netavark");
  const contenders = [
    contender("mydocker-net attach", host.attach("beside", "-p", "8080:80"), host.detach("beside")),
    contender("netavark setup", netavark("setup"), netavark("teardown")),
  ];
  const times = await interleave(contenders, options);
  return renderTimes("Network of one container, one port published", times, { "netavark setup": 1 / 3 });
}

async function withMappings(field, quiet, options) {
  const loaded = await makeNetworkHost(field, "mappings");
  requireSuccess(loaded.attach("resident", "-p", `20000-${20000 + MAPPINGS - 1}:1-${MAPPINGS}`));
  const attach = (host) => [host.attach("one", "-p", "8080:80"), host.detach("one")];
  const text = [];
  for (const [what, pick] of [
    ["Publish", ([first, second]) => ({ argv: first, after: second })],
    ["Take back", ([first, second]) => ({ before: first, argv: second })],
  ]) {
    const contenders = [
      { name: `${MAPPINGS} loaded`, ...hooks(pick(attach(loaded))) },
      { name: "none loaded", ...hooks(pick(attach(quiet))) },
    ];
    const times = await interleave(contenders, options);
    text.push(renderTimes(`${what} one port, with others there`, times, { "none loaded": 1.3 }));
  }
  return text.join("");
}

async function withEndpoints(field, quiet, options) {
  const crowded = await makeNetworkHost(field, "endpoints");
  for (let number = 1; number <= ENDPOINTS; number += 1) requireSuccess(crowded.attach(`resident${number}`));
  const contenders = [
    contender(`after ${ENDPOINTS}`, crowded.attach("next"), crowded.detach("next")),
    contender("first", quiet.attach("next"), quiet.detach("next")),
  ];
  const times = await interleave(contenders, options);
  return renderTimes("Attach one more endpoint", times, { first: 1.5 });
}

function contender(name, argv, after) {
  return { name, ...hooks({ argv, after }) };
}

/** Commands around the one that is timed, as functions. */
function hooks({ before, argv, after }) {
  const run = (command) => (command === undefined ? undefined : () => requireSuccess(command));
  return { prepare: run(before), argv, done: run(after) };
}

const NETAVARK_OPTIONS = {
  container_id: "0123456789ab",
  container_name: "netavark",
  networks: { podman: { static_ips: ["10.88.0.2"], interface_name: "eth0" } },
  network_info: {
    podman: {
      name: "podman",
      id: "2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9",
      driver: "bridge",
      network_interface: "podman0",
      subnets: [{ subnet: "10.88.0.0/16", gateway: "10.88.0.1" }],
      ipv6_enabled: false,
      internal: false,
      dns_enabled: false,
      ipam_options: { driver: "host-local" },
    },
  },
  port_mappings: [{ host_ip: "", container_port: 80, host_port: 8099, range: 1, protocol: "tcp" }],
};
