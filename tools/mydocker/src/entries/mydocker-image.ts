export { tool } from "@mydocker/mydocker-image";
export { runTool } from "@mydocker/stage";
