import type { Store } from "../open.ts";
import { Catalog } from "./catalog.ts";
import { FrameReads } from "./frames.ts";
import { PointReads } from "./points.ts";
import { refusingExpressions } from "./read-engine.ts";
import { StackReads } from "./stacks.ts";

/** Everything that queries ask the store for. */
export interface StoreReads {
  readonly catalog: Catalog;
  readonly stacks: StackReads;
  readonly frames: FrameReads;
  readonly points: PointReads;
}

export function storeReads(store: Pick<Store, "queryColumns">): StoreReads {
  const engine = refusingExpressions({ columns: (sql, params) => store.queryColumns(sql, params) });
  return {
    catalog: new Catalog(engine),
    stacks: new StackReads(engine),
    frames: new FrameReads(engine),
    points: new PointReads(engine),
  };
}
