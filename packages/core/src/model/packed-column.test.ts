import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PackedColumn } from "./packed-column.ts";
import { Slabs } from "./slabs.ts";

function unpacked(column: PackedColumn): number[] {
  const values = new Float64Array(column.length);
  column.unpack(values);
  return [...values];
}

/** Runs of values as profiles have them, and as they have them not. */
const run = fc.oneof(
  fc.tuple(fc.constantFrom(0, 1, -1, 0.01, Number.NaN, 2 ** 53), fc.constant(0)),
  fc.tuple(fc.constantFrom(1.7e18, 1.7e15, 5, -3e9), fc.constantFrom(1, 250, 1000, 123_456, 7e5, 1e6, 4e9)),
  fc.tuple(fc.constantFrom(0.5, 1e300, Number.NEGATIVE_INFINITY), fc.constantFrom(0.1, 1 / 3, 1e200)),
);

describe("PackedColumn", () => {
  it("gives back every bit, rising, falling, equal or wild", () => {
    const part = fc.tuple(run, fc.nat(3000), fc.nat(1000), fc.boolean());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const slabs = new Slabs();
        // What was there before must not matter.
        slabs.give(new Uint8Array(1 << 16).fill(0xa5).buffer);
        const column = new PackedColumn(slabs);
        const expected: number[] = [];
        for (const [[base, step], length, scatter, same] of parts) {
          const values = Float64Array.from({ length }, (_, i) =>
            scatter === 0 ? base + i * step : base + (i + ((i * 7919) % scatter)) * step,
          );
          if (same) {
            column.appendSame(base, length);
            for (let i = 0; i < length; i++) expected.push(base);
          } else {
            column.append(values, length);
            for (const value of values) expected.push(value);
          }
        }
        expect(column.length).toBe(expected.length);
        expect(unpacked(column)).toEqual(expected);
      }),
      { seed: 6, numRuns: 60 },
    );
  });
});
