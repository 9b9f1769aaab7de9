export { tool } from "@mydocker/mydocker-net";
export { runTool } from "@mydocker/stage";
