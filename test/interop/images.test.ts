import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHANGE, changeContainer, loadChangeable, NAME } from "../../tools/mydocker-image/test/changed-container.ts";
import { TREE } from "../../tools/mydocker-image/test/tree.ts";
import { startDocker } from "./support/docker.ts";
import type { Engine } from "./support/engine.ts";
import { toolEnvironment, untilReady } from "./support/engine-host.ts";
import { startPodman } from "./support/podman.ts";

/** Where a layer's files are, an overlay of which is the image: docker does not mount one that no container has. */
const MOUNT_OF = {
  docker: `
    layers=$(docker --host "$2" image inspect -f '{{.GraphDriver.Data.UpperDir}}{{with .GraphDriver.Data.LowerDir}}:{{.}}{{end}}' "$1")
    mkdir -p "$3/tree" "$3/none"; mount -t overlay -o "ro,lowerdir=$layers:$3/none" overlay "$3/tree"; echo "$3/tree"`,
  podman: `shift 3; "$@" image mount "$name"`,
};

/** Files that every container has something mounted on are no part of an image, and nobody's change. */
const withoutMounts = (tree: string): string[] =>
  tree
    .split("\n")
    .filter(
      (line) =>
        !/^b'(?:dev|proc|sys|run|run\/\.containerenv|\.dockerenv|etc\/(?:hosts|hostname|resolv.conf|mtab)|dev\/.*)' /.test(
          line,
        ),
    )
    // The root is made by who mounts it (podman's has 0555). An overlay counts names that a file had before it was changed.
    .map((line) =>
      line
        .replace(/^(b'etc' \S+ 0 0) \d+/, "$1")
        .replace(/^(b'\.') .*/, "$1")
        .replace(/^(b'two' .*) 2 /, "$1 1 "),
    );

