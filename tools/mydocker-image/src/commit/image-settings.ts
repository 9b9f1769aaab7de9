import { expectRecord, type ImageDefaults } from "../store/documents.ts";

/** What an image's config says that containers get (image-spec config.md, and docker's Healthcheck and OnBuild). */
export interface ImageSettings {
  user: string;
  env: string[];
  entrypoint: string[];
  cmd: string[];
  workingDir: string;
  stopSignal: string;
  volumes: string[];
  labels: Record<string, string>;
  /** `80/tcp`. */
  exposedPorts: string[];
  onBuild: string[];
  healthcheck: Healthcheck | undefined;
  /** What a command that is a line of text is run by. */
  shell: string[];
}

/** Durations in nanoseconds, as docker has them. */
export interface Healthcheck {
  Test: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  Retries?: number;
}

const DEFAULT_SHELL = ["/bin/sh", "-c"];

/** @param config the image's `config`, as it stands; @param defaults what has been checked of it */
export function settingsOf(config: Record<string, unknown>, defaults: ImageDefaults): ImageSettings {
  const { user, env, entrypoint, cmd, workingDir, stopSignal = "", volumes, labels } = defaults;
  const shell = texts(config.Shell);
  return {
    ...{ user, env: [...env], entrypoint, cmd, workingDir, stopSignal, volumes: [...volumes], labels: { ...labels } },
    exposedPorts: Object.keys(expectRecord(config.ExposedPorts ?? {}, "ExposedPorts")),
    onBuild: texts(config.OnBuild),
    healthcheck: config.Healthcheck as Healthcheck | undefined,
    shell: shell.length > 0 ? shell : DEFAULT_SHELL,
  };
}

/** The config with these settings; what else stands in it stays, and what is empty is left out. */
export function configWith(config: Record<string, unknown>, settings: ImageSettings): Record<string, unknown> {
  const changed = {
    User: settings.user || undefined,
    Env: unlessEmpty(settings.env),
    Entrypoint: unlessEmpty(settings.entrypoint),
    Cmd: unlessEmpty(settings.cmd),
    WorkingDir: settings.workingDir || undefined,
    StopSignal: settings.stopSignal || undefined,
    Volumes: asSet(settings.volumes),
    Labels: Object.keys(settings.labels).length === 0 ? undefined : settings.labels,
    ExposedPorts: asSet(settings.exposedPorts),
    OnBuild: unlessEmpty(settings.onBuild),
    Healthcheck: settings.healthcheck,
  };
  return Object.fromEntries(Object.entries({ ...config, ...changed }).filter(([, value]) => value !== undefined));
}

/** `KEY=VALUE` words, of which the last of a key counts; its place stays. */
export function setVariable(env: string[], key: string, value: string | undefined): string[] {
  const others = env.filter((text) => !text.startsWith(`${key}=`));
  if (value === undefined) return others;
  const place = env.findIndex((text) => text.startsWith(`${key}=`));
  if (place === -1) return [...env, `${key}=${value}`];
  return env.map((text, index) => (index === place ? `${key}=${value}` : text));
}

function unlessEmpty(list: string[]): string[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** Go's way to write a set. */
function asSet(names: string[]): Record<string, object> | undefined {
  return names.length === 0 ? undefined : Object.fromEntries([...new Set(names)].map((name) => [name, {}]));
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}
