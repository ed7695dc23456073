import { chromeTraceReader } from "./chrome-trace/index.ts";
import { dhatReader } from "./dhat/index.ts";
import { firefoxReader } from "./firefox/index.ts";
import { foldedReader } from "./folded/index.ts";
import { geckoReader } from "./gecko/index.ts";
import { perfScriptReader } from "./perf-script/index.ts";
import { pprofReader } from "./pprof/pprof.ts";
import type { Reader } from "./reader.ts";
import { speedscopeReader } from "./speedscope/index.ts";
import { treeJsonReader } from "./tree-json/index.ts";
import { v8CpuprofileReader } from "./v8-cpuprofile/index.ts";
import { v8HeapprofileReader } from "./v8-heapprofile/index.ts";

/**
 * Every format that can be read: a new one is its folder, its fixtures, and one line here. Asked in the order of
 * priority, which is unique (tested), so that the order of this list does not matter.
 */
const all: Reader[] = [
  dhatReader,
  firefoxReader,
  geckoReader,
  chromeTraceReader,
  v8CpuprofileReader,
  v8HeapprofileReader,
  speedscopeReader,
  treeJsonReader,
  perfScriptReader,
  pprofReader,
  foldedReader,
];

/** The readers, highest priority first. */
export const readers: readonly Reader[] = all.sort((a, b) => b.priority - a.priority);

/** The reader that `--from ID` names, or undefined. */
export function readerById(id: string): Reader | undefined {
  return readers.find((reader) => reader.id === id);
}