describe.each([
  ["docker", startDocker],
  ["podman", startPodman],
] as const)("images to and from %s", (name, start) => {
  let engine: Engine;
  let registry: string;
  let stopRegistry: () => Promise<void>;
  const path = (file: string): string => join(engine.host.directory, file);

  /** In the engine's namespaces, where the registry is. */
  const must = async (...command: string[]): Promise<string> =>
    (await engine.host.require(command, { env: toolEnvironment(engine.host) })).trim();
  const theirs = (...args: string[]): Promise<string> => must(...engine.command, ...args);
  /** Of ours, where its network is: on the host. */
  const run = async (...args: string[]): Promise<void> => {
    expect(await engine.host.sandbox.tool("mydocker", ["run", ...args])).toMatchObject({ code: 0, stderr: "" });
  };
  const shell = (script: string, ...args: string[]): Promise<string> =>
    must("bash", "-euo", "pipefail", "-c", script, "bash", ...args);
  const theirTree = async (image: string): Promise<string[]> => {
    const script = `name=$1; place=$(${MOUNT_OF[name].replace(/^\s+/, "")}); cd "$place"; exec python3 -c '${TREE}' .`;
    const socket = engine.command[2] ?? "";
    const mount = [
      "unshare",
      "--mount",
      "bash",
      "-euc",
      script,
      "bash",
      image,
      socket,
      path("mounted"),
      ...engine.command,
    ];
    return withoutMounts(await must(...mount));
  };
  const ourTree = async (container: string): Promise<string[]> => {
    const place = await must("mydocker-image", "mount", container);
    const tree = await must("python3", "-c", TREE, place);
    await must("mydocker-image", "unmount", container);
    return withoutMounts(tree);
  };
  const ourTreeOf = async (image: string): Promise<string[]> => {
    await shell('mydocker-image bundle --id tree "$1" -- sh >/dev/null', image);
    const tree = await ourTree("tree");
    await must("mydocker-image", "release", "tree");
    return tree;
  };

  beforeAll(async () => {
    engine = await start();
    const { host } = engine;
    registry = `127.0.0.1:${await freePort()}`;
    const config = {
      ...{ version: "0.1", log: { level: "error" }, http: { addr: registry } },
      storage: { filesystem: { rootdirectory: path("registry") } },
    };
    writeFileSync(path("registry.json"), JSON.stringify(config));
    const server = host.start(["docker-registry", "serve", path("registry.json")], path("registry.log"));
    stopRegistry = () => server.stop();
    await untilReady(server, async () => (await host.run(["curl", "-sf", `http://${registry}/v2/`])).code === 0);
    await loadChangeable(host.sandbox, { config: { Cmd: ["sh"] } });
    await changeContainer(host.sandbox, "ours");
    // Theirs is of the same image, and of the same changes.
    await shell(`mydocker save ${NAME} > ${path("base.tar")}`);
    await theirs("load", "-i", path("base.tar"));
    await theirs(
      "run",
      "--name",
      "theirs",
      "--network",
      "none",
      "--runtime",
      "runc",
      ...(name === "podman" ? engine.runFlags : []),
      NAME,
      "sh",
      "-c",
      CHANGE,
    );
  });

  afterAll(async () => {
    await stopRegistry?.();
    await engine?.stop();
    await engine?.host.cleanUp();
  });

  // podman's own ways of both differ from docker's.
  if (name === "docker") {
    it("tells what has changed as docker does", async () => {
      await run("--name", "plain", NAME, "sh", "-c", CHANGE);
      const [ours, docker] = [await must("mydocker", "diff", "plain"), await theirs("diff", "theirs")];
      // An opaque directory is for docker a new one, of which it does not say what is gone.
      const sorted = (text: string) =>
        text
          .split("\n")
          .filter((line) => !/\/(?:opaque|becomes-directory)(?:\/|$)/.test(line))
          .sort();
      expect(sorted(ours)).toEqual(sorted(docker));
    });

    it("makes the config of a container's image that docker makes", async () => {
      const flags = [
        "--entrypoint",
        "/bin/echo",
        "-e",
        "A=user",
        "-w",
        "/d",
        "-u",
        "0:0",
        "-l",
        "k=v",
        "--stop-signal",
        "SIGINT",
        "-v",
        "/own",
      ];
      const changes = [
        'CMD ["x y", "z"]',
        'ENV B=$A C="d e" D=f\\ g',
        "ENV OLD way of it",
        "LABEL one=1 'two words'=\"2 2\"",
        "EXPOSE 80 53/udp 7000-7001",
        "VOLUME /a /b",
        "WORKDIR sub",
        "USER 5:6",
        "ONBUILD RUN echo $A",
        "HEALTHCHECK --interval=1m30s --retries=2 CMD curl -f x",
      ].flatMap((change) => ["--change", change]);
      await run("--name", "configured", ...flags, NAME, "arg");
      await theirs("run", "--name", "configured", "--network", "none", "--runtime", "runc", ...flags, NAME, "arg");
      const configs = [];
      for (const commit of [
        [],
        changes,
        ["--change", 'ENTRYPOINT ["/e"]'],
        ["--change", "CMD echo $A", "--change", "ENTRYPOINT /e"],
      ]) {
        await must("mydocker", "commit", ...commit, "configured", "configured:1");
        await theirs("commit", ...commit, "configured", "configured:1");
        const [ours] = JSON.parse(await must("mydocker", "inspect", "--type", "image", "configured:1"));
        const [docker] = JSON.parse(await theirs("image", "inspect", "configured:1"));
        const said = ({ Config }: { Config: Record<string, unknown> }) => {
          const names = [
            "Cmd",
            "Entrypoint",
            "Env",
            "ExposedPorts",
            "Healthcheck",
            "Labels",
            "OnBuild",
            "StopSignal",
            "User",
            "Volumes",
            "WorkingDir",
          ];
          const env = (Config.Env as string[]).toSorted();
          return Object.fromEntries(names.map((member) => [member, (member === "Env" ? env : Config[member]) ?? null]));
        };
        configs.push([said(ours), said(docker)]);
      }
      expect(configs.map(([ours]) => ours)).toEqual(configs.map(([, docker]) => docker));
    });
  }

  it("saves what they load: a committed container's tree, exactly", async () => {
    await must("mydocker", "commit", "ours", "ours/saved:1");
    await shell(`mydocker save ours/saved:1 > ${path("ours.tar")}`);
    await theirs("load", "-i", path("ours.tar"));
    expect(await theirTree("docker.io/ours/saved:1")).toEqual(await ourTree("ours"));
  });

  it("loads what they have committed and saved", async () => {
    await theirs("commit", "theirs", "theirs/saved:1");
    await theirs("save", "-o", path("theirs.tar"), "theirs/saved:1");
    const [, loaded = ""] = (await must("mydocker", "load", "-i", path("theirs.tar"))).split(": ");
    expect(await ourTreeOf(loaded)).toEqual(await theirTree("theirs/saved:1"));
  });

  it("exports what they import", async () => {
    await shell(`mydocker export ours > ${path("exported.tar")}`);
    await theirs("import", path("exported.tar"), "ours/exported:1");
    expect(await theirTree("ours/exported:1")).toEqual(await ourTree("ours"));
  });

  it("imports what they export, as they do", async () => {
    await theirs("export", "-o", path("exported.tar"), "theirs");
    await theirs("import", path("exported.tar"), "theirs/exported:1");
    await must("mydocker", "import", path("exported.tar"), "theirs/exported:1");
    expect(await ourTreeOf("theirs/exported:1")).toEqual(await theirTree("theirs/exported:1"));
  });

  it("pushes what they pull", async () => {
    await must("mydocker", "commit", "ours", `${registry}/ours:1`);
    await must("mydocker", "push", "-q", `${registry}/ours:1`);
    await theirs("pull", "-q", ...(name === "podman" ? ["--tls-verify=false"] : []), `${registry}/ours:1`);
    expect(await theirTree(`${registry}/ours:1`)).toEqual(await ourTree("ours"));
    const [run, flags] = [
      ["run", "--rm", "--network", "none", "--runtime", "runc"],
      name === "podman" ? engine.runFlags : [],
    ];
    expect(await theirs(...run, ...flags, `${registry}/ours:1`, "cat", "/d/lower")).toBe("changed");
  });

  it("pulls what they have committed and pushed", async () => {
    await theirs("commit", "theirs", `${registry}/theirs:1`);
    await theirs("push", ...(name === "podman" ? ["--tls-verify=false"] : []), `${registry}/theirs:1`);
    await must("mydocker", "pull", "-q", `${registry}/theirs:1`);
    expect(await ourTreeOf(`${registry}/theirs:1`)).toEqual(await theirTree(`${registry}/theirs:1`));
    const changes = (await must("mydocker-image", "diff", "--format", "lines", NAME, `${registry}/theirs:1`)).split(
      "\n",
    );
    for (const line of ["C /d/lower", "D /d/second", "D /gone/x", "A /opaque/new", "A /new/deep"])
      expect(changes).toContain(line);
  });
});
