import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldedOf, letters, validated } from "../../../../../test/support/letters.ts";
import { goRaw, haveGo, parseRaw, textSamples } from "../../../../../test/support/pprof-text.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import type { FrameKindCode, Label, Profile } from "../../model/profile.ts";
import { pprofReader } from "../../readers/pprof/pprof.ts";
import { MemorySink } from "../../util/sink.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { type PprofWriteOptions, pprofWriter } from "./pprof.ts";

async function write(
  profile: Profile,
  options: PprofWriteOptions = {},
): Promise<{ bytes: Uint8Array; losses: string[] }> {
  const sink = new MemorySink();
  const losses = await pprofWriter.write(validated(profile), sink, options);
  return { bytes: sink.bytes(), losses };
}

async function read(bytes: Uint8Array): Promise<Profile> {
  const into = new ProfileBuilder();
  await pprofReader.read(sourceOfBytes(bytes), into, into.notes, {});
  return validated(into.finish());
}

async function roundTrip(profile: Profile, options: PprofWriteOptions = {}): Promise<Profile> {
  return read((await write(profile, options)).bytes);
}

/** Everything of a profile that pprof holds, with every id replaced by what it stands for. */
function contents(profile: Profile): unknown {
  const { samples, stacks, frames, strings, mappings, threads, labelSets, meta } = profile;
  const frameOf = (row: number) => ({
    name: [...strings.view(frames.name[row]!)],
    file: [...strings.view(frames.file[row]!)],
    line: frames.line[row],
    column: frames.column[row],
    mapping: frames.mapping[row]! < 0 ? undefined : mappings[frames.mapping[row]!],
    address: frames.address[row],
    inlined: frames.inlined[row],
  });
  const stackOf = (leaf: number) => {
    const list: unknown[] = [];
    for (let row = leaf; row >= 0; row = stacks.parent[row]!) list.push(frameOf(stacks.frame[row]!));
    return list;
  };
  return {
    meta: { ...meta, format: "" },
    valueTypes: profile.valueTypes,
    mappings,
    samples: Array.from({ length: samples.length }, (_, row) => ({
      stack: stackOf(samples.stack[row]!),
      weights: samples.weights.map((column) => column[row]),
      labels: labelSets[samples.labels?.[row] ?? 0],
      thread: threads[samples.thread?.[row] ?? -1],
    })),
  };
}

const word = fc.string({ minLength: 1, maxLength: 6, unit: "grapheme" });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
/** At least two digits: Go's pprof panics on fewer. */
const buildId = fc.stringMatching(/^[0-9a-f]{4,12}$/);
const label: fc.Arbitrary<Label> = fc.oneof(
  fc.record({ key: word, value: fc.string({ maxLength: 4 }) }),
  fc.record({ key: fc.constantFrom("pid", "thread", "bytes"), value: fc.maxSafeInteger() }),
  fc.record({ key: word, value: fc.nat(), unit: word }),
);

