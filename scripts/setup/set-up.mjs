// What demo, test and bench do first: check the host, install what is missing, build. Only Node's own modules are
// imported in scripts/: they run before anything is installed.
import { build } from "./build.mjs";
import { requireHost } from "./host.mjs";
import { installDependencies } from "./install-dependencies.mjs";
import { installPackages } from "./install-packages.mjs";
import { PACKAGES } from "./package-sets.mjs";
import { step } from "./run.mjs";

/**
 * Makes a fresh machine ready, and does nothing that has been done already.
 *
 * @param sets names of the Debian package sets that are needed: keys of PACKAGES
 */
export function setUp(sets) {
  requireHost();
  installPackages(sets.flatMap((set) => PACKAGES[set]));
  installDependencies();
  step("Building (turbo run build)");
  build();
}
