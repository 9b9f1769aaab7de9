import { MydockerError, runProgram, siblingPath } from "@mydocker/stage";

/** A network, as `mydocker-net network ls` tells it. */
export interface Network {
  name: string;
  id: string;
  /** `bridge`, `host` or `null`. */
  driver: string;
  /** RFC 3339. */
  created: string;
  bridge?: string;
  subnet?: string;
  gateway?: string;
  range?: AddressRange;
  subnet6?: string;
  gateway6?: string;
  range6?: AddressRange;
  internal: boolean;
  labels: Record<string, string>;
  options: Record<string, string>;
  containers: NetworkMember[];
}

interface AddressRange {
  /** A subnet within the subnet. */
  text: string;
}

interface NetworkMember {
  container: string;
  name?: string;
  interface: string;
  address: string;
  address6?: string;
  mac: string;
}

/** All of them: those that need nothing made for them, too. */
export async function listNetworks(): Promise<Network[]> {
  const { code, stdout, stderr } = await runProgram(siblingPath("mydocker-net"), ["network", "ls"]);
  if (code !== 0) throw new MydockerError(stderr.trim(), { code: "PROGRAM_FAILED" });
  const bridges = JSON.parse(stdout) as Network[];
  return [...bridges, withoutAddresses("host", "host", "1"), withoutAddresses("none", "null", "2")];
}

/** By name, id or the beginning of an id. @throws MydockerError, exit code 1 */
export function findNetwork(networks: Network[], wanted: string): Network {
  const named = networks.find(({ name, bridge }) => name === wanted || (name === "bridge" && bridge === wanted));
  const matching = named === undefined ? networks.filter(({ id }) => wanted !== "" && id.startsWith(wanted)) : [named];
  const [found, ...others] = matching;
  if (found !== undefined && others.length === 0) return found;
  const problem =
    found === undefined ? `No such network: ${wanted}` : `"${wanted}" is the beginning of several network ids`;
  throw new MydockerError(problem, { code: found === undefined ? "NO_NETWORK" : "AMBIGUOUS", exitCode: 1 });
}

function withoutAddresses(name: string, driver: string, digit: string): Network {
  const plain = { internal: false, labels: {}, options: {}, containers: [] };
  return { name, id: digit.repeat(64), driver, created: "0001-01-01T00:00:00Z", ...plain };
}
