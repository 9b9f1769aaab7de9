import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const SHIM = fileURLToPath(new URL("../../../../dist/libexec/mydocker/mydocker-shim", import.meta.url));
/** The same program with libseccomp. */
export const SECCOMP = SHIM.replace(/shim$/, "seccomp");
export const SANITIZED_SHIM = `${SHIM}-sanitized`;

/** One operation of a plan: its name, and its arguments as the operation table wants them. */
export type PlannedOperation = [name: string, ...values: (number | bigint | string | Uint8Array)[]];

const PHASES = ["host", "container", "teardown", "compile", "failure"];

/** Name to code and phase, as the shim itself says them. */
function readTable(): Map<string, { code: number; phase: number }> {
  const lines = execFileSync(SHIM, ["operations"], { encoding: "utf8" }).trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [name = "", code = "", phase = ""] = line.split("\t");
      return [name, { code: Number(code), phase: PHASES.indexOf(phase) }];
    }),
  );
}

let table: ReturnType<typeof readTable> | undefined;

/** Encodes a plan as docs/shim.md frames it. */
export function encodePlan(operations: PlannedOperation[]): Buffer {
  table ??= readTable();
  const bodies = operations.map(([name, ...values]) => {
    const kind = table?.get(name);
    if (kind === undefined) throw new Error(`no operation ${name}`);
    return encodeOperation(kind.code, kind.phase, values.map(encodeArgument));
  });
  return framePlan(bodies.length, Buffer.concat(bodies));
}

/** A header that says what it is told to, in front of a body. */
export function framePlan(count: number, body: Buffer, size = body.length): Buffer {
  const header = Buffer.alloc(16);
  header.write("MDPLAN01", "latin1");
  header.writeUInt32LE(count, 8);
  header.writeUInt32LE(size, 12);
  return Buffer.concat([header, body]);
}

export function encodeOperation(code: number, phase: number, encoded: Buffer[]): Buffer {
  const body = Buffer.concat(encoded);
  const head = Buffer.alloc(8);
  head.writeUInt8(code, 0);
  head.writeUInt8(phase, 1);
  head.writeUInt16LE(encoded.length, 2);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

export function encodeArgument(value: number | bigint | string | Uint8Array): Buffer {
  if (typeof value === "number" || typeof value === "bigint") {
    const encoded = Buffer.alloc(9);
    encoded.writeUInt8(1, 0);
    encoded.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 1);
    return encoded;
  }
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5);
  head.writeUInt8(typeof value === "string" ? 2 : 3, 0);
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
