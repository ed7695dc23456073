import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProfileBuilder, type SampleMode } from "../model/builder.ts";
import type { Profile } from "../model/profile.ts";
import { validate } from "../model/validate.ts";
import { NumberColumn } from "./json.ts";
import { PIECE, ThreadSamples } from "./thread-samples.ts";

type Sample = readonly [thread: number, stack: number, time: number, first: number, second: number];

function prepared(mode: SampleMode): ProfileBuilder {
  const builder = new ProfileBuilder(mode);
  for (const [name, unit] of [
    ["other", "bytes"],
    ["samples", "count"],
    ["cpu", "nanoseconds"],
  ] as const) {
    builder.valueType(name, unit);
  }
  for (let i = 0; i < 4; i++) {
    builder.stack(-1, builder.frameNamed(`f${i}`));
    builder.thread({ name: `t${i}` });
  }
  return builder;
}

/** Rows as texts: in mode "merged" their order is nobody's business. */
function rowsOf({ samples }: Profile): string[] {
  const rows: string[] = [];
  for (let row = 0; row < samples.length; row++) {
    const weights = samples.weights.map((column) => column[row]);
    rows.push([samples.stack[row], samples.thread?.[row], samples.time?.[row], ...weights].join());
  }
  return rows;
}

function checked(builder: ProfileBuilder): string[] {
  const profile = builder.finish();
  expect(validate(profile)).toEqual([]);
  return builder.mode === "merged" ? rowsOf(profile).toSorted() : rowsOf(profile);
}

describe("ThreadSamples", () => {
  it.each(["each", "merged"] as const)("gives what a call per sample gives, mode %s", (mode) => {
    const sample = fc.tuple(
      fc.integer({ min: -1, max: 3 }),
      fc.integer({ min: -1, max: 3 }),
      fc.constantFrom(Number.NaN, 1, 2),
      fc.nat(9),
      fc.nat(9),
    );
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (samples: readonly Sample[], piece, early) => {
          const one = prepared(mode);
          const many = prepared(mode);
          // Samples of another kind may be there already.
          if (early) for (const builder of [one, many]) builder.sampleOf(2, 0, 7, { thread: 1 });
          const out = new ThreadSamples(many, 1, 2);
          for (let from = 0; from < samples.length; ) {
            const thread = samples[from]![0];
            let length = 0;
            for (; length < piece && samples[from + length]?.[0] === thread; length++) {
              const [, stack, time, first, second] = samples[from + length]!;
              one.sample(stack, [0, first, second], { thread, time });
              out.piece.stack[length] = stack;
              out.piece.time[length] = time;
              out.piece.first[length] = first;
              out.piece.second[length] = second;
            }
            out.add(thread, length);
            from += length;
            if (samples[from]?.[0] !== thread) out.flush(thread);
          }
          expect(checked(many)).toEqual(checked(one));
        },
      ),
      { seed: 4, numRuns: 500 },
    );
  });

  it.each([false, true])(
    "adds up more stacks than a piece holds, thread by thread, other samples behind: %s",
    (more) => {
      const one = prepared("merged");
      const many = prepared("merged");
      const rows = PIECE + 100;
      for (const builder of [one, many]) for (let i = 4; i < rows; i++) builder.stack(i - 1, 0);
      const out = new ThreadSamples(many, 1, 2);
      // The second thread comes again: its samples add up with those before.
      for (const thread of [0, 1, 2, 1]) {
        for (let from = 0; from < rows * 2; from += 100) {
          for (let i = 0; i < 100; i++) {
            const stack = (from + i) % rows;
            one.sample(stack, [0, 1, stack], { thread });
            out.piece.stack[i] = stack;
            out.piece.first[i] = 1;
            out.piece.second[i] = stack;
          }
          out.add(thread, 100);
        }
        out.flush(thread);
      }
      if (more) for (const builder of [one, many]) builder.sampleOf(2, 0, 7, { thread: 1 });
      expect(checked(many)).toEqual(checked(one));
    },
  );
});

