import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { baseTree } from "../../support/debian-image.ts";

export interface ShownLayers {
  /** A Debian. */
  base: Buffer;
  /** All that a file can be. */
  everything: Buffer;
  /** All that a layer can do to those below it. */
  changes: Buffer;
  /** Two that have nothing to do with each other. */
  one: Buffer;
  two: Buffer;
}

/** Layers by mmdebstrap and GNU tar, as builders write them. */
export function makeShownLayers(directory: string): ShownLayers {
  const pack = (name: string, script: string): Buffer => {
    const tree = join(directory, name);
    mkdirSync(tree);
    execFileSync("bash", ["-euc", script], { cwd: tree, stdio: ["ignore", "ignore", "inherit"] });
    const archive = join(directory, `${name}.tar`);
    const options = ["--format=pax", "--xattrs", "--xattrs-include=*", "--numeric-owner", "--sort=name"];
    execFileSync("tar", ["-C", tree, ...options, "-cf", archive, "."]);
    return readFileSync(archive);
  };
  return {
    base: readFileSync(baseTree()),
    everything: pack("everything", EVERYTHING),
    changes: pack("changes", CHANGES),
    one: pack("one", "mkdir -p srv/one; seq 1 20000 > srv/one/numbers"),
    two: pack("two", "mkdir -p srv/two; seq 2 20000 > srv/two/numbers"),
  };
}

/** The capability is cap_net_raw+ep, as setcap(8) would write it (linux/capability.h, vfs_cap_data of revision 2). */
const EVERYTHING = String.raw`
mkdir -p show/{modes,links,times,owners,attributes,names,gone,opaque/inner,becomes-file/inner,kept}
cd show
for mode in 0 600 644 755 4755 2755 6711 1777; do echo $mode > modes/file-$mode; chmod $mode modes/file-$mode; done
for mode in 700 1777 2775 3711; do mkdir modes/directory-$mode; chmod $mode modes/directory-$mode; done
echo three names > links/first; ln links/first links/second; ln links/first kept/third
ln -s first links/relative; ln -s /show/links/first links/absolute; ln -s ../../../../etc/passwd links/up
ln -s nowhere links/dangling; ln -s loop links/loop; ln links/relative links/hard-to-symbolic
chown -h 77:88 links/relative
mkfifo links/fifo; mknod links/null c 1 3; mknod links/disk b 7 200; chmod 666 links/null
for owner in 1:2 12345:54321 65534:65534 2000000000:1; do echo x > owners/$owner; chown $owner owners/$owner; done
echo set-uid of another > owners/set-uid; chown 33:33 owners/set-uid; chmod 6755 owners/set-uid
cp /bin/true attributes/capable
python3 -c '
import os
os.setxattr("attributes/capable", "security.capability", bytes.fromhex("0100000200200000000000000000000000000000"))
os.setxattr("attributes/capable", "user.binary", bytes(range(256)))
os.setxattr("kept", "user.directory", b"\xff\x00=\n")
for name in [b"blank and\nnewline", b"\xc3\xa9\xe2\x82\xac", b"latin-\xe9", b"l" * 255, b"-dash", b"back\\slash"]:
    open(b"names/" + name, "w").close()
deep = "names" + "/directory-of-forty-letters-and-more-than-that" * 8
os.makedirs(deep); open(deep + "/file", "w").write("deep")
'
echo x > gone/file; echo x > gone-file; echo x > opaque/old; echo x > opaque/inner/old
echo x > becomes-file/inner/x; echo x > becomes-directory; echo x > becomes-link
echo old > kept/changed; echo x > kept/deleted; : > kept/empty; head -c 3000000 /dev/urandom > kept/large
touch -d '2001-02-03 04:05:06.123456789' times/past; touch -d '2100-01-01 00:00:00.000000001' times/future
touch -h -d '1999-12-31 23:59:59.5' links/dangling links/fifo links/null
touch -d '1980-01-01 00:00:00.25' modes kept names
`;

const CHANGES = `
mkdir -p show/{opaque,kept,becomes-directory,gone} usr/share/doc
cd show
touch .wh.gone-file kept/.wh.deleted opaque/.wh..wh..opq; rmdir gone; touch .wh.gone
echo new > opaque/new; chmod 1750 opaque
echo a file now > becomes-file
echo in a directory now > becomes-directory/file; chmod 711 becomes-directory
ln -s kept/changed becomes-link
echo new > kept/changed; chmod 640 kept/changed; touch -d '2002-02-02 02:02:02.222222222' kept/changed
chown 5:6 kept; touch ../usr/share/doc/.wh.apt
touch -d '2003-03-03 03:03:03.303030303' kept opaque becomes-directory
`;
