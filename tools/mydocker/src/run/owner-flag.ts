import { identifyProcess } from "@mydocker/state";

/**
 * Who owns the container while it is built: this process, which of `run` is the shell and the client later on. Told, because a
 * stage whose parent was killed before it looked would find PID 1 in its place, which never goes away.
 */
export function ownerFlag(): string[] {
  const self = identifyProcess(process.pid);
  return self === undefined ? [] : [`--owner=${self.pid}:${self.start}`];
}
