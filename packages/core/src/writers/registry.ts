import { callgrindWriter } from "./callgrind/index.ts";
import { chromeTraceWriter } from "./chrome-trace/index.ts";
import { firefoxWriter } from "./firefox/index.ts";
import { flambeauWriter } from "./flambeau/index.ts";
import { foldedWriter } from "./folded/index.ts";
import { otlpWriter } from "./otlp/index.ts";
import { pprofWriter } from "./pprof/pprof.ts";
import { speedscopeWriter } from "./speedscope/index.ts";
import { treeJsonWriter } from "./tree-json/index.ts";
import { v8CpuprofileWriter } from "./v8-cpuprofile/index.ts";
import type { Writer } from "./writer.ts";

/** Every format that can be written: a new one is its folder, its tests, and one line here. */
export const writers: readonly Writer[] = [
  foldedWriter,
  pprofWriter,
  speedscopeWriter,
  firefoxWriter,
  callgrindWriter,
  otlpWriter,
  v8CpuprofileWriter,
  chromeTraceWriter,
  treeJsonWriter,
  flambeauWriter,
];

/** The writer that `--to ID` names, or undefined. */
export function writerById(id: string): Writer | undefined {
  return writers.find((writer) => writer.id === id);
}

/** The writer whose ending the file name has; the longest ending wins: `.speedscope.json` before `.json`. */
export function writerForName(name: string): Writer | undefined {
  let best: Writer | undefined;
  let length = 0;
  for (const writer of writers) {
    for (const extension of writer.extensions) {
      if (extension.length > length && name.toLowerCase().endsWith(extension.toLowerCase())) {
        best = writer;
        length = extension.length;
      }
    }
  }
  return best;
}