describe("ThreadSamples.add with steps", () => {
  it("gives what the same rows spread out give, other samples behind or not", () => {
    const steps = fc.array(fc.oneof(fc.nat(9), fc.nat(0xffff)), { minLength: 1, maxLength: 5000 });
    fc.assert(
      fc.property(steps, fc.integer({ min: -1e9, max: 1e12 }), fc.boolean(), (list, base, more) => {
        const [spread, stepped] = [prepared("each"), prepared("each")];
        const kept = Uint16Array.from(list);
        for (const [builder, inSteps] of [
          [spread, false],
          [stepped, true],
        ] as const) {
          const out = new ThreadSamples(builder, 1, 2);
          const { stack, time, first, second } = out.piece;
          let at = base;
          list.forEach((step, i) => {
            at += step * 1000;
            stack[i] = i % 4;
            time[i] = at;
            first[i] = 1;
            second[i] = step * 1000;
          });
          expect(builder.takesSteps).toBe(true);
          const rising = { base, unit: 1000, steps: kept, rising: true };
          const flat = { ...rising, base: 0, rising: false };
          if (inSteps) out.add(2, list.length, { time: rising, first: 1, second: flat });
          else out.add(2, list.length);
          if (more) builder.sampleOf(2, 0, 7, { thread: 1 });
          expect(builder.takesSteps).toBe(!more);
        }
        expect(checked(stepped)).toEqual(checked(spread));
      }),
      { seed: 5, numRuns: 40 },
    );
  });
});

describe("NumberColumn", () => {
  it("holds what was put in, across its chunks and in pieces", () => {
    const column = new NumberColumn();
    const expected: number[] = [];
    for (let i = 0; i < 5; i++) {
      const values = Int32Array.from({ length: 30_000 }, (_, j) => i * 30_000 + j - 9);
      column.append(values);
      expected.push(...values);
    }
    expect(column.integers).toBe(true);
    column.push(0.5);
    expected.push(0.5);
    expect(column.integers).toBe(false);
    expect(column.length).toBe(expected.length);
    expect([...column.flat()]).toEqual(expected);
    for (let from = 0; from < expected.length; from += PIECE - 7) {
      const length = Math.min(PIECE - 7, expected.length - from);
      expect([...column.piece(from, length)]).toEqual(expected.slice(from, from + length));
    }
    const pieces: number[] = [];
    column.forEachPiece((values, first) => {
      expect(first).toBe(pieces.length);
      for (const value of values) pieces.push(value);
    });
    expect(pieces).toEqual(expected);
    column.set(70_000, -3);
    expect(column.at(70_000)).toBe(-3);
    column.clear();
    expect([...column.flat()]).toEqual([]);
    for (let i = 0; i < 200_000; i++) column.push(i < 70_000 ? i % 60_000 : -i);
    expect([column.at(50), column.at(65_536), column.at(199_999)]).toEqual([50, 5536, -199_999]);
  });

  it("keeps small integers in two bytes, and takes any value again", () => {
    const column = new NumberColumn();
    const values = Float64Array.from({ length: 300_000 }, (_, i) => i % 50_000);
    column.appendEvery(values, 1, 2, 100_000);
    column.appendEvery(values, 0, 1, 100_000);
    column.set(3, -70_000);
    column.set(70_000, 1 << 20);
    const expected = Array.from(
      { length: 200_000 },
      (_, i) => values[i < 100_000 ? 1 + i * 2 : i - 100_000]!,
    );
    expected[3] = -70_000;
    expected[70_000] = 1 << 20;
    expect([...column.flat()]).toEqual(expected);
    column.appendEvery(Float64Array.of(1, 0.5, 3), 0, 1, 3);
    expected.push(1, 0.5, 3);
    expect(column.integers).toBe(false);
    expect([...column.flat()]).toEqual(expected);
    const given: number[] = [];
    column.drop(131_072, { recycle: (buffer) => given.push(buffer.byteLength) });
    expect(given.length).toBe(2);
    expect([...column.piece(131_072, 9)]).toEqual(expected.slice(131_072, 131_081));
  });

  it("lets narrow values be kept, whose memory it then gives to nobody", () => {
    const column = new NumberColumn();
    const values = Int32Array.from({ length: 200_000 }, (_, i) => (i < 65_536 ? -i : i % 50_000));
    column.append(values);
    const given: number[] = [];
    const kept = column.narrow(70_000, 5000)!;
    // Wide values, what stands in two chunks, and a chunk that is not full.
    expect([column.narrow(9, 5), column.narrow(131_000, 100), column.narrow(199_000, 5)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    column.drop(131_072, { recycle: (buffer) => given.push(buffer.byteLength) });
    expect(given.length).toBe(0);
    expect(kept).toEqual(Uint16Array.from(values.subarray(70_000, 75_000)));
  });
});
