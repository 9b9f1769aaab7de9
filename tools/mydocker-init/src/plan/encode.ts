import { OPERATIONS, type Phase, type Plan } from "./operations.ts";

const MAGIC = "MDPLAN01";
const PHASE_NUMBER: Record<Phase, number> = { host: 0, container: 1, teardown: 2, compile: 3, failure: 4, started: 5 };
const TYPE_NUMBER = { number: 1, text: 2, bytes: 3 };

/** The shim takes no larger plan. */
const MAXIMUM_BYTES = 16 * 1024 * 1024;
/** In front of the operations, of each, of a text or bytes; and a number with its type. */
const SIZE = { plan: 16, operation: 8, data: 5, number: 9 };

/**
 * Frames a plan for the shim: lengths in front of everything, so that no content can be mistaken for structure
 * (CVE-2021-43784 was a length that overflowed; ours are u32 and checked). All texts are made bytes at once, and everything is written into
 * one buffer: with one for each argument it took the small engine three times as long.
 *
 * @throws Error when the plan is larger than the shim takes, or a text has a NUL byte
 */
export function encodePlan(plan: Plan): Buffer {
  const texts: string[] = [];
  let size = 0;
  for (const { name, args } of plan) {
    if (args.length > 0xffff) throw new Error(`operation ${name}: ${args.length} arguments: more than 65535`);
    size += SIZE.operation;
    for (const argument of args) {
      if (typeof argument === "string") texts.push(argument);
      else if (typeof argument === "object") size += SIZE.data + argument.length;
      else size += SIZE.number;
    }
  }
  const encoded = encodeTexts(texts);
  // Their NUL bytes are not in the plan.
  size += texts.length * (SIZE.data - 1) + encoded.length;
  if (size > MAXIMUM_BYTES) throw new Error(`plan of ${size} bytes: more than ${MAXIMUM_BYTES}`);
  const whole = Buffer.alloc(SIZE.plan + size);
  const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
  whole.write(MAGIC, 0, "latin1");
  view.setUint32(8, plan.length, true);
  view.setUint32(12, size, true);
  let offset = SIZE.plan;
  let text = 0;
  for (const { name, args } of plan) {
    const start = offset;
    offset += SIZE.operation;
    for (const argument of args) {
      if (typeof argument === "string") {
        const end = encoded.indexOf(0, text);
        offset = writeData(whole, view, offset, TYPE_NUMBER.text, encoded.subarray(text, end));
        text = end + 1;
      } else if (typeof argument === "object") {
        offset = writeData(whole, view, offset, TYPE_NUMBER.bytes, argument);
      } else {
        offset = writeNumber(view, offset, argument);
      }
    }
    const { code, phase } = OPERATIONS[name];
    view.setUint8(start, code);
    view.setUint8(start + 1, PHASE_NUMBER[phase]);
    view.setUint16(start + 2, args.length, true);
    view.setUint32(start + 4, offset - start - SIZE.operation, true);
  }
  return whole;
}

/** With a NUL byte behind each, which none may have in it. */
function encodeTexts(texts: string[]): Buffer {
  const joined = [...texts, ""].join("\0");
  if (joined.split("\0").length > texts.length + 1) throw new Error("a text of the plan has a NUL byte");
  return Buffer.from(joined);
}

/** @returns where the next one goes */
function writeData(whole: Buffer, view: DataView, offset: number, type: number, data: Uint8Array): number {
  view.setUint8(offset, type);
  view.setUint32(offset + 1, data.length, true);
  whole.set(data, offset + SIZE.data);
  return offset + SIZE.data + data.length;
}

/** @returns where the next one goes */
function writeNumber(view: DataView, offset: number, value: number | bigint): number {
  if (value < 0 || (typeof value === "bigint" ? value > 0xffff_ffff_ffff_ffffn : !Number.isSafeInteger(value))) {
    throw new RangeError(`${value} does not fit into 64 bits`);
  }
  view.setUint8(offset, TYPE_NUMBER.number);
  if (typeof value === "bigint") {
    view.setBigUint64(offset + 1, value, true);
  } else {
    view.setUint32(offset + 1, value % 2 ** 32, true);
    view.setUint32(offset + 5, Math.floor(value / 2 ** 32), true);
  }
  return offset + SIZE.number;
}
