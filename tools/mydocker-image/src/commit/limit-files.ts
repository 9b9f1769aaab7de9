import type { LayerLimits } from "../layer/limits.ts";
import { badLayer } from "../tar/bad-layer.ts";
import type { Walked } from "../walk/read-walk.ts";

/**
 * Holds what is walked to what a layer may have, before its content is read: a sparse file of an exabyte costs who makes it nothing, and
 * is zeros without end in an archive.
 */
export async function* limitFiles(walked: AsyncIterable<Walked>, limits: LayerLimits): AsyncGenerator<Walked> {
  let size = 0;
  let entries = 0;
  for await (const item of walked) {
    if (!Buffer.isBuffer(item)) {
      size += item.inode === undefined ? item.size : 0;
      entries += 1;
      if (size > limits.size || item.size > limits.size)
        throw badLayer(`the changes have more than ${limits.size} bytes`, "--limit size=N, if they should");
      if (entries > limits.entries)
        throw badLayer(`the changes have more than ${limits.entries} entries`, "--limit entries=N, if they should");
    }
    yield item;
  }
}
