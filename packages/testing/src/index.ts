export * from "./bundle.ts";
export * from "./bundle-runner.ts";
export * from "./descriptor-receiver.ts";
export * from "./free-port.ts";
export * from "./installation.ts";
export * from "./registry.ts";
export * from "./runtime-caller.ts";
export * from "./sandbox.ts";
