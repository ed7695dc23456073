import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectGolden } from "../../../../../test/support/golden.ts";
import { foldedOf, letters, validated } from "../../../../../test/support/letters.ts";
import { readWith } from "../../../../../test/support/reading.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import type { Profile } from "../../model/profile.ts";
import { speedscopeReader } from "../../readers/speedscope/index.ts";
import { MemorySink } from "../../util/sink.ts";
import { type SpeedscopeWriteOptions, speedscopeWriter } from "./index.ts";

/** The shape of speedscope's `file-format-spec.ts`. */
interface SpeedscopeFile {
  $schema: string;
  shared: { frames: { name: string; file?: string; line?: number; col?: number }[] };
  profiles: {
    type: string;
    name: string;
    unit: string;
    startValue: number;
    endValue: number;
    samples: number[][];
    weights: number[];
  }[];
  name?: string;
  activeProfileIndex?: number;
  exporter?: string;
}

async function write(
  profile: Profile,
  options: SpeedscopeWriteOptions = {},
): Promise<{ text: string; bytes: Uint8Array; file: SpeedscopeFile; losses: string[] }> {
  const sink = new MemorySink();
  const losses = await speedscopeWriter.write(profile, sink, options);
  const bytes = sink.bytes();
  const text = new TextDecoder().decode(bytes);
  const file = JSON.parse(text) as SpeedscopeFile;
  expect(shapeFaults(file)).toEqual([]);
  return { text, bytes, file, losses };
}

/** What of a file the specification does not allow. */
function shapeFaults(file: SpeedscopeFile): string[] {
  const faults: string[] = [];
  const check = (holds: boolean, rule: string): void => {
    if (!holds) faults.push(rule);
  };
  const only = (object: object, keys: string[]): void =>
    check(
      Object.keys(object).every((key) => keys.includes(key)),
      `unknown member in ${Object.keys(object).join()}`,
    );
  only(file, ["$schema", "shared", "profiles", "name", "activeProfileIndex", "exporter"]);
  check(file.$schema === "https://www.speedscope.app/file-format-schema.json", "$schema");
  for (const frame of file.shared.frames) {
    only(frame, ["name", "file", "line", "col"]);
    check(typeof frame.name === "string", "frame.name");
    check(frame.line === undefined || Number.isInteger(frame.line), "frame.line");
  }
  check(file.profiles.length > 0, "profiles");
  for (const profile of file.profiles) {
    only(profile, ["type", "name", "unit", "startValue", "endValue", "samples", "weights"]);
    check(profile.type === "sampled" && typeof profile.name === "string", "type or name");
    check(
      ["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"].includes(profile.unit),
      "unit",
    );
    check(Number.isFinite(profile.startValue) && profile.endValue >= profile.startValue, "range");
    check(profile.samples.length === profile.weights.length, "as many weights as samples");
    check(profile.weights.every(Number.isFinite), "weights");
    for (const stack of profile.samples)
      check(
        stack.every((frame) => file.shared.frames[frame] !== undefined),
        "frame index",
      );
  }
  return faults;
}

/** Everything that the format can hold, sample by sample. */
function contentOf({ samples, stacks, frames, strings, threads, meta }: Profile): unknown[] {
  return Array.from({ length: samples.length }, (_, row) => {
    const names: string[] = [];
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      const frame = stacks.frame[stack]!;
      const place = `${strings.get(frames.file[frame]!)}:${frames.line[frame]}:${frames.column[frame]}`;
      names.push(`${strings.get(frames.name[frame]!)} ${place}`);
    }
    return [names, samples.weights[meta.defaultValueType]![row], threads[samples.thread![row]!]!.name];
  });
}

