import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDebianImage } from "./support/debian-image.ts";
import { hostRemains } from "./support/host-remains.ts";

let sandbox: Sandbox;
let directory: string;
let registry: TestRegistry;
let image: string;

beforeAll(async () => {
  sandbox = makeSandbox();
  directory = mkdtempSync(join(tmpdir(), "mydocker-registry-"));
  registry = await startRegistry(join(directory, "registry"));
  image = `${registry.host}/library/debian:test`;
  await registry.push(makeDebianImage(directory), "test", "library/debian:test");
  const { code, stderr } = await sandbox.tool("mydocker", ["pull", "--tls-verify=false", image]);
  expect(stderr).not.toContain("error");
  expect(code).toBe(0);
}, 300_000);

afterAll(async () => {
  await registry?.stop();
  await sandbox.cleanUp();
  expect(await hostRemains(sandbox)).toEqual([]);
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

function run(...args: string[]) {
  return sandbox.tool("mydocker", ["run", "--rm", ...args]);
}

/** Under a pseudo-terminal: script(1) makes one, is its other end, and leaves with the command's exit code. */
function underTerminal(command: string, input: string) {
  return execa("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: sandbox.env,
    input,
    reject: false,
    timeout: 30_000,
  });
}

test("layers lie on each other in order, whiteouts and opaque directories included", async () => {
  const look = "cat /opt/text /opt/link /srv/hidden/new; ls /srv /srv/hidden; echo $GREETING";
  const { stdout, code } = await run(image, "sh", "-c", look);
  expect(stdout).toBe(
    "third layer\nsecond layer\nthird layer\n/srv:\nhidden\nkept\n\n/srv/hidden:\nnew\nhello from the image\n",
  );
  expect(code).toBe(0);
});

test("apt list --installed works inside", async () => {
  const { stdout, code } = await run(image, "apt", "list", "--installed");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^dpkg\/.*\[installed/m);
  expect(stdout.split("\n").length).toBeGreaterThan(50);
});

test("-it gives a terminal of its own, takes what is typed, and hands the exit code back", async () => {
  const { stdout, exitCode } = await underTerminal(
    `mydocker run -it --rm ${image}`,
    "stty -echo; tty; echo sum=$((40 + 2)); exit 3\n",
  );
  expect(stdout).toMatch(/^\/dev\/(pts\/0|console)\r?$/m);
  expect(stdout).toMatch(/^sum=42\r?$/m);
  expect(exitCode).toBe(3);
});

test("-t knows the size of the terminal it is in", async () => {
  const { stdout } = await underTerminal(`stty rows 33 columns 77; mydocker run -t --rm ${image} stty size`, "");
  expect(stdout).toContain("33 77");
});

test("-v binds a host directory: written to by default, not with :ro", async () => {
  const shared = join(directory, "shared");
  mkdirSync(shared);
  writeFileSync(join(shared, "from-host"), "host\n");
  const both = await run(
    "-v",
    `${shared}:/data`,
    image,
    "sh",
    "-c",
    "cat /data/from-host; echo inside > /data/from-container",
  );
  expect(both).toMatchObject({ code: 0, stdout: "host\n" });
  expect(readFileSync(join(shared, "from-container"), "utf8")).toBe("inside\n");

  const readOnly = await run(
    "-v",
    `${shared}:/data:ro`,
    image,
    "sh",
    "-c",
    "cat /data/from-host; echo x > /data/refused",
  );
  expect(readOnly.stdout).toBe("host\n");
  expect(readOnly.stderr).toContain("Read-only file system");
  expect(readOnly.code).not.toBe(0);
});

test("-p is reached by 127.0.0.1, by the host's address, and by the container's", async () => {
  const port = await freePort();
  const serve = "echo page > /tmp/index.html; exec /mnt/busybox httpd -f -p 80 -h /tmp";
  const args = [
    "run",
    "-d",
    "--rm",
    "--init",
    "--name",
    "web",
    "-p",
    `${port}:80`,
    "-v",
    "/bin/busybox:/mnt/busybox:ro",
  ];
  const started = await sandbox.tool("mydocker", [...args, image, "sh", "-c", serve]);
  expect(started.stderr).toBe("");
  const address = await sandbox.tool("mydocker", ["exec", "web", "hostname", "-I"]);
  expect(address.stdout).toContain(sandbox.network);
  const places = [`127.0.0.1:${port}`, `${hostAddress()}:${port}`, `${address.stdout.trim()}:80`];
  for (const place of places) expect(await page(`http://${place}/`), place).toBe("page\n");
  expect(await sandbox.tool("mydocker", ["stop", "web"])).toMatchObject({ code: 0 });
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test("an image that the registry does not have is one line that says so", async () => {
  const { code, stderr } = await sandbox.tool("mydocker", ["pull", "--tls-verify=false", `${registry.host}/none:1`]);
  expect(code).not.toBe(0);
  const [progress, ...failure] = stderr.trim().split("\n");
  expect(progress).toMatch(/: pulling /);
  expect(failure).toHaveLength(1);
  expect(failure[0]).toContain(`${registry.host}/none`);
});

/** The server needs a moment after `run -d` has returned. */
async function page(url: string): Promise<string> {
  const { stdout } = await execa(
    "curl",
    [
      "--silent",
      "--show-error",
      "--fail",
      "--retry",
      "20",
      "--retry-connrefused",
      "--retry-delay",
      "0",
      "--max-time",
      "20",
      url,
    ],
    { stripFinalNewline: false },
  );
  return stdout;
}

function hostAddress(): string {
  const all = Object.entries(networkInterfaces()).filter(([name]) => /^(e|w)/.test(name));
  const found = all
    .flatMap(([, addresses]) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal);
  if (found === undefined) throw new Error("the host has no IPv4 address but the loopback's");
  return found.address;
}
