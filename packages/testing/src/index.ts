export * from "./bundle.ts";
export * from "./registry.ts";
export * from "./sandbox.ts";
