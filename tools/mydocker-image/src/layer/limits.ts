import { usageError } from "@mydocker/stage";
import { badLayer } from "../tar/bad-layer.ts";

/** How much a layer may be. What is beyond is taken for a bomb. */
export interface LayerLimits {
  /** Bytes of all files together. */
  size: number;
  /** Files, directories and the rest. */
  entries: number;
  /** How many times larger than its blob the archive may be; only of what is larger than `RATIO_FLOOR`. */
  ratio: number;
}

/** The largest images that people publish stay below a tenth of each. */
export const DEFAULT_LIMITS: LayerLimits = { size: 256 * 2 ** 30, entries: 4_000_000, ratio: 200 };

/** An empty database is a few hundred megabytes of zeros, and no bomb. */
export const RATIO_FLOOR = 512 * 2 ** 20;

/** Reads `--limit NAME=NUMBER`; sizes may end in k, m, g or t. */
export function parseLimits(texts: string[]): LayerLimits {
  const limits = { ...DEFAULT_LIMITS };
  for (const text of texts) {
    const match = /^(size|entries|ratio)=(\d{1,15})([kmgt]?)$/i.exec(text);
    const [, name, digits, unit = ""] = match ?? [];
    if (name !== "size" && name !== "entries" && name !== "ratio") {
      throw usageError(
        `--limit ${JSON.stringify(text.slice(0, 60))}: expected size=, entries= or ratio= and a number`,
        "size=10g",
      );
    }
    limits[name] = Number(digits) * 1024 ** " kmgt".indexOf(unit === "" ? " " : unit.toLowerCase());
  }
  return limits;
}

/** @throws MydockerError where an archive is out of all proportion to its blob */
export function checkRatio(limits: LayerLimits, packed: number, unpacked: number): void {
  if (unpacked > RATIO_FLOOR && unpacked > packed * limits.ratio) {
    throw badLayer(`it unpacks to more than ${limits.ratio} times its size`, "--limit ratio=N, if you trust the image");
  }
}
