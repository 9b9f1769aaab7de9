/**
 * The test of docker's `--filter label=`.
 *
 * @param wanted `KEY`, or `KEY=VALUE`
 */
export function hasLabel(labels: Record<string, string>, wanted: string): boolean {
  const [key = "", ...value] = wanted.split("=");
  return Object.hasOwn(labels, key) && (value.length === 0 || labels[key] === value.join("="));
}
