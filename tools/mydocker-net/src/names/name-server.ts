import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { MydockerError, runProgram, unlessErrno } from "@mydocker/stage";
import { type HostPaths, readTextIfExists } from "@mydocker/state";
import type { NetworkRecord } from "../network/network.ts";
import { type NamePlaces, namePlaces } from "./name-places.ts";

/** What a name server is to serve. */
export interface NameServer {
  bridge: string;
  /** The bridge's addresses: where its containers ask. */
  addresses: string[];
  /** Whether it asks the host's servers for other names. */
  forwards: boolean;
}

/** The name server that a network has: one of an internal network asks nobody outside. */
export function nameServerOf({
  bridge,
  gateway,
  gateway6,
  internal,
}: Pick<NetworkRecord, "bridge" | "gateway" | "gateway6" | "internal">): NameServer {
  return {
    bridge,
    addresses: [gateway, ...(gateway6 === undefined ? [] : [gateway6])],
    forwards: internal !== true,
  };
}

/**
 * Starts a network's name server; when this returns it answers. Call it under the lock of names.
 *
 * @throws MydockerError `NAMES_NOT_SERVED`
 */
export async function startNameServer(paths: HostPaths, server: NameServer): Promise<void> {
  const places = namePlaces(paths, server.bridge);
  const { code, stderr } = await runProgram("dnsmasq", nameServerArguments(places, server));
  if (code === 0) return;
  throw new MydockerError(`names of ${server.bridge} cannot be served: ${stderr.trim().split("\n").at(-1)}`, {
    code: "NAMES_NOT_SERVED",
    hint: "ss -lunp, to see who has port 53 of the bridge's address",
  });
}

/** dnsmasq(8): it goes to the background when all is read, and becomes a user without rights. */
export function nameServerArguments({ hosts, pidFile }: NamePlaces, { addresses, forwards }: NameServer): string[] {
  return [
    // Nothing of the host's own dnsmasq.
    ...["--conf-file=/dev/null", "--no-hosts", `--hostsdir=${hosts}`, `--pid-file=${pidFile}`],
    ...addresses.map((address) => `--listen-address=${address}`),
    ...["--bind-interfaces", "--except-interface=lo"],
    // Names without a dot and addresses of private networks are nobody's outside.
    ...["--domain-needed", "--bogus-priv"],
    ...(forwards ? [] : ["--no-resolv"]),
  ];
}

/** Whether the server of these places runs. A pid may have become another process's: its command line tells. */
export function isServing(places: NamePlaces): boolean {
  return serverPid(places) !== undefined;
}

/** Ends a network's name server, where there is one. Call it under the lock of names. */
export function stopNameServer(places: NamePlaces): void {
  const pid = serverPid(places);
  if (pid !== undefined) unlessErrno(["ESRCH"], () => process.kill(pid, "SIGTERM"));
  rmSync(places.directory, { recursive: true, force: true });
  unlessErrno(["ENOENT", "ENOTEMPTY"], () => rmdirSync(dirname(places.directory)));
}

/** Whether any endpoint has names there. */
export function hasNames({ hosts }: NamePlaces): boolean {
  return existsSync(hosts) && readdirSync(hosts).length > 0;
}

function serverPid({ pidFile }: NamePlaces): number | undefined {
  const pid = Number(readTextIfExists(pidFile)?.trim() ?? "");
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const commandLine = unlessErrno(["ENOENT", "ESRCH"], () => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "";
  return commandLine.split("\0").includes(`--pid-file=${pidFile}`) ? pid : undefined;
}
