// `npm run bench [-- NAME…] [-- --runs N]`: mydocker beside its peers, interleaved, as medians and ratios.
import { parseArgs } from "node:util";
import { CASES } from "./bench/cases.mjs";
import { startEngines } from "./bench/engines.mjs";
import { makeField } from "./bench/field.mjs";
import { renderHeader } from "./bench/report.mjs";
import { main, SetUpError } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";

const DEFAULT_RUNS = 21;

await main(async () => {
  const { cases, runs } = readArguments(process.argv.slice(2));
  setUp(["build", "run", "bench"]);
  // Node reads this file at start-up, 60 ms: it would be measured as a part of what Node starts.
  delete process.env.NODE_EXTRA_CA_CERTS;
  // The peers as the distribution packages them, not what somebody has put in /usr/local.
  process.env.PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
  const field = makeField();
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const engines = await startEngines(field, new Set(cases.flatMap(({ needs }) => needs)));
    process.stdout.write(renderHeader(engines, runs));
    for (const benchmark of cases) {
      if (interrupted) throw new SetUpError("interrupted");
      process.stdout.write(await benchmark.measure({ engines, field, runs, stop: () => interrupted }));
    }
  } finally {
    await field.cleanUp();
  }
});

function readArguments(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { only: { type: "string", multiple: true, default: [] }, runs: { type: "string" } },
  });
  const names = [...values.only, ...positionals].flatMap((name) => name.split(","));
  const runs = Number(values.runs ?? DEFAULT_RUNS);
  if (!Number.isInteger(runs) || runs < 1)
    throw new SetUpError(`--runs: expected a positive number, got "${values.runs}"`);
  return { runs, cases: names.length === 0 ? CASES : names.map(findCase) };
}

function findCase(name) {
  const found = CASES.find((benchmark) => benchmark.name === name);
  if (found !== undefined) return found;
  throw new SetUpError(`no benchmark "${name}": there are ${CASES.map((benchmark) => benchmark.name).join(", ")}`);
}
