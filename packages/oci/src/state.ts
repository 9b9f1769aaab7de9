/** The OCI *state* object (runtime.md#state): what `state` prints and what hooks read on stdin. */
export interface OciState {
  ociVersion: string;
  id: string;
  status: OciStatus;
  /** Host process id of the container's init; 0 when stopped. */
  pid: number;
  /** Absolute path of the bundle. */
  bundle: string;
  annotations?: Record<string, string>;
}

/** "paused" is no status of the spec's, which allows others; engines know it from runc. */
export type OciStatus = "creating" | "created" | "running" | "paused" | "stopped";

/** The version of the runtime spec that mydocker writes. Any 1.x is read (SemVer: compatible within a major). */
export const OCI_VERSION = "1.2.0";
