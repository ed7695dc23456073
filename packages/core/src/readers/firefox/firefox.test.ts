import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import {
  bytesOf,
  headOf,
  type Input,
  noteCodes,
  readingError,
  readWith,
} from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { firefoxReader } from "./index.ts";

const read = (input: Input) => readWith(firefoxReader, input);

const STRINGS = ["main", "work", "inl", "a.js", "0x40", "libc.so"];
const frameTable = {
  length: 4,
  func: [0, 1, 2, 3],
  line: [10, null, 7, null],
  column: [null, 4, null, null],
  address: [-1, 16, 16, 64],
  inlineDepth: [0, 0, 1, 0],
  category: [0, 1, 1, 2],
  subcategory: [0, 0, 0, 0],
};
const funcs = {
  length: 4,
  name: [0, 1, 2, 4],
  isJS: [true, false, false, false],
  lineNumber: [9, 1, 1, null],
};
const resourceTable = { length: 1, lib: [0], name: [5] };
const lib = { name: "libc.so", path: "/lib/libc.so", codeId: "ABCD12" };
const meta = {
  preprocessedProfileVersion: 49,
  product: "test",
  startTime: 1_700_000_000_000.5,
  interval: 0.25,
  sampleUnits: { time: "ms", threadCPUDelta: "µs" },
  categories: [
    { name: "JavaScript", subcategories: ["Other"] },
    { name: "User", subcategories: ["Other"] },
    { name: "Kernel", subcategories: ["Other"] },
  ],
};
const samples = {
  length: 4,
  stack: [2, 3, null, 2],
  time: [1, 2.5, 3, 4],
  weight: [1, 2, 1, 1],
  weightType: "samples",
  threadCPUDelta: [900, 10, null, 5],
};
const stackTable = { length: 4, prefix: [null, 0, 1, 0], frame: [0, 1, 2, 3] };

/** The same profile as version 49 has it. */
function old(more: object = {}, threadMore: object = {}): object {
  const thread = {
    name: "GeckoMain",
    processName: "app",
    pid: "12",
    tid: 34,
    stringArray: STRINGS,
    frameTable,
    funcTable: { ...funcs, fileName: [3, null, null, null], resource: [-1, 0, 0, 0] },
    resourceTable,
    stackTable,
    samples,
    markers: { length: 0 },
    ...threadMore,
  };
  return { meta, libs: [lib], threads: [thread], ...more };
}

/** And as version 70 has it: tables shared, prefixes as offsets, libraries with the frames, time as differences. */
const NEW = {
  threads: [
    {
      name: "GeckoMain",
      processName: "app",
      pid: "12",
      tid: "34",
      samples: { ...samples, time: undefined, timeDeltas: [1, 1.5, 0.5, 1] },
    },
  ],
  shared: {
    stringArray: STRINGS,
    sources: { length: 1, filename: [3] },
    frameTable: { ...frameTable, lib: [-1, 0, 0, 0] },
    funcTable: { ...funcs, source: [0, null, null, null], resource: [-1, -1, -1, -1] },
    stackTable: { length: 4, frame: [0, 1, 2, 3], prefixOffset: [0, 1, 1, 3] },
    resourceTable: { length: 0, name: [] },
  },
  libs: [lib],
  meta: { ...meta, preprocessedProfileVersion: 70 },
};

