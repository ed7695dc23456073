import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PairInterner } from "./pairs.ts";

describe("PairInterner", () => {
  it("gives equal pairs equal rows, and others the next row, whatever the numbers are", () => {
    const pair = fc.tuple(fc.integer(), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 400 }), (pairs) => {
        const interner = new PairInterner();
        const known = new Map<string, number>();
        for (const [a, b] of pairs) {
          const row = known.get(`${a} ${b}`) ?? known.size;
          known.set(`${a} ${b}`, row);
          expect(interner.add(a, b)).toBe(row);
        }
        const { length, a, b } = interner.columns();
        const rows = Array.from({ length }, (_, row) => `${a[row]} ${b[row]}`);
        expect(rows).toEqual([...known.keys()]);
      }),
      { seed: 1 },
    );
  });
});
