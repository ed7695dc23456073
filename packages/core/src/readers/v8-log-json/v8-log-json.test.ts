import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { v8LogJsonReader } from "./index.ts";

const code = [
  { name: "/usr/bin/node", type: "SHARED_LIB" },
  { name: "T start", type: "CPP" },
  { name: "ArrayMap", type: "CODE", kind: "Builtin" },
  { name: "hot /w.js:3:14", type: "JS", kind: "Opt", func: 0, tm: 12 },
  { name: " w.js:1:1", type: "JS", kind: "Ignition", func: 1, tm: 12 },
];
const functions = [
  { name: "hot /w.js:3:14", codes: [3] },
  { name: " w.js:1:1", codes: [4] },
];
const ticks = [
  { tm: 1000, vm: 0, s: [3, 10, 4, 20] },
  { tm: 3000, vm: 1, s: [2, 10, -1, 0, 3, 0, 4, 20] },
  { tm: 2000, vm: 0, s: [-1, 5, 3, 1] },
  { tm: 6000, vm: 0, s: [99, 5, 1, 0, 0, 0] },
];

describe("preprocessed V8 log", () => {
  it.each([
    ["as it is written", { code, functions, ticks }],
    ["with the ticks first", { ticks, functions, code }],
  ])("reads ticks in the order of time: %s", async (_, file) => {
    expect(v8LogJsonReader.sniff(headOf(file))).toBe("yes");
    const profile = await readWith(v8LogJsonReader, file);
    expect(foldedOf(profile, 0)).toEqual([
      "(anonymous);hot 1",
      "(anonymous);hot;Builtin: ArrayMap;(garbage collector) 1",
      "/usr/bin/node;start;[unknown] 1",
      "hot;[unknown] 1",
    ]);
    expect([...profile.samples.time!]).toEqual([1e6, 2e6, 3e6, 6e6]);
    expect([...profile.samples.weights[1]!]).toEqual([1e6, 1e6, 3e6, 1666667]);
    expect(noteCodes(profile)).toEqual(["unknown-code×1"]);
    const hot = Array.from(profile.frames.name, (name) => profile.strings.get(name)).indexOf("hot");
    expect([profile.frames.line[hot], profile.frames.column[hot], profile.frames.kind[hot]]).toEqual([
      3,
      14,
      FrameKind.jit,
    ]);
  });

  it("keeps what was read of a cut file, and leaves out ticks without a time", async () => {
    const text = JSON.stringify({ code, functions, ticks });
    const cut = await readWith(v8LogJsonReader, text.slice(0, text.indexOf('{"tm":3000') + 4));
    expect(noteCodes(cut)).toEqual(["truncated×1"]);
    expect(foldedOf(cut, 0)).toEqual(["(anonymous);hot 1"]);
    const bad = { code, functions, ticks: [{ tm: "x", s: [] }, ticks[0]] };
    expect(noteCodes(await readWith(v8LogJsonReader, bad))).toEqual(["bad-tick×1"]);
    expect((await readingError(v8LogJsonReader, '{"code":[')).code).toBe("truncated");
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(v8LogJsonReader, bytesOf({ code, functions, ticks }), 3000)).toBeGreaterThan(
      100,
    );
  });
});
