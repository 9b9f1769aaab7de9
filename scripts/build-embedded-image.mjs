// Makes the embedded image: an OCI layout of the distribution's busybox-static, in dist/share/mydocker/images/busybox.
// No network, and the same bytes every time: names sorted, ids 0, one time stamp (that of the distribution's file).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const workspace = fileURLToPath(new URL("..", import.meta.url));
const images = join(workspace, "dist/share/mydocker/images");
const target = join(images, "busybox");
const stampFile = join(images, "busybox.stamp");
const BUSYBOX = "/bin/busybox";
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const PASSWD = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;
const GROUP = `root:x:0:
daemon:x:1:
bin:x:2:
tty:x:5:
mail:x:8:
www-data:x:33:
operator:x:37:
users:x:100:
nogroup:x:65534:
`;

process.umask(0o022);
main();

function main() {
  if (!existsSync(BUSYBOX)) fail(`${BUSYBOX}: not there`, "apt-get install busybox-static");
  const binary = readFileSync(BUSYBOX);
  if (isDynamic(binary)) fail(`${BUSYBOX}: it is not linked statically`, "apt-get install busybox-static");
  const stamp = sha256(Buffer.concat([binary, readFileSync(fileURLToPath(import.meta.url))]));
  if (existsSync(join(target, "index.json")) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp)
    return;
  mkdirSync(images, { recursive: true });
  const work = mkdtempSync(join(images, ".building-"));
  try {
    const created = new Date(Math.floor(statSync(BUSYBOX).mtimeMs / 1000) * 1000);
    makeTree(join(work, "tree"));
    writeLayout(join(work, "layout"), makeLayer(join(work, "tree"), created), created);
    rmSync(stampFile, { force: true });
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, "layout"), target);
    writeFileSync(stampFile, stamp);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Every applet is a link to the one executable, where busybox itself would install it. */
function makeTree(root) {
  const directories = ["bin", "dev", "etc", "home", "proc", "root", "run", "sbin", "sys", "tmp"];
  for (const path of [...directories, "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "var/www", "var/log"]) {
    mkdirSync(join(root, path), { recursive: true, mode: 0o755 });
  }
  copyFileSync(BUSYBOX, join(root, "bin/busybox"));
  chmodSync(join(root, "bin/busybox"), 0o755);
  const applets = execFileSync(BUSYBOX, ["--list-full"], { encoding: "utf8" }).split("\n");
  for (const applet of applets.filter((path) => path !== "" && path !== "linuxrc" && path !== "bin/busybox")) {
    mkdirSync(join(root, dirname(applet)), { recursive: true, mode: 0o755 });
    symlinkSync(relative(dirname(applet), "bin/busybox"), join(root, applet));
  }
  const files = {
    "etc/passwd": PASSWD,
    "etc/group": GROUP,
    "etc/hosts": "",
    "etc/resolv.conf": "",
    "etc/hostname": "",
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text, { mode: 0o644 });
  chmodSync(join(root, "tmp"), 0o1777);
  chmodSync(join(root, "root"), 0o700);
}

function makeLayer(tree, created) {
  const order = [
    "--sort=name",
    "--format=posix",
    "--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f",
  ];
  const owner = ["--owner=0", "--group=0", "--numeric-owner", `--mtime=@${created.getTime() / 1000}`];
  return execFileSync("tar", [...order, ...owner, "-C", tree, "-cf", "-", "."], { maxBuffer: 256 * 1024 * 1024 });
}

function writeLayout(layout, layer, created) {
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const addBlob = (mediaType, data) => {
    const hex = sha256(data);
    writeFileSync(join(layout, "blobs/sha256", hex), data);
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  };
  const addJson = (mediaType, value) => addBlob(mediaType, Buffer.from(JSON.stringify(value)));
  const time = created.toISOString();
  const config = addJson("application/vnd.oci.image.config.v1+json", {
    created: time,
    architecture: { x64: "amd64", ia32: "386" }[process.arch] ?? process.arch,
    os: "linux",
    config: { Env: [`PATH=${PATH}`], Cmd: ["sh"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    history: [{ created: time, created_by: "the distribution's busybox-static" }],
  });
  const manifestType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = addJson(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config,
    layers: [addBlob("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(layer, { level: 9 }))],
  });
  const annotations = { "org.opencontainers.image.ref.name": "docker.io/library/busybox:latest" };
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(layout, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
}

/** Whether an ELF64 file names an interpreter (PT_INTERP, 3): then it needs libraries that the image has not. */
function isDynamic(elf) {
  const table = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  const count = elf.readUInt16LE(56);
  return Array.from({ length: count }, (_, index) => elf.readUInt32LE(table + index * size)).includes(3);
}

function sha256(data) {
  return createHash("sha256").update(data).digest("hex");
}

function fail(what, hint) {
  process.stderr.write(`build-embedded-image: ${what}; try: ${hint}\n`);
  process.exit(1);
}
