import { execFileSync } from "node:child_process";
import { parseInvocation } from "@mydocker/stage";
import { expect, test } from "vitest";
import { command } from "../commands/run.ts";
import { startScript } from "../start/start-script.ts";
import { attachCommand } from "./client.ts";
import { CGROUP_FLAGS } from "./flags.ts";
import { buildPipeline, stageWords } from "./pipeline.ts";
import { inverses, printedScript, runScript } from "./script.ts";

function pipelineOf(...argv: string[]) {
  const { flags, args } = parseInvocation(command, argv);
  const [image = "", ...rest] = args;
  return { flags, pipeline: buildPipeline({ id: "cafe", image, args: rest, flags }) };
}

test("every flag goes to the stage that it is about", () => {
  const { pipeline } = pipelineOf(
    ...["-it", "--rm", "--name", "web", "-e", "A=1", "-e", "B=-x", "-v", "/a:/b:ro", "-h", "box"],
    ...["-p", "8080:80", "-p", "53:53/udp", "--network", "mydocker0"],
    ...["-m", "64m", "--cpus", "1.5", "--pids-limit=20"],
    ...["busybox", "sh", "-c", "exit 3", "--rm", "-p", "1:1"],
  );
  expect(pipeline.bundle).toEqual([
    ...[
      "mydocker-image",
      "bundle",
      "--id=cafe",
      "--interactive",
      "--tty",
      "--rm",
      "--name=web",
      "--env=A=1",
      "--env=B=-x",
    ],
    ...["--volume=/a:/b:ro", "--hostname=box", "busybox", "--", "sh", "-c", "exit 3", "--rm", "-p", "1:1"],
  ]);
  expect(pipeline.attach).toEqual([
    ...["mydocker-net", "attach", "--network=mydocker0", "--publish=8080:80", "--publish=53:53/udp"],
  ]);
  expect(pipeline.apply).toEqual(["mydocker-cgroup", "apply", "--memory=64m", "--cpus=1.5", "--pids-limit=20"]);
  expect(pipeline.sink).toEqual(["mydocker-init", "create"]);
});

test.each(Object.entries(CGROUP_FLAGS))("--%s is a limit, and apply's to judge", (name, flag) => {
  const words = flag.type === "boolean" ? [`--${name}`] : [`--${name}=-x=1:2`];
  const { pipeline } = pipelineOf(...words, "busybox");
  expect(pipeline.apply).toEqual(["mydocker-cgroup", "apply", ...words]);
  expect(pipeline.bundle).toEqual(["mydocker-image", "bundle", "--id=cafe", "busybox"]);
});

test("what start is given is what the stages were given, but for how they tell of failures", () => {
  const { flags } = pipelineOf("-p", "80", "--net", "none", "-m", "64m", "--debug", "-d", "busybox");
  expect(stageWords(flags)).toEqual({ attach: ["--network=none", "--publish=80"], apply: ["--memory=64m"] });
  expect(startScript({ attach: ["--dns=a b"], apply: ["--memory=64m"] }, (tool) => `/bin/${tool}`).split("\n")).toEqual(
    [
      "trap '' HUP INT QUIT TERM",
      "/bin/mydocker-net attach '--dns=a b' |",
      "  /bin/mydocker-cgroup apply --memory=64m |",
      "  /bin/mydocker-init create",
    ],
  );
});

test("-d runs detached, --net is --network, and messages have one format in all stages", () => {
  const { pipeline } = pipelineOf("-d", "--net", "none", "--log-format", "json", "busybox");
  expect(pipeline.bundle).toEqual([
    "mydocker-image",
    "bundle",
    "--id=cafe",
    "--detach",
    "--log-format=json",
    "busybox",
  ]);
  expect(pipeline.attach).toEqual(["mydocker-net", "attach", "--network=none", "--log-format=json"]);
  expect(pipeline.sink).toEqual(["mydocker-init", "run", "--detach", "--log-format=json"]);
});

test("the client feeds stdin with -i only, and detaches by the keys asked for", () => {
  const files = { socket: "/s", start: "/f", started: "/c" };
  expect(attachCommand("/shim", files, pipelineOf("busybox").flags)).toEqual([
    ...["/shim", "attach", "--socket", "/s", "--start", "/f"],
  ]);
  expect(attachCommand("/shim", files, pipelineOf("-it", "--detach-keys", "ctrl-x", "busybox").flags)).toEqual([
    ...["/shim", "attach", "--socket", "/s", "--stdin", "--tty", "--start", "/f", "--detach-keys", "ctrl-x"],
  ]);
});

test("what is undone comes in the reverse order of what was made", () => {
  expect(inverses("cafe").map(([tool]) => tool)).toEqual([
    ...["mydocker-init", "mydocker-cgroup", "mydocker-net", "mydocker-image"],
  ]);
});

test.each(["sh", "bash", "dash"])("%s can read both scripts, whatever the words are", (shell) => {
  const hostile = ["it's", "$(touch /tmp/x)", "new\nline", "'; exit 9; '"];
  const { pipeline, flags } = pipelineOf(
    ...hostile.flatMap((word) => ["-e", `A=${word}`, "-p", word]),
    "i",
    ...hostile,
  );
  const files = { socket: "/a b", start: "/c'd", started: "/e$f" };
  const client = { argv: attachCommand("/the shim", files, flags), started: files.started };
  const input = { id: "cafe", pipeline, locate: (tool: string) => `/the 'bin'/${tool}`, cidfile: "/o'k" };
  for (const script of [runScript({ ...input, client }), printedScript({ ...input, detachKeys: "ctrl-x" })]) {
    expect(execFileSync(shell, ["-n", "-c", script], { encoding: "utf8" })).toBe("");
  }
});

test("the printed script has one stage a line, in the order of the pipe", () => {
  const printed = (...argv: string[]): string[] => {
    const { pipeline, flags } = pipelineOf(...argv);
    const input = { id: "cafe", pipeline, locate: (tool: string) => tool, cidfile: flags.cidfile };
    return printedScript({ ...input, detachKeys: flags["detach-keys"] }).split("\n");
  };
  expect(printed("-d", "-m", "64m", "busybox", "sleep", "1")).toEqual([
    "mydocker-image bundle --id=cafe --detach busybox -- sleep 1 </dev/null |",
    "  mydocker-net attach |",
    "  mydocker-cgroup apply --memory=64m |",
    "  mydocker-init run --detach",
    "",
  ]);
  expect(printed("-i", "--cidfile", "a b", "busybox").slice(3)).toEqual([
    "  mydocker-init create &&",
    "printf %s cafe >'a b' &&",
    "mydocker-init attach --start cafe",
    "",
  ]);
});
