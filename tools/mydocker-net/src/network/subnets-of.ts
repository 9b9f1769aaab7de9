import { parseSubnet, type Subnet } from "../address/subnet.ts";
import type { NetworkRecord } from "./network.ts";

export function subnetsOf({ subnet, subnet6 }: Pick<NetworkRecord, "subnet" | "subnet6">): Subnet[] {
  return [parseSubnet(subnet), ...(subnet6 === undefined ? [] : [parseSubnet(subnet6)])];
}
