import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "@mydocker/testing";
import { leftovers } from "./leftovers.ts";

const TRIES = 20;

/**
 * What a sandbox has on the host once it was pruned: besides what belongs to containers, the bridge and the firewall's
 * table have to be gone. The kernel lets go of a link some milliseconds after its namespace, so lines have time to go.
 */
export async function hostRemains(sandbox: Sandbox): Promise<string[]> {
  for (let tries = 1; ; tries += 1) {
    const remains = [...(await leftovers(sandbox)), ...(await network(sandbox))];
    if (remains.length === 0 || tries === TRIES) return remains;
    await sleep(100);
  }
}

async function network({ shell, paths: { prefix } }: Sandbox): Promise<string[]> {
  const tables = (await shell("nft list tables")).stdout.split("\n");
  const chains = (await shell("iptables-save; ip6tables-save")).stdout.split("\n");
  const links = JSON.parse((await shell("ip -json link show")).stdout) as { ifname: string; master?: string }[];
  const bridge = `${prefix}0`;
  return [
    ...tables.filter((line) => line.endsWith(` ${prefix}`) || line.endsWith(` ${prefix}-user`)),
    ...chains.filter((line) => line.includes(`${prefix.toUpperCase()}-`)),
    // Containers' links of other sandboxes hang on bridges of their own; one that hangs on none was left by somebody.
    ...links
      .filter(({ ifname, master }) => ifname === bridge || master === bridge || isForsaken(ifname, master))
      .map(({ ifname }) => `link ${ifname}`),
  ];
}

function isForsaken(name: string, master: string | undefined): boolean {
  return master === undefined && /^md-[0-9a-f]{12}$/.test(name);
}
