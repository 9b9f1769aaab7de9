import { type Flags, type FlagValues, usageError } from "@mydocker/stage";
import { UNPACK_FLAGS, unpackOptions } from "../layer/unpack-options.ts";
import { parsePlatform } from "../pull/platform.ts";
import type { PullOptions } from "../pull/pull-image.ts";

/** How images are fetched; `pull` and `bundle` take the same. */
export const PULL_FLAGS = {
  "tls-verify": {
    type: "string",
    value: "true|false",
    description: "false: plain HTTP, or any certificate (default: true, but false for a registry on this host)",
  },
  platform: { type: "string", value: "OS/ARCH[/VARIANT]", description: "Platform of the image: linux/arm64" },
  transport: { type: "string", value: "native|skopeo", description: "Who fetches (default: native)" },
  timeout: {
    type: "string",
    value: "SECONDS",
    description: "Give a registry up that sends nothing for so long (default: 60)",
  },
  ...UNPACK_FLAGS,
} as const satisfies Flags;

export function pullOptions(flags: FlagValues<typeof PULL_FLAGS>): PullOptions {
  const verify = flags["tls-verify"];
  if (verify !== undefined && verify !== "true" && verify !== "false") {
    throw usageError(`--tls-verify: expected true or false, got ${JSON.stringify(verify.slice(0, 40))}`);
  }
  const { transport = "native", timeout = "60" } = flags;
  if (transport !== "native" && transport !== "skopeo") {
    throw usageError(`--transport ${JSON.stringify(transport.slice(0, 40))}: expected native or skopeo`);
  }
  if (!/^[1-9]\d{0,5}$/.test(timeout))
    throw usageError(`--timeout ${JSON.stringify(timeout.slice(0, 40))}: expected seconds`);
  return {
    transport,
    timeout: Number(timeout),
    ...(verify === undefined ? {} : { tlsVerify: verify === "true" }),
    unpacking: unpackOptions(flags),
    ...(flags.platform === undefined ? {} : { platform: parsePlatform(flags.platform) }),
  };
}
