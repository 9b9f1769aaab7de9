import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "@mydocker/testing";
import { expect } from "vitest";
import { type ImageChanges, makeImage } from "./test-image.ts";

const APPLETS = [
  "sh",
  "cat",
  "chmod",
  "chown",
  "echo",
  "ln",
  "ls",
  "mkdir",
  "mkfifo",
  "mv",
  "rm",
  "sleep",
  "touch",
  "true",
];

/** An image with busybox and things to change, in which nothing is that every container has something mounted on. */
export const NAME = "docker.io/library/changed:base";

/** Puts it in the store. */
export async function loadChangeable(sandbox: Sandbox, changes: ImageChanges = {}): Promise<void> {
  const layout = join(sandbox.directory, "changeable");
  const fill = (root: string): void => {
    mkdirSync(join(root, "bin"));
    copyFileSync("/bin/busybox", join(root, "bin/busybox"));
    for (const applet of APPLETS) symlinkSync("busybox", join(root, "bin", applet));
    execFileSync("sh", ["-c", FILL], { cwd: root });
  };
  const second = (root: string): void => {
    execFileSync("sh", ["-c", "chmod 755 .; mkdir d; echo 2 > d/second; chmod 751 d"], { cwd: root });
  };
  makeImage(layout, [fill, second], changes);
  const loaded = await sandbox.shell(
    `tar -C ${layout} -c . | mydocker-image load && mydocker-image tag image ${NAME} && mydocker-image remove image`,
  );
  expect(loaded).toMatchObject({ code: 0, stderr: "" });
}

const FILL = `
chmod 755 .; mkdir -p vol d/sub gone opaque etc tmp becomes-file
chmod 1777 tmp
echo lower > d/lower; echo x > d/sub/x; echo x > gone/x; echo x > opaque/old; echo x > becomes-directory; echo x > becomes-file/x
echo linked > one; ln one two
echo secret > etc/secret; chmod 600 etc/secret
`;

/** What a container does to it: all that a layer can say. */
export const CHANGE = `
set -e
cd /
echo changed > d/lower; chmod 4711 d/lower; rm d/second; echo new > d/new; chown 1000:65534 d/new
rm -r gone; rm -r opaque; mkdir opaque; echo y > opaque/new
rm becomes-directory; mkdir becomes-directory; echo z > becomes-directory/z
rm -r becomes-file; echo now > becomes-file
echo more >> one; ln one three
ln -s /etc/secret link; ln -s nowhere dangling; mkfifo -m 640 pipe
mkdir -m 1770 new; echo deep > new/deep; ln new/deep new/same; touch -d @12345 new/deep
mkdir new/empty; touch -d @1700000000 new/empty
echo x > "new/a name with blanks"; echo x > "new/$(echo -e '\\351')"
`;

/** What no container can do by itself: attributes and capabilities, in its mounted rootfs. */
export const ATTRIBUTES = `
import os, socket, struct
os.setxattr("new/deep", "user.mine", b"\\x00\\xff")
os.setxattr("d/new", "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0))
os.setxattr("new", "user.directory", b"x")
os.mknod("device", 0o20660, os.makedev(1, 3))
os.mknod("block", 0o60600, os.makedev(259, 300))
s = open("sparse", "wb"); s.seek(3 << 20); s.write(b"end"); s.close()
os.utime("sparse", ns=(1, 1_500_000_000_123_456_789))
os.makedirs(b"long/" + b"/".join([b"p" * 60] * 6)); open(b"long/" + b"/".join([b"p" * 60] * 6) + b"/" + b"f" * 200, "w").close()
`;

/** Makes the changes in a container of it, and then what only the host can do. */
export async function changeContainer(sandbox: Sandbox, name: string, flags: string[] = []): Promise<void> {
  expect(await sandbox.tool("mydocker", ["run", "--name", name, ...flags, NAME, "sh", "-c", CHANGE])).toMatchObject({
    code: 0,
    stderr: "",
  });
  const changed = await sandbox.shell(
    `cd $(mydocker-image mount ${name}) && python3 -c '${ATTRIBUTES}'; code=$?; cd /; mydocker-image unmount ${name}; exit $code`,
  );
  expect(changed).toMatchObject({ code: 0, stderr: "" });
}
