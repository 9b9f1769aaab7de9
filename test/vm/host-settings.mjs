// How this host reaches package mirrors, read when it is needed: a virtual machine is to reach the same ones in the same way.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const CERTIFICATES = "/usr/local/share/ca-certificates";
const VARIABLES = /^(https?_proxy|no_proxy|all_proxy|npm_config_.*|node_extra_ca_certs|ssl_cert_file|git_ssl_cainfo)$/i;

/** What `npm run` sets for its scripts is about this call, not about the host. */
const OF_THIS_CALL =
  /^npm_config_(prefix|local_prefix|global_prefix|globalconfig|userconfig|init_module|node_gyp|noproxy|user_agent|npm_version|cache)$/i;

/** The host's own package sources, whatever they are: the files that have the suite. */
export function aptSources(suite) {
  const parts = "/etc/apt/sources.list.d";
  const files = readdirSync(parts).filter((file) => /\.(list|sources)$/.test(file));
  return ["/etc/apt/sources.list", ...files.map((file) => join(parts, file))].filter(
    (file) => existsSync(file) && new RegExp(`^[^#]*\\b${suite}\\b`, "m").test(readFileSync(file, "utf8")),
  );
}

/** The host's settings for fetching packages (proxies, retries), as mmdebstrap reads none of its own accord. */
export function aptOptions() {
  const dump = execFileSync("apt-config", ["dump"], { encoding: "utf8" });
  return dump.replaceAll(/^(?!Acquire::(https?|Retries|Check-)).*\n/gm, "");
}

/**
 * The files that tell a machine how to fetch packages, by their path in it.
 *
 * @param {string} suite of Debian
 * @returns {Record<string, string>}
 */
export function packageSettings(suite) {
  const files = {
    "/etc/apt/apt.conf.d/90host": fromTheMachine(aptOptions()),
    "/etc/profile.d/host.sh": fromTheMachine(environmentScript()),
  };
  for (const file of aptSources(suite)) files[file] = fromTheMachine(readFileSync(file, "utf8"));
  for (const [kind, place] of Object.entries({ userconfig: "/root/.npmrc", globalconfig: undefined })) {
    const file = execFileSync("npm", ["config", "get", kind], { encoding: "utf8", cwd: "/" }).trim();
    if (existsSync(file)) files[place ?? file] = fromTheMachine(readFileSync(file, "utf8"));
  }
  for (const name of existsSync(CERTIFICATES) ? readdirSync(CERTIFICATES) : []) {
    if (name.endsWith(".crt")) files[join(CERTIFICATES, name)] = readFileSync(join(CERTIFICATES, name), "utf8");
  }
  return files;
}

function environmentScript() {
  const wanted = Object.entries(process.env).filter(([name]) => VARIABLES.test(name) && !OF_THIS_CALL.test(name));
  return wanted.map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`).join("");
}

/** A proxy that listens on the host's loopback is at another address for a guest of QEMU's user network. */
function fromTheMachine(text) {
  return text.replaceAll(/\b(localhost|127\.0\.0\.1)(?=:\d)/g, "10.0.2.2");
}
