import { prepare } from "@mydocker/engine/start.ts";
import { tool as cgroup } from "@mydocker/mydocker-cgroup";
import { tool as image } from "@mydocker/mydocker-image";
import { tool as init } from "@mydocker/mydocker-init";
import { tool as net } from "@mydocker/mydocker-net";
import { tool as mydocker } from "../cli.ts";
import { HURRIED_VERBS } from "../hurried-verbs.ts";

const tools = {
  mydocker,
  "mydocker-init": init,
  "mydocker-net": net,
  "mydocker-cgroup": cgroup,
  "mydocker-image": image,
};

/** What the snapshot of the small engine is made from (scripts/build/snapshot.mjs waits for it). */
export const prepared = prepare(
  Object.fromEntries(Object.entries(tools).map(([name, tool]) => [name, { tool, verbs: HURRIED_VERBS[name] ?? [] }])),
);
Object.assign(globalThis, { prepared });
