import { bootMachine } from "./machine.mjs";
import { workspacePayload } from "./payload.mjs";
import { TEST_HOST } from "./recipes.mjs";

/** Boots the machine that the tests of this folder run on, with the working tree in it. */
export function bootTestHost() {
  return bootMachine(TEST_HOST, workspacePayload, { memory: "2G", network: "none" });
}
