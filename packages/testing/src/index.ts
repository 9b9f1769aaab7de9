export * from "./bundle.ts";
export * from "./bundle-runner.ts";
export * from "./free-port.ts";
export * from "./registry.ts";
export * from "./sandbox.ts";
