/** The time as RFC 3339 with nanoseconds, as runc and docker write it. */
export function timestamp(): string {
  const milliseconds = Date.now();
  const nanoseconds = process.hrtime.bigint() % 1_000_000n;
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${String(nanoseconds).padStart(6, "0")}Z`;
}
