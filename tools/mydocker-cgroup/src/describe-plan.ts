import type { CgroupPlan } from "@mydocker/cgroup";

/** What `apply` would do, as the shell commands that do the same, one a line. */
export function describePlan(plan: CgroupPlan): string[] {
  return [
    ...[...plan.parents, ...plan.directories].map((directory) => `mkdir ${directory}`),
    ...plan.enable.map(({ file, controllers }) => `echo ${controllers.map((name) => `+${name}`).join(" ")} > ${file}`),
    ...plan.inherit.map((file) => `cat ${parentFile(file)} > ${file}`),
    ...plan.writes.map(({ path, value }) => `echo '${value.replaceAll("'", "'\\''")}' > ${path}`),
  ].map((line) => `${line}\n`);
}

function parentFile(file: string): string {
  const parts = file.split("/");
  return [...parts.slice(0, -2), parts.at(-1)].join("/");
}
