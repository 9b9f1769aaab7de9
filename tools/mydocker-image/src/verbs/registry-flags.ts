import { type Flags, type FlagValues, usageError } from "@mydocker/stage";

/** How a registry is spoken with. */
export const REGISTRY_FLAGS = {
  "tls-verify": {
    type: "string",
    value: "true|false",
    description: "false: plain HTTP, or any certificate (default: true, but false for a registry on this host)",
  },
  timeout: {
    type: "string",
    value: "SECONDS",
    description: "Give a registry up that sends nothing for so long (default: 60)",
  },
} as const satisfies Flags;

export function registryOptions(flags: FlagValues<typeof REGISTRY_FLAGS>): { tlsVerify?: boolean; timeout: number } {
  const { "tls-verify": verify, timeout = "60" } = flags;
  if (verify !== undefined && verify !== "true" && verify !== "false") {
    throw usageError(`--tls-verify: expected true or false, got ${JSON.stringify(verify.slice(0, 40))}`);
  }
  if (!/^[1-9]\d{0,5}$/.test(timeout))
    throw usageError(`--timeout ${JSON.stringify(timeout.slice(0, 40))}: expected seconds`);
  return { timeout: Number(timeout), ...(verify === undefined ? {} : { tlsVerify: verify === "true" }) };
}
