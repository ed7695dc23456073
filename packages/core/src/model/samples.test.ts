import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SampleBatch, SampleColumns } from "./samples.ts";

/** Samples as [stack, thread, label set, weight, other weight, time]. */
const sample = fc.tuple(
  fc.integer({ min: -1, max: 4 }),
  fc.integer({ min: -1, max: 2 }),
  fc.integer({ min: 0, max: 2 }),
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: 0, max: 9 }),
);
type Sample = readonly [number, number, number, number, number, number];

interface Shape {
  readonly threads: boolean;
  readonly labels: boolean;
  readonly times: boolean;
  /** Room in the arrays behind the last row. */
  readonly spare: number;
}

function batchOf(samples: readonly Sample[], { threads, labels, times, spare }: Shape): SampleBatch {
  const integers = (field: number) => {
    const column = new Int32Array(samples.length + spare).fill(77);
    samples.forEach((one, row) => {
      column[row] = one[field]!;
    });
    return column;
  };
  const numbers = (field: number) => Float64Array.from(integers(field));
  return {
    length: samples.length,
    stack: integers(0),
    weights: [numbers(3), numbers(4)],
    ...(threads ? { thread: integers(1) } : {}),
    ...(labels ? { labels: integers(2) } : {}),
    ...(times ? { time: numbers(5) } : {}),
  };
}

function columns(mode: "each" | "merged"): SampleColumns {
  const made = new SampleColumns(mode);
  made.addColumn();
  made.addColumn();
  return made;
}

function addOne(into: SampleColumns, one: Sample, { threads, labels, times }: Omit<Shape, "spare">): void {
  const [stack, thread, set, weight, other, time] = one;
  const row = into.row(stack, threads ? thread : -1, labels ? set : 0, times ? time : Number.NaN);
  into.addWeight(row, 0, weight);
  into.addWeight(row, 1, other);
}

describe("SampleColumns", () => {
  it("makes the same of a batch, and of samples and a batch behind it, as of samples one by one", () => {
    const shape = fc.record({
      threads: fc.boolean(),
      labels: fc.boolean(),
      times: fc.boolean(),
      spare: fc.integer({ min: 0, max: 3 }),
    });
    const samples = fc.array(sample, { maxLength: 40 });
    const mode = fc.constantFrom("each" as const, "merged" as const);
    fc.assert(
      fc.property(mode, shape, samples, samples, samples, (kind, form, first, then, last) => {
        const atOnce = columns(kind);
        const oneByOne = columns(kind);
        atOnce.addBatch(batchOf(first, form));
        for (const one of then) addOne(atOnce, one, form);
        atOnce.addBatch(batchOf(last, form));
        for (const one of [...first, ...then, ...last]) addOne(oneByOne, one, form);
        expect(atOnce.finish()).toEqual(oneByOne.finish());
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
