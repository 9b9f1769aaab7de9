/**
 * Counts tests over all files of a vitest JSON report. A file that fails outside of its tests (an import, a hook)
 * counts as one failure: its tests were never run, and saying nothing of them would read as success.
 */
export function countTests(report) {
  const counts = { passed: 0, failed: 0, skipped: 0, broken: [] };
  for (const file of report.testResults) {
    const statuses = file.assertionResults.map(({ status }) => status);
    const failed = statuses.filter((status) => status === "failed").length;
    const passed = statuses.filter((status) => status === "passed").length;
    counts.passed += passed;
    counts.failed += failed;
    counts.skipped += statuses.length - passed - failed;
    if (file.status === "failed" && failed === 0) {
      counts.failed += 1;
      counts.broken.push(file.name);
    }
  }
  return counts;
}
