import { usageError } from "@mydocker/stage";
import type { Healthcheck } from "./image-settings.ts";
import { parseWordList } from "./shell-words.ts";

/** Nanoseconds, the unit of Go's durations. */
const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Reads what stands behind HEALTHCHECK: `NONE`, or `[--interval=30s] [--timeout=…] [--start-period=…] [--retries=N] CMD command`. */
export function parseHealthcheck(text: string): Healthcheck {
  if (/^none$/i.test(text)) return { Test: ["NONE"] };
  const flags: Omit<Healthcheck, "Test"> = {};
  let rest = text;
  for (let match = nextFlag(rest); match !== null; match = nextFlag(rest)) {
    const [whole, name = "", value = ""] = match;
    rest = rest.slice(whole.length);
    if (name === "interval") flags.Interval = parseDuration(name, value);
    else if (name === "timeout") flags.Timeout = parseDuration(name, value);
    else if (name === "start-period") flags.StartPeriod = parseDuration(name, value);
    else if (name === "retries" && /^[1-9]\d{0,8}$/.test(value)) flags.Retries = Number(value);
    else throw usageError(`--change: HEALTHCHECK --${name}=${value}: not an option of it, or not a value`);
  }
  const [, kind = "", command = ""] = /^(\S+)\s+([\s\S]+)$/.exec(rest) ?? [];
  if (kind.toUpperCase() !== "CMD") throw usageError("--change: HEALTHCHECK: expected NONE, or CMD and a command");
  const list = parseWordList(command);
  return { Test: list === undefined ? ["CMD-SHELL", command] : ["CMD", ...list], ...flags };
}

function nextFlag(text: string): RegExpExecArray | null {
  return /^--([a-z-]+)=(\S+)\s*/.exec(text);
}

function parseDuration(name: string, text: string): number {
  if (/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
    const sum = parts.reduce((total, [, count, unit]) => total + Number(count) * (UNITS[unit ?? ""] ?? 0), 0);
    if (sum >= 1e6) return Math.round(sum);
  }
  throw usageError(`--change: HEALTHCHECK --${name}=${text}: expected a duration of a millisecond or more`, "30s");
}
