import type { StageWords } from "@mydocker/state";
import { flagWords } from "../flag-words.ts";
import { BUNDLE_FLAGS, CGROUP_FLAGS, type CreateFlags, NET_FLAGS, type RunFlags } from "./flags.ts";

/** What a user asked `run` for. */
export interface RunRequest extends CreateRequest {
  flags: RunFlags;
}

/** What a user asked `create` for. */
export interface CreateRequest {
  id: string;
  image: string;
  /** Command and arguments behind the image. */
  args: string[];
  flags: CreateFlags;
}

/** The four stages as argument vectors; argv[0] is the tool's name. */
export interface Pipeline {
  bundle: string[];
  attach: string[];
  apply: string[];
  /** Stays until the container is made (`create`), or until it is started (`run --detach`). */
  sink: string[];
}

/** What a container's record keeps of a pipeline, for `start` to do the same with it. */
export function stageWords(flags: CreateFlags): StageWords {
  const network = flags.network ?? flags.net;
  return { attach: flagWords(NET_FLAGS, { ...flags, network }), apply: flagWords(CGROUP_FLAGS, flags) };
}

/** The first stage: its flags, the image, and behind `--` the command. */
export function bundleStage({ id, image, args, flags }: CreateRequest): string[] {
  const command = args.length === 0 ? [] : ["--", ...args];
  const own = flagWords(BUNDLE_FLAGS, flags);
  return ["mydocker-image", "bundle", `--id=${id}`, ...own, ...messageWords(flags), image, ...command];
}

/** Decides which flag goes to which stage. */
export function buildPipeline(request: RunRequest): Pipeline {
  const { flags } = request;
  const common = messageWords(flags);
  const { attach, apply } = stageWords(flags);
  return {
    bundle: bundleStage(request),
    attach: ["mydocker-net", "attach", ...attach, ...common],
    apply: ["mydocker-cgroup", "apply", ...apply, ...common],
    sink: ["mydocker-init", ...(flags.detach ? ["run", "--detach"] : ["create"]), ...common],
  };
}

function messageWords(flags: CreateFlags): string[] {
  const format = flags["log-format"];
  return [...(flags.debug ? ["--debug"] : []), ...(format === undefined ? [] : [`--log-format=${format}`])];
}
