export * from "./annotations.ts";
export * from "./config.ts";
export * from "./exact-numbers.ts";
export * from "./parse-config.ts";
export * from "./parse-resources.ts";
export * from "./resources.ts";
export * from "./state.ts";
export * from "./user.ts";
