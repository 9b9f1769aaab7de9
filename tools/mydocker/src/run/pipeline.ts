import { flagWords } from "../flag-words.ts";
import { BUNDLE_FLAGS, CGROUP_FLAGS, NET_FLAGS, type RunFlags } from "./flags.ts";

/** What a user asked `run` for. */
export interface RunRequest {
  id: string;
  image: string;
  /** Command and arguments behind the image. */
  args: string[];
  flags: RunFlags;
}

/** The four stages as argument vectors; argv[0] is the tool's name. */
export interface Pipeline {
  bundle: string[];
  attach: string[];
  apply: string[];
  /** Stays until the container is made (`create`), or until it is started (`run --detach`). */
  sink: string[];
}

/** Decides which flag goes to which stage. */
export function buildPipeline({ id, image, args, flags }: RunRequest): Pipeline {
  const common = [
    ...(flags.debug ? ["--debug"] : []),
    ...(flags["log-format"] === undefined ? [] : [`--log-format=${flags["log-format"]}`]),
  ];
  const network = flags.network ?? flags.net;
  const command = args.length === 0 ? [] : ["--", ...args];
  return {
    bundle: ["mydocker-image", "bundle", `--id=${id}`, ...flagWords(BUNDLE_FLAGS, flags), ...common, image, ...command],
    attach: ["mydocker-net", "attach", ...flagWords(NET_FLAGS, { ...flags, network }), ...common],
    apply: ["mydocker-cgroup", "apply", ...flagWords(CGROUP_FLAGS, flags), ...common],
    sink: ["mydocker-init", ...(flags.detach ? ["run", "--detach"] : ["create"]), ...common],
  };
}
