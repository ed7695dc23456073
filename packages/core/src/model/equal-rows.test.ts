import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalRows } from "./equal-rows.ts";

/** The same with a map of texts. */
function byMap(length: number, columns: readonly Int32Array[]): number[] {
  const seen = new Map<string, number>();
  return Array.from({ length }, (_, row) => {
    const key = columns.map((column) => column[row]).join();
    const first = seen.get(key) ?? row;
    seen.set(key, first);
    return first;
  });
}

describe("equalRows", () => {
  it("finds the first equal row of each, as a map does", () => {
    const row = fc.tuple(fc.integer({ min: -1, max: 9 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 300 }), (rows) => {
        const columns = [0, 1].map((i) => Int32Array.from(rows, (values) => values[i]!));
        const expected = byMap(rows.length, columns);
        const found = equalRows({ length: rows.length, columns });
        expect([...(found ?? rows.keys())]).toEqual(expected);
        expect(found === undefined).toBe(expected.every((first, row) => first === row));
      }),
      { seed: 11 },
    );
  });

  it("does so for more rows than one part holds", () => {
    const length = 50_000;
    const columns = [7919, 104_729].map((step) =>
      Int32Array.from({ length }, (_, row) => Math.imul(row, step) % 211),
    );
    expect([...equalRows({ length, columns })!]).toEqual(byMap(length, columns));
  });

  it("finds nothing where all rows differ, and looks at no row behind the length", () => {
    const columns = [Int32Array.from({ length: 30_001 }, (_, row) => row % 30_000)];
    expect(equalRows({ length: 30_000, columns })).toBeUndefined();
    expect(equalRows({ length: 30_001, columns })?.at(-1)).toBe(0);
    expect(equalRows({ length: 0, columns: [] })).toBeUndefined();
  });
});
