/**
 * The verbs that are called often, or that somebody waits for: the small engine runs them, which starts in a tenth of the time
 * (docs/decisions.md). All others, and what these have no use for (help, completions, --dry-run), are in the whole executable.
 */
export const HURRIED_VERBS: Record<string, string[]> = {
  mydocker: ["run", "exec", "ps"],
  "mydocker-init": ["run", "create", "start", "exec", "state", "kill", "delete"],
  "mydocker-net": ["attach", "detach"],
  "mydocker-cgroup": ["apply", "remove"],
  "mydocker-image": ["bundle", "release"],
};

/** The five names. */
export const TOOLS = Object.keys(HURRIED_VERBS);
