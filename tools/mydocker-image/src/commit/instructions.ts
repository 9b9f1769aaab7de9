import { posix } from "node:path";
import { usageError } from "@mydocker/stage";
import { checkStopSignal } from "../bundle/stop-signal.ts";
import { parseHealthcheck } from "./healthcheck.ts";
import { type ImageSettings, setVariable } from "./image-settings.ts";
import { expandWord, parseWordList, splitWords } from "./shell-words.ts";

/**
 * Applies `--change`: a Dockerfile's instructions, one in each text, those that say nothing of files. An ENTRYPOINT takes the command
 * away, which was meant for another, unless a CMD stands in front of it.
 *
 * @throws MydockerError `USAGE`
 */
export function applyInstructions(settings: ImageSettings, changes: readonly string[]): ImageSettings {
  let result = settings;
  let hasCommand = false;
  for (const change of changes) {
    const [, keyword = "", argument = ""] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(change) ?? [];
    const name = keyword.toUpperCase();
    const instruction = Object.hasOwn(INSTRUCTIONS, name) ? INSTRUCTIONS[name] : undefined;
    if (instruction === undefined) {
      const known = Object.keys(INSTRUCTIONS).join(", ");
      throw usageError(`--change ${shown(change)}: ${keyword || "nothing"} is not a valid change command`, known);
    }
    if (argument === "") throw usageError(`--change ${shown(change)}: expected something behind ${name}`);
    result = { ...result, ...instruction(result, argument) };
    if (name === "CMD") hasCommand = true;
    if (name === "ENTRYPOINT" && !hasCommand) result = { ...result, cmd: [] };
  }
  return result;
}

type Instruction = (settings: ImageSettings, argument: string) => Partial<ImageSettings>;

const INSTRUCTIONS: Record<string, Instruction> = {
  CMD: ({ shell }, text) => ({ cmd: commandOf(shell, text) }),
  ENTRYPOINT: ({ shell }, text) => ({ entrypoint: commandOf(shell, text) }),
  ENV: (settings, text) => ({
    env: pairsOf(settings, "ENV", text).reduce((env, [key, value]) => setVariable(env, key, value), settings.env),
  }),
  LABEL: (settings, text) => ({
    labels: { ...settings.labels, ...Object.fromEntries(pairsOf(settings, "LABEL", text)) },
  }),
  EXPOSE: (settings, text) => ({
    exposedPorts: [...settings.exposedPorts, ...expandedWords(settings, text).flatMap(parsePorts)],
  }),
  VOLUME: (settings, text) => {
    const paths = (parseWordList(text) ?? splitWords(text)).map((word) => expandWord(word, variablesOf(settings)));
    if (paths.includes("")) throw usageError(`--change: VOLUME ${shown(text)}: a path that is empty`);
    return { volumes: [...settings.volumes, ...paths] };
  },
  WORKDIR: (settings, text) => ({
    workingDir: posix.resolve("/", settings.workingDir, expandWord(text, variablesOf(settings))),
  }),
  USER: (settings, text) => ({ user: expandWord(text, variablesOf(settings)) }),
  STOPSIGNAL: (settings, text) => ({
    stopSignal: checkStopSignal(expandWord(text, variablesOf(settings)), "--change: STOPSIGNAL"),
  }),
  HEALTHCHECK: (_, text) => ({ healthcheck: parseHealthcheck(text) }),
  ONBUILD: ({ onBuild }, text) => {
    const [, trigger = ""] = /^(\S+)/.exec(text) ?? [];
    if (/^(?:onbuild|from|maintainer)$/i.test(trigger))
      throw usageError(`--change: ONBUILD ${trigger.toUpperCase()}: it cannot be triggered`);
    return { onBuild: [...onBuild, text] };
  },
};

/** A list in JSON is a command as it stands, anything else a line for the shell. */
function commandOf(shell: string[], text: string): string[] {
  return parseWordList(text) ?? [...shell, text];
}

/** `KEY=VALUE KEY2="V 2"`, or of old `KEY VALUE…`, which is one. */
function pairsOf(settings: ImageSettings, name: string, text: string): [string, string][] {
  const variables = variablesOf(settings);
  const words = splitWords(text);
  if (!words[0]?.includes("=")) {
    const [, key = "", value = ""] = /^(\S+)\s+([\s\S]+)$/.exec(text) ?? [];
    if (key === "") throw usageError(`--change: ${name} ${shown(text)}: expected KEY=VALUE`);
    return [[expandWord(key, variables), expandWord(value, variables)]];
  }
  return words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw usageError(`--change: ${name} ${shown(word)}: expected KEY=VALUE`);
    return [expandWord(word.slice(0, equals), variables), expandWord(word.slice(equals + 1), variables)];
  });
}

/** `80`, `80/udp`, `80-82/tcp`. */
function parsePorts(text: string): string[] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text);
  const [, from = "", to = from, protocol = "tcp"] = match ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (match === null || first < 1 || last > 65_535 || last < first)
    throw usageError(`--change: EXPOSE ${shown(text)}: expected PORT[-PORT][/tcp|udp|sctp]`);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol.toLowerCase()}`);
}

function expandedWords(settings: ImageSettings, text: string): string[] {
  return splitWords(text).map((word) => expandWord(word, variablesOf(settings)));
}

function variablesOf({ env }: ImageSettings): Map<string, string> {
  return new Map(env.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]));
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
