// The kernel: what the readers of text formats and of JSON do per byte. Compiled to one small module; ../plain/ has a twin
// in plain TypeScript that gives the same tables.
import { initLines } from "./perf-lines";
import { initFolded } from "./folded";
import { initGroups } from "./groups";

import { initLists } from "./json-lists";
import { initNumbers } from "./json-number";
import { initRows } from "./json-rows";
import { initStacks } from "./json-stacks";
import { initPerf } from "./perf";
import { initSymbols } from "./symbols";
import { initCells, initTrie } from "./trie";

export { allocate, exhausted, release } from "./memory";
export { scanPerf, finishPerf, samples, haveTime, baseSeconds, firstTime, lastTime } from "./perf";
export { scanFolded, foldedSamples } from "./folded";
export { symbolCount, symbolBytes, copySymbols } from "./symbols";
export { nodeCount, copyNodes, cellCount, copyCells } from "./trie";
export { groupCount, groupTable } from "./groups";
export { sampleCount, sampleBuffer, dropSamples } from "./samples";
export { faultTable } from "./faults";

export { skip, skipDepth, skipInString } from "./json-scan";
export { listCount, listEnds, listStarts, numberBuffer, numberCount, scanDoubles, scanIntegers, scanLists, setWords } from "./json-lists";
export { addKey, clearKeys, nestedDepth, nestedFresh, rowCount, rowDepths, rowKinds, rowLists, rowSlots, rowStarts, scanNested, scanRows } from "./json-rows";
export { listShared, scanStacks } from "./json-stacks";
export { symbolLength, symbolStart } from "./symbols";

export function startJson(): void {
  initSymbols();
  initNumbers();
  initLists();
  initRows();
  initStacks();
}

export function startPerf(each: bool, addresses: bool): void {
  initSymbols();
  initTrie();
  initCells();
  initGroups();
  initLines(addresses);
  initPerf(each);
}

export function startFolded(each: bool, columns: i32): void {
  initSymbols();
  initTrie();
  initCells();
  initFolded(each, columns);
}
