export * from "./element/index.ts";
export * from "./graph/index.ts";
