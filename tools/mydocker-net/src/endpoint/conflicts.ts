import { MydockerError } from "@mydocker/stage";
import { containerDirectory, type HostPaths, readContainerRecord } from "@mydocker/state";
import type { EndpointLink } from "../link/batch.ts";

export function alreadyAttached(id: string): MydockerError {
  return new MydockerError(`container ${id} has a network already`, {
    code: "ALREADY_ATTACHED",
    hint: `mydocker-net show ${id}, or mydocker-net detach ${id} first`,
  });
}

/** What `ip` said of a veth pair, where the reason is that its inner end's name is taken. Call it where the outer one's is not. */
export function interfaceExists({ ifname, netns, link }: EndpointLink, error: unknown): unknown {
  const problem = error instanceof Error ? error.message : "";
  if (!problem.includes(`add name ${link}`) || !problem.includes("File exists")) return error;
  return new MydockerError(`interface ${ifname} is there already in the namespace ${netns}`, {
    code: "INTERFACE_EXISTS",
    hint: "another interface name",
  });
}

/** Who holds a claim, for people: `container "web" (14e98546ea33)`. */
export function describeHolder(paths: HostPaths, owner: string): { who: string; remove: string } {
  const attachment = /^cni:[^:]+:([^:]+):/.exec(owner)?.[1];
  if (attachment !== undefined) {
    return { who: `container ${attachment.slice(0, 12)}, by CNI`, remove: "remove that container" };
  }
  const name = readContainerRecord(containerDirectory(paths, owner))?.name;
  const short = owner.slice(0, 12);
  const who = name === undefined ? `container ${short}` : `container "${name}" (${short})`;
  return { who, remove: `mydocker rm -f ${name ?? short}` };
}
