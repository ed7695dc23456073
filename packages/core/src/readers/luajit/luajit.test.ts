import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { luajitReader } from "./index.ts";

const states =
  "85%  Compiled\n  -- 73%  leaf\n  -- 20%  heavy\n10%  Garbage Collector\n  -- 100%  leaf\n 5%  w.lua:7\n";

describe("LuaJIT -jp reader", () => {
  it("splits a share among its parts", async () => {
    expect(luajitReader.sniff(headOf(states))).toBe("yes");
    const profile = await readWith(luajitReader, states);
    expect(profile.valueTypes).toEqual([{ name: "samples", unit: "percent" }]);
    expect(foldedOf(profile).map((line) => line.replace(/\.\d+$/, ""))).toEqual([
      "Compiled 5",
      "Compiled;heavy 17",
      "Compiled;leaf 62",
      "Garbage Collector;leaf 10",
      "w.lua:7 5",
    ]);
    const line = Array.from(profile.frames.name, (name) => profile.strings.get(name)).indexOf("w.lua:7");
    expect([profile.strings.get(profile.frames.file[line]!), profile.frames.line[line]]).toEqual([
      "w.lua",
      7,
    ]);
    expect(noteCodes(profile)).toEqual(["percentages×1"]);
  });

  it("tells callers from callees", async () => {
    const callers = await readWith(luajitReader, "76%  leaf\n  <- 100%  heavy\n");
    expect(foldedOf(callers)).toEqual(["heavy;leaf 76"]);
    const callees = await readWith(luajitReader, "76%  heavy\r\n  -> 100%  leaf\r\n");
    expect(foldedOf(callees)).toEqual(["heavy;leaf 76"]);
  });

  it("takes stacks of several functions apart", async () => {
    const leafFirst = await readWith(
      luajitReader,
      "60%  deep < deep < w.lua:3\n40%  Compiled\n  -- 100%  leaf < deep\n",
    );
    expect(foldedOf(leafFirst)).toEqual(["Compiled;deep;leaf 40", "w.lua:3;deep;deep 60"]);
    const rootFirst = await readWith(luajitReader, "46%  main\n  -> 100%  deep > leaf\n");
    expect(foldedOf(rootFirst)).toEqual(["main;deep;leaf 46"]);
  });

  it("reads raw counts, and notes lines that are none", async () => {
    const profile = await readWith(luajitReader, "   76  leaf\n  -- 70  a\nnonsense\n    4  heavy\n");
    expect(profile.valueTypes).toEqual([{ name: "samples", unit: "count" }]);
    expect(foldedOf(profile)).toEqual(["heavy 4", "leaf 6", "leaf;a 70"]);
    expect(noteCodes(profile)).toEqual(["bad-line×1"]);
    expect((await readingError(luajitReader, "[No samples collected]\n")).code).toBe("malformed");
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(luajitReader, bytesOf(states), 3000)).toBeGreaterThan(100);
  });
});
