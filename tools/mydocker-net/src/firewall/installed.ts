import type { PortMapping } from "@mydocker/oci";
import { runNow } from "../run-now.ts";

type PortKey = Omit<PortMapping, "containerPort">;

/** The ports that the table has, or undefined where there is no table. Lists the whole table: for `gc` alone. */
export function listInstalledPorts(table: string): PortKey[] | undefined {
  let absent = false;
  const json = runNow("nft", ["-j", "list", "table", "inet", table], "", (stderr) => {
    if (!stderr.includes("No such file or directory")) return `nft list table inet ${table}: ${stderr.split("\n")[0]}`;
    absent = true;
    return undefined;
  });
  return absent ? undefined : parseInstalledPorts(json);
}

interface InstalledMap {
  name: string;
  elem?: [{ concat?: unknown[] }, unknown][];
}

/** What the maps stand for that have no address in their keys. */
const EVERYWHERE: Record<string, string> = { published: "0.0.0.0", published6: "::" };

/** @param json of `nft -j list table` (libnftables-json(5)) */
export function parseInstalledPorts(json: string): PortKey[] {
  const { nftables } = JSON.parse(json) as { nftables: { map?: InstalledMap }[] };
  return nftables.flatMap(({ map }) =>
    (map?.elem ?? []).flatMap(([key]) => {
      const parts = key.concat ?? [];
      const [hostIp, protocol, port] = parts.length === 2 ? [EVERYWHERE[map?.name ?? ""], ...parts] : parts;
      if (hostIp === undefined || (protocol !== "tcp" && protocol !== "udp")) return [];
      return [{ hostIp: String(hostIp), protocol, hostPort: Number(port) }];
    }),
  );
}
