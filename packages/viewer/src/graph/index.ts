export { buildLevelGraph, type LevelGraphOptions } from "./build.ts";
export { type CullWindow, cull, VisibleFrames } from "./cull.ts";
export {
  type GraphNames,
  type LevelGraph,
  levelCount,
  type PackedTexts,
  transferList,
} from "./level-graph.ts";
export {
  countBelow,
  isWithin,
  levelOf,
  levelsBelow,
  nameOf,
  nameRow,
  pathNames,
  pathOf,
  type Run,
  rectAt,
  runsBelow,
  samePath,
  selfColumn,
  selfOf,
} from "./queries.ts";
export {
  type Found,
  type FunctionHit,
  matchColumns,
  matchesInOrder,
  matchNames,
  namePattern,
  rankHits,
  type SearchOptions,
  weighMatches,
} from "./search.ts";
export { packStrings, placeOf, textAt } from "./texts.ts";
