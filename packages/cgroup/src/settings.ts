/** One value for one file of one controller, wherever that controller is mounted. */
export interface Setting {
  /** The controller that has the file; undefined for files of cgroup v2 itself (`cgroup.max.depth`). */
  controller: string | undefined;
  file: string;
  value: string;
  /** See `FileWrite.orAfterNext`. */
  orAfterNext?: boolean;
}
