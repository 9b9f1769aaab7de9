import type { OciConfig } from "@mydocker/oci";
import { describe, expect, it } from "vitest";
import { withEndpoint, withEtcMounts, withHostname, withSharedHostname } from "./config-network.ts";

const base: OciConfig = {
  ociVersion: "1.2.0",
  linux: { namespaces: [{ type: "pid" }, { type: "network" }, { type: "uts" }] },
};

describe("withEndpoint", () => {
  it("joins the namespace that was made", () => {
    const config = withEndpoint(base, { network: "mydocker0", netns: "/run/netns/x" });
    expect(config.linux?.namespaces).toContainEqual({ type: "network", path: "/run/netns/x" });
    expect(config.linux?.namespaces).toHaveLength(3);
  });

  it("leaves a new, empty one to the runtime for none, even where the config had none", () => {
    expect(withEndpoint({ ociVersion: "1.2.0" }, { network: "none" }).linux?.namespaces).toEqual([{ type: "network" }]);
  });

  it("takes it out for host", () => {
    expect(withEndpoint(base, { network: "host" }).linux?.namespaces).toEqual([{ type: "pid" }, { type: "uts" }]);
  });
});

it("does not mount over what the user mounts", () => {
  const mine = { destination: "/etc/hosts", type: "bind", source: "/my/hosts" };
  const mounts = withEtcMounts({ ...base, mounts: [mine] }, "/c").mounts ?? [];
  expect(mounts.map(({ destination }) => destination)).toEqual(["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]);
  expect(mounts[0]).toBe(mine);
});

it("takes the hostname of those whose network it shares, but not in place of one that was asked for", () => {
  const process = {
    cwd: "/",
    user: { uid: 0, gid: 0 },
    args: ["x"],
    env: ["HOSTNAME=0123456789ab", "A=HOSTNAME=0123456789ab"],
  };
  const config = { ...base, hostname: "0123456789ab", process };
  const shared = withSharedHostname(config, "0123456789abcdef", "theirs");
  expect(shared.hostname).toBe("theirs");
  expect(shared.process?.env).toEqual(["HOSTNAME=theirs", "A=HOSTNAME=0123456789ab"]);
  expect(withSharedHostname({ ...config, hostname: "own" }, "0123456789abcdef", "theirs").hostname).toBe("own");
});

it("gives a hostname only where there is none and one can be", () => {
  expect(withHostname(base, "short").hostname).toBe("short");
  expect(withHostname({ ...base, hostname: "own" }, "short").hostname).toBe("own");
  expect(withHostname({ ociVersion: "1.2.0" }, "short").hostname).toBeUndefined();
});
