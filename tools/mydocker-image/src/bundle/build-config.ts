import {
  ANNOTATION,
  OCI_VERSION,
  type OciConfig,
  type OciMount,
  type OciResources,
  type OciRlimit,
  type OverlayRootfs,
  type ResolvedUser,
  withStage,
} from "@mydocker/oci";
import { defaultSeccomp } from "../seccomp/default-profile.ts";
import type { ImageDefaults } from "../store/documents.ts";
import { capabilitySets } from "./capabilities.ts";
import { buildEnvironment } from "./environment.ts";
import type { GrantedDevice } from "./find-devices.ts";
import { imageAnnotations } from "./image-annotations.ts";
import { READONLY_PATHS } from "./protected-paths.ts";
import type { BundleRequest } from "./request.ts";

export interface ConfigInput {
  request: BundleRequest;
  name: string;
  /** Normalised reference. */
  reference: string;
  defaults: ImageDefaults;
  /** The container's directory. */
  directory: string;
  rootfs: string;
  overlay: OverlayRootfs;
  user: ResolvedUser;
  /** What PID 1 is. */
  args: string[];
  mounts: OciMount[];
  devices: GrantedDevice[];
  /** What can be granted of the request. */
  limits: OciRlimit[];
  oomScore: number | undefined;
  maskedPaths: string[];
  stopSignal: string | undefined;
}

/** The OCI config of a container with docker's defaults. Decides all of it, and does nothing. */
export function buildConfig(input: ConfigInput): OciConfig {
  const { request, defaults, user } = input;
  const config: OciConfig = {
    ociVersion: OCI_VERSION,
    root: { path: input.rootfs, readonly: request.readonly },
    hostname: request.hostname,
    process: {
      terminal: request.tty,
      user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
      args: input.args,
      env: buildEnvironment({
        image: defaults.env,
        user: request.environment,
        hostname: request.hostname,
        home: user.home,
        tty: request.tty,
      }),
      cwd: request.workingDir ?? absolute(defaults.workingDir),
      capabilities: capabilitySets(request.capabilities, user.uid),
      noNewPrivileges: false,
      ...(input.limits.length === 0 ? {} : { rlimits: input.limits }),
      ...(input.oomScore === undefined ? {} : { oomScoreAdj: input.oomScore }),
    },
    mounts: input.mounts,
    annotations: annotations(input),
    linux: {
      namespaces: [
        { type: "mount" },
        { type: "network" },
        { type: "uts" },
        { type: "pid" },
        { type: "ipc" },
        { type: "cgroup" },
      ],
      ...(input.devices.length === 0 ? {} : { devices: input.devices.map(({ device }) => device) }),
      resources: { devices: [...DEVICES, ...input.devices.map(({ rule }) => rule)] },
      seccomp: defaultSeccomp(request.capabilities, process.arch),
      maskedPaths: input.maskedPaths,
      readonlyPaths: READONLY_PATHS,
    },
  };
  return withStage(config, "mydocker-image");
}

/** No device but memory's harmless ones and the terminal's; a runtime adds the spec's default devices itself. */
const DEVICES: NonNullable<OciResources["devices"]> = [
  { allow: false, access: "rwm" },
  ...[3, 5, 7, 8, 9].map((minor) => ({ allow: true, type: "c" as const, major: 1, minor, access: "rwm" })),
  ...[0, 1, 2].map((minor) => ({ allow: true, type: "c" as const, major: 5, minor, access: "rwm" })),
];

/** An image's working directory may be empty or relative; both are taken from the root. */
function absolute(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function annotations({
  request,
  name,
  reference,
  directory,
  overlay,
  stopSignal,
  defaults,
}: ConfigInput): Record<string, string> {
  return {
    ...imageAnnotations(defaults, request.exposed),
    [ANNOTATION.id]: request.id,
    [ANNOTATION.name]: name,
    [ANNOTATION.container]: directory,
    [ANNOTATION.image]: reference,
    [ANNOTATION.rootfs]: JSON.stringify(overlay),
    ...(request.interactive ? { [ANNOTATION.stdinOpen]: "true" } : {}),
    ...(request.interactive && !request.detach ? { [ANNOTATION.stdinOnce]: "true" } : {}),
    ...(stopSignal === undefined ? {} : { [ANNOTATION.stopSignal]: stopSignal }),
  };
}
