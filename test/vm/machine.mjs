// Boots a virtual machine and runs commands in it.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isExecutable } from "../../scripts/setup/host.mjs";
import { connectAgent } from "./agent.mjs";
import { makeImage } from "./image.mjs";

const QEMU = "/usr/bin/qemu-system-x86_64";

/** Emulated, a boot takes about half a minute on an idle host. */
const BOOT_PATIENCE_MS = 300_000;

/**
 * Why there can be no virtual machine here, or undefined. In an emulated machine there could be one, ten times slower
 * again: a boot takes longer than all else that the tests do.
 */
export function machineProblem() {
  if (/^model name\s*:.*\bQEMU TCG\b/m.test(readFileSync("/proc/cpuinfo", "utf8")))
    return "this machine is emulated itself";
  const missing = [QEMU, "/usr/bin/mmdebstrap"].filter((path) => !isExecutable(path));
  return missing.length > 0 ? `no ${missing.join(", no ")}` : undefined;
}

/**
 * Boots a virtual machine. Its disks are throw-away copies, which last over its reboots: every machine begins the same.
 *
 * @param {import("./recipes.mjs").Recipe} recipe of its image
 * @param {(directory: string) => string} makePayload makes its second disk in a directory that goes with the machine
 * @param {{memory: string, network: "none" | "mirrors"}} size `none`: there is an interface with a default route, as a
 *   host has one, and nothing beyond the VM can be reached
 * @returns {Promise<{run: (script: string) => Promise<import("./agent.mjs").Answer>,
 *   reboot: (command: string) => Promise<void>, output: string, console: () => string, stop: () => Promise<void>}>}
 *   `output` is a file on the host that has what is written to /dev/virtio-ports/output
 */
export async function bootMachine(recipe, makePayload, { memory, network }) {
  const image = makeImage(recipe);
  const directory = mkdtempSync(join(tmpdir(), "mydocker-vm-"));
  const files = Object.fromEntries(["console.log", "port.sock", "output"].map((name) => [name, join(directory, name)]));
  const consoleText = () => (existsSync(files["console.log"]) ? readFileSync(files["console.log"], "utf8") : "");
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once("exit", remove);
  let stop = async () => {
    process.off("exit", remove);
    remove();
  };
  try {
    const payload = makePayload(directory);
    const options = qemuArguments({ image, payload, memory, network, port: files["port.sock"], output: files.output });
    // The VM must not outlive who asked for it, however that one ends.
    const qemu = spawn("setpriv", ["--pdeathsig", "SIGKILL", QEMU, ...options], {
      stdio: ["ignore", openSync(files["console.log"], "w"), "inherit"],
    });
    const ended = new Promise((resolve) => qemu.once("close", resolve));
    const forget = stop;
    stop = async () => {
      qemu.kill("SIGKILL");
      await ended;
      await forget();
    };
    const agent = await connectAgent(files["port.sock"], ended);
    const isUp = () => withPatience(agent.ready(), BOOT_PATIENCE_MS, "the VM did not come up");
    await isUp();
    const reboot = async (command) => {
      const up = isUp();
      agent.tell(command);
      await up;
    };
    return { run: agent.run, reboot, output: files.output, console: consoleText, stop };
  } catch (error) {
    console.error(consoleText().split("\n").slice(-30).join("\n"));
    await stop();
    throw error;
  }
}

/** For a command line: Ctrl-C ends it, and takes with it what a machine has on the host. */
export function endOnSignals() {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
}

/** TCG, never KVM: a nested /dev/kvm may be there and not work, and the same VM should run anywhere. */
function qemuArguments({ image, payload, memory, network, port, output }) {
  const drive = (file) => ["-drive", `file=${file},if=virtio,format=raw,snapshot=on,cache=unsafe`];
  return [
    ...["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", memory, "-nographic"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...["-append", "root=/dev/vda rw console=ttyS0 quiet mitigations=off systemd.unified_cgroup_hierarchy=1"],
    ...drive(image.disk),
    ...drive(payload),
    ...["-nic", `user,model=virtio,restrict=${network === "none" ? "on" : "off"}`],
    ...["-device", "virtio-serial", "-chardev", `socket,id=port,path=${port},server=on,wait=off`],
    ...["-device", "virtserialport,chardev=port,name=mydocker", "-device", "virtio-rng-pci"],
    ...["-chardev", `file,id=output,path=${output}`, "-device", "virtserialport,chardev=output,name=output"],
  ];
}

function withPatience(promise, milliseconds, message) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} within ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
