// All benchmarks, in the order they run. A case: `{ name, needs, measure({ engines, field, runs, stop }) }`, where
// `needs` names engines and `measure` returns the text to print.
import { bundleCase } from "./cases/bundle.mjs";
import { execCase } from "./cases/exec.mjs";
import { memoryCase } from "./cases/memory.mjs";
import { networkCase } from "./cases/network.mjs";
import { pullCase } from "./cases/pull.mjs";
import { runCase } from "./cases/run.mjs";
import { runtimeCase } from "./cases/runtime.mjs";
import { throughputCase } from "./cases/throughput.mjs";

export const CASES = [runCase, runtimeCase, execCase, memoryCase, bundleCase, networkCase, throughputCase, pullCase];
