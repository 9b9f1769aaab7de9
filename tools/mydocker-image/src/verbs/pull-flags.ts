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
  "keep-blobs": {
    type: "string",
    value: "true|false",
    description: "false: no layer stays as it came, once it is unpacked (default: $MYDOCKER_KEEP_BLOBS, or true)",
  },
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
    keepBlobs: keepsBlobs(flags["keep-blobs"]),
    ...(flags.platform === undefined ? {} : { platform: parsePlatform(flags.platform) }),
  };
}

function keepsBlobs(flag: string | undefined): boolean {
  const { MYDOCKER_KEEP_BLOBS: told = "" } = process.env;
  const [name, text] = flag === undefined ? ["MYDOCKER_KEEP_BLOBS", told] : ["--keep-blobs", flag];
  if (text === "true" || text === "false") return text === "true";
  if (flag === undefined && text === "") return true;
  throw usageError(`${name}: expected true or false, got ${JSON.stringify(text.slice(0, 40))}`);
}
