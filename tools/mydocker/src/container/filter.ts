import { MydockerError } from "@mydocker/stage";
import { hasLabel } from "../label.ts";
import type { Container } from "./container.ts";
import { dockerState, exitCodeOf } from "./status.ts";

type Test = (container: Container, value: string) => boolean;

const TESTS: Record<string, Test> = {
  id: ({ id }, value) => id.startsWith(value),
  name: ({ record }, value) => matches(record.name, value),
  status: (container, value) => dockerState(container) === value,
  label: ({ record }, value) => hasLabel(record.labels, value),
  ancestor: ({ record }, value) => record.image === value || record.imageId.replace("sha256:", "").startsWith(value),
  exited: (container, value) => dockerState(container) === "exited" && exitCodeOf(container.life) === Number(value),
};

const STATES = ["created", "restarting", "running", "removing", "paused", "exited", "dead"];

export interface Filters {
  matches: (container: Container) => boolean;
  /** These filters are about containers that do not run, so that all are looked at, as with `-a`. */
  wantsAll: boolean;
}

/**
 * Reads `--filter KEY=VALUE` words. Several values of one key are alternatives; several labels must all be there.
 *
 * @throws MydockerError for a key there is none of
 */
export function parseFilters(words: string[]): Filters {
  const byKey = new Map<string, string[]>();
  for (const word of words) {
    const at = word.indexOf("=");
    const key = word.slice(0, Math.max(at, 0)).trim().toLowerCase();
    const value = word.slice(at + 1).trim();
    if (at < 1) throw invalid(`"${word}": expected KEY=VALUE`);
    if (!Object.hasOwn(TESTS, key)) throw invalid(`"${key}": expected one of ${Object.keys(TESTS).join(", ")}`);
    if (key === "status" && !STATES.includes(value)) {
      throw invalid(`status "${value}": expected one of ${STATES.join(", ")}`);
    }
    byKey.set(key, [...(byKey.get(key) ?? []), value]);
  }
  return {
    matches: (container) =>
      [...byKey].every(([key, values]) => {
        const test = (value: string): boolean => TESTS[key]?.(container, value) === true;
        return key === "label" ? values.every(test) : values.some(test);
      }),
    wantsAll: byKey.has("status") || byKey.has("exited"),
  };
}

function invalid(problem: string): MydockerError {
  return new MydockerError(`invalid filter ${problem}`, { code: "BAD_FILTER", exitCode: 1 });
}

/** docker matches names by regular expression; what is not one is looked for as it stands. */
function matches(name: string, pattern: string): boolean {
  try {
    return new RegExp(pattern.replace(/^\^?\//, "^")).test(name);
  } catch {
    return name.includes(pattern);
  }
}
