import manifest from "../package.json" with { type: "json" };

/** Put in by the build: the commit that the executable was built of. */
declare const MYDOCKER_COMMIT: string | undefined;

/** The newest version of the runtime spec that mydocker-init takes; it takes every 1.x. */
export const SPEC_VERSION = "1.3.0";

/** The form that dockerd and podman read: the word after "version", and what follows "commit:" and "spec:". */
export function versionText(): string {
  const commit = typeof MYDOCKER_COMMIT === "string" ? MYDOCKER_COMMIT : "unknown";
  return `mydocker-init version ${manifest.version}\ncommit: ${commit}\nspec: ${SPEC_VERSION}\n`;
}
