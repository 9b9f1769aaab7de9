import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { WORKSPACE } from "../setup/run.mjs";
import { requireSuccess } from "./command.mjs";

// /sys shows the network of whoever mounted it; the cgroups below it stay.
const SET_UP = `mount -t tmpfs tmpfs /run
mkdir /run/.sys /run/lock
mount -t sysfs sysfs /run/.sys
for path in class/net devices/virtual/net; do mount --bind /run/.sys/$path /sys/$path; done
ip link set lo up
echo ready
exec cat`;

/**
 * A host of its own as far as networks go, which ends with this process or with the field: its firewall, bridges and /run are nobody else's, and it
 * has as many mappings and endpoints as it is given.
 */
export async function makeNetworkHost(field, name) {
  const holder = spawn("unshare", ["--net", "--mount", "--kill-child=SIGKILL", "--fork", "sh", "-euc", SET_UP], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  field.later(async () => {
    const ended = once(holder, "exit");
    holder.stdin.end();
    await ended;
  });
  const pid = requireSuccess(["ps", "--ppid", String(holder.pid), "-o", "pid="]).trim();
  const directory = join(field.directory, name);
  const environment = ["MYDOCKER_RUN=/run/mydocker", `MYDOCKER_ROOT=${directory}`, "MYDOCKER_PREFIX=mydocker"];
  const enter = (...argv) => [
    ...["nsenter", `--target=${pid}`, "--net", "--mount", "--", "env", "MYDOCKER_SUBNET=172.29.0.0/16", ...environment],
    ...argv,
  ];
  const tool = (...words) => enter(join(WORKSPACE, "dist/bin/mydocker-net"), ...words);
  const attach = (id, ...flags) => tool("attach", "--config", writeConfig(field, id), ...flags);
  return { enter, attach, detach: (id) => tool("detach", id) };
}

function writeConfig(field, id) {
  const path = join(field.directory, `${id}.json`);
  const namespaces = [{ type: "network" }];
  writeFileSync(
    path,
    JSON.stringify({ ociVersion: "1.2.0", linux: { namespaces }, annotations: { "io.mydocker.id": id } }),
  );
  return path;
}
