import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { TREE } from "../../../tools/mydocker-image/test/tree.ts";
import { startDocker } from "./docker.ts";
import { type EngineHost, toolEnvironment } from "./engine-host.ts";
import { podmanCommand, preparePodman } from "./podman.ts";

/** docker, podman and mydocker on one host, each with a store of its own, to see what each makes of an image. */
export interface Peers {
  host: EngineHost;
  /** Where dockerd is, as `DOCKER_HOST` has it. */
  dockerHost: string;
  /** Fails where the command does. Returns stdout. */
  docker(...args: string[]): Promise<string>;
  podman(...args: string[]): Promise<string>;
  mydocker(...args: string[]): Promise<string>;
  /** Any of mydocker's tools. */
  tool(name: string, ...args: string[]): Promise<string>;
  /** Writes a file of the host's, with its directory. It is gone with the host. */
  write(path: string, content: string): Promise<void>;
  /** All that can be told of the tree that a container of the image would see, an entry a line. */
  dockerTree(image: string): Promise<string>;
  podmanTree(image: string): Promise<string>;
  mydockerTree(image: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startPeers(): Promise<Peers> {
  const engine = await startDocker();
  const { host } = engine;
  const podman = podmanCommand(host, "runc");
  await preparePodman(host);
  const mydocker = (...command: string[]) => host.require(command, { env: toolEnvironment(host) });
  const tell = (directory: string): Promise<string> => host.require(["python3", "-c", TREE, directory]);
  const merged = join(host.directory, "merged");
  mkdirSync(merged);

  return {
    host,
    dockerHost: engine.command.at(-1) ?? "",
    docker: (...args) => host.require([...engine.command, ...args]),
    podman: (...args) => host.require([...podman, ...args]),
    mydocker: (...args) => mydocker("mydocker", ...args),
    tool: mydocker,
    write: async (path, content) => {
      // From inside: the host's /etc is an overlay that is mounted in its namespaces alone.
      const script = 'mkdir -p "$(dirname "$1")" && cat > "$1"';
      await host.require(["sh", "-c", script, "sh", path], { input: content });
    },
    async dockerTree(image) {
      const format = "{{.GraphDriver.Data.UpperDir}}{{with .GraphDriver.Data.LowerDir}}:{{.}}{{end}}";
      const lower = (await host.require([...engine.command, "image", "inspect", "--format", format, image])).trim();
      // An overlay has two at least.
      if (!lower.includes(":")) return tell(lower);
      await host.require(["mount", "-t", "overlay", "-o", `ro,lowerdir=${lower}`, "overlay", merged]);
      const told = await tell(merged);
      await host.require(["umount", merged]);
      return told;
    },
    async podmanTree(image) {
      const told = await tell((await host.require([...podman, "image", "mount", image])).trim());
      await host.require([...podman, "image", "unmount", image]);
      return told;
    },
    async mydockerTree(image) {
      // By a shell: nsenter, which would be its parent, is not in the host's pid namespace.
      await mydocker("sh", "-c", 'mydocker-image bundle --id tree "$1"; exit', "sh", image);
      const told = await tell((await mydocker("mydocker-image", "mount", "tree")).trim());
      await mydocker("mydocker-image", "release", "tree");
      return told;
    },
    async stop() {
      await engine.stop();
      await host.cleanUp();
    },
  };
}
