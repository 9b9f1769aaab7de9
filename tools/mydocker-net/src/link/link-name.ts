/** Whether a link may be called so: what the kernel takes, and what can go into a path and a batch of `ip` as it is. */
export function isLinkName(name: string): boolean {
  return /^(?!\.\.?$)[\w.-]{1,15}$/.test(name);
}
