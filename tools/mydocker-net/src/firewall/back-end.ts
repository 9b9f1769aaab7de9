import type { PortKey, Publication, RuleSet } from "./rule-set.ts";

/** A program that puts rules into the kernel. */
export interface BackEnd {
  /** What is loaded, as text: where it is the same, so are the rules. Pure. */
  render(rules: RuleSet, publications: Publication[]): string;
  /** Replaces everything of ours. Call it under the network lock. */
  load(rules: RuleSet, publications: Publication[]): void;
  /** The commands that publish a port, for people. Pure. */
  renderAdd(prefix: string, publication: Publication): string[];
  /** Publishes ports. @returns false where that cannot be, and everything has to be loaded */
  add(prefix: string, publications: Publication[]): Promise<boolean>;
  /** Takes back ports that are known to be the caller's own; what is not there is as good as taken back. */
  remove(prefix: string, ports: PortKey[]): Promise<void>;
  /** Lists everything of ours, or undefined where a part of it is missing. Not for the hot path. */
  list(rules: RuleSet): Installed | undefined;
  /** What `list` lists and `uninstall` removes, for people. */
  title(prefix: string): string;
  /** Removes everything of ours but rules of the administrator's. Call it under the network lock. @returns whether there was anything */
  uninstall(prefix: string, dryRun: boolean): boolean;
  /** Whether it can be used here. */
  isUsable(): boolean;
}

export interface Installed {
  ports: PortKey[];
  /** Every rule in a form that can be compared. */
  rules: string[];
}
