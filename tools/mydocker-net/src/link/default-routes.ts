import type { Route } from "./batch.ts";

/**
 * The ways out of a namespace: everything, by the bridge.
 *
 * @param gateway6 undefined where the network has no IPv6
 * @returns IPv4's first
 */
export function defaultRoutes(gateway: string, gateway6: string | undefined): Route[] {
  return [
    { destination: "0.0.0.0/0", gateway },
    ...(gateway6 === undefined ? [] : [{ destination: "::/0", gateway: gateway6 }]),
  ];
}
