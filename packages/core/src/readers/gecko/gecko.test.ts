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
import { geckoReader } from "./index.ts";

const read = (input: Input) => readWith(geckoReader, input);

const thread = {
  name: "GeckoMain",
  processName: "Parent",
  pid: 1,
  tid: 2,
  // The schema comes behind the rows here, and rows end early.
  samples: {
    data: [
      [3, 1.5],
      [4, 2.5, 700],
      [null, 4],
    ],
    schema: { stack: 0, time: 1, threadCPUDelta: 2 },
  },
  stackTable: {
    schema: { prefix: 0, frame: 1 },
    data: [
      [null, 0],
      [0, 1],
      [1, 2],
      [2, 3],
      [2, 4],
    ],
  },
  frameTable: {
    schema: { location: 0, implementation: 1, line: 2, column: 3, category: 4 },
    data: [[0], [1, 5, 12], [2], [3], [4]],
  },
  stringTable: ["(root)", "f (http://h/a.js:10:3)[7]", "http://h/b.js:1", "0x1010", "g (in libx) + 3", "ion"],
  markers: { schema: {}, data: [] },
};
const PROFILE = {
  meta: {
    version: 30,
    product: "Firefox",
    startTime: 1000,
    interval: 2,
    sampleUnits: { threadCPUDelta: "ns" },
  },
  libs: [{ path: "/lib/liby", breakpadId: "AB0", start: 0x1000, end: 0x2000, offset: 0 }],
  threads: [thread],
  processes: [],
};

describe("gecko", () => {
  it("reads functions, places, libraries and time", async () => {
    const profile = await read(PROFILE);
    const { frames, strings } = profile;
    const names = Array.from(frames.name, (name, row) =>
      [strings.get(name), strings.get(frames.file[row]!), frames.line[row], frames.column[row]].join("|"),
    );
    expect(names).toEqual([
      "(root)||0|0",
      "f|http://h/a.js|12|3",
      "(root scope) http://h/b.js|http://h/b.js|1|0",
      "||0|0",
      "g||0|0",
    ]);
    expect([...frames.kind]).toEqual([0, FrameKind.jit, 0, FrameKind.native, FrameKind.native]);
    expect(frames.address[3]).toBe(0x1010n);
    expect(profile.mappings).toMatchObject([
      { path: "/lib/liby", buildId: "ab0", start: 0x1000n, end: 0x2000n },
      { path: "libx" },
    ]);
    expect(profile.samples.stack.length).toBe(3);
    expect([...profile.samples.time!]).toEqual([1.5e6, 2.5e6, 4e6]);
    expect([...profile.samples.weights[1]!]).toEqual([0, 700, 0]);
    expect(profile.threads).toEqual([{ name: "GeckoMain", process: "Parent", pid: 1, tid: 2 }]);
    expect(profile.meta).toMatchObject({ producer: "Firefox", timeOrigin: 1_000_000_000n, clock: "unix" });
    expect(noteCodes(profile)).toEqual(["markers×1"]);
  });

  it("reads child processes, whose clocks began later, and the old performance panel's wrapper", async () => {
    const child = {
      ...PROFILE,
      meta: { ...PROFILE.meta, startTime: 1007 },
      threads: [{ ...thread, pid: 9 }],
    };
    for (const input of [
      { ...PROFILE, processes: [child] },
      { label: "", duration: 1, markers: [], profile: { ...PROFILE, processes: [child] } },
    ]) {
      const profile = await read(input);
      expect(profile.threads.map(({ pid }) => pid)).toEqual([1, 9]);
      expect([...profile.samples.time!]).toEqual([1.5e6, 2.5e6, 4e6, 8.5e6, 9.5e6, 11e6]);
    }
  });

  it("knows its own", () => {
    const verdict = (input: Input): string => geckoReader.sniff(headOf(input));
    expect(verdict(PROFILE)).toBe("yes");
    expect(verdict({ label: "", duration: 1, markers: [{}], frames: [] })).toBe("yes");
    expect(verdict({ meta: { preprocessedProfileVersion: 3 }, threads: [thread] })).toBe("no");
    expect(verdict({ nodes: [] })).toBe("no");
  });

  it("repairs stacks that lie, reads or refuses mutations", async () => {
    const lying = {
      ...thread,
      stackTable: {
        schema: { prefix: 0, frame: 1 },
        data: [
          [4, 0],
          [0, 99],
        ],
      },
    };
    const profile = await read({ ...PROFILE, threads: [lying, "{}"] });
    expect(foldedOf(profile)).toEqual([" 3"]);
    expect(noteCodes(profile).sort()).toEqual(
      ["bad-prefix×1", "markers×1", "missing-frame×1", "missing-stack×2", "no-thread×1"].sort(),
    );
    expect(await readingError(geckoReader, { meta: {} })).toMatchObject({ code: "malformed" });
    const bytes = bytesOf({ ...PROFILE, processes: [PROFILE] });
    expect(await readMutations(geckoReader, bytes, 3000)).toBeGreaterThan(100);
  });
});
