import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectGolden } from "../../../../../test/support/golden.ts";
import { foldedOf, letters, validated } from "../../../../../test/support/letters.ts";
import { headOf, readWith } from "../../../../../test/support/reading.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { type Profile, totalsOf } from "../../model/profile.ts";
import { chromeTraceReader } from "../../readers/chrome-trace/index.ts";
import { MemorySink } from "../../util/sink.ts";
import { chromeTraceWriter } from "./index.ts";

async function write(profile: Profile, valueType?: number): Promise<{ text: string; losses: string[] }> {
  const sink = new MemorySink();
  const losses = await chromeTraceWriter.write(profile, sink, valueType === undefined ? {} : { valueType });
  return { text: new TextDecoder().decode(sink.bytes()), losses };
}

/** When which stack stood on which thread, neighbours joined: what a trace holds. */
function standing({ samples, stacks, frames, strings, threads, meta }: Profile): string[] {
  const lists = new Map<string, { stack: string; begin: bigint; end: bigint }[]>();
  const origin = meta.timeOrigin ?? 0n;
  for (let row = 0; row < samples.length; row++) {
    const weight = samples.weights[meta.defaultValueType]![row]!;
    if (samples.stack[row]! < 0 || weight === 0) continue;
    const names: string[] = [];
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      const frame = stacks.frame[stack]!;
      const place = `${strings.get(frames.file[frame]!)}:${frames.line[frame]}:${frames.column[frame]}`;
      names.push(`${strings.get(frames.name[frame]!)} ${place}`);
    }
    const key = JSON.stringify(threads[samples.thread![row]!]);
    const list = lists.get(key) ?? [];
    lists.set(key, list);
    const begin = BigInt(samples.time![row]!) + origin;
    const stack = JSON.stringify(names);
    const last = list.at(-1);
    if (last?.stack === stack && last.end === begin) last.end += BigInt(weight);
    else list.push({ stack, begin, end: begin + BigInt(weight) });
  }
  return [...lists]
    .flatMap(([key, list]) => list.map((one) => `${key} ${one.stack} ${one.begin} ${one.end}`))
    .sort();
}

interface TraceEvent {
  readonly ph: string;
  readonly tid: number;
  readonly name: string;
  readonly cat?: string;
}