describe("firefox", () => {
  it.each([
    ["49", old()],
    ["70", NEW],
  ])("reads version %s", async (_version, input) => {
    const profile = await read(input);
    const { frames, strings, samples: rows } = profile;
    expect(foldedOf(profile)).toEqual([" 1", "main; 2", "main;work;inl 2"]);
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "cpu", unit: "nanoseconds" },
    ]);
    expect(foldedOf(profile, 1)).toEqual([" 0", "main; 10000", "main;work;inl 5000"]);
    expect([...rows.time!]).toEqual([1e6, 2.5e6, 3e6, 4e6]);
    expect(profile.threads).toEqual([{ name: "GeckoMain", process: "app", pid: 12, tid: 34 }]);
    expect(profile.mappings).toMatchObject([{ path: "/lib/libc.so", buildId: "abcd12" }]);
    const column = (row: number): unknown[] => [
      strings.get(frames.name[row]!),
      strings.get(frames.file[row]!),
      frames.line[row],
      frames.column[row],
      frames.mapping[row],
      frames.address[row],
      frames.kind[row],
      frames.inlined[row],
    ];
    expect([0, 1, 2, 3].map(column)).toEqual([
      ["main", "a.js", 10, 0, -1, 0n, FrameKind.unknown, 0],
      ["work", "", 0, 4, 0, 16n, FrameKind.native, 0],
      ["inl", "", 7, 0, 0, 16n, FrameKind.native, 1],
      ["", "", 0, 0, 0, 64n, FrameKind.kernel, 0],
    ]);
    expect(profile.meta).toMatchObject({
      producer: "test",
      timeOrigin: 1_700_000_000_000_500_000n,
      clock: "unix",
      period: { type: { name: "wall", unit: "nanoseconds" }, value: 250_000 },
    });
    expect(profile.notes).toEqual([]);
  });

  it("keeps other weights: traced time, bytes, allocations", async () => {
    const traced = await read(
      old({}, { samples: { ...samples, weightType: "tracing-ms", threadCPUDelta: null } }),
    );
    expect(traced.valueTypes).toEqual([{ name: "wall", unit: "nanoseconds" }]);
    expect(foldedOf(traced)).toEqual([" 1000000", "main; 2000000", "main;work;inl 2000000"]);
    const allocations = { length: 2, time: [1, 2], weight: [64, -32], weightType: "bytes", stack: [1, 1] };
    const both = await read(
      old({}, { nativeAllocations: allocations, jsAllocations: { ...allocations, weight: [8, 8] } }),
    );
    expect(both.valueTypes.map(({ name, unit }) => `${name}/${unit}`).slice(2)).toEqual([
      "js-allocations/bytes",
      "native-allocations/bytes",
    ]);
    expect(foldedOf(both, 2)).toContain("main;work 16");
    expect(foldedOf(both, 3)).toContain("main;work 32");
    expect(noteCodes(both)).toEqual(["deallocations×1"]);
  });

  it("counts a sample as one where there are no weights, and takes strings from where they are", async () => {
    const input = old(
      { shared: { stringArray: STRINGS } },
      { stringArray: undefined, samples: { ...samples, weight: null } },
    );
    const profile = await read(input);
    expect(foldedOf(profile)).toEqual([" 1", "main; 1", "main;work;inl 2"]);
  });

  it("repairs stacks that lie, and says what it leaves out", async () => {
    const profile = await read(
      old(
        { meta: { ...meta, preprocessedProfileVersion: 99 } },
        {
          stackTable: { length: 3, prefix: [2, 0, 1], frame: [0, 77, 1] },
          samples: { ...samples, stack: [2, 50, null, 1] },
          markers: { length: 3, name: [] },
        },
      ),
    );
    expect(foldedOf(profile)).toEqual([" 3", "main 1", "main;work 1"]);
    expect(noteCodes(profile).sort()).toEqual([
      "bad-prefix×1",
      "markers×1",
      "missing-frame×1",
      "missing-stack×1",
      "newer-version×1",
    ]);
  });

  it("knows its own", () => {
    const verdict = (input: Input): string => firefoxReader.sniff(headOf(input));
    expect(verdict(old())).toBe("yes");
    expect(verdict(NEW)).toBe("yes");
    expect(verdict({ meta: { version: 9 }, threads: [{ samples: { schema: {} } }] })).toBe("no");
  });

  it("keeps the threads before a cut, and reads or refuses mutations", async () => {
    const text = JSON.stringify(old({ more: 1 }));
    expect(noteCodes(await read(text.slice(0, -12)))).toEqual(["truncated×1"]);
    expect(await readingError(firefoxReader, { meta })).toMatchObject({ code: "malformed" });
    for (const input of [old(), NEW]) {
      const bytes = bytesOf(input);
      expect(await readMutations(firefoxReader, bytes, 3000)).toBeGreaterThan(100);
    }
  });
});
