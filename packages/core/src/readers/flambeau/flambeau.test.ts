import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profileArbitrary } from "../../../../../test/support/arbitrary.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { letters, validated } from "../../../../../test/support/letters.ts";
import { noteCodes, readingError, readWith, seeded } from "../../../../../test/support/reading.ts";
import { packColumn, packedBound, unpackColumn } from "../../codec/flambeau/column.ts";
import { BLOCK_HEAD, BlockKind, ColumnId, MAGIC } from "../../codec/flambeau/format.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import type { FrameKindCode, Profile } from "../../model/profile.ts";
import { MemorySink } from "../../util/sink.ts";
import { sourceOfBytes, sourceOfChunks } from "../../util/source.ts";
import { flambeauWriter } from "../../writers/flambeau/index.ts";
import { pprofWriter } from "../../writers/pprof/pprof.ts";
import type { Writer } from "../../writers/writer.ts";
import { readProfile } from "../open.ts";
import { flambeauReader } from "./index.ts";

async function bytesOf(profile: Profile, writer: Writer = flambeauWriter): Promise<Uint8Array> {
  const sink = new MemorySink();
  await writer.write(profile, sink, {});
  return sink.bytes();
}

async function again(profile: Profile): Promise<Profile> {
  return readWith(flambeauReader, await bytesOf(validated(profile)));
}

/** Everything, as what two profiles are compared by; typed arrays of equal values are equal. */
function contents(profile: Profile): unknown {
  const { strings, ...rest } = profile;
  return { ...rest, strings: Array.from({ length: strings.length }, (_, id) => [...strings.view(id)]) };
}

