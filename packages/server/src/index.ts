export { loadConfig, type RawConfig } from "./ops/config.ts";
export { type Config, type Setting, settings } from "./ops/schema.ts";
export { type RunningServer, serve } from "./serve.ts";
