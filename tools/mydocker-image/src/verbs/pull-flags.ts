import { type Flags, type FlagValues, usageError } from "@mydocker/stage";
import { UNPACK_FLAGS, unpackOptions } from "../layer/unpack-options.ts";
import { parsePlatform } from "../pull/platform.ts";
import type { PullOptions } from "../pull/pull-image.ts";
import { REGISTRY_FLAGS, registryOptions } from "./registry-flags.ts";

/** How images are fetched; `pull` and `bundle` take the same. */
export const PULL_FLAGS = {
  ...REGISTRY_FLAGS,
  platform: { type: "string", value: "OS/ARCH[/VARIANT]", description: "Platform of the image: linux/arm64" },
  transport: { type: "string", value: "native|skopeo", description: "Who fetches (default: native)" },
  ...UNPACK_FLAGS,
} as const satisfies Flags;

export function pullOptions(flags: FlagValues<typeof PULL_FLAGS>): PullOptions {
  const { transport = "native" } = flags;
  if (transport !== "native" && transport !== "skopeo") {
    throw usageError(`--transport ${JSON.stringify(transport.slice(0, 40))}: expected native or skopeo`);
  }
  return {
    transport,
    ...registryOptions(flags),
    unpacking: unpackOptions(flags),
    ...(flags.platform === undefined ? {} : { platform: parsePlatform(flags.platform) }),
  };
}
