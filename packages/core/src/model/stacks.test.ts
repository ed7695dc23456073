import { describe, expect, it } from "vitest";
import { StackInterner } from "./stacks.ts";

describe("StackInterner", () => {
  it("refuses a parent that does not exist: pairs of other numbers have an interner of their own", () => {
    const stacks = new StackInterner();
    expect(() => stacks.add(0, 1)).toThrow(RangeError);
    expect(stacks.add(-1, 1)).toBe(0);
    expect(() => stacks.add(1, 1)).toThrow(RangeError);
  });

  it("finds every child of nodes that become wide, before and after", () => {
    const stacks = new StackInterner();
    const rows = new Map<string, number>();
    for (let round = 0; round < 3; round++) {
      for (let frame = 0; frame < 60; frame++) {
        for (const parent of [-1, 0, 5, 17]) {
          if (parent >= stacks.length) continue;
          const key = `${parent}/${frame}`;
          const row = stacks.add(parent, frame);
          expect(rows.get(key) ?? row).toBe(row);
          rows.set(key, row);
        }
      }
    }
    expect(new Set(rows.values()).size).toBe(rows.size);
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