const number = fc.oneof(
  fc.integer({ min: -3, max: 300 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-0, 0.1, 2 ** 53, -(2 ** 51), 2 ** 51 + 1, 1e-7, 123456.789, Number.MAX_VALUE),
);

/** Whatever a profile may hold, odd numbers and texts first. */
const anyProfile: fc.Arbitrary<Profile> = fc
  .record({
    texts: fc.array(fc.string({ unit: "binary", maxLength: 5 }), { minLength: 1, maxLength: 6 }),
    frames: fc.array(
      fc.record({
        name: fc.nat(),
        file: fc.nat(),
        line: fc.nat(),
        column: fc.nat({ max: 9 }),
        mapping: fc.boolean(),
        address: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        kind: fc.integer({ min: 0, max: 6 }),
        inlined: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    samples: fc.array(
      fc.record({
        stack: fc.array(fc.nat(), { maxLength: 4 }),
        weights: fc.tuple(number, number),
        time: fc.option(number, { nil: undefined }),
        thread: fc.option(fc.nat(), { nil: undefined }),
        labels: fc.array(fc.tuple(fc.nat(), fc.oneof(number, fc.nat().map(String)), fc.boolean()), {
          maxLength: 2,
        }),
      }),
      { maxLength: 9 },
    ),
    meta: fc.record(
      {
        producer: fc.string(),
        timeOrigin: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        clock: fc.constantFrom<"unix" | "monotonic">("unix", "monotonic"),
        duration: fc.oneof(number, fc.constant(Number.POSITIVE_INFINITY)),
        observations: fc.nat(),
        threadsAreRoots: fc.boolean(),
        annotated: fc.boolean(),
        samplesInOrder: fc.boolean(),
        title: fc.string({ unit: "binary" }),
        comments: fc.array(fc.string()),
        docUrl: fc.string(),
        dropFrames: fc.string(),
        keepFrames: fc.string(),
        differential: fc.constant({ base: 0, head: 1 }),
        period: fc.record({ type: fc.constant({ name: "p", unit: "count" }), value: number }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ texts, frames, samples, meta }) => {
    const into = new ProfileBuilder("each");
    Object.assign(into.meta, { ...meta, format: "made-up", defaultValueType: 1 });
    into.valueType("one", "count");
    into.valueType("__proto__", "nanoseconds");
    const strings = texts.map((one) => into.string(one));
    const mapping = into.mapping({ path: texts[0]!, start: 2n ** 63n, end: 2n ** 64n - 1n, buildId: "ab" });
    const threads = texts.map((name, i) => into.thread({ name, ...(i % 2 === 0 ? { pid: i, tid: 7 } : {}) }));
    const rows = frames.map(({ mapping: mapped, ...frame }) =>
      into.frame({
        ...frame,
        name: strings[frame.name % strings.length]!,
        file: strings[frame.file % strings.length]!,
        mapping: mapped ? mapping : -1,
        address: frame.address | 1n,
        kind: frame.kind as FrameKindCode,
      }),
    );
    for (const { stack, weights, time, thread, labels } of samples) {
      let leaf = -1;
      for (const frame of stack) leaf = into.stack(leaf, rows[frame % rows.length]!);
      into.sample(leaf, weights, {
        ...(time === undefined ? {} : { time }),
        ...(thread === undefined ? {} : { thread: threads[thread % threads.length]! }),
        labels: into.labelSet(
          labels.map(([key, value, unit]) => ({
            key: texts[key % texts.length]!,
            value,
            ...(unit && typeof value === "number" ? { unit: texts[0]! } : {}),
          })),
        ),
      });
    }
    into.notes.add("skipped", "a-code", "A sentence.", { line: 3 }, 4);
    into.notes.add("truncated", "b-code", "Another.", { offset: 2 ** 40 });
    return into.finish();
  });

/** A profile of `samples` rows with every column, larger than a block where asked. */
function large(samples: number, functions = 300): Profile {
  const random = seeded(5);
  const into = new ProfileBuilder("each");
  into.meta.format = "made-up";
  into.valueType("samples", "count");
  const thread = [1, 2].map((tid) => into.thread({ name: "worker", tid }));
  const label = ["a", "b"].map((value) => into.labelSet([{ key: "k", value }]));
  const frames = Array.from({ length: functions }, (_, i) =>
    into.frame({ name: into.string(`function ${i}`), file: into.string(`file${i % 7}.c`), line: i }),
  );
  for (let row = 0; row < samples; row++) {
    let stack = -1;
    for (let depth = 0; depth < 4; depth++)
      stack = into.stack(stack, frames[Math.floor(random() * functions)]!);
    into.sample(stack, [1 + (row % 3) / 4], {
      time: row * 1000,
      thread: thread[row & 1]!,
      labels: label[row & 1]!,
    });
  }
  return into.finish();
}

describe("the flambeau format: what is written is read again", () => {
  it("any profile", async () => {
    await fc.assert(
      fc.asyncProperty(anyProfile, async (profile) => {
        expect(contents(await again(profile))).toEqual(contents(profile));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("the profiles of the other tests", async () => {
    await fc.assert(
      fc.asyncProperty(profileArbitrary, async (profile) => {
        expect(contents(await again(profile))).toEqual(contents(profile));
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it("every fixture", async () => {
    const fixtures = fileURLToPath(new URL("../../../../../fixtures", import.meta.url));
    let files = 0;
    for (const folder of ["folded", "perf-script", "pprof", "speedscope", "v8-cpuprofile"]) {
      for (const name of readdirSync(`${fixtures}/${folder}`)) {
        const file = readFileSync(`${fixtures}/${folder}/${name}`);
        const plain = file[0] === 0x1f ? gunzipSync(file) : file;
        const profile = await readProfile(sourceOfBytes(plain));
        expect(contents(await again(profile))).toEqual(contents(profile));
        files++;
      }
    }
    expect(files).toBeGreaterThan(20);
  });

  it("a profile of several blocks, handed over in small pieces", async () => {
    const profile = large(150_000);
    const bytes = await bytesOf(profile);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 1009) yield bytes.subarray(at, at + 1009);
    }
    const read = await readProfile(sourceOfChunks(pieces()));
    expect(contents(validated(read))).toEqual(contents(profile));
  });

  it("an empty profile", async () => {
    const profile = new ProfileBuilder().finish();
    expect(contents(await again(profile))).toEqual(contents(profile));
  });

  it("is sniffed by its first bytes, and samples add up where the caller wants no single ones", async () => {
    const profile = large(5000);
    const read = validated(await readProfile(sourceOfBytes(await bytesOf(profile)), { samples: "merged" }));
    expect(read.samples.length).toBeLessThanOrEqual(profile.samples.length);
    expect(read.samples.time).toBeUndefined();
    const sum = (column: Float64Array): number => column.reduce((total, weight) => total + weight, 0);
    expect(sum(read.samples.weights[0]!)).toBe(sum(profile.samples.weights[0]!));
  });

  it("takes less room than pprof, both in gzip", async () => {
    const file = fileURLToPath(new URL("../../../../../fixtures/pprof/go-cpu.pb.gz", import.meta.url));
    for (const profile of [await readProfile(sourceOfBytes(gunzipSync(readFileSync(file)))), large(50_000)]) {
      const ours = gzipSync(await bytesOf(profile)).length;
      expect(ours).toBeLessThan(gzipSync(await bytesOf(profile, pprofWriter)).length);
    }
  });
});

describe("a packed column", () => {
  const pack = (values: readonly number[]): Uint8Array => {
    const out = new Uint8Array(packedBound(values.length));
    return out.slice(0, packColumn(Float64Array.from(values), values.length, out, 0));
  };

  it("is exact for any doubles, and never larger than announced", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(number, fc.double()), { minLength: 1, maxLength: 40 }), (values) => {
        const packed = pack(values);
        expect(packed.length).toBeLessThanOrEqual(packedBound(values.length));
        const back = new Float64Array(values.length);
        expect(unpackColumn(packed, 0, packed.length, values.length, back)).toBe(true);
        expect([...back]).toEqual(values);
      }),
      { seed: 3, numRuns: 2000 },
    );
  });

  it("holds counters, small numbers and decimals in a byte or two per row", () => {
    const rows = Array.from({ length: 1000 }, (_, row) => row);
    expect(pack(rows).length).toBe(1001);
    expect(pack(rows.map((row) => 1e12 + row * 50)).length).toBeLessThan(1010);
    expect(pack(rows.map((row) => (row % 100) / 100)).length).toBe(1001);
    expect(pack(rows.map(() => -1)).length).toBe(1001);
  });

  it("is refused where it claims other rows than it has", () => {
    const packed = pack([1, 2, 300, 4]);
    const values = new Float64Array(8);
    expect(unpackColumn(packed, 0, packed.length, 4, values)).toBe(true);
    for (const rows of [0, 3, 5, 8]) expect(unpackColumn(packed, 0, packed.length, rows, values)).toBe(false);
    for (let end = 0; end < packed.length; end++) expect(unpackColumn(packed, 0, end, 4, values)).toBe(false);
  });
});

/** A file of these blocks; a body may be JSON. */
function file(...blocks: [kind: number, body: object | Uint8Array | readonly number[], claimed?: number][]) {
  const parts: Uint8Array[] = [new TextEncoder().encode(MAGIC)];
  for (const [kind, body, claimed] of blocks) {
    const bytes =
      body instanceof Uint8Array
        ? body
        : Array.isArray(body)
          ? Uint8Array.from(body)
          : new TextEncoder().encode(JSON.stringify(body));
    const head = new DataView(new ArrayBuffer(BLOCK_HEAD));
    head.setUint8(0, kind);
    head.setUint32(1, claimed ?? bytes.length, true);
    parts.push(new Uint8Array(head.buffer), bytes);
  }
  return new Uint8Array(Buffer.concat(parts));
}

const HEADER: [number, object] = [
  BlockKind.json,
  { meta: { format: "x", defaultValueType: 0 }, valueTypes: [{ name: "n", unit: "count" }] },
];
const END: [number, number[]] = [BlockKind.end, []];

describe("hostile and damaged files", () => {
  it("mutations are refused or give a sound profile", async () => {
    const small = await bytesOf(large(12, 7));
    const read = await readMutations(flambeauReader, small, 3000);
    expect(read).toBeGreaterThan(20);
    const [odd] = fc.sample(anyProfile, { seed: 11, numRuns: 1 });
    await readMutations(flambeauReader, await bytesOf(odd!), 1500);
  });

  it("every cut is refused, or keeps whole samples and says so", async () => {
    const profile = large(70_000);
    const bytes = await bytesOf(profile);
    // Behind the first stretch of samples: the second is cut away.
    const read = await readWith(flambeauReader, bytes.subarray(0, bytes.length - 100));
    expect(read.samples.length).toBe(65_536);
    expect(noteCodes(read)).toEqual(["flambeau-cut×1"]);
    const tiny = await bytesOf(letters("A A\nB ."));
    for (let end = 0; end < tiny.length; end++) {
      const cut = tiny.subarray(0, end);
      if (end < tiny.length - BLOCK_HEAD) {
        expect((await readingError(flambeauReader, cut)).code).toMatch(/truncated|malformed/);
      } else expect(noteCodes(await readWith(flambeauReader, cut))).toEqual(["flambeau-cut×1"]);
    }
  });

  it("a length that lies does not take memory", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const lying = file(HEADER, [BlockKind.column, [1, 2, 3], 0xffffffff]);
    expect(await readingError(flambeauReader, lying)).toMatchObject({ code: "truncated" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
  });

  it("rows that lie are refused", async () => {
    const rows = [0x80, 0x80, 0x04];
    for (const body of [
      [ColumnId.sampleStack, ...rows, 0, 1],
      [ColumnId.sampleStack, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 1],
      [ColumnId.sampleStack, 2, 0, 1],
      [ColumnId.sampleStack],
      [],
    ]) {
      const error = await readingError(flambeauReader, file(HEADER, [BlockKind.column, body], END));
      expect(error).toMatchObject({ code: "malformed", format: "flambeau" });
    }
  });

  const column = (id: number, ...values: number[]): [number, number[]] => [
    BlockKind.column,
    [id, values.length, 0, ...values],
  ];

  it.each<[string, [number, object | number[]][], RegExp]>([
    ["no meta", [], /meta/],
    ["meta that is none", [[BlockKind.json, { meta: 3 }]], /no object/],
    [
      "a default value type that is not there",
      [[BlockKind.json, { meta: { format: "x", defaultValueType: 2 } }]],
      /value type/,
    ],
    [
      "a stack of a later row",
      [HEADER, column(ColumnId.stackParent, 1), column(ColumnId.stackFrame, 0)],
      /parent/,
    ],
    ["a frame without anything", [HEADER, column(ColumnId.frameName, 0)], /neither name nor address/],
    ["a frame's name that is no string", [HEADER, column(ColumnId.frameName, 4)], /no string 4/],
    ["strings beyond the bytes", [HEADER, column(ColumnId.stringLength, 9)], /beyond/],
    [
      "a sample's stack",
      [HEADER, column(ColumnId.sampleStack, 9), column(ColumnId.weights, 1)],
      /no stack 8/,
    ],
    ["no weights", [HEADER, column(ColumnId.sampleStack, 0)], /differ in length/],
    ["a label set beyond the labels", [HEADER, column(ColumnId.labelSetSize, 3)], /beyond the labels/],
    ["a column too many rows", [HEADER, column(ColumnId.frameFile, 0)], /rows, not 0/],
    [
      "a kind of frame",
      [
        HEADER,
        column(ColumnId.frameAddressLow, 1),
        column(ColumnId.frameName, 0),
        column(ColumnId.frameKind, 7),
      ],
      /kind 7/,
    ],
    ["no JSON", [[BlockKind.json, [123]]], /no JSON/],
  ])("%s", async (_, blocks, message) => {
    const error = await readingError(flambeauReader, file(...blocks, END));
    expect(error).toMatchObject({ code: "malformed", format: "flambeau" });
    expect(error.message).toMatch(message);
  });

  it("stacks that are there twice become one", async () => {
    const twice = file(
      HEADER,
      column(ColumnId.stringLength, 1),
      [BlockKind.bytes, [97]],
      column(ColumnId.frameName, 1),
      column(ColumnId.stackParent, 0, 0),
      column(ColumnId.stackFrame, 0, 0),
      column(ColumnId.sampleStack, 1, 2),
      column(ColumnId.weights, 3, 4),
      END,
    );
    const profile = await readWith(flambeauReader, twice);
    expect(profile.stacks.length).toBe(1);
    expect([...profile.samples.stack]).toEqual([0, 0]);
  });

  it("what a later version adds is skipped with a note; what follows the end, too", async () => {
    const later = file(HEADER, [77, [1, 2]], column(31, 1), [BlockKind.json, { novelty: [] }], END, [9, []]);
    expect(noteCodes(await readWith(flambeauReader, later))).toEqual([
      "flambeau-unknown×3",
      "flambeau-trailing×1",
    ]);
  });
});
