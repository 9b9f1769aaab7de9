export { tool } from "@mydocker/mydocker-cgroup";
export { runTool } from "@mydocker/stage";