/** Profiles of all that pprof holds. A frame is inlined only into a caller at the same place. */
const anyProfile: fc.Arbitrary<Profile> = fc
  .record({
    types: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
    mappings: fc.uniqueArray(
      fc.record({ path: word, start: uint64, end: uint64, fileOffset: uint64, buildId }),
      { maxLength: 2, selector: (mapping) => mapping.path },
    ),
    places: fc.array(
      fc.record({
        address: uint64,
        mapping: fc.integer({ min: -1, max: 1 }),
        lines: fc.array(fc.record({ name: word, file: word, line: fc.nat(), column: fc.nat(9) }), {
          minLength: 1,
          maxLength: 3,
        }),
        named: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    samples: fc.array(
      fc.record({
        places: fc.array(fc.nat(5), { maxLength: 5 }),
        weights: fc.array(fc.maxSafeInteger(), { minLength: 3, maxLength: 3 }),
        labels: fc.array(label, { maxLength: 3 }),
        thread: fc.option(
          fc.record(
            { name: fc.string({ maxLength: 3 }), tid: fc.nat(), pid: fc.nat(), process: word },
            { requiredKeys: ["name"] },
          ),
        ),
      }),
      { maxLength: 8 },
    ),
    meta: fc.record(
      {
        duration: fc.nat().filter((duration) => duration > 0),
        comments: fc.array(word, { minLength: 1 }),
        docUrl: word,
        keepFrames: word,
        period: fc.record({ type: fc.record({ name: word, unit: word }), value: fc.maxSafeInteger() }),
        timeOrigin: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ types, mappings, places, samples, meta }) => {
    const builder = new ProfileBuilder();
    Object.assign(builder.meta, meta, meta.timeOrigin === undefined ? {} : { clock: "unix" });
    builder.meta.defaultValueType = types.length - 1;
    for (const type of types) builder.valueType(type, "count");
    const flags = { functions: true, filenames: false, lineNumbers: true, inlineFrames: false };
    const rows = mappings.map((mapping) => builder.mapping({ ...mapping, has: flags }));
    for (const sample of samples) {
      let stack = -1;
      for (const index of sample.places) {
        const place = places[index % places.length]!;
        const mapping = rows[place.mapping] ?? -1;
        const bare = !place.named && (place.address !== 0n || mapping >= 0);
        for (const [depth, line] of (bare ? [undefined] : place.lines).entries()) {
          const name = line === undefined ? 0 : builder.string(line.name);
          const source = line === undefined ? {} : { ...line, name, file: builder.string(line.file) };
          const frame = { name, ...source, address: place.address, mapping, inlined: depth > 0 };
          stack = builder.stack(stack, builder.frame(frame));
        }
      }
      builder.sample(stack, sample.weights.slice(0, types.length), {
        labels: builder.labelSet(sample.labels),
        ...(sample.thread === null ? {} : { thread: builder.thread(sample.thread) }),
      });
    }
    return builder.finish();
  });

describe("pprofWriter", () => {
  it("writes what the reader reads back", async () => {
    await fc.assert(
      fc.asyncProperty(anyProfile, async (profile) => {
        const { bytes, losses } = await write(profile);
        expect(losses).toEqual([]);
        expect(contents(await read(bytes))).toEqual(contents(profile));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("writes stacks, weights and the default value type as pprof reads them", async () => {
    const profile = letters(`
      main main main
      a    a    b
      c    .    .
      =    3    1.25 -2
    `);
    const again = await roundTrip(profile, { valueType: 0 });
    expect(foldedOf(again)).toEqual(["main;a 1", "main;a;c 3", "main;b -2"]);
  });

  it("says by how much weights were rounded", async () => {
    const { losses } = await write(letters("a b c\n= 1.25 2.5 3"));
    expect(losses).toEqual(["2 weights rounded to whole numbers, which pprof demands: +0.25 in total."]);
  });

  it("cuts weights beyond 64 bits", async () => {
    const profile = letters("a b c\n= 1e300 -1e300 9007199254740994");
    expect((await write(profile)).losses).toEqual(["2 numbers cut to the 64 bits that pprof has."]);
    expect([...(await roundTrip(profile)).samples.weights[0]!]).toEqual([
      2 ** 63,
      -(2 ** 63),
      9007199254740994,
    ]);
  });

  it("adds up samples that only their time keeps apart, or writes the times", async () => {
    const builder = new ProfileBuilder();
    builder.meta.timeOrigin = 1_700_000_000_000_000_000n;
    builder.meta.clock = "unix";
    const type = builder.valueType("samples", "count");
    const stack = builder.stack(-1, builder.frameNamed("a"));
    for (const time of [5, 10, 15]) builder.sampleOf(stack, type, 1, { time });
    builder.sampleOf(stack, type, 1);
    const profile = builder.finish();
    const { bytes, losses } = await write(profile);
    expect(losses).toEqual(["pprof has no time per sample: the times are left out, and 4 samples became 1."]);
    expect(foldedOf(await read(bytes))).toEqual(["a 4"]);
    const timed = await write(profile, { timestamps: true });
    expect(timed.losses).toEqual([]);
    expect([...(await read(timed.bytes)).samples.time!]).toEqual([5, 10, 15, Number.NaN]);
  });

  it("tells what has no place in pprof", async () => {
    const builder = new ProfileBuilder();
    Object.assign(builder.meta, {
      producer: "p",
      title: "t",
      samplesInOrder: true,
      timeOrigin: 5n,
      clock: "monotonic",
    });
    for (const unit of ["count", "bytes", "seconds"]) builder.valueType("same", unit);
    builder.meta.defaultValueType = 1;
    const name = builder.string("k");
    const kernel: FrameKindCode = 2;
    builder.sampleOf(builder.stack(-1, builder.frame({ name, kind: kernel, inlined: true })), 0, 1, {
      labels: builder.labelSet([{ key: "share", value: 0.5 }]),
    });
    expect((await write(builder.finish())).losses).toEqual([
      "1 numeric label rounded to whole numbers.",
      "The recording's clock is not wall-clock time: its beginning is left out.",
      "pprof has no place for the profiler's name.",
      "pprof has no place for the title.",
      "pprof has no place for that the samples are in the order of time.",
      "Two value types are called same: readers will show the first of them.",
      "pprof has no frame kinds (kernel, JIT …): left out of 1 frame.",
      "1 inlined frame written as not inlined, because the caller's address is another or there is none.",
    ]);
  });

  it("keeps drop_frames, which change nothing the second time", async () => {
    const profile = letters("main main\nf malloc\nmalloc x");
    const first = await roundTrip({ ...profile, meta: { ...profile.meta, dropFrames: "malloc" } });
    expect(foldedOf(first)).toEqual(["main 1", "main;f 1"]);
    expect(contents(await roundTrip(first))).toEqual(contents(first));
  });

  it("writes a stack of 100,000 frames", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    const frame = builder.frameNamed("f");
    let stack = -1;
    for (let depth = 0; depth < 100_000; depth++) stack = builder.stack(stack, frame);
    builder.sampleOf(stack, type, 1);
    expect((await roundTrip(builder.finish())).stacks.length).toBe(100_000);
  });

  it("hands over in pieces to a sink that makes it wait", async () => {
    const builder = new ProfileBuilder();
    const type = builder.valueType("samples", "count");
    for (let i = 0; i < 20_000; i++) {
      builder.sampleOf(builder.stack(-1, builder.frameNamed(`function number ${i}`)), type, i);
    }
    const profile = builder.finish();
    const memory = new MemorySink();
    let pieces = 0;
    const slow = {
      async write(bytes: Uint8Array): Promise<void> {
        const copy = bytes.slice();
        await Promise.resolve();
        expect(bytes).toEqual(copy);
        memory.write(copy);
        pieces++;
      },
    };
    await pprofWriter.write(profile, slow, {});
    expect(pieces).toBeGreaterThan(10);
    expect(foldedOf(await read(memory.bytes()))).toEqual(foldedOf(profile));
  });

  it.skipIf(!haveGo)("writes files that go tool pprof reads", async () => {
    const profiles = fc.sample(anyProfile, { seed: 11, numRuns: 12 });
    for (const profile of profiles) {
      const raw = parseRaw(await goRaw((await write(profile)).bytes));
      expect(raw.samples.map(({ weights }) => weights)).toEqual(
        textSamples(profile).map(({ weights }) => weights),
      );
    }
  });
});
