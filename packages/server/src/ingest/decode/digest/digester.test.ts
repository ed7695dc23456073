import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encoded, type Fields, packed, type Value } from "../../../../../../test/support/protobuf.ts";
import type { DigestedSeries, SeriesProfile } from "../../../store/store.ts";
import { Batch } from "../../../store/write/batch.ts";
import { Encoder } from "../../../store/write/encoder.ts";
import { LabelSet } from "../../labels.ts";
import { splitDigest, splitProfile } from "../../split.ts";
import { type Decoded, decode } from "../decode.ts";
import { type ReadPprof, readPprof } from "../read-pprof.ts";
import { PprofDigester } from "./digester.ts";

const FIXTURES = new URL("../../../../../../fixtures/pprof/", import.meta.url);
const LIMITS = { sampleLabels: 1000, stackDepth: 200, body: 1 << 26 };
const FROM = 1_767_225_600_000_000_000n;
const HEAD = {
  tenant: "t",
  type: "a:b:c:d:e",
  labels: [{ name: "service_name", value: "shop" }],
  start: FROM,
  duration: 0n,
  id: "",
};
const SCOPE = { tenant: "t", service: "shop", keep: 30, from: FROM };

/** The journal's rows of a push, a text each: frames and stacks in the order of their bytes, samples as they are. */
function rowsOf(encoder: Encoder, items: readonly SeriesProfile[]): unknown {
  const batch = new Batch();
  for (const item of items) encoder.add(batch, item, 30);
  const { sections, bytes } = batch.finish(0);
  const texts = sections.map(({ kind, rows }, i) => ({
    kind,
    rows,
    bytes: kind === "samples" ? Buffer.from(bytes[i]!).toString("hex") : sumOf(bytes[i]!),
  }));
  return texts.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** Rows of frames and stacks may come in another order: their bytes then add up to the same. */
function sumOf(bytes: Uint8Array): string {
  return `${bytes.length}/${bytes.reduce((sum, byte) => sum + byte * byte, 0)}`;
}

function wholeItems({ profile }: Decoded): SeriesProfile[] {
  const items = profile.valueTypes.map((_, valueType) => ({ ...HEAD, profile, valueType }));
  return items.filter(({ valueType }) => profile.samples.weights[valueType]!.some((weight) => weight > 0));
}

const SERIES = new LabelSet();
SERIES.add("service_name", "shop");
const SPLITTING = { ...HEAD, series: SERIES, typeOf: (valueType: number): string => `a:b${valueType}:c:d:e` };
const SPLIT_LIMITS = {
  ...LIMITS,
  seriesPerProfile: 100,
  labelsPerSeries: 64,
  labelName: 100,
  labelValue: 100,
};

/** Both ways' rows, or undefined where the short way leaves the file to the general one. */
async function bothWays(bytes: Uint8Array): Promise<{ short: unknown; general: unknown } | undefined> {
  const read = new PprofDigester(undefined).digest(bytes, SCOPE, LIMITS, true);
  if (read === undefined) return undefined;
  const { head } = read;
  const decoded = await decode({ format: "pprof", bytes, limits: LIMITS });
  const whole = (): Promise<never> => Promise.reject(new Error("it is whole"));
  const { profiles: used } = splitDigest(read, SPLITTING, SPLIT_LIMITS, whole);
  const { valueTypes, meta, notes } = decoded.profile;
  const { observations: _, comments, docUrl, keepFrames, ...kept } = meta;
  const sorted = (list: readonly { readonly code: string }[]): unknown =>
    list.toSorted((a, b) => (a.code < b.code ? -1 : 1));
  return {
    short: { ...head, notes: sorted(head.notes), rows: rowsOf(new Encoder(), used) },
    general: {
      valueTypes,
      meta: kept,
      notes: sorted(notes),
      rows: rowsOf(new Encoder(), splitProfile(decoded.profile, SPLITTING, SPLIT_LIMITS).profiles),
    },
  };
}

const STRINGS = [
  ...["", "cpu", "ns", "main", "f(int)", "ünï", "file.go", "/bin/x", "abc", "", "samples"],
  ...["controller", "orders", "span_id", "00f067aa0ba902b7", "bytes", "trace_id"],
];

const MEASURED = [15, 0, 4096] as const;

/** Labels as [key, text, number] in {@link STRINGS}. */
const LABELS: readonly (readonly [number, number, number])[] = [
  [11, 12, 0],
  [11, 3, 0],
  [13, 14, 0],
  [13, 8, 0],
  [16, 14, 0],
  [11, 0, 0],
];

interface Sketch {
  readonly functions: readonly (readonly [name: number, system: number, file: number, start: number])[];
  readonly locations: readonly {
    readonly mapping: number;
    readonly address: bigint;
    readonly lines: readonly (readonly [fn: number, line: number, column: number])[];
  }[];
  readonly samples: readonly {
    readonly stack: readonly number[];
    readonly values: readonly number[];
    readonly packed: boolean;
    readonly labels: readonly (readonly [number, number, number])[];
  }[];
}

const name = fc.integer({ min: 0, max: 10 });
const sketches: fc.Arbitrary<Sketch> = fc.record({
  functions: fc.array(fc.tuple(name, fc.constantFrom(0, 0, 0, 3), name, fc.constantFrom(0, 0, 7)), {
    minLength: 4,
    maxLength: 4,
  }),
  locations: fc.array(
    fc.record({
      mapping: fc.integer({ min: 0, max: 2 }),
      address: fc.constantFrom(0n, 0x1234n, 0x1_0000n, 0x7fff_ffff_f000n, 0xffff_ffff_8100_0000n),
      lines: fc.array(
        fc.tuple(fc.integer({ min: 0, max: 4 }), fc.constantFrom(0, 5, 4_000_000_000), fc.constantFrom(0, 1)),
        { maxLength: 3 },
      ),
    }),
    { minLength: 5, maxLength: 5 },
  ),
  samples: fc.array(
    fc.record({
      stack: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }),
      values: fc.tuple(fc.constantFrom(0, 1, 300, 2 ** 40), fc.constantFrom(0, 1, 10_000_000)),
      packed: fc.boolean(),
      // The label that measures is the same in all samples: where it differs, rows come in another order.
      labels: fc.subarray([...LABELS]),
    }),
    { maxLength: 12 },
  ),
});

