// Debian starts a package's services as it installs it. A policy that says no (invoke-rc.d(8): exit 101, forbidden)
// is in place for as long as we install; one that is there already stays what it is.
import { existsSync, rmSync, writeFileSync } from "node:fs";

const POLICY = "/usr/sbin/policy-rc.d";

/** Runs `work` while no service is started by package installation. */
export function withoutServices(work) {
  if (existsSync(POLICY)) return work();
  // Ctrl-C would end us without `finally`; apt gets the signal as well, and its failure brings us there.
  const ignore = () => {};
  process.on("SIGINT", ignore);
  process.on("SIGTERM", ignore);
  try {
    writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { flag: "wx", mode: 0o755 });
    return work();
  } finally {
    rmSync(POLICY, { force: true });
    process.off("SIGINT", ignore);
    process.off("SIGTERM", ignore);
  }
}
