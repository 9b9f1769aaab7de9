/** Whether a network may be called so, by docker's rule and CNI's (SPEC.md section 1); the length is ours: it becomes part of a file's name. */
export function isNetworkName(name: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/.test(name);
}
