import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectGolden } from "../../../../../test/support/golden.ts";
import { foldedOf, letters, validated } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readWith } from "../../../../../test/support/reading.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { type Profile, totalsOf } from "../../model/profile.ts";
import { v8CpuprofileReader } from "../../readers/v8-cpuprofile/index.ts";
import { MemorySink } from "../../util/sink.ts";
import { v8CpuprofileWriter } from "./index.ts";

interface CpuProfile {
  nodes: {
    id: number;
    callFrame: {
      functionName: string;
      scriptId: string;
      url: string;
      lineNumber: number;
      columnNumber: number;
    };
    hitCount: number;
    children?: number[];
    positionTicks?: { line: number; ticks: number }[];
  }[];
  startTime: number;
  endTime: number;
  samples: number[];
  timeDeltas: number[];
}

async function write(profile: Profile): Promise<{ text: string; file: CpuProfile; losses: string[] }> {
  const sink = new MemorySink();
  const losses = await v8CpuprofileWriter.write(profile, sink, {});
  const text = new TextDecoder().decode(sink.bytes());
  const file = JSON.parse(text) as CpuProfile;
  const ids = new Set(file.nodes.map((node) => node.id));
  expect(ids.size).toBe(file.nodes.length);
  expect(file.samples.every((id) => ids.has(id))).toBe(true);
  expect(file.timeDeltas.length).toBe(file.samples.length);
  expect(file.timeDeltas.slice(1).every((delta) => delta >= 0)).toBe(true);
  const called = file.nodes.flatMap((node) => node.children ?? []);
  expect(called.length).toBe(file.nodes.length - 1);
  return { text, file, losses };
}

/** Everything that the format can hold, sample by sample. */
function contentOf({ samples, stacks, frames, strings, meta, valueTypes }: Profile): unknown[] {
  const wall = valueTypes.findIndex((type) => type.unit === "nanoseconds");
  const count = valueTypes.findIndex((type) => type.unit === "count");
  return Array.from({ length: samples.length }, (_, row) => {
    const names: string[] = [];
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      const frame = stacks.frame[stack]!;
      const place = `${strings.get(frames.file[frame]!)}:${frames.line[frame]}:${frames.column[frame]}`;
      names.push(`${strings.get(frames.name[frame]!)} ${place}`);
    }
    const time = BigInt(samples.time![row]!) + (meta.timeOrigin ?? 0n);
    return [names, samples.weights[wall]![row], samples.weights[count]![row], time];
  });
}

const frameArbitrary = fc.record({
  name: fc.oneof(
    fc.constantFrom("main", "a", "(root)", "(idle)", "__proto__"),
    fc.string({ minLength: 1, unit: "binary" }),
  ),
  file: fc.constantFrom("", "x.js", "ü/</y"),
  line: fc.nat(3),
  column: fc.nat(2),
});

const sampleArbitrary = fc.record({
  stack: fc.array(frameArbitrary, { maxLength: 6 }),
  weight: fc.integer({ min: 0, max: 3_000_000 }),
});

