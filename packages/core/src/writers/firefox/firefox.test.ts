import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectGolden } from "../../../../../test/support/golden.ts";
import { foldedOf, letters, validated } from "../../../../../test/support/letters.ts";
import { readWith } from "../../../../../test/support/reading.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type FrameKindCode, type Profile } from "../../model/profile.ts";
import { firefoxReader } from "../../readers/firefox/index.ts";
import { MemorySink } from "../../util/sink.ts";
import type { WriteOptions } from "../writer.ts";
import { firefoxWriter } from "./index.ts";

async function write(profile: Profile, options: WriteOptions = {}) {
  const sink = new MemorySink();
  const losses = await firefoxWriter.write(profile, sink, options);
  const bytes = sink.bytes();
  const text = new TextDecoder().decode(bytes);
  return { bytes, text, losses, file: JSON.parse(text) as FirefoxFile };
}

type Columns = Record<string, number | unknown[]>;
interface FirefoxFile {
  meta: Record<string, unknown>;
  libs: unknown[];
  threads: (Record<string, Columns> & { stringArray: string[]; name: string })[];
}

/** What the Firefox Profiler takes for granted: columns of the table's length, rows that are there. */
function faultsOf({ threads, libs, meta }: FirefoxFile): string[] {
  const faults: string[] = [];
  const within = (values: unknown, length: number, what: string, least = 0): void => {
    for (const value of values as (number | null)[]) {
      if (value !== null && !(value >= least && value < length))
        faults.push(`${what}: ${value} of ${length}`);
    }
  };
  for (const thread of threads) {
    for (const name of [
      "samples",
      "stackTable",
      "frameTable",
      "funcTable",
      "resourceTable",
      "nativeSymbols",
      "markers",
    ]) {
      const table = thread[name]!;
      for (const [column, values] of Object.entries(table)) {
        if (Array.isArray(values) && values.length !== table.length) faults.push(`${name}.${column}`);
      }
    }
    const { samples, stackTable, frameTable, funcTable, resourceTable } = thread;
    const strings = thread.stringArray.length;
    within(samples!.stack, stackTable!.length as number, "stack");
    within(stackTable!.frame, frameTable!.length as number, "frame");
    (stackTable!.prefix as (number | null)[]).forEach((prefix, row) => {
      if (prefix !== null && prefix >= row) faults.push(`prefix ${prefix} of row ${row}`);
    });
    within(frameTable!.func, funcTable!.length as number, "func");
    within(frameTable!.category, (meta.categories as unknown[]).length, "category");
    within(funcTable!.name, strings, "name");
    within(funcTable!.fileName, strings, "fileName");
    within(funcTable!.resource, resourceTable!.length as number, "resource", -1);
    within(resourceTable!.lib, libs.length, "lib");
    within(resourceTable!.name, strings, "resource name");
    const time = samples!.time as number[];
    if (time.some((at, i) => i > 0 && at < time[i - 1]!)) faults.push("time goes back");
  }
  return faults;
}

/** Everything that the format holds, sample by sample. */
function contentOf({ samples, stacks, frames, strings, threads, mappings, valueTypes }: Profile): string[] {
  return Array.from({ length: samples.length }, (_, row) => {
    const path: unknown[] = [];
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      const frame = stacks.frame[stack]!;
      path.push([
        strings.get(frames.name[frame]!),
        strings.get(frames.file[frame]!),
        frames.line[frame],
        frames.column[frame],
        mappings[frames.mapping[frame]!]?.path,
        String(frames.address[frame]),
        frames.kind[frame],
        frames.inlined[frame],
      ]);
    }
    const weights = samples.weights.map((column) => column[row]);
    return JSON.stringify([path, weights, samples.time![row], threads[samples.thread![row]!], valueTypes]);
  }).sort();
}

