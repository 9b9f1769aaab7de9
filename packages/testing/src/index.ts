export * from "./bundle.ts";
export * from "./sandbox.ts";
