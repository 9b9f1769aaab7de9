import type { ByteString } from "../tar/header.ts";
import type { ArchivedEntry } from "../tar/writer.ts";
import type { Archivist } from "./archive-walk.ts";
import type { WalkedEntry } from "./walked-entry.ts";

/**
 * What leaves with a file: what its owner gave it, its capabilities and its access list. The rest is the host's own: labels of its security
 * modules, and what overlayfs notes for itself (trusted.overlay.*, user.overlay.*), which would take effect where the layer is mounted.
 */
export function isKeptAttribute(name: ByteString): boolean {
  return /^(?:user\.(?!overlay\.)|security\.capability$|system\.posix_acl_(?:access|default)$)/.test(name);
}

/** Turns what was walked into an archive's entries, and knows which files it has seen under another name. */
export class EntryArchivist implements Archivist {
  readonly #names = new Map<string, ByteString>();

  archive(entry: WalkedEntry): ArchivedEntry[] {
    return [this.tell(entry) ?? []].flat();
  }

  end(): [] {
    return [];
  }

  /** @returns undefined for a socket: it is nothing without who listens, and no archive can have one */
  tell(entry: WalkedEntry): ArchivedEntry | undefined {
    const { path, kind, mode, uid, gid, mtime, inode } = entry;
    if (kind === "socket") return undefined;
    const name = kind === "directory" ? `${path}/` : path;
    const common = { name, mode, uid, gid, mtime };
    const first = inode === undefined ? undefined : this.#names.get(inode);
    if (first !== undefined) return { ...common, kind: "hard-link", size: 0, linkName: first };
    if (inode !== undefined) this.#names.set(inode, path);
    const attributes = new Map([...entry.attributes].filter(([attribute]) => isKeptAttribute(attribute)));
    const { size, target: linkName, major, minor } = entry;
    return { ...common, kind, size, linkName, major, minor, attributes };
  }
}