function labelOf([key, text, num]: readonly [number, number, number]): [number, Value] {
  return [
    3,
    [[1, key], ...(text === 0 ? [] : [[2, text] as const]), ...(num === 0 ? [] : [[3, num] as const])],
  ];
}

function fileOf({ functions, locations, samples }: Sketch): Uint8Array {
  const list = (field: number, values: readonly number[], isPacked: boolean): Fields =>
    isPacked ? [[field, packed(...values)]] : values.map((value): [number, Value] => [field, value]);
  const fields: Fields = [
    [
      1,
      [
        [1, 10],
        [2, 2],
      ],
    ],
    [
      1,
      [
        [1, 1],
        [2, 2],
      ],
    ],
    ...samples.map(({ stack, values, packed: isPacked, labels }): [number, Value] => [
      2,
      [...list(1, stack, isPacked), ...list(2, values, isPacked), ...[...labels, MEASURED].map(labelOf)],
    ]),
    [
      3,
      [
        [1, 1],
        [2, 0x1000],
        [3, 0x2000],
        [4, 0x10],
        [5, 7],
        [6, 8],
      ],
    ],
    [
      3,
      [
        [1, 2],
        [2, 0x7fff_ffff_0000],
        [3, 0x7fff_ffff_ffff],
        [5, 7],
        [7, 1],
      ],
    ],
    ...locations.map(({ mapping, address, lines }, i): [number, Value] => [
      4,
      [
        [1, i + 1],
        [2, mapping],
        [3, BigInt.asIntN(64, address)],
        ...lines.map(([fn, line, column]): [number, Value] => [
          4,
          [
            [1, fn],
            [2, line],
            [3, column],
          ],
        ]),
      ],
    ]),
    ...functions.map(([fn, system, file, start], i): [number, Value] => [
      5,
      [
        [1, i + 1],
        [2, fn],
        [3, system],
        [4, file],
        [5, start],
      ],
    ]),
    ...STRINGS.map((text): [number, Value] => [6, text]),
    [9, FROM],
    [10, 5_000_000_000],
    [
      11,
      [
        [1, 1],
        [2, 2],
      ],
    ],
    [12, 100],
  ];
  return encoded(fields);
}