describe("firefox writer", () => {
  it("writes what the golden file holds", async () => {
    const profile = letters(`
      main main main
      a    b_[k] a
      x    .    x_[i]
      = 3 1 2
    `);
    const { text, losses, file } = await write(profile);
    expectGolden(new URL("golden/letters.firefox.json", import.meta.url), text);
    expect(faultsOf(file)).toEqual([]);
    expect(losses).toEqual(["The samples have no times; they were put one millisecond apart."]);
  });

  it.each([
    ["samples", "count"],
    ["wall", "nanoseconds"],
    ["size", "bytes"],
  ])("is read back as it was: %s/%s", async (name, unit) => {
    const frame = fc.record({
      name: fc.oneof(fc.constantFrom("main", "a", "__proto__"), fc.string({ minLength: 1, unit: "binary" })),
      file: fc.constantFrom("", "x.c", "ü/</y"),
      line: fc.nat(3),
      column: fc.nat(2),
      library: fc.constantFrom(-1, 0, 1),
      address: fc.nat(200),
      kind: fc.constantFrom(FrameKind.native, FrameKind.kernel, FrameKind.jit, FrameKind.interpreted),
      inlined: fc.boolean(),
    });
    const sample = fc.record({
      stack: fc.array(frame, { maxLength: 6 }),
      weight: fc.integer({ min: 1, max: 1_000_000 }),
      thread: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(sample, { minLength: 1, maxLength: 20 }), async (list) => {
        const builder = new ProfileBuilder();
        const type = builder.valueType(name, unit);
        const libraries = ["/lib/a.so", "b"].map((path) => builder.mapping({ path, buildId: "ab" }));
        list.forEach(({ stack, weight, thread }, i) => {
          let row = -1;
          for (const { name: text, file, line, column, library, address, kind, inlined } of stack) {
            const mapping = libraries[library] ?? -1;
            row = builder.stack(
              row,
              builder.frame({
                name: builder.string(text),
                file: builder.string(file),
                line,
                column,
                mapping,
                address: mapping < 0 ? 0n : BigInt(address),
                kind: kind as FrameKindCode,
                inlined,
              }),
            );
          }
          const id = builder.thread({ name: `t${thread}`, pid: 7, tid: thread, process: "p" });
          builder.sampleOf(row, type, weight, { thread: id, time: (i * 7919) % 1000 });
        });
        const profile = validated(builder.finish());
        const { bytes, losses, file } = await write(profile);
        expect(faultsOf(file)).toEqual([]);
        expect(losses).toEqual([]);
        const back = await readWith(firefoxReader, bytes);
        expect(contentOf(back)).toEqual(contentOf(profile));
        expect(back.notes).toEqual([]);
      }),
      { seed: 21, numRuns: 100 },
    );
  });

  it("writes CPU time beside the samples, dates, and names for what has none", async () => {
    const builder = new ProfileBuilder();
    builder.valueType("samples", "count");
    builder.valueType("cpu", "nanoseconds");
    const mapping = builder.mapping({ path: "/bin/app", start: 0x1000n, end: 0x2000n, fileOffset: 0x10n });
    const stack = builder.stack(-1, builder.frame({ name: 0, address: 0x1234n, mapping }));
    builder.sample(stack, [1, 5], { time: 2e6 });
    builder.sample(stack, [1, 7], { time: 1e6 });
    Object.assign(builder.meta, { timeOrigin: 1_700_000_000_000_500_000n, clock: "unix", title: "run" });
    const { file, losses, bytes } = await write(validated(builder.finish()));
    expect(file.meta).toMatchObject({ startTime: 1_700_000_000_000.5, preprocessedProfileVersion: 49 });
    expect(file.threads[0]).toMatchObject({
      name: "run",
      stringArray: ["app", "0x1234"],
      frameTable: { address: [0x244] },
      samples: { time: [1, 2], weight: [1, 1], threadCPUDelta: [7, 5] },
    });
    expect(losses).toEqual(["The format has no place for: places of libraries in memory."]);
    const back = await readWith(firefoxReader, bytes);
    expect([...back.samples.weights[1]!]).toEqual([0, 5]);
  });

  it("says what the format cannot hold, and writes a profile without samples", async () => {
    const builder = new ProfileBuilder();
    builder.valueType("cycles", "cycles");
    builder.valueType("alloc", "bytes");
    const labels = builder.labelSet([{ key: "k", value: "v" }]);
    const stack = builder.stack(
      -1,
      builder.frame({ name: builder.string("f"), address: 5n, kind: FrameKind.waker }),
    );
    builder.sample(stack, [5, 2], { labels, time: 1 });
    builder.notes.add("skipped", "x", "X.");
    expect((await write(validated(builder.finish()))).losses).toEqual([
      "Only cycles/cycles was written, not alloc/bytes: samples weigh one thing there.",
      "The Firefox Profiler does not know the unit cycles; it shows a number of samples.",
      "The format has no place for: labels, addresses outside of any library, some kinds of frames, notes.",
    ]);
    const empty = new ProfileBuilder();
    empty.valueType("samples", "count");
    const { file, bytes } = await write(validated(empty.finish()));
    expect(faultsOf(file)).toEqual([]);
    expect(foldedOf(await readWith(firefoxReader, bytes))).toEqual([]);
  });
});
