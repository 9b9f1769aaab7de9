import { MydockerError } from "@mydocker/stage";

/** Codes of the specification, and above 99 our own. */
export const CNI_CODE = {
  version: 1,
  unsupported: 2,
  environment: 4,
  io: 5,
  decode: 6,
  config: 7,
  notAvailable: 50,
  /** An address, a port or a name that somebody else has. */
  taken: 100,
  /** CHECK found something that is not as ADD left it. */
  changed: 101,
  internal: 999,
} as const;

/** A failure with a code of CNI's. */
export class CniError extends MydockerError {
  readonly cniCode: number;

  constructor(cniCode: number, message: string, hint?: string) {
    super(message, hint === undefined ? { code: "CNI" } : { code: "CNI", hint });
    this.cniCode = cniCode;
  }
}

/** The document that a plugin that fails leaves on its stdout. */
export function errorDocument(cniVersion: string, error: unknown): object {
  const known = error instanceof MydockerError ? error : undefined;
  const msg = known?.message ?? `unexpected: ${error instanceof Error ? error.message : String(error)}`;
  const details = known?.hint === undefined ? {} : { details: `try: ${known.hint}` };
  return { cniVersion, code: codeOf(error), msg, ...details };
}

function codeOf(error: unknown): number {
  if (error instanceof CniError) return error.cniCode;
  if (!(error instanceof MydockerError)) return CNI_CODE.internal;
  return OF_KIND[error.code] ?? CNI_CODE.io;
}

const OF_KIND: Record<string, number> = {
  USAGE: CNI_CODE.config,
  MISSING_PROGRAM: CNI_CODE.notAvailable,
  PORT_TAKEN: CNI_CODE.taken,
  ADDRESS_TAKEN: CNI_CODE.taken,
  SUBNET_FULL: CNI_CODE.taken,
  SUBNET_TAKEN: CNI_CODE.taken,
  SUBNET_IN_USE: CNI_CODE.taken,
  FOREIGN_LINK: CNI_CODE.taken,
  INTERFACE_EXISTS: CNI_CODE.taken,
  ALREADY_ATTACHED: CNI_CODE.taken,
};
