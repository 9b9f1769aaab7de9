export { tool } from "@mydocker/mydocker-init";
export { runTool } from "@mydocker/stage";
