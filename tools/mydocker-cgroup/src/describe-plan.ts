import type { CgroupPlan } from "@mydocker/cgroup";
import { shimPath } from "@mydocker/stage";

/** What `apply` would do, as the shell commands that do the same, one a line. */
export function describePlan(plan: CgroupPlan): string[] {
  return [
    ...[...plan.parents, ...plan.directories].map((directory) => `mkdir ${directory}`),
    ...plan.enable.map(({ file, controllers }) => `echo ${controllers.map((name) => `+${name}`).join(" ")} > ${file}`),
    ...plan.inherit.map((file) => `cat ${parentFile(file)} > ${file}`),
    ...(plan.deviceProgram === undefined ? [] : [describeDeviceProgram(plan.deviceProgram)]),
    ...plan.writes.map(({ path, value }) => `echo '${value.replaceAll("'", "'\\''")}' > ${path}`),
  ].map((line) => `${line}\n`);
}

/** cgroup v2 has no file for it. The octal form is printf's of every shell. */
function describeDeviceProgram({ directory, program }: NonNullable<CgroupPlan["deviceProgram"]>): string {
  const octal = [...program].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return `printf '${octal}' | ${shimPath()} device-program --cgroup ${directory}`;
}

function parentFile(file: string): string {
  const parts = file.split("/");
  return [...parts.slice(0, -2), parts.at(-1)].join("/");
}
