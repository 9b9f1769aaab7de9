/** RFC 3339, as `created` has it; SOURCE_DATE_EPOCH (reproducible-builds.org), in seconds, stands in for the clock. */
export function createdNow(environment: NodeJS.ProcessEnv = process.env): string {
  const epoch = environment.SOURCE_DATE_EPOCH;
  const moment = epoch !== undefined && /^\d{1,11}$/.test(epoch) ? Number(epoch) * 1000 : Date.now();
  return new Date(moment).toISOString();
}
