// Builds the disks that the virtual machines boot from.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { aptOptions, aptSources } from "./host-settings.mjs";
import * as recipes from "./recipes.mjs";

/** The one service of ours in an image. What it runs comes with the payload, so the image seldom has to be rebuilt. */
const AGENT_UNIT = `[Unit]
Description=Runs what the test sends
Wants=network-online.target
After=network-online.target

[Service]
# Lets the rest of the boot finish first, as a person who logs in would find it.
Type=idle
StandardOutput=journal+console
StandardError=journal+console
ExecStart=/bin/sh -c 'mkdir -p /payload && mount /dev/vdb /payload && exec /payload/agent.sh'
# The agent stands for a person's shell: what it starts must not be bounded by the service.
Delegate=yes
TasksMax=infinity
KillMode=process

[Install]
WantedBy=multi-user.target
`;

const NETWORK = `[Match]
Name=en* eth*
[Network]
DHCP=yes
`;

/** Where QEMU's user network answers for the host's name servers. */
const RESOLVER = "nameserver 10.0.2.3\n";

/**
 * Makes an image unless it is there already. Of several who ask at once one builds, and the others wait for it.
 *
 * @param {import("./recipes.mjs").Recipe} recipe
 * @returns {{disk: string, kernel: string, initrd: string}} paths of its parts
 */
export function makeImage(recipe) {
  const directory = imageDirectory(recipe);
  if (!existsSync(directory)) {
    mkdirSync(join(directory, ".."), { recursive: true });
    const ourselves = [process.execPath, fileURLToPath(import.meta.url), recipe.name];
    // The kernel lets go of the lock when its holder dies.
    run("flock", [`${directory}.lock`, ...ourselves]);
  }
  return { disk: join(directory, "disk"), kernel: join(directory, "vmlinuz"), initrd: join(directory, "initrd") };
}

function imageDirectory(recipe) {
  const hash = createHash("sha256").update(JSON.stringify([recipe, AGENT_UNIT, NETWORK, RESOLVER]));
  const name = `${recipe.name}-${hash.digest("hex").slice(0, 12)}`;
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "mydocker", name);
}

/** Under the lock: another may have built it meanwhile, or have been killed over it. */
function buildUnlessBuilt(recipe) {
  const directory = imageDirectory(recipe);
  if (existsSync(directory)) return;
  const building = `${directory}.building`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building);
  try {
    build(recipe, building);
    renameSync(building, directory);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

function build({ name, suite, packages, masked, size }, directory) {
  const tree = join(directory, "tree");
  const options = join(directory, "apt.conf");
  writeFileSync(options, aptOptions());
  console.error(`Building the image "${name}" (${suite}, a few minutes, once)`);
  const arguments_ = ["--mode=root", "--variant=minbase", `--include=${packages.join(",")}`, `--aptopt=${options}`];
  // Documentation and translations are a third of the files, and mke2fs copies each of them.
  for (const path of ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*"]) {
    arguments_.push(`--dpkgopt=path-exclude=${path}`);
  }
  run("mmdebstrap", [...arguments_, suite, tree, ...aptSources(suite)]);
  configure(tree, masked);
  for (const [from, to] of Object.entries({ vmlinuz: "vmlinuz", "initrd.img": "initrd" })) {
    const boot = readdirSync(join(tree, "boot")).find((file) => file.startsWith(`${from}-`));
    renameSync(join(tree, "boot", boot), join(directory, to));
  }
  run("mke2fs", ["-q", "-t", "ext4", "-d", tree, join(directory, "disk"), size]);
  rmSync(tree, { recursive: true });
  rmSync(options);
}

function configure(tree, masked) {
  const units = join(tree, "etc/systemd/system");
  writeFileSync(join(units, "mydocker-vm.service"), AGENT_UNIT);
  for (const unit of masked) symlinkSync("/dev/null", join(units, unit));
  writeFileSync(join(tree, "etc/systemd/network/10-vm.network"), NETWORK);
  writeFileSync(join(tree, "etc/resolv.conf"), RESOLVER);
  writeFileSync(join(tree, "etc/hostname"), "mydocker-vm\n");
  writeFileSync(join(tree, "etc/hosts"), "127.0.0.1 localhost\n127.0.1.1 mydocker-vm\n::1 localhost\n");
  writeFileSync(join(tree, "etc/fstab"), "/dev/vda / ext4 defaults 0 0\n");
  run("chroot", [tree, "systemctl", "enable", "mydocker-vm", "systemd-networkd", "systemd-networkd-wait-online"]);
}

function run(program, args) {
  execFileSync(program, args, { stdio: ["ignore", 2, 2] });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const recipe = Object.values(recipes).find(({ name }) => name === process.argv[2]);
  if (recipe === undefined) throw new Error(`no such image: ${process.argv[2]}`);
  buildUnlessBuilt(recipe);
}
