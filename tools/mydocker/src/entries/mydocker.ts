export { runTool } from "@mydocker/stage";
export { tool } from "../cli.ts";
