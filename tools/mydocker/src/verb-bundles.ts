/**
 * The tools, and their verbs that have a bundle of their own beside the tool's: those that are called often, or that somebody
 * waits for. What is not in a bundle need not be loaded, which is a third of a start.
 */
export const VERB_BUNDLES: Record<string, string[]> = {
  mydocker: ["run", "exec", "ps"],
  "mydocker-init": ["run", "create", "start", "exec", "state", "kill", "delete"],
  "mydocker-net": ["attach", "detach"],
  "mydocker-cgroup": ["apply", "remove"],
  "mydocker-image": ["bundle", "release"],
};
