import type { OciBlockIo, OciThrottle } from "@mydocker/oci";
import { blkioWeightToIoWeight } from "./convert.ts";
import { type Setting, text } from "./settings.ts";

type Throttle =
  | "throttleReadBpsDevice"
  | "throttleWriteBpsDevice"
  | "throttleReadIOPSDevice"
  | "throttleWriteIOPSDevice";

/** Member of `linux.resources.blockIO` → v1's file, and v2's key in io.max. */
const THROTTLES: Record<Throttle, { file: string; key: string }> = {
  throttleReadBpsDevice: { file: "blkio.throttle.read_bps_device", key: "rbps" },
  throttleWriteBpsDevice: { file: "blkio.throttle.write_bps_device", key: "wbps" },
  throttleReadIOPSDevice: { file: "blkio.throttle.read_iops_device", key: "riops" },
  throttleWriteIOPSDevice: { file: "blkio.throttle.write_iops_device", key: "wiops" },
};

/**
 * `linux.resources.blockIO` for v1. Weights are the bfq scheduler's since Linux 5.0; blkio.weight, which was CFQ's, is
 * what runc looks for first, so a kernel that still had it would get it.
 */
export function v1BlockIo(blockIo: OciBlockIo): Setting[] {
  const setting = (file: string, value: string, otherwise?: string): Setting => ({
    controller: "blkio",
    file,
    value,
    ...(otherwise === undefined ? {} : { otherwise: { file: otherwise, value } }),
  });
  return [
    ...(blockIo.weight ? [setting("blkio.bfq.weight", text(blockIo.weight), "blkio.weight")] : []),
    ...(blockIo.leafWeight ? [setting("blkio.leaf_weight", text(blockIo.leafWeight))] : []),
    ...(blockIo.weightDevice ?? []).flatMap(({ major, minor, weight, leafWeight }) => [
      ...(weight ? [setting("blkio.bfq.weight_device", `${major}:${minor} ${weight}`, "blkio.weight_device")] : []),
      ...(leafWeight ? [setting("blkio.leaf_weight_device", `${major}:${minor} ${leafWeight}`)] : []),
    ]),
    ...throttles(blockIo).map(({ file, device, rate }) => setting(file, `${device} ${rate}`)),
  ];
}

/**
 * For v2: io.bfq.weight takes a weight as it is, and where bfq is not there, io.weight takes it converted (the cost model,
 * iocost). Throttles are keys of one file. `leafWeight` has no equivalent (required.ts refuses it).
 */
export function v2BlockIo(blockIo: OciBlockIo): Setting[] {
  const weigh = (weight: number, prefix: string): Setting => ({
    controller: "io",
    file: "io.bfq.weight",
    value: `${prefix}${weight}`,
    otherwise: { file: "io.weight", value: `${prefix}${blkioWeightToIoWeight(weight)}` },
  });
  return [
    ...(blockIo.weight ? [weigh(blockIo.weight, "")] : []),
    ...(blockIo.weightDevice ?? []).flatMap(({ major, minor, weight }) =>
      weight ? [weigh(weight, `${major}:${minor} `)] : [],
    ),
    ...throttles(blockIo).map(({ key, device, rate }) => ({
      controller: "io",
      file: "io.max",
      // v1 writes 0 for "no limit", v2 "max".
      value: `${device} ${key}=${rate === "0" ? "max" : rate}`,
    })),
  ];
}

function throttles(blockIo: OciBlockIo): { file: string; key: string; device: string; rate: string }[] {
  return Object.entries(THROTTLES).flatMap(([member, { file, key }]) =>
    ((blockIo[member as Throttle] ?? []) as OciThrottle[]).map(({ major, minor, rate }) => ({
      file,
      key,
      device: `${major}:${minor}`,
      rate: text(rate),
    })),
  );
}
