import { type Flags, type FlagValues, MydockerError, usageError } from "@mydocker/stage";
import { DEFAULT_LIMITS, type LayerLimits, parseLimits } from "./limits.ts";

/** `umoci` is the way of old, one layer after the other: what `overlay` is compared with. */
export type Driver = "overlay" | "umoci";

export interface UnpackOptions {
  driver: Driver;
  limits: LayerLimits;
  /** false: for a test of what stands behind Landlock. */
  landlock: boolean;
}

export const DEFAULT_UNPACKING: UnpackOptions = { driver: "overlay", limits: DEFAULT_LIMITS, landlock: true };

/** How images are unpacked; whatever may have to unpack one takes the same. */
export const UNPACK_FLAGS = {
  driver: { type: "string", value: "overlay|umoci", description: "Who unpacks layers (default: overlay)" },
  limit: {
    type: "list",
    value: "NAME=NUMBER",
    description: "What a layer may have at most: size=BYTES, entries=N, ratio=N (of what it unpacks to)",
  },
  landlock: { type: "string", value: "true|false", description: "Confine with Landlock, too", hidden: true },
} as const satisfies Flags;

export function unpackOptions(flags: FlagValues<typeof UNPACK_FLAGS>): UnpackOptions {
  const { driver = "overlay", landlock = "true" } = flags;
  if (driver === "erofs") {
    // docs/decisions.md, "No erofs yet".
    const why = "it takes mkfs.erofs 1.7 or newer (--tar), where Debian 12 has 1.5, so there is none yet";
    throw new MydockerError(`--driver erofs: ${why}`, { code: "NO_DRIVER", hint: "--driver overlay" });
  }
  if (driver !== "overlay" && driver !== "umoci") {
    throw usageError(`--driver ${JSON.stringify(driver.slice(0, 40))}: expected overlay or umoci`);
  }
  return { driver, limits: parseLimits(flags.limit), landlock: landlock !== "false" };
}
