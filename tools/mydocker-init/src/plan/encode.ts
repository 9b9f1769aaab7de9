import { type Argument, OPERATIONS, type Operation, type Phase, type Plan } from "./operations.ts";

const MAGIC = "MDPLAN01";
const PHASE_NUMBER: Record<Phase, number> = { host: 0, container: 1, teardown: 2, compile: 3, failure: 4, started: 5 };
const TYPE_NUMBER = { number: 1, text: 2, bytes: 3 };

/** The shim takes no larger plan. */
const MAXIMUM_BYTES = 16 * 1024 * 1024;

/**
 * Frames a plan for the shim: lengths in front of everything, so that no content can be mistaken for structure
 * (CVE-2021-43784 was a length that overflowed; ours are u32 and checked).
 *
 * @throws Error when the plan is larger than the shim takes, or a text has a NUL byte
 */
export function encodePlan(plan: Plan): Buffer {
  const body = Buffer.concat(plan.map(encodeOperation));
  if (body.length > MAXIMUM_BYTES) throw new Error(`plan of ${body.length} bytes: more than ${MAXIMUM_BYTES}`);
  const header = Buffer.alloc(16);
  header.write(MAGIC, 0, "latin1");
  header.writeUInt32LE(plan.length, 8);
  header.writeUInt32LE(body.length, 12);
  return Buffer.concat([header, body]);
}

function encodeOperation({ name, args }: Operation): Buffer {
  const { code, phase } = OPERATIONS[name];
  if (args.length > 0xffff) throw new Error(`operation ${name}: ${args.length} arguments: more than 65535`);
  const body = Buffer.concat(args.map(encodeArgument));
  const header = Buffer.alloc(8);
  header.writeUInt8(code, 0);
  header.writeUInt8(PHASE_NUMBER[phase], 1);
  header.writeUInt16LE(args.length, 2);
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body]);
}

function encodeArgument(argument: Argument): Buffer {
  if (typeof argument === "number" || typeof argument === "bigint") {
    const encoded = Buffer.alloc(9);
    encoded.writeUInt8(TYPE_NUMBER.number, 0);
    encoded.writeBigUInt64LE(BigInt(argument), 1);
    return encoded;
  }
  const data = Buffer.from(argument);
  if (typeof argument === "string" && data.includes(0)) throw new Error("a text of the plan has a NUL byte");
  const header = Buffer.alloc(5);
  header.writeUInt8(typeof argument === "string" ? TYPE_NUMBER.text : TYPE_NUMBER.bytes, 0);
  header.writeUInt32LE(data.length, 1);
  return Buffer.concat([header, data]);
}
