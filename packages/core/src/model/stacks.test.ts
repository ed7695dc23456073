import { describe, expect, it } from "vitest";
import { StackInterner } from "./stacks.ts";

describe("StackInterner", () => {
  it("interns pairs whose first number is no row", () => {
    const pairs = new StackInterner();
    const add = (): number[] => [5000, 3, 1_000_000, 5000, -1].map((first) => pairs.add(first, first % 7));
    expect(add()).toEqual([0, 1, 2, 0, 3]);
    for (let i = 0; i < 5000; i++) expect(pairs.add(i * 3, 9)).toBe(4 + i);
    expect(add()).toEqual([0, 1, 2, 0, 3]);
  });

  it("grows behind a short tree that was copied in", () => {
    for (const take of ["copy", "adopt"] as const) {
      const stacks = new StackInterner();
      const batch = { length: 2, parent: Int32Array.of(-1, 0), frame: Int32Array.of(0, 1) };
      if (take === "adopt") stacks.adopt(batch);
      else stacks.addBatch(batch, true);
      for (let i = 2; i < 3000; i++) expect(stacks.add(i - 1, i)).toBe(i);
      const { parent, frame } = stacks.columns();
      expect([parent[2999], frame[2999], parent[2], frame[2]]).toEqual([2998, 2999, 1, 2]);
    }
  });
});
