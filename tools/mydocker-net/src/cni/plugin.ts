import { configureLog, debug, readInput, writeAll } from "@mydocker/stage";
import { errorDocument } from "./cni-error.ts";
import { CNI_VERSIONS, type CniResult } from "./cni-types.ts";
import { type CniCall, parseCall } from "./parse-call.ts";

const NEWEST = "1.1.0";

/**
 * mydocker-net as a CNI plugin: called without arguments, what to do in the environment, the network's configuration on stdin. The
 * answer is one JSON document on stdout, or none.
 *
 * @returns the exit code
 */
export async function runPlugin(): Promise<number> {
  const { CNI_COMMAND: command } = process.env;
  configureLog({ source: `mydocker-net ${command}` });
  if (command === "VERSION") {
    print({ cniVersion: NEWEST, supportedVersions: CNI_VERSIONS });
    return 0;
  }
  let version: string = NEWEST;
  try {
    const call = parseCall(process.env, readInput("-"));
    version = call.config.cniVersion;
    const result = await carryOut(call);
    if (result !== undefined) print(result);
    return 0;
  } catch (error) {
    if (error instanceof Error) debug(error.stack ?? error.message);
    print(errorDocument(version, error));
    return 1;
  }
}

async function carryOut(call: CniCall): Promise<CniResult | undefined> {
  switch (call.command) {
    case "ADD":
      return (await import("./add.ts")).add(call);
    case "DEL":
      return void (await (await import("./delete.ts")).remove(call));
    case "CHECK":
      return void (await (await import("./check.ts")).check(call));
    case "GC":
      return void (await (await import("./garbage.ts")).collectGarbage(call));
    case "STATUS":
      return void (await (await import("./status.ts")).requireReady(call));
  }
}

function print(document: object): void {
  writeAll(`${JSON.stringify(document)}\n`);
}
