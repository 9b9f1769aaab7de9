import { sha256 } from "@noble/hashes/sha2.js";
import { SmallBuffer } from "../buffer.ts";

/** node:crypto's SHA-256, for a name here and there: it is a hundred times slower. */
export function createHash(algorithm: "sha256"): Hash {
  if (algorithm !== "sha256") throw new Error(`hash ${algorithm}: the small engine has sha256 alone`);
  return new Hash();
}

class Hash {
  readonly #state = sha256.create();

  update(data: string | Uint8Array): this {
    this.#state.update(typeof data === "string" ? SmallBuffer.from(data) : data);
    return this;
  }

  digest(encoding: "hex"): string {
    return SmallBuffer.from(this.#state.digest()).toString(encoding);
  }
}
