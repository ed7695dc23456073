import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf, letters } from "../../../../../test/support/letters.ts";
import {
  bytesOf,
  headOf,
  type Input,
  noteCodes,
  readingError,
  readWith,
} from "../../../../../test/support/reading.ts";
import { MemorySink } from "../../util/sink.ts";
import { treeJsonWriter } from "../../writers/tree-json/index.ts";
import { treeJsonReader } from "./index.ts";

const read = (input: Input) => readWith(treeJsonReader, input);

describe("tree-json reader", () => {
  it("takes callees' weights off, members in any order, values missing or not", async () => {
    const a = { children: [{ name: "b", value: 2 }], value: 5, name: "a" };
    const profile = await read({
      children: [a, { name: "c", children: [{ name: "d", value: 1 }] }],
      name: "root",
    });
    expect(foldedOf(profile)).toEqual(["a 3", "a;b 2", "c;d 1"]);
    expect(profile.valueTypes).toEqual([{ name: "weight", unit: "count" }]);
    expect(profile.notes).toEqual([]);
  });

  it("keeps a root that is a function, and reads the short names of members", async () => {
    const profile = await read({ n: "main", v: 4, c: [{ n: "a", v: 1, c: null }, 7] });
    expect(foldedOf(profile)).toEqual(["main 3", "main;a 1"]);
  });

  it("says where a node weighs less than its callees", async () => {
    const profile = await read({ name: "all", value: 1, children: [{ name: "a", value: 5 }] });
    expect(foldedOf(profile)).toEqual(["a 5"]);
    expect(noteCodes(profile)).toEqual(["less-than-callees×1"]);
  });

  it("reads back what our writer writes", async () => {
    const stack = fc.array(fc.constantFrom("a", "b", "__proto__", 'q"\\ü', "all"), {
      minLength: 1,
      maxLength: 6,
    });
    const sample = fc.tuple(stack, fc.integer({ min: 1, max: 1_000_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(sample, { minLength: 1, maxLength: 20 }), async (list) => {
        const depth = Math.max(...list.map(([names]) => names.length));
        const rows = Array.from({ length: depth }, (_, level) =>
          list.map(([names]) => names[level] ?? ".").join(" "),
        );
        const picture = [...rows, `= ${list.map(([, weight]) => weight).join(" ")}`].join("\n");
        const profile = letters(picture, { type: "cpu", unit: "nanoseconds" });
        const sink = new MemorySink();
        await treeJsonWriter.write(profile, sink, {});
        const back = await read(sink.bytes());
        expect(foldedOf(back)).toEqual(foldedOf(profile));
        expect(back.valueTypes).toEqual(profile.valueTypes);
        expect(treeJsonReader.sniff(headOf(sink.bytes()))).toBe("yes");
      }),
      { seed: 9, numRuns: 200 },
    );
  });

  it("reads both sides of a comparison", async () => {
    const node = (name: string, base: number, head: number, ...children: object[]): object => ({
      name,
      value: base + head,
      base,
      head,
      children,
    });
    const profile = await read(node("all", 5, 7, node("a", 5, 7, node("b", 2, 0))));
    expect(foldedOf(profile, 0)).toEqual(["a 3", "a;b 2"]);
    expect(foldedOf(profile, 1)).toEqual(["a 7", "a;b 0"]);
    expect(profile.meta.differential).toEqual({ base: 0, head: 1 });
  });

  it("reads a tree of 100,000 levels", async () => {
    const open = '{"name":"f","value":1,"children":[';
    const profile = await read(`${open.repeat(100_000)}${"]}".repeat(100_000)}`);
    expect(profile.stacks.length).toBe(100_000);
    expect(foldedOf(profile)[0]!.endsWith(" 1")).toBe(true);
  });

  it("knows its own, and reads or refuses mutations", async () => {
    const verdict = (input: Input): string => treeJsonReader.sniff(headOf(input));
    expect(verdict({ children: [{ name: "a", value: 1 }] })).toBe("yes");
    expect(verdict({ name: "a", value: 1 })).toBe("no");
    expect(verdict({ root_frame: { children: [] } })).toBe("no");
    expect(await readingError(treeJsonReader, [])).toMatchObject({ code: "malformed", offset: 0 });
    const bytes = bytesOf({
      name: "all",
      children: [{ name: "a", value: 3, children: [{ name: "b", value: 2 }] }],
      value: 4,
    });
    expect(await readMutations(treeJsonReader, bytes, 3000)).toBeGreaterThan(100);
  });
});
