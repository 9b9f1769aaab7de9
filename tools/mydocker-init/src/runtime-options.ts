/** What the flags in front of the verb say (`mydocker-init --root DIR … create`), for the whole of this process. */
export interface RuntimeOptions {
  /** `systemd`: `linux.cgroupsPath` is `SLICE:PREFIX:NAME`. `disabled`: the container stays in its caller's cgroups. */
  cgroupManager: CgroupManager;
  /** The same flags again, for a mydocker-init that is to undo what this one does. */
  flags: string[];
}

export type CgroupManager = "cgroupfs" | "systemd" | "disabled";

let options: RuntimeOptions = { cgroupManager: "cgroupfs", flags: [] };

/** Set once, before the verb runs. */
export function configureRuntime(changes: RuntimeOptions): void {
  options = changes;
}

export function runtimeOptions(): Readonly<RuntimeOptions> {
  return options;
}