describe("speedscope writer", () => {
  it("writes what the golden file holds", async () => {
    const profile = letters(`
      main main main
      a    b    a
      x    .    x
      = 3 1 2
    `);
    const { text, losses } = await write(profile);
    expectGolden(new URL("golden/letters.speedscope.json", import.meta.url), text);
    expect(losses).toEqual([]);
  });

  it("is read back as it was", async () => {
    const name = fc.oneof(
      fc.constantFrom("main", "a", "b", "__proto__"),
      fc.string({ minLength: 1, unit: "binary" }),
    );
    const frame = fc.record({
      name,
      file: fc.constantFrom("", "x.c", "ü/</y"),
      line: fc.nat(3),
      column: fc.nat(2),
    });
    const sample = fc.record({
      stack: fc.array(frame, { maxLength: 6 }),
      weight: fc.integer({ min: 1, max: 1_000_000 }),
      thread: fc.constantFrom("one", "two", ""),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(sample, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        async (list, timed) => {
          const builder = new ProfileBuilder();
          const type = timed
            ? builder.valueType("time", "nanoseconds")
            : builder.valueType("samples", "count");
          const ends = new Map<string, number>();
          for (const { stack, weight, thread } of list) {
            let row = -1;
            for (const { name: text, file, line, column } of stack) {
              row = builder.stack(
                row,
                builder.frame({ name: builder.string(text), file: builder.string(file), line, column }),
              );
            }
            const time = ends.get(thread) ?? 100;
            ends.set(thread, time + weight);
            const id = builder.thread({ name: thread });
            builder.sampleOf(row, type, weight, timed ? { thread: id, time } : { thread: id });
          }
          const profile = validated(builder.finish());
          const { bytes, losses } = await write(profile);
          const back = await readWith(speedscopeReader, bytes);
          const sorted = (content: unknown[]): string[] =>
            content.map((entry) => JSON.stringify(entry)).sort();
          expect(sorted(contentOf(back))).toEqual(sorted(contentOf(profile)));
          expect(losses).toEqual([]);
          expect(back.notes.map((note) => note.code)).toEqual([]);
          if (timed) expect([...back.samples.time!].sort()).toEqual([...profile.samples.time!].sort());
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });

  it("writes a thread's samples in the order of time, each thread by itself or all together", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("wall", "nanoseconds");
    const threads = ["x", "y"].map((name, i) => builder.thread({ name, pid: 7, tid: 10 + i, process: "p" }));
    const stacks = ["a", "b", "c"].map((name) => builder.stack(-1, builder.frameNamed(name)));
    builder.sampleOf(stacks[0]!, type, 5, { thread: threads[0]!, time: 30 });
    builder.sampleOf(stacks[1]!, type, 6, { thread: threads[1]!, time: 20 });
    builder.sampleOf(stacks[2]!, type, 7, { thread: threads[0]!, time: 10 });
    builder.meta.title = "all of it";
    const profile = validated(builder.finish());
    const { file, losses } = await write(profile);
    expect(
      file.profiles.map(({ name, weights, startValue, endValue }) => [name, weights, startValue, endValue]),
    ).toEqual([
      ["p: x [7/10]", [7, 5], 10, 22],
      ["p: y [7/11]", [6], 20, 26],
    ]);
    expect(losses).toEqual(["speedscope puts samples end to end: the gaps between them are not kept."]);
    const together = await write(profile, { together: true });
    expect(together.file.profiles.map(({ name, weights }) => [name, weights])).toEqual([
      ["all of it", [7, 6, 5]],
    ]);
  });

  it("says what the format cannot hold", async () => {
    const builder = new ProfileBuilder();
    builder.valueType("alloc", "bytes");
    builder.valueType("objects", "widgets");
    const labels = builder.labelSet([{ key: "k", value: "v" }]);
    const frame = builder.frame({ name: 0, address: 0x10n, kind: 2, inlined: true });
    builder.sample(builder.stack(-1, frame), [5, -2], { labels, time: 3 });
    builder.sample(builder.stack(-1, builder.frameNamed("only objects")), [0, 1]);
    builder.notes.add("skipped", "x", "X.");
    const profile = validated(builder.finish());
    const bytes = await write(profile);
    expect(bytes.file.profiles).toMatchObject([{ unit: "bytes", samples: [[0]], weights: [5] }]);
    expect(bytes.file.shared.frames[0]).toEqual({ name: "0x10" });
    expect(bytes.losses).toEqual([
      "Only alloc/bytes was written, not objects/widgets: a speedscope profile counts one thing.",
      "Samples are in the order of time, but their times are not kept: the axis counts weights.",
      "The format has no place for: labels, addresses, kinds of frames (kernel, jit …), marks of inlined frames, notes.",
    ]);
    const widgets = await write(profile, { valueType: 1 });
    expect(widgets.file.profiles).toMatchObject([{ unit: "none", weights: [-2, 1] }]);
    expect(widgets.losses).toContain("speedscope cannot draw negative weights.");
    expect(widgets.losses).toContain("speedscope does not know the unit widgets; it shows plain numbers.");
  });

  it("writes a profile without samples, and names that no text may hold", async () => {
    const empty = new ProfileBuilder();
    empty.valueType("samples", "count");
    expect((await write(validated(empty.finish()))).file.profiles).toMatchObject([
      { samples: [], weights: [] },
    ]);
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    const name = builder.stringBytes(Uint8Array.of(0x66, 0xff, 0x22, 0x0a));
    builder.sampleOf(builder.stack(-1, builder.frame({ name })), type, 1);
    expect((await write(validated(builder.finish()))).file.shared.frames).toEqual([{ name: 'f\ufffd"\n' }]);
  });

  it("writes a stack of 100,000 frames in pieces", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    let stack = -1;
    for (let i = 0; i < 100_000; i++) stack = builder.stack(stack, builder.frameNamed(`f${i % 7}`));
    builder.sampleOf(stack, type, 1);
    const profile = validated(builder.finish());
    let largest = 0;
    const sink = new MemorySink();
    const watching = {
      write: (bytes: Uint8Array): Promise<void> => {
        largest = Math.max(largest, bytes.length);
        sink.write(bytes);
        return Promise.resolve();
      },
    };
    await speedscopeWriter.write(profile, watching, {});
    const back = await readWith(speedscopeReader, sink.bytes());
    expect(foldedOf(back)).toEqual(foldedOf(profile));
    expect(largest).toBeLessThan(1 << 18);
  });
});