describe("PprofDigester", () => {
  it("gives the rows, head and notes of the general reader, whatever the file holds", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(sketches, async (sketch) => {
        const both = await bothWays(fileOf(sketch));
        if (both === undefined) return;
        compared++;
        expect(both.short).toEqual(both.general);
      }),
      { seed: 11, numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(30);
  });

  it("gives the same for real files, of which it reads those of Go's profilers", async () => {
    const short = [];
    for (const file of readdirSync(FIXTURES).filter((name) => name.includes(".pb"))) {
      const bytes = readFileSync(new URL(file, FIXTURES));
      const both = await bothWays(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
      if (both === undefined) continue;
      short.push(file);
      expect(both.short, file).toEqual(both.general);
    }
    expect(short).toEqual(expect.arrayContaining(["hot-go-cpu.pb.gz", "go-heap.pb.gz"]));
  });

  it("leaves out what the store has, and the store asks where it has it no longer", async () => {
    const bytes = gunzipSync(readFileSync(new URL("hot-go-cpu.pb.gz", FIXTURES)));
    const encoder = new Encoder();
    const digester = new PprofDigester(encoder.known);
    const read = (): DigestedSeries => {
      const { head, digest } = digester.digest(bytes, SCOPE, LIMITS, false)!;
      const start = head.meta.timeOrigin!;
      return { ...HEAD, start, digest, valueType: 0, complete: () => Promise.reject(new Error("not asked")) };
    };
    const first = read();
    expect(first.digest.lists.length).toBeGreaterThan(0);
    expect(encoder.suffices(first, 30)).toBe(true);
    const [found] = wholeItems(await decode({ format: "pprof", bytes, limits: LIMITS }));
    const whole = { ...found!, start: first.start };
    const general = new Encoder();
    expect(rowsOf(encoder, [first])).toEqual(rowsOf(general, [whole]));
    const second = read();
    expect(second.digest.lists.length).toBe(0);
    expect(second.digest.frames.length).toBe(0);
    expect(encoder.suffices(second, 30)).toBe(true);
    // Another week's stacks are written again.
    expect(encoder.suffices({ ...second, start: first.start + 8n * 86_400_000_000_000n }, 30)).toBe(false);
    expect(rowsOf(encoder, [second])).toEqual(rowsOf(general, [whole]));
    encoder.forget();
    expect(encoder.suffices(second, 30)).toBe(false);
  });

  it("leaves files with too many labels, or with times, to the general reader", () => {
    const numbers = new Set(["end_timestamp_ns", "bytes"]);
    // One value, 1, and one label whose text or number is a varint of three bytes.
    const sample = (tag: number, n: number): Uint8Array =>
      Uint8Array.of(0x12, 1, 1, 0x1a, 6, 0x08, 2, tag, (n & 127) | 128, ((n >> 7) & 127) | 128, n >> 14);
    const labelled = (key: string, count: number): Uint8Array => {
      const tag = numbers.has(key) ? 0x18 : 0x10;
      const all = Array.from({ length: count }, (_, i) => i);
      return encoded([
        [1, [[1, 1]]],
        ...all.map((i): [number, Value] => [2, sample(tag, i + 3)]),
        ...["", "cpu", key].map((text): [number, Value] => [6, text]),
        ...(tag === 0x18 ? [] : all.map((i): [number, Value] => [6, `v${i}`])),
      ]);
    };
    const digester = new PprofDigester(undefined);
    const read = (bytes: Uint8Array, sampleLabels: number): number | undefined =>
      digester.digest(bytes, SCOPE, { sampleLabels, stackDepth: 100 }, true)?.labels?.sets.length;
    expect(read(labelled("user", 5), 5)).toBe(6);
    expect(read(labelled("user", 5), 4)).toBeUndefined();
    expect(read(labelled("user", 70_000), 1e6)).toBeUndefined();
    // Numbers make no sets, however many there are.
    const measured = digester.digest(
      labelled("bytes", 70_000),
      SCOPE,
      { sampleLabels: 1e6, stackDepth: 1 },
      true,
    );
    expect([measured?.labels, measured?.digest.weights]).toEqual([undefined, [Float64Array.of(70_000)]]);
    expect(digester.digest(labelled("end_timestamp_ns", 1), SCOPE, LIMITS, true)).toBeUndefined();
  });

  it("takes gzip off, but neither twice nor for more than was counted", async () => {
    const bytes = gunzipSync(readFileSync(new URL("hot-go-cpu.pb.gz", FIXTURES)));
    const task = { scope: SCOPE, limits: LIMITS, whole: false };
    const digester = new PprofDigester(undefined);
    const read = (packedBytes: Uint8Array, unpacked: number): Promise<ReadPprof> =>
      readPprof({ ...task, bytes: packedBytes, unpacked }, digester);
    const plain = await read(bytes, 0);
    expect(plain).toHaveProperty("digest");
    expect(await read(gzipSync(bytes), bytes.length)).toEqual(plain);
    expect(await read(gzipSync(bytes), bytes.length - 1)).toBeUndefined();
    expect(await read(gzipSync(bytes).subarray(0, 100), bytes.length)).toBeUndefined();
    expect(await read(gzipSync(gzipSync(bytes)), bytes.length)).toBeUndefined();
  });
});
