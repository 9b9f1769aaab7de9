import { closeSync, readFileSync, writeSync } from "node:fs";
import { ANNOTATION, getAnnotation, listStages, type OciConfig, stringifyExact, withAnnotations } from "@mydocker/oci";
import { EmptyConfigError, readConfig } from "./config-input.ts";
import { EXIT, errnoOf, MydockerError, usageError } from "./errors.ts";
import { reportError, warn } from "./log.ts";
import { undoStages } from "./undo.ts";

/**
 * Runs a filter: reads a config, lets `work` do its part, writes the config that `work` returns. When `work` fails, it
 * must have undone its own part; what earlier stages made is undone here, stdout stays empty, and the exit code is 125.
 *
 * @param source where the config comes from (`--config`)
 * @param work returns the config for the next stage
 */
export function runFilter(
  source: string | undefined,
  work: (config: OciConfig, id: string) => Promise<OciConfig>,
): Promise<number> {
  return runWithUndo(source, requireId, async (config, id) => {
    await passOn(config, await work(config, id), id);
    endOutput();
    return 0;
  });
}

/**
 * As `runFilter` for a sink: nothing is written, and what `work` returns is the exit code.
 *
 * @param idOf the container's id, which a sink may also get from its arguments
 */
export async function runWithUndo(
  source: string | undefined,
  idOf: (config: OciConfig) => string,
  work: (config: OciConfig, id: string) => Promise<number>,
): Promise<number> {
  let config: OciConfig;
  try {
    config = readConfig(source);
  } catch (error) {
    if (error instanceof EmptyConfigError) return EXIT.failed;
    throw error;
  }
  const id = idOf(config);
  try {
    return await work(config, id);
  } catch (error) {
    reportError(error);
    for (const problem of await undoStages(config, id)) warn(`while undoing: ${problem}`);
    return error instanceof MydockerError ? error.exitCode : EXIT.failed;
  }
}

/** Writes the config that this stage made. Where nobody takes it any more, what this stage made has to be undone too. */
async function passOn(given: OciConfig, made: OciConfig, id: string): Promise<void> {
  try {
    writeDocument(made);
  } catch (error) {
    const before = listStages(given);
    const own = listStages(made).filter((stage) => !before.includes(stage));
    const undo = withAnnotations(made, { [ANNOTATION.stages]: own.join(",") });
    for (const problem of await undoStages(undo, id)) warn(`while undoing: ${problem}`);
    throw error;
  }
}

/** The next stage waits for the end of its input, and need not wait until this process has given its memory back (5 ms). */
export function endOutput(): void {
  closeSync(1);
}

/** Writes one JSON document to stdout, all of it, before the process may exit. */
export function writeDocument(document: unknown): void {
  writeAll(`${stringifyExact(document)}\n`);
}

/**
 * Writes all of `text` to stdout; a pipe that is full for the moment is tried again (stdout may be non-blocking).
 * `process.stdout` would load the streams, which takes 14 ms of every start.
 */
export function writeAll(text: string): void {
  let left = Buffer.from(text, "utf8");
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "EAGAIN") continue;
      if (errno === "EPIPE") throw new MydockerError("the next stage of the pipe has gone away", { code: "EPIPE" });
      throw error;
    }
  }
}

/** The container's id, which every stage but the source finds in the config. */
export function requireId(config: OciConfig): string {
  const id = getAnnotation(config, ANNOTATION.id);
  if (id === undefined) {
    throw usageError(
      `the config has no annotation ${ANNOTATION.id}`,
      `start the pipe with mydocker-image bundle, or add it: jq '.annotations["${ANNOTATION.id}"]="my-id"'`,
    );
  }
  checkContainerId(id);
  return id;
}

/** 64 hex digits, by the generator that is there without loading node:crypto. */
export function newContainerId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
}

/**
 * Ids become names of files and cgroups, so nothing that has a meaning there may be in them: no "/", and no dot in front
 * (crun 1.28 hardening: ids with ".."). Anything that runc and crun take is taken, a "-" in front too.
 */
export function checkContainerId(id: string): string {
  if (!/^[a-zA-Z0-9_+-][a-zA-Z0-9_+.-]{0,127}$/.test(id)) {
    throw usageError(
      `container id ${JSON.stringify(id.slice(0, 80))}: expected 1 to 128 of a-z A-Z 0-9 _ + . - and not to start with a dot`,
    );
  }
  return id;
}

/**
 * The id an inverse verb is to work on: its argument, or the `id` of an OCI state object on stdin, as a hook gets it.
 */
export function inverseTarget(args: string[]): string {
  const [id] = args;
  if (id !== undefined) return checkContainerId(id);
  const text = readFileSync(0, "utf8");
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state === "object" && state !== null && "id" in state && typeof state.id === "string") {
      const annotated = "annotations" in state ? annotatedId(state.annotations) : undefined;
      return checkContainerId(annotated ?? state.id);
    }
  } catch (error) {
    if (error instanceof MydockerError) throw error;
  }
  throw usageError("expected a container id, or an OCI state object on stdin");
}

/** Under another runtime (`runc run -b . other-name`) the state's id is that runtime's; ours is in the annotations. */
function annotatedId(annotations: unknown): string | undefined {
  if (typeof annotations !== "object" || annotations === null) return undefined;
  const id: unknown = Reflect.get(annotations, ANNOTATION.id);
  return typeof id === "string" ? id : undefined;
}
