// Boots the VM and runs commands in it.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeImage } from "./image.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const workspace = join(here, "../..");

/** Emulated, a boot takes about half a minute on an idle host. */
const BOOT_PATIENCE_MS = 300_000;

/**
 * Boots the VM with the workspace's dist/ in /payload. Its disk is a throw-away copy: every boot begins the same.
 *
 * @returns {Promise<{run: (script: string) => Promise<{code: number, stdout: string, stderr: string}>,
 *   console: () => string, stop: () => Promise<void>}>}
 */
export async function bootMachine() {
  const image = makeImage();
  const directory = mkdtempSync(join(tmpdir(), "mydocker-vm-"));
  const payload = join(directory, "payload.tar");
  // The agent beside what is tested. --dereference would copy the executable five times.
  execFileSync("tar", [
    "-cf",
    payload,
    "--exclude=dist/shim",
    "-C",
    here,
    "agent.sh",
    "lib.sh",
    "tests",
    "-C",
    workspace,
    "dist",
  ]);
  const consoleLog = join(directory, "console.log");
  const port = join(directory, "port.sock");
  const qemu = spawn("qemu-system-x86_64", qemuArguments(image, payload, port), {
    stdio: ["ignore", openSync(consoleLog, "w"), "inherit"],
  });
  const ended = new Promise((resolve) => qemu.once("close", resolve));
  const stop = async () => {
    qemu.kill("SIGKILL");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const lines = await openPort(port, ended);
    await withPatience(lines.next(), BOOT_PATIENCE_MS, "the VM did not come up");
    return { run: (script) => runCommand(lines, script), console: () => readFileSync(consoleLog, "utf8"), stop };
  } catch (error) {
    console.error(readFileSync(consoleLog, "utf8").split("\n").slice(-30).join("\n"));
    await stop();
    throw error;
  }
}

/** TCG, never KVM: a nested /dev/kvm may be there and not work, and the same VM should run anywhere. */
function qemuArguments(image, payload, port) {
  const drive = (file, options) => ["-drive", `file=${file},if=virtio,format=raw,${options}`];
  return [
    ...["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048", "-nographic", "-no-reboot"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...["-append", "root=/dev/vda rw console=ttyS0 quiet mitigations=off systemd.unified_cgroup_hierarchy=1"],
    ...drive(image.disk, "snapshot=on,cache=unsafe"),
    ...drive(payload, "readonly=on"),
    // An interface with a default route, as a host has one; nothing beyond the VM can be reached.
    ...["-nic", "user,model=virtio,restrict=on"],
    ...["-device", "virtio-serial", "-chardev", `socket,id=port,path=${port},server=on,wait=off`],
    ...["-device", "virtserialport,chardev=port,name=mydocker", "-device", "virtio-rng-pci"],
  ];
}

/** The agent's end of the conversation, line by line. */
async function openPort(path, ended) {
  const gone = ended.then(() => {
    throw new Error("the VM ended");
  });
  gone.catch(() => {});
  let socket;
  for (let attempt = 0; socket === undefined; attempt += 1) {
    socket = await new Promise((resolve) => {
      const trial = connect(path, () => resolve(trial));
      trial.once("error", () => resolve(undefined));
    });
    if (socket === undefined) {
      if (attempt > 100) throw new Error(`qemu does not listen on ${path}`);
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
  }
  let text = "";
  const waiting = [];
  socket.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      waiting.shift()?.(text.slice(0, end));
      text = text.slice(end + 1);
    }
  });
  return {
    send: (line) => socket.write(`${line}\n`),
    next: () => Promise.race([gone, new Promise((resolve) => waiting.push(resolve))]),
  };
}

let commands = 0;

async function runCommand(lines, script) {
  commands += 1;
  const answer = lines.next();
  lines.send(`${commands} ${Buffer.from(script).toString("base64")}`);
  const [number, code, stdout, stderr] = (await answer).split(" ");
  if (number !== String(commands)) throw new Error(`answer ${number} to command ${commands}`);
  const decode = (field) => Buffer.from(field.slice(1), "base64").toString("utf8");
  return { code: Number(code), stdout: decode(stdout), stderr: decode(stderr) };
}

function withPatience(promise, milliseconds, message) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} within ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
