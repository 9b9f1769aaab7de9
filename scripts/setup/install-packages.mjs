// Installs the Debian packages that are missing, after saying which.

import { SERVICES } from "./package-sets.mjs";
import { withoutServices } from "./policy-rc.mjs";
import { ask, run, step } from "./run.mjs";

const APT = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_MODE: "l" } };

/**
 * @param wanted package names; `a|b` stands for whichever the distribution has, the first preferred; `a?` is installed
 *   where the distribution has it
 */
export function installPackages(wanted) {
  let missing = missingPackages(wanted, installedPackages());
  if (missing.length === 0) return;
  step(`Installing Debian packages: ${missing.map(nameOf).join(" ")}`);
  if (!areKnown(missing)) {
    step("Refreshing the package lists (apt-get update)");
    run("apt-get", ["update", "-q"], APT);
  }
  missing = missing
    .filter((entry) => !isOptional(entry) || isKnown(nameOf(entry)))
    .map(nameOf)
    .map(pickAlternative);
  if (missing.length === 0) return;
  withoutServices(() => {
    run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...missing], APT);
  });
  disableServices(missing);
}

/** Those of `wanted` of which no alternative is installed, each once. */
export function missingPackages(wanted, installed) {
  return [...new Set(wanted)].filter(
    (entry) =>
      !nameOf(entry)
        .split("|")
        .some((name) => installed.has(name)),
  );
}

function isOptional(entry) {
  return entry.endsWith("?");
}

function nameOf(entry) {
  return isOptional(entry) ? entry.slice(0, -1) : entry;
}

function installedPackages() {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const { stdout } = ask("dpkg-query", ["--show", "--showformat=${db:Status-Abbrev} ${Package}\n"]);
  const lines = stdout.split("\n").filter((line) => line.startsWith("ii "));
  return new Set(lines.map((line) => line.slice(2).trim()));
}

/** Whether apt could install every package from the lists it has, and the lists' packages can be expected to exist still. */
function areKnown(packages) {
  return packages.every((entry) => nameOf(entry).split("|").some(isKnown));
}

function pickAlternative(entry) {
  const names = entry.split("|");
  return names.find(isKnown) ?? names[0];
}

function isKnown(name) {
  const { stdout } = ask("apt-cache", ["policy", name]);
  return /Candidate: (?!\(none\))/.test(stdout);
}

/** What was installed for tests and benchmarks is started by them, with data of their own; not by the next boot. */
function disableServices(packages) {
  const units = packages.flatMap((name) => SERVICES[name] ?? []);
  if (units.length > 0) ask("systemctl", ["disable", ...units]);
}
