import type { ContainerRecord } from "@mydocker/state";
import { type ImageSettings, setVariable } from "./image-settings.ts";

/** What containers of an image get that was made of a container: what the image says, and what was said when the container was made. */
export function withGiven(old: ImageSettings, record: ContainerRecord, ports: string[]): ImageSettings {
  const { given, labels } = record;
  const common = { ...old, labels, exposedPorts: [...old.exposedPorts, ...ports] };
  if (given === undefined) return common;
  const { entrypoint, args } = given;
  const isOther = entrypoint !== undefined || args.length > 0;
  return {
    ...common,
    entrypoint: entrypoint === undefined ? old.entrypoint : entrypoint === "" ? [] : [entrypoint],
    cmd: isOther ? args : old.cmd,
    env: given.env.reduce((env, text) => {
      const equals = text.indexOf("=");
      return equals === -1
        ? setVariable(env, text, undefined)
        : setVariable(env, text.slice(0, equals), text.slice(equals + 1));
    }, old.env),
    user: given.user ?? old.user,
    workingDir: given.workingDir ?? old.workingDir,
    stopSignal: given.stopSignal ?? old.stopSignal,
    volumes: [...old.volumes, ...given.volumes],
  };
}
