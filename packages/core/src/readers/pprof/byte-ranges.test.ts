import { describe, expect, it } from "vitest";
import { ByteRangeInterner } from "./byte-ranges.ts";

/** Ranges of four bytes each, their content given as numbers. */
function bytesOf(contents: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(contents).buffer);
}

function internAll(interner: ByteRangeInterner, count: number): number[] {
  return Array.from({ length: count }, (_, i) => interner.add(i * 4, i * 4 + 4));
}

describe("ByteRangeInterner", () => {
  const fewThenMany = Array.from({ length: 200_000 }, (_, i) => (i < 100_000 ? i : i % 1000));

  it("gives equal bytes the same number", () => {
    const interner = new ByteRangeInterner(bytesOf(fewThenMany));
    expect(internAll(interner, fewThenMany.length)).toEqual(fewThenMany);
    expect(interner.length).toBe(100_000);
  });

  it("when thrifty, gives numbers without a look while nearly all is new, and looks again later", () => {
    const interner = new ByteRangeInterner(bytesOf(fewThenMany), true);
    const numbers = internAll(interner, fewThenMany.length);
    const found = numbers.map((number) => fewThenMany[interner.start(number) / 4]);
    expect(found).toEqual(fewThenMany);
    expect(interner.length).toBeGreaterThan(100_000);
    expect(interner.length).toBeLessThan(170_000);
    expect(new Set(numbers.slice(-10_000)).size).toBeLessThanOrEqual(1000);
  });
});