describe("V8 CPU profile writer", () => {
  it("writes what the golden file holds", async () => {
    const { text, losses } = await write(
      letters(`
        main main main
        a    b    a
        x    .    x
        = 3 1 2
      `),
    );
    expectGolden(new URL("golden/letters.cpuprofile", import.meta.url), text);
    expect(losses).toEqual([
      "count are shown as microseconds: a CPU profile knows nothing but time.",
      "Samples have no time: they stand end to end, and their order means nothing.",
    ]);
    expect(v8CpuprofileReader.sniff(headOf(text))).toBe("yes");
  });

  it("is read back as it was", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sampleArbitrary, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(0n, 1234n, 1_700_000_000_123_456_789n),
        async (list, origin) => {
          const builder = new ProfileBuilder();
          builder.valueType("samples", "count");
          builder.valueType("wall", "nanoseconds");
          builder.meta.defaultValueType = 1;
          builder.meta.timeOrigin = origin;
          let time = 5500;
          for (const { stack, weight } of list) {
            let row = -1;
            for (const { name, file, line, column } of stack) {
              const frame = { name: builder.string(name), file: builder.string(file), line, column };
              row = builder.stack(row, builder.frame(frame));
            }
            builder.sample(row, [1, weight + 1], { time });
            time += weight + 1;
          }
          const profile = validated(builder.finish());
          const { text, losses } = await write(profile);
          const back = await readWith(v8CpuprofileReader, text);
          expect(contentOf(back)).toEqual(contentOf(profile));
          expect(back.notes).toEqual([]);
          expect(losses).toEqual([]);
        },
      ),
      { seed: 9, numRuns: 300 },
    );
  });

  it("counts hits per node and, where a line is known, per line", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    const main = builder.stack(-1, builder.frame({ name: builder.string("main"), line: 3, column: 2 }));
    const leaf = builder.stack(main, builder.frameNamed("leaf"));
    for (const stack of [main, leaf, main]) builder.sampleOf(stack, type, 2);
    const { file } = await write(validated(builder.finish()));
    expect(file.nodes).toMatchObject([
      { id: 1, callFrame: { functionName: "(root)" }, hitCount: 0, children: [2] },
      {
        id: 2,
        callFrame: { functionName: "main", lineNumber: 2, columnNumber: 1 },
        hitCount: 2,
        children: [3],
        positionTicks: [{ line: 3, ticks: 2 }],
      },
      { id: 3, callFrame: { functionName: "leaf", lineNumber: -1, columnNumber: -1 }, hitCount: 1 },
    ]);
    expect(file.nodes[2]).not.toHaveProperty("positionTicks");
    expect(file.samples).toEqual([2, 3, 2, 1]);
    expect(file.timeDeltas).toEqual([0, 2, 2, 2]);
    expect(file.endTime - file.startTime).toBe(6);
  });

  it("fills gaps with idle time and moves samples that overlap", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("cpu", "nanoseconds");
    const stack = builder.stack(-1, builder.frameNamed("a"));
    builder.sampleOf(stack, type, 10_000, { time: 0 });
    builder.sampleOf(stack, type, 10_000, { time: 4000 });
    builder.sampleOf(stack, type, 10_000, { time: 50_000 });
    const { text, file, losses } = await write(validated(builder.finish()));
    expect(file.timeDeltas).toEqual([0, 10, 10, 30, 10]);
    expect(losses).toEqual([
      "Time without a sample was written as (idle).",
      "1 samples begin later than they say: the one before them was not over.",
    ]);
    const back = await readWith(v8CpuprofileReader, text);
    expect(foldedOf(back)).toEqual(["(idle) 30000", "a 30000"]);
  });

  it("puts several threads one after another, and keeps the sum", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("wall", "nanoseconds");
    const stack = builder.stack(-1, builder.frameNamed("f"));
    const threads = ["x", "y"].map((name) => builder.thread({ name }));
    for (let i = 0; i < 4; i++) {
      builder.sampleOf(stack, type, 1000, { thread: threads[i % 2]!, time: 1_000_000 + i * 500 });
    }
    const profile = validated(builder.finish());
    const { text, losses } = await write(profile);
    const back = await readWith(v8CpuprofileReader, text);
    expect(foldedOf(back)).toEqual(["x;f 2000", "y;f 2000"]);
    expect(totalsOf(back)[1]).toBe(totalsOf(profile)[0]);
    expect(losses[0]).toBe(
      "A CPU profile holds one thread: the 2 threads stand one after another, below a frame each.",
    );
  });

  it("says what the format cannot hold", async () => {
    const builder = new ProfileBuilder();
    builder.valueType("alloc", "bytes");
    builder.valueType("objects", "count");
    const labels = builder.labelSet([{ key: "k", value: "v" }]);
    builder.sample(builder.stack(-1, builder.frame({ name: 0, address: 0x10n })), [5, 2], { labels });
    builder.sample(-1, [-1, 3], { thread: builder.thread({ name: "t" }) });
    builder.meta.clock = "unix";
    expect((await write(validated(builder.finish()))).losses).toEqual([
      "Only alloc/bytes was written, not objects/count: a CPU profile shows one thing.",
      "bytes are shown as microseconds: a CPU profile knows nothing but time.",
      "Samples have no time: they stand end to end, and their order means nothing.",
      "Negative weights were left out: a CPU profile cannot hold them.",
      "The format has no place for: labels, addresses, date of the recording.",
    ]);
  });

  it("writes an empty profile, and a stack of 100,000 frames that V8 would have cut", async () => {
    const empty = new ProfileBuilder();
    empty.valueType("samples", "count");
    const nothing = await write(validated(empty.finish()));
    expect(nothing.file.samples).toEqual([]);
    expect((await readWith(v8CpuprofileReader, nothing.text)).samples.length).toBe(0);
    const builder = new ProfileBuilder();
    const type = builder.valueType("wall", "nanoseconds");
    let stack = -1;
    for (let i = 0; i < 100_000; i++) stack = builder.stack(stack, builder.frameNamed(`f${i % 7}`));
    builder.sampleOf(stack, type, 5000);
    const profile = validated(builder.finish());
    const back = await readWith(v8CpuprofileReader, (await write(profile)).text);
    expect(foldedOf(back)).toEqual(foldedOf(profile));
    expect(noteCodes(back)).toEqual([]);
  });
});
