import fc from "fast-check";
import { expect, it } from "vitest";
import { sortRows } from "./merge-sort.ts";

it("sorts rows by key and keeps the order of equal ones", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (keys) => {
      const rows = Uint32Array.from(keys, (_, i) => i);
      sortRows(rows, Float64Array.from(keys));
      const expected = keys.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
      expect([...rows]).toEqual(expected);
    }),
    { seed: 3, numRuns: 500 },
  );
});

it("sorts rows that are far from their places", () => {
  const keys = Float64Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 1013) - (i % 3));
  const rows = Uint32Array.from(keys, (_, i) => i);
  sortRows(rows, keys);
  expect([...rows]).toEqual([...keys.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b));
});
