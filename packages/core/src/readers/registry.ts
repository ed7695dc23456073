import { foldedReader } from "./folded/index.ts";
import { jfrReader } from "./jfr/index.ts";
import { otlpReader } from "./otlp/index.ts";
import { perfScriptReader } from "./perf-script/index.ts";
import { pprofReader } from "./pprof/pprof.ts";
import { pprofLegacyReader } from "./pprof-legacy/index.ts";
import { pstatsReader } from "./pstats/index.ts";
import type { Reader } from "./reader.ts";
import { speedscopeReader } from "./speedscope/index.ts";
import { v8CpuprofileReader } from "./v8-cpuprofile/index.ts";

/**
 * Every format that can be read: a new one is its folder, its fixtures, and one line here. Asked in the order of
 * priority, which is unique (tested), so that the order of this list does not matter.
 */
const all: Reader[] = [
  v8CpuprofileReader,
  speedscopeReader,
  perfScriptReader,
  pprofReader,
  jfrReader,
  otlpReader,
  pprofLegacyReader,
  pstatsReader,
  foldedReader,
];

/** The readers, highest priority first. */
export const readers: readonly Reader[] = all.sort((a, b) => b.priority - a.priority);

/** The reader that `--from ID` names, or undefined. */
export function readerById(id: string): Reader | undefined {
  return readers.find((reader) => reader.id === id);
}
