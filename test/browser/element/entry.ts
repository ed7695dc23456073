// What the pages of these tests run: bundled by page.ts, inside the browser.
import "../../../packages/viewer/src/element/index.ts";
import { buildLevelGraph } from "../../../packages/viewer/src/graph/index.ts";
import { foldedTree } from "../../support/folded-tree.ts";
import { syntheticGraph } from "./synthetic.ts";

Object.assign(globalThis, { fixture: { buildLevelGraph, foldedTree, syntheticGraph } });
