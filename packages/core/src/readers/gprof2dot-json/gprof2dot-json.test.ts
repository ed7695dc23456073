import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { gprof2dotJsonReader } from "./index.ts";

const file = {
  costs: [{ description: "Memory", unit: "bytes" }, { description: "Blocks" }],
  events: [
    { callchain: [3, 1, 0], cost: [7, 1] },
    { callchain: [3, 2, 0], cost: [1, 2] },
    { callchain: [], cost: [5, 0] },
  ],
  functions: [{ name: "a", module: "/bin/a" }, { name: "b" }, { name: "c" }, { name: "d" }],
};

describe("gprof2dot JSON reader", () => {
  it("reads chains from the leaf, and functions that come after them", async () => {
    expect(gprof2dotJsonReader.sniff(headOf(file))).toBe("yes");
    const profile = await readWith(gprof2dotJsonReader, file);
    expect(profile.valueTypes).toEqual([
      { name: "Memory", unit: "bytes" },
      { name: "Blocks", unit: "count" },
    ]);
    expect(foldedOf(profile, 0)).toEqual([" 5", "a;b;d 7", "a;c;d 1"]);
    expect(foldedOf(profile, 1)).toEqual([" 0", "a;b;d 1", "a;c;d 2"]);
    expect(profile.mappings.map(({ path }) => path)).toEqual(["/bin/a"]);
  });

  it("notes a function that is not there, and a file that ends in the middle", async () => {
    const missing = { ...file, functions: [{ name: "a" }] };
    expect(noteCodes(await readWith(gprof2dotJsonReader, missing))).toEqual(["missing-function×4"]);
    const text = JSON.stringify({ costs: file.costs, functions: file.functions, events: file.events });
    const cut = await readWith(gprof2dotJsonReader, text.slice(0, text.indexOf("[3,2")));
    expect(foldedOf(cut, 0)).toEqual(["a;b;d 7"]);
    expect(noteCodes(cut)).toEqual(["truncated×1"]);
    expect((await readingError(gprof2dotJsonReader, '{"events":[')).code).toBe("truncated");
  });

  it("reads a file without events", async () => {
    const profile = await readWith(gprof2dotJsonReader, { costs: file.costs, functions: [], events: [] });
    expect([profile.samples.length, profile.valueTypes.length]).toEqual([0, 2]);
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(gprof2dotJsonReader, bytesOf(file), 3000)).toBeGreaterThan(100);
  });
});
