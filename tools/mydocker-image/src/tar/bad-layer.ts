import { MydockerError } from "@mydocker/stage";

/** A layer that is not what a layer has to be. */
export function badLayer(why: string, hint?: string): MydockerError {
  const details = { code: "BAD_LAYER" };
  return new MydockerError(why, hint === undefined ? details : { ...details, hint });
}
