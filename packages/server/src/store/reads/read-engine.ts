import type { Engine } from "../engine/engine.ts";

/** The part of an engine that reads need. */
export type ReadEngine = Pick<Engine, "columns">;
