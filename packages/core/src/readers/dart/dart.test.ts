import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { chromeTraceReader } from "../chrome-trace/index.ts";
import { dartReader } from "./index.ts";

const library = { type: "@Library", name: "app", uri: "package:app/main.dart" };
const widget = { type: "@Class", name: "_Home", library };
const build = { type: "@Function", name: "build", owner: widget, location: { line: 12, column: 3 } };
const ANSWER = {
  type: "CpuSamples",
  samplePeriod: 1000,
  maxStackDepth: 128,
  sampleCount: 3,
  timeOriginMicros: 5000,
  timeExtentMicros: 9000,
  pid: 77,
  functions: [
    {
      kind: "Dart",
      resolvedUrl: "package:app/main.dart",
      function: { type: "@Function", name: "main", owner: library },
    },
    { kind: "Dart", resolvedUrl: "package:app/main.dart", function: build },
    { kind: "Dart", function: { type: "@Function", name: "<anonymous closure>", owner: build } },
    { kind: "Native", resolvedUrl: "", function: { type: "NativeFunction", name: "memcpy" } },
  ],
  samples: [
    { tid: 8, timestamp: 5100, vmTag: "Dart", userTag: "Default", stack: [2, 1, 0] },
    { tid: 8, timestamp: 6100, vmTag: "Native", userTag: "scroll", stack: [3, 1, 0], truncated: true },
    { tid: 9, timestamp: 7100, stack: [5] },
    { tid: 9, timestamp: 7200 },
  ],
};

const EXPORT = {
  devToolsSnapshot: true,
  activeScreenId: "cpu-profiler",
  "cpu-profiler": {
    type: "_CpuProfileTimeline",
    samplePeriod: 50,
    sampleCount: 2,
    stackDepth: 128,
    timeOriginMicros: 1000,
    timeExtentMicros: 200,
    stackFrames: {
      "7-1": {
        category: "Dart",
        name: "main",
        parent: "cpuProfileRoot",
        resolvedUrl: "a.dart",
        sourceLine: null,
      },
      "7-2": { category: "Dart", name: "f", parent: "7-1", resolvedUrl: "a.dart", sourceLine: 4 },
    },
    traceEvents: [
      { ph: "P", name: "", pid: 7, tid: 8, ts: 1050, cat: "Dart", sf: "7-2", args: { vmTag: "Dart" } },
      { ph: "P", name: "", pid: 7, tid: 8, ts: 1100, cat: "Dart", sf: "7-1" },
      { ph: "P", name: "", pid: 7, tid: 8, ts: 1150, cat: "Dart", sf: "7-9" },
      { ph: "M", name: "thread_name" },
    ],
  },
};

describe("CpuSamples of the VM service", () => {
  it.each([
    ["alone", ANSWER],
    ["in the answer to a call", { jsonrpc: "2.0", id: "1", result: ANSWER }],
  ])("%s", async (_, document) => {
    const profile = await readWith(dartReader, JSON.stringify(document), "each");
    expect(foldedOf(profile, 0)).toEqual([
      "[unknown] 1",
      "main;_Home.build;_Home.build.<anonymous closure> 1",
      "main;_Home.build;memcpy 1",
    ]);
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
      "samples/count",
      "cpu/nanoseconds",
    ]);
    expect([...profile.samples.weights[1]!]).toEqual([1e6, 1e6, 1e6]);
    expect([...profile.samples.time!]).toEqual([100_000, 1_100_000, 2_100_000]);
    expect(profile.meta).toMatchObject({ duration: 9e6, observations: 3 });
    expect(profile.threads.map(({ pid, tid }) => [pid, tid])).toEqual([
      [77, 8],
      [77, 9],
    ]);
    expect(profile.labelSets[2]).toEqual([
      { key: "vmTag", value: "Native" },
      { key: "userTag", value: "scroll" },
    ]);
    expect([...profile.frames.line]).toContain(12);
    expect(noteCodes(profile)).toEqual(["cut-stack×1", "no-stack×1", "missing-function×1"]);
  });
});

describe("what DevTools exports", () => {
  it.each([
    ["with the screen around it", EXPORT],
    ["bare", EXPORT["cpu-profiler"]],
  ])("%s", async (_, document) => {
    const text = JSON.stringify(document);
    const profile = await readWith(dartReader, text, "each");
    expect(foldedOf(profile, 0)).toEqual([" 1", "main 1", "main;f 1"]);
    expect([...profile.samples.time!]).toEqual([50_000, 100_000, 150_000]);
    expect([...profile.frames.line]).toEqual([0, 4]);
    expect(noteCodes(profile)).toEqual(["no-sample×1", "missing-frame×1"]);
    expect(dartReader.sniff(headOf(text))).toBe("yes");
    expect(chromeTraceReader.sniff(headOf(text))).toBe("no");
  });
});

it("refuses what has no samples, and reads or refuses mutations", async () => {
  const empty = JSON.stringify({ ...ANSWER, samples: [] });
  expect(await readingError(dartReader, empty)).toMatchObject({ code: "malformed" });
  for (const document of [ANSWER, EXPORT]) {
    expect(await readMutations(dartReader, bytesOf(JSON.stringify(document)), 3000)).toBeGreaterThan(0);
  }
});
