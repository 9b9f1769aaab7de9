/** Shell commands that list what an argument can name. Names are plain files: no tool of ours has to start for them. */
export const LISTING = {
  container: 'ls "$' + '{MYDOCKER_ROOT:-/var/lib/mydocker}/names" 2>/dev/null',
  image: "mydocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null",
} as const;