/** Ends that Chrome DevTools would not join to the beginning that is open: it compares names and categories. */
function unmatchedEnds(text: string): TraceEvent[] {
  const open = new Map<number, TraceEvent[]>();
  const wrong: TraceEvent[] = [];
  for (const event of (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents) {
    const stack = open.get(event.tid) ?? [];
    open.set(event.tid, stack);
    if (event.ph === "B") stack.push(event);
    if (event.ph !== "E") continue;
    const begin = stack.pop();
    if (begin?.name !== event.name || begin.cat !== event.cat) wrong.push(event);
  }
  return wrong;
}

const frameArbitrary = fc.record({
  name: fc.oneof(fc.constantFrom("main", "a", "b", "__proto__"), fc.string({ minLength: 1, unit: "binary" })),
  file: fc.constantFrom("", "x.c", "ü/</y", "a:1:2", ":3:4"),
  line: fc.nat(3),
  column: fc.nat(2),
});

const sampleArbitrary = fc.record({
  stack: fc.array(frameArbitrary, { minLength: 1, maxLength: 6 }),
  weight: fc.integer({ min: 1, max: 3_000_000 }),
  gap: fc.constantFrom(0, 0, 0, 1, 1500),
  thread: fc.integer({ min: 0, max: 2 }),
});

describe("Chrome trace writer", () => {
  it("writes what the golden file holds", async () => {
    const { text, losses } = await write(
      letters(`
        main main main
        a    b    a
        x    .    x
        = 3 1 2
      `),
    );
    expectGolden(new URL("golden/letters.trace.json", import.meta.url), text);
    expect(losses).toEqual([
      "count are shown as microseconds: a Chrome trace knows nothing but time.",
      "Samples have no time: they stand end to end, and their order means nothing.",
    ]);
    expect(chromeTraceReader.sniff(headOf(text))).toBe("yes");
  });

  it("is read back as it was", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sampleArbitrary, { minLength: 1, maxLength: 20 }),
        fc.constantFrom("unix", "monotonic"),
        async (list, clock) => {
          const builder = new ProfileBuilder();
          const type = builder.valueType("wall", "nanoseconds");
          builder.meta.timeOrigin = clock === "unix" ? 1_700_000_000_123_456_789n : 123_456_789_012n;
          builder.meta.clock = clock;
          const ends = [5, 7000, 12];
          for (const { stack, weight, gap, thread } of list) {
            let row = -1;
            for (const { name, file, line, column } of stack) {
              const frame = { name: builder.string(name), file: builder.string(file), line, column };
              row = builder.stack(row, builder.frame(frame));
            }
            const time = ends[thread]! + gap;
            ends[thread] = time + weight;
            const id = builder.thread({ name: `t${thread}`, pid: 7, tid: 70 + thread, process: "p" });
            builder.sampleOf(row, type, weight, { thread: id, time });
          }
          const profile = validated(builder.finish());
          const { text, losses } = await write(profile);
          expect(unmatchedEnds(text)).toEqual([]);
          const back = await readWith(chromeTraceReader, text);
          expect(back.meta.clock).toBe(clock);
          expect(standing(back)).toEqual(standing(profile));
          expect(back.notes).toEqual([]);
          expect(losses.filter((sentence) => !sentence.startsWith("Equal stacks"))).toEqual([]);
        },
      ),
      { seed: 8, numRuns: 300 },
    );
  });

  it("keeps the sum where samples overlap, and says that they were moved", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("cpu", "nanoseconds");
    const [a, b] = ["a", "b"].map((name) => builder.stack(-1, builder.frameNamed(name)));
    builder.sampleOf(a!, type, 10_000, { time: 0 });
    builder.sampleOf(b!, type, 10_000, { time: 4000 });
    builder.sampleOf(a!, type, 0, { time: 30_000 });
    const profile = validated(builder.finish());
    const { text, losses } = await write(profile);
    expect(losses).toEqual([
      "1 samples begin later than they say: the one before them was not over.",
      "Samples that weigh nothing were left out.",
    ]);
    const back = await readWith(chromeTraceReader, text);
    expect(foldedOf(back)).toEqual(["a 10000", "b 10000"]);
    expect([...back.samples.time!]).toEqual([0, 10_000]);
    expect(totalsOf(back)[back.meta.defaultValueType]).toBe(20_000);
  });

  it("gives threads without numbers numbers of their own", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("wall", "nanoseconds");
    const stack = builder.stack(-1, builder.frameNamed("f"));
    const threads = [
      { name: "x" },
      { name: "y", tid: 1 },
      { name: "z", tid: 1 },
      { name: "w", pid: 3, tid: 9 },
    ];
    for (const thread of threads) builder.sampleOf(stack, type, 1000, { thread: builder.thread(thread) });
    builder.sampleOf(stack, type, 1000);
    const back = await readWith(chromeTraceReader, (await write(validated(builder.finish()))).text);
    expect(back.threads).toEqual([
      { name: "", pid: 1, tid: 2 },
      { name: "x", pid: 1, tid: 3 },
      { name: "y", pid: 1, tid: 1 },
      { name: "z", pid: 1, tid: 4 },
      { name: "w", pid: 3, tid: 9 },
    ]);
  });

  it("says what the format cannot hold", async () => {
    const builder = new ProfileBuilder();
    builder.valueType("alloc", "bytes");
    builder.valueType("wall", "nanoseconds");
    const labels = builder.labelSet([{ key: "k", value: "v" }]);
    const mapping = builder.mapping({ path: "/lib/x.so", buildId: "ab" });
    const frame = builder.frame({ name: 0, address: 0x10n, kind: 2, inlined: true, mapping });
    builder.sample(builder.stack(-1, frame), [5, -2], { labels, time: 3 });
    builder.sample(-1, [1, 1]);
    builder.notes.add("skipped", "x", "X.");
    const profile = validated(builder.finish());
    expect((await write(profile)).losses).toEqual([
      "Only alloc/bytes was written, not wall/nanoseconds: a Chrome trace shows one thing.",
      "bytes are shown as microseconds: a Chrome trace knows nothing but time.",
      "Samples are in the order of time, but their times are not kept: the axis counts weights.",
      "Samples without frames are gaps.",
      "The format has no place for: labels, addresses, build ids and addresses of mappings, kinds of frames (kernel, jit …), marks of inlined frames, notes.",
    ]);
    const wall = await write(profile, 1);
    expect(wall.losses).toContain("Negative weights were left out: a Chrome trace cannot hold them.");
    expect(JSON.parse(wall.text)).toMatchObject({ traceEvents: [] });
  });

  it("writes a stack of 100,000 frames", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("wall", "nanoseconds");
    let stack = -1;
    for (let i = 0; i < 100_000; i++) stack = builder.stack(stack, builder.frameNamed(`f${i % 7}`));
    builder.sampleOf(stack, type, 5000);
    const profile = validated(builder.finish());
    const back = await readWith(chromeTraceReader, (await write(profile)).text);
    expect(back.stacks.length).toBe(100_000);
    expect(totalsOf(back)[back.meta.defaultValueType]).toBe(5000);
    expect(back.notes).toEqual([]);
  });
});
