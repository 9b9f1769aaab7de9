import type { PortMapping } from "@mydocker/oci";
import { defineCommand, MydockerError, usageError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireContainer } from "../container/container.ts";
import { readEndpoint } from "../container/ports.ts";
import { print } from "../print.ts";

export const command = defineCommand({
  summary: "Show the published ports of a container, or where one of its ports is published",
  usage: "CONTAINER [PORT[/PROTOCOL]]",
  examples: ["mydocker port web", "mydocker port web 80/tcp"],
  flags: {},
  args: { min: 1, max: 2 },
  run({ args: [name = "", wanted] }) {
    const paths = hostPaths();
    const container = requireContainer(paths, name);
    const ports = container.life.status === "running" ? (readEndpoint(paths, container)?.ports ?? []) : [];
    if (wanted === undefined) {
      print(ports.map((port) => `${port.containerPort}/${port.protocol} -> ${hostSide(port)}\n`).join(""));
      return Promise.resolve(0);
    }
    const { number, protocol } = parsePort(wanted);
    const found = ports.filter((port) => port.containerPort === number && port.protocol === protocol);
    if (found.length === 0) {
      throw new MydockerError(`no public port ${number}/${protocol} published for ${name}`, {
        code: "NO_PORT",
        exitCode: 1,
      });
    }
    print(found.map((port) => `${hostSide(port)}\n`).join(""));
    return Promise.resolve(0);
  },
});

function hostSide({ hostIp, hostPort }: PortMapping): string {
  return hostIp.includes(":") ? `[${hostIp}]:${hostPort}` : `${hostIp}:${hostPort}`;
}

function parsePort(text: string): { number: number; protocol: string } {
  const match = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(text);
  if (match === null) throw usageError(`port "${text}": expected a number, /tcp or /udp behind it`);
  return { number: Number(match[1]), protocol: match[2] ?? "tcp" };
}
