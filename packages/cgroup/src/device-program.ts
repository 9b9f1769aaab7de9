import type { OciDeviceRule } from "@mydocker/oci";
import { type DeviceException, devicePolicy } from "./device-rules.ts";

/** linux/bpf.h: BPF_DEVCG_DEV_* and BPF_DEVCG_ACC_*, the halves of bpf_cgroup_dev_ctx.access_type. */
const TYPE = { b: 1, c: 2 } as const;
const ACCESS: Record<string, number> = { m: 1, r: 2, w: 4 };

/** Instruction set of eBPF (Documentation/bpf/standardization/instruction-set.rst). JMP32 is there since Linux 5.1. */
const OPCODE = {
  load: 0x61, // BPF_LDX | BPF_MEM | BPF_W
  move: 0xb4, // BPF_ALU | BPF_MOV | BPF_K, on 32 bits
  moveRegister: 0xbc, // BPF_ALU | BPF_MOV | BPF_X
  and: 0x54, // BPF_ALU | BPF_AND | BPF_K
  shiftRight: 0x74, // BPF_ALU | BPF_RSH | BPF_K
  jump: 0x05, // BPF_JMP | BPF_JA
  jumpIfNotEqual: 0x56, // BPF_JMP32 | BPF_JNE | BPF_K
  jumpIfSet: 0x46, // BPF_JMP32 | BPF_JSET | BPF_K
  exit: 0x95, // BPF_JMP | BPF_EXIT
} as const;

/** r0 is the answer, r1 the context; what stays in these is what has been asked. */
const REGISTER = { answer: 0, context: 1, access: 2, type: 3, major: 4, minor: 5 } as const;

interface Instruction {
  opcode: number;
  destination: number;
  source?: number;
  offset?: number;
  immediate?: number;
}

/**
 * The rules as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE, which v2 has in place of a controller: it answers 1
 * to let an access pass and 0 to refuse it with EPERM. Every letter that is asked for is judged by the last rule that speaks of it,
 * so the rules are gone through from the last to the first, and what one of them allows is not asked of those before it.
 *
 * @returns the instructions, little-endian; undefined for no rules
 */
export function deviceProgram(rules: OciDeviceRule[]): Uint8Array | undefined {
  const policy = devicePolicy(rules);
  if (policy === undefined) return undefined;
  const { access, type, major, minor, context } = REGISTER;
  return encode([
    { opcode: OPCODE.load, destination: access, source: context, offset: 0 },
    { opcode: OPCODE.moveRegister, destination: type, source: access },
    { opcode: OPCODE.and, destination: type, immediate: 0xffff },
    { opcode: OPCODE.shiftRight, destination: access, immediate: 16 },
    { opcode: OPCODE.load, destination: major, source: context, offset: 4 },
    { opcode: OPCODE.load, destination: minor, source: context, offset: 8 },
    ...policy.exceptions.toReversed().flatMap(judge),
    ...answer(policy.allowByDefault),
  ]);
}

/** A rule: comparisons that go past it, then what it says. */
function judge(exception: DeviceException): Instruction[] {
  const mask = [...exception.access].reduce((bits, letter) => bits | (ACCESS[letter] ?? 0), 0);
  const verdict = exception.allow ? allowing(mask) : denying(mask);
  const comparisons = [
    { register: REGISTER.type, value: TYPE[exception.type] as number },
    ...(exception.major === undefined ? [] : [{ register: REGISTER.major, value: exception.major }]),
    ...(exception.minor === undefined ? [] : [{ register: REGISTER.minor, value: exception.minor }]),
  ];
  return [
    ...comparisons.map(({ register, value }, index) => ({
      opcode: OPCODE.jumpIfNotEqual,
      destination: register,
      offset: comparisons.length - index - 1 + verdict.length,
      immediate: value,
    })),
    ...verdict,
  ];
}

function allowing(mask: number): Instruction[] {
  return [
    { opcode: OPCODE.and, destination: REGISTER.access, immediate: ~mask },
    { opcode: OPCODE.jumpIfNotEqual, destination: REGISTER.access, offset: 2, immediate: 0 },
    ...answer(true),
  ];
}

function denying(mask: number): Instruction[] {
  return [
    { opcode: OPCODE.jumpIfSet, destination: REGISTER.access, offset: 1, immediate: mask },
    { opcode: OPCODE.jump, destination: 0, offset: 2 },
    ...answer(false),
  ];
}

function answer(allow: boolean): Instruction[] {
  return [
    { opcode: OPCODE.move, destination: REGISTER.answer, immediate: allow ? 1 : 0 },
    { opcode: OPCODE.exit, destination: 0 },
  ];
}

/** u8 opcode, u4 destination, u4 source, s16 offset, s32 immediate. */
function encode(instructions: Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  instructions.forEach(({ opcode, destination, source = 0, offset = 0, immediate = 0 }, index) => {
    view.setUint8(index * 8, opcode);
    view.setUint8(index * 8 + 1, destination | (source << 4));
    view.setInt16(index * 8 + 2, offset, true);
    // A number of 32 bits without a sign, such as the largest minor, is written as the same bits.
    view.setInt32(index * 8 + 4, immediate | 0, true);
  });
  return new Uint8Array(view.buffer);
}
