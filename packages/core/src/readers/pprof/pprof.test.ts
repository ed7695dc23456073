import { describe, expect, it } from "vitest";
import { foldedOf, validated } from "../../../../../test/support/letters.ts";
import {
  encoded,
  type Fields,
  packed,
  packedList,
  type Value,
} from "../../../../../test/support/protobuf.ts";
import { ProfileBuilder, type SampleMode } from "../../model/builder.ts";
import type { Profile } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { pprofReader } from "./pprof.ts";

async function read(bytes: Uint8Array, mode: SampleMode = "each"): Promise<Profile> {
  const into = new ProfileBuilder(mode);
  await pprofReader.read(sourceOfBytes(bytes), into, into.notes, {});
  return validated(into.finish());
}

function readFields(fields: Fields, mode: SampleMode = "each"): Promise<Profile> {
  return read(encoded(fields), mode);
}

/** String fields, the empty one first: index 1 is the first of `texts`. */
function strings(...texts: (string | Uint8Array)[]): Fields {
  return ["", ...texts].map((text): [number, Value] => [6, text]);
}

/**
 * Locations 1…n with one line each, calling functions 1…n with the strings `first`, `first` + 1, …
 * Addresses are 16 times the id.
 */
function locations(count: number, first: number): Fields {
  const fields: [number, Value][] = [];
  for (let id = 1; id <= count; id++) {
    fields.push([
      4,
      [
        [1, id],
        [3, id * 16],
        [
          4,
          [
            [1, id],
            [2, id + 100],
          ],
        ],
      ],
    ]);
    fields.push([
      5,
      [
        [1, id],
        [2, first + id - 1],
      ],
    ]);
  }
  return fields;
}

const codes = (profile: Profile) => profile.notes.map((note) => `${note.code} ${note.count}`);

/** cpu/nanoseconds, stacks main;a, main;b, main, in Go's field order: tables behind the samples. */
const SMALL: Fields = [
  [
    1,
    [
      [1, 1],
      [2, 2],
    ],
  ],
  [
    2,
    [
      [1, packed(2, 1)],
      [2, packed(10)],
    ],
  ],
  [
    2,
    [
      [1, packed(3, 1)],
      [2, packed(20)],
    ],
  ],
  [
    2,
    [
      [1, packed(1)],
      [2, packed(5)],
    ],
  ],
  ...locations(3, 3),
  ...strings("cpu", "nanoseconds", "main", "a", "b"),
];

describe("pprofReader", () => {
  it("reads stacks leaf first and tables behind their use", async () => {
    const profile = await readFields(SMALL);
    expect(foldedOf(profile)).toEqual(["main 5", "main;a 10", "main;b 20"]);
    expect(profile.valueTypes).toEqual([{ name: "cpu", unit: "nanoseconds" }]);
    expect(profile.notes).toEqual([]);
    expect(profile.meta).toEqual({ format: "pprof", defaultValueType: 0 });
    expect([...profile.frames.line]).toEqual([101, 102, 103]);
    expect([...profile.frames.address]).toEqual([16n, 32n, 48n]);
  });

  it("reads the fields in any order", async () => {
    const reversed = [...SMALL].reverse();
    const texts = reversed.filter(([field]) => field === 6).reverse();
    const profile = await readFields([...reversed.filter(([field]) => field !== 6), ...texts]);
    expect(foldedOf(profile)).toEqual(["main 5", "main;a 10", "main;b 20"]);
  });

  it("reads repeated fields that are not packed, and lists in several pieces", async () => {
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
          [2, 2],
        ],
      ],
      [
        1,
        [
          [1, 2],
          [2, 2],
        ],
      ],
      [
        2,
        [
          [1, 2],
          [2, 7],
          [1, 1],
          [2, 8],
        ],
      ],
      [
        2,
        [
          [1, packed(2)],
          [2, packed(1)],
          [1, packed(1)],
          [2, packed(2)],
        ],
      ],
      [
        2,
        [
          [1, packed(2, 1)],
          [2, packed(100, 200)],
        ],
      ],
      ...locations(2, 3),
      ...strings("x", "y", "main", "a"),
    ]);
    expect(foldedOf(profile, 0)).toEqual(["main;a 108"]);
    expect(foldedOf(profile, 1)).toEqual(["main;a 210"]);
    expect(profile.notes).toEqual([]);
  });

  it("shows the last value type unless the file names another", async () => {
    const types: Fields = [
      [
        1,
        [
          [1, 1],
          [2, 2],
        ],
      ],
      [
        1,
        [
          [1, 3],
          [2, 4],
        ],
      ],
      ...strings("samples", "count", "cpu", "nanoseconds", "other"),
    ];
    expect((await readFields(types)).meta.defaultValueType).toBe(1);
    expect((await readFields([...types, [14, 1]])).meta.defaultValueType).toBe(0);
    const unknown = await readFields([...types, [14, 5]]);
    expect(unknown.meta.defaultValueType).toBe(1);
    expect(codes(unknown)).toEqual(["unknown-default 1"]);
  });

  it("keeps two value types of the same name apart", async () => {
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
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
      [2, [[2, packed(1, 2)]]],
      ...strings("cpu", "ns"),
    ]);
    expect(profile.valueTypes.map((type) => type.name)).toEqual(["cpu", "cpu (2)"]);
    expect(profile.samples.weights.map((column) => column[0])).toEqual([1, 2]);
    expect(profile.samples.stack[0]).toBe(-1);
    expect(codes(profile)).toEqual(["duplicate-value-type 1"]);
  });

  it("makes inlined lines frames of their own", async () => {
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [
        2,
        [
          [1, packed(1)],
          [2, packed(1)],
        ],
      ],
      [
        3,
        [
          [1, 1],
          [2, 4096],
          [3, 8192],
          [4, 64],
          [5, 6],
          [6, 7],
          [7, 1],
          [10, 1],
        ],
      ],
      [
        4,
        [
          [1, 1],
          [2, 1],
          [3, 5000],
          [
            4,
            [
              [1, 3],
              [2, 30],
            ],
          ],
          [
            4,
            [
              [1, 2],
              [2, 20],
            ],
          ],
          [
            4,
            [
              [1, 1],
              [2, 10],
              [3, 4],
            ],
          ],
        ],
      ],
      [
        5,
        [
          [1, 1],
          [2, 2],
          [4, 5],
        ],
      ],
      [
        5,
        [
          [1, 2],
          [2, 3],
          [4, 5],
        ],
      ],
      [
        5,
        [
          [1, 3],
          [2, 4],
          [4, 5],
        ],
      ],
      ...strings("n", "outer", "middle", "inner", "f.c", "/bin/x", "abc"),
    ]);
    expect(foldedOf(profile)).toEqual(["outer;middle;inner 1"]);
    const { frames } = profile;
    expect([...frames.inlined]).toEqual([0, 1, 1]);
    expect([...frames.line]).toEqual([10, 20, 30]);
    expect([...frames.column]).toEqual([4, 0, 0]);
    expect([...frames.mapping]).toEqual([0, 0, 0]);
    expect([...frames.file].map((file) => profile.strings.get(file))).toEqual(["f.c", "f.c", "f.c"]);
    expect(profile.mappings).toEqual([
      {
        path: "/bin/x",
        buildId: "abc",
        start: 4096n,
        end: 8192n,
        fileOffset: 64n,
        has: { functions: true, filenames: false, lineNumbers: false, inlineFrames: true },
      },
    ]);
  });

  it("merges locations that share their outer frames", async () => {
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [
        2,
        [
          [1, packed(1)],
          [2, packed(1)],
        ],
      ],
      [
        2,
        [
          [1, packed(2)],
          [2, packed(2)],
        ],
      ],
      [
        4,
        [
          [1, 1],
          [4, [[1, 2]]],
          [4, [[1, 1]]],
        ],
      ],
      [
        4,
        [
          [1, 2],
          [4, [[1, 3]]],
          [4, [[1, 1]]],
        ],
      ],
      [
        5,
        [
          [1, 1],
          [2, 2],
        ],
      ],
      [
        5,
        [
          [1, 2],
          [2, 3],
        ],
      ],
      [
        5,
        [
          [1, 3],
          [2, 4],
        ],
      ],
      ...strings("n", "outer", "a", "b"),
    ]);
    expect(foldedOf(profile)).toEqual(["outer;a 1", "outer;b 2"]);
    expect(profile.stacks.length).toBe(3);
  });

  it("keeps unsymbolised frames by address and mapping", async () => {
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [
        2,
        [
          [1, packed(1, 2)],
          [2, packed(1)],
        ],
      ],
      [
        3,
        [
          [1, 9],
          [5, 2],
        ],
      ],
      [
        4,
        [
          [1, 1],
          [2, 9],
          [3, -1],
        ],
      ],
      [4, [[1, 2]]],
      ...strings("n", "/lib/x.so"),
    ]);
    const { frames } = profile;
    expect([...frames.address]).toEqual([0n, 2n ** 64n - 1n]);
    expect([...frames.name].map((name) => profile.strings.get(name))).toEqual(["[unknown]", ""]);
    expect(profile.mappings[frames.mapping[1]!]!.path).toBe("/lib/x.so");
    expect(codes(profile)).toEqual(["nameless-frame 1"]);
  });

  it("finds ids of all 64 bits", async () => {
    const ids = [2n ** 64n - 1n, 2n ** 63n, 2n ** 53n + 1n, 2n ** 53n, 2n ** 35n, 1_000_000n];
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [
        2,
        [
          [1, packed(...ids.map((id) => BigInt.asIntN(64, id)))],
          [2, packed(1)],
        ],
      ],
      ...ids.flatMap(
        (id, i): Fields => [
          [
            4,
            [
              [1, BigInt.asIntN(64, id)],
              [4, [[1, BigInt.asIntN(64, id)]]],
            ],
          ],
          [
            5,
            [
              [1, BigInt.asIntN(64, id)],
              [2, i + 2],
            ],
          ],
        ],
      ),
      ...strings("n", "a", "b", "c", "d", "e", "f"),
    ]);
    expect(foldedOf(profile)).toEqual(["f;e;d;c;b;a 1"]);
    expect(profile.notes).toEqual([]);
  });

  it("notes ids that lie, and never crashes on them", async () => {
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
          [2, 77],
        ],
      ],
      [
        2,
        [
          [1, packed(1, 50)],
          [2, packed(1)],
        ],
      ],
      [
        2,
        [
          [1, packed(-1)],
          [2, packed(1)],
        ],
      ],
      [
        4,
        [
          [1, 1],
          [2, 8],
          [3, 7],
          [
            4,
            [
              [1, 99],
              [2, -5],
            ],
          ],
        ],
      ],
      [
        4,
        [
          [1, 1],
          [3, 8],
        ],
      ],
      ...strings("n"),
    ]);
    expect(foldedOf(profile)).toEqual(["[unknown] 1", "[unknown]; 1"]);
    expect(codes(profile).sort()).toEqual([
      "bad-line-number 1",
      "duplicate-id 1",
      "missing-function 1",
      "missing-location 2",
      "missing-mapping 1",
      "missing-string 1",
    ]);
  });

  it("reads negative values and notes those beyond 2^53", async () => {
    const profile = await readFields([
      ...SMALL,
      [
        2,
        [
          [1, packed(2, 1)],
          [2, packed(-4_000_000_000_000)],
        ],
      ],
      [
        2,
        [
          [1, packed(3, 1)],
          [2, packed(2n ** 62n + 1n)],
        ],
      ],
    ]);
    expect([...profile.samples.weights[0]!].slice(3)).toEqual([-4e12, 2 ** 62]);
    expect(codes(profile)).toEqual(["weight-beyond-double 1"]);
  });

  it("notes samples with more or fewer values than types", async () => {
    const profile = await readFields([...SMALL, [2, [[2, packed(1, 2)]]], [2, [[1, packed(1)]]]]);
    expect([...profile.samples.weights[0]!]).toEqual([10, 20, 5, 1, 0]);
    expect(codes(profile)).toEqual(["value-count 2"]);
  });

  it("makes up a value type where the file names none", async () => {
    const profile = await readFields(SMALL.filter(([field]) => field !== 1));
    expect(profile.valueTypes).toEqual([{ name: "value", unit: "count" }]);
    expect(foldedOf(profile)).toEqual(["main 5", "main;a 10", "main;b 20"]);
    expect(codes(profile)).toEqual(["no-value-types 1"]);
  });

  it("reads labels: text, numbers with and without unit, zero, in any spelling of the message", async () => {
    const label = (...fields: Fields): Fields => [
      [1, packed(1)],
      [2, packed(1)],
      [3, fields],
    ];
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [2, label([1, 2], [2, 3])],
      [2, label([2, 3], [1, 2])],
      [2, label([1, 4], [3, 4096], [4, 5])],
      [2, label([1, 4], [3, -7])],
      [2, label([1, 4], [3, 0])],
      [2, label([1, 4])],
      [2, label([1, 4], [3, 2n ** 60n + 1n])],
      [
        2,
        [
          [
            3,
            [
              [1, 2],
              [2, 3],
            ],
          ],
          [1, packed(1)],
          [
            3,
            [
              [1, 4],
              [3, 1],
            ],
          ],
          [2, packed(1)],
        ],
      ],
      ...locations(1, 1),
      ...strings("n", "thread", "worker", "size", "bytes"),
    ]);
    const { labelSets, samples } = profile;
    expect([...samples.labels!].map((set) => labelSets[set])).toEqual([
      [{ key: "thread", value: "worker" }],
      [{ key: "thread", value: "worker" }],
      [{ key: "size", value: 4096, unit: "bytes" }],
      [{ key: "size", value: -7 }],
      [{ key: "size", value: 0 }],
      [{ key: "size", value: "" }],
      [{ key: "size", value: 2 ** 60 }],
      [
        { key: "thread", value: "worker" },
        { key: "size", value: 1 },
      ],
    ]);
    expect(samples.labels![0]).toBe(samples.labels![1]);
    expect(samples.thread).toBeUndefined();
    expect(codes(profile)).toEqual(["label-beyond-double 1"]);
  });

  it("takes end_timestamp_ns as the sample's time, relative to time_nanos", async () => {
    const origin = 1_700_000_000_000_000_000n;
    const fields: Fields = [
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [
        2,
        [
          [1, packed(1)],
          [2, packed(1)],
          [
            3,
            [
              [1, 2],
              [3, origin + 5n],
            ],
          ],
          [
            3,
            [
              [1, 3],
              [2, 1],
            ],
          ],
        ],
      ],
      [
        2,
        [
          [1, packed(1)],
          [2, packed(1)],
          [
            3,
            [
              [1, 3],
              [2, 1],
            ],
          ],
          [
            3,
            [
              [1, 2],
              [3, origin + 7n],
            ],
          ],
        ],
      ],
      [
        2,
        [
          [1, packed(1)],
          [2, packed(1)],
        ],
      ],
      [9, origin],
      ...locations(1, 1),
      ...strings("n", "end_timestamp_ns", "k"),
    ];
    const profile = await readFields(fields);
    expect([...profile.samples.time!]).toEqual([5, 7, Number.NaN]);
    expect([...profile.samples.labels!]).toEqual([1, 1, 0]);
    expect(profile.meta).toMatchObject({ timeOrigin: origin, clock: "unix" });
    const merged = await readFields(fields, "merged");
    expect([...merged.samples.weights[0]!]).toEqual([2, 1]);
    expect(merged.meta.observations).toBe(3);
  });

  it("takes threads back only where the file's comment says so", async () => {
    const fields: Fields = [
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [
        2,
        [
          [1, packed(1)],
          [2, packed(1)],
          [
            3,
            [
              [1, 2],
              [2, 4],
            ],
          ],
          [
            3,
            [
              [1, 3],
              [3, 7],
            ],
          ],
          [
            3,
            [
              [1, 5],
              [2, 6],
            ],
          ],
        ],
      ],
      [
        2,
        [
          [1, packed(1)],
          [2, packed(1)],
          [
            3,
            [
              [1, 3],
              [3, 7],
            ],
          ],
        ],
      ],
      ...locations(1, 1),
      ...strings(
        "n",
        "thread",
        "thread_id",
        "worker",
        "k",
        "v",
        "flambeau:threads=thread,thread_id,pid,process",
      ),
    ];
    expect((await readFields(fields)).threads).toEqual([]);
    const profile = await readFields([...fields, [13, 7]]);
    expect(profile.threads).toEqual([{ name: "worker", tid: 7 }]);
    expect([...profile.samples.thread!]).toEqual([0, -1]);
    expect([...profile.samples.labels!].map((set) => profile.labelSets[set])).toEqual([
      [{ key: "k", value: "v" }],
      [{ key: "thread_id", value: 7 }],
    ]);
    expect(profile.meta.comments).toBeUndefined();
    expect(codes(profile)).toEqual(["threads-from-labels 1"]);
  });

  it("reads everything about the recording", async () => {
    const { meta } = await readFields([
      ...SMALL,
      ...["one", "two", "http://x", "space", "drop", "keep"].map((text): [number, Value] => [6, text]),
      [7, 10],
      [8, 11],
      [9, 1_600_000_000_123_456_789n],
      [10, 30_000_000_000],
      [
        11,
        [
          [1, 9],
          [2, 2],
        ],
      ],
      [12, 524_288],
      [13, 6],
      [13, packed(7)],
      [15, 8],
    ]);
    expect(meta).toEqual({
      format: "pprof",
      defaultValueType: 0,
      timeOrigin: 1_600_000_000_123_456_789n,
      clock: "unix",
      duration: 30_000_000_000,
      period: { type: { name: "space", unit: "nanoseconds" }, value: 524_288 },
      comments: ["one", "two"],
      docUrl: "http://x",
      dropFrames: "drop",
      keepFrames: "keep",
    });
  });

  it("keeps the bytes of names that are not UTF-8", async () => {
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [
        2,
        [
          [1, packed(1)],
          [2, packed(1)],
        ],
      ],
      ...locations(1, 2),
      ...strings("n", Uint8Array.of(0x66, 0xff)),
    ]);
    expect([...profile.strings.view(profile.frames.name[0]!)]).toEqual([0x66, 0xff]);
  });

  it("takes a function's place for an id that it lacks", async () => {
    const profile = await readFields([
      ...SMALL.filter(([field]) => field !== 5),
      [5, [[2, 3]]],
      [5, [[2, 4]]],
      [5, [[2, 5]]],
    ]);
    expect(foldedOf(profile)).toEqual(["main 5", "main;a 10", "main;b 20"]);
    expect(codes(profile)).toEqual(["no-function-id 3"]);
  });

  it("says what frames cannot hold: system names, start lines, folded functions", async () => {
    const profile = await readFields([
      [
        1,
        [
          [1, 1],
          [2, 1],
        ],
      ],
      [
        2,
        [
          [1, packed(1)],
          [2, packed(1)],
        ],
      ],
      [
        4,
        [
          [1, 1],
          [3, 1],
          [4, [[1, 1]]],
          [5, 1],
        ],
      ],
      [
        5,
        [
          [1, 1],
          [2, 2],
          [3, 3],
          [5, 9],
        ],
      ],
      ...strings("n", "f()", "_Z1fv"),
    ]);
    expect(foldedOf(profile)).toEqual(["f() 1"]);
    expect(codes(profile)).toEqual(["folded-functions 1", "system-names 1", "start-lines 1"]);
  });

  it("skips unknown fields and groups with a note", async () => {
    const extra = encoded([
      [99, 1],
      [98, "x"],
    ]);
    const profile = await read(Uint8Array.of(...encoded(SMALL), ...extra, 0xa3, 0x06, 0x08, 1, 0xa4, 0x06));
    expect(foldedOf(profile)).toEqual(["main 5", "main;a 10", "main;b 20"]);
    expect(codes(profile)).toEqual(["unknown-field 3"]);
  });

  it("keeps what stands before the end of a truncated file", async () => {
    const whole = encoded([...SMALL.slice(4), ...SMALL.slice(0, 4)]);
    const profile = await read(whole.subarray(0, whole.length - 3));
    expect(foldedOf(profile)).toEqual(["main;a 10", "main;b 20"]);
    expect(profile.notes.map(({ kind, code, places }) => ({ kind, code, places }))).toEqual([
      { kind: "truncated", code: "truncated", places: [{ offset: whole.length - 7 }] },
    ]);
  });

  it("skips samples that are no sound messages", async () => {
    const bad = Uint8Array.of(0x0a, 9, 1);
    const profile = await readFields([...SMALL, [2, bad], [2, Uint8Array.of(0x0a, 1, 0x80)]]);
    expect(profile.samples.length).toBe(3);
    expect(codes(profile)).toEqual(["malformed-sample 2"]);
  });

  it.each([
    ["an empty input", new Uint8Array(0), "empty-input"],
    ["text", new TextEncoder().encode("main;a 10\n"), "malformed"],
    ["a first string that is not empty", encoded([[6, "x"]]), "malformed"],
    ["two profiles in a row", encoded([...SMALL, [9, 5], ...SMALL, [9, 6]]), "unsupported"],
  ])("refuses %s", async (_, bytes, code) => {
    const error = await read(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlambeauError);
    expect((error as FlambeauError).code).toBe(code);
  });

  it("reads a stack of 100,000 frames", async () => {
    const ids = Array.from({ length: 100_000 }, (_, i) => (i % 3) + 1);
    const profile = await readFields([
      ...SMALL,
      [
        2,
        [
          [1, packedList(ids)],
          [2, packed(1)],
        ],
      ],
    ]);
    expect(profile.stacks.length).toBe(100_001);
    expect(profile.samples.length).toBe(4);
  });

  it("adds to a builder that is not empty", async () => {
    const into = new ProfileBuilder();
    const type = into.valueType("cpu", "nanoseconds");
    into.sampleOf(into.stack(-1, into.frameNamed("before")), type, 1);
    const same = SMALL.map(([field, value]): [number, Value] =>
      field === 1
        ? [
            1,
            [
              [1, 3],
              [2, 2],
            ],
          ]
        : [field, value],
    );
    await pprofReader.read(sourceOfBytes(encoded(same)), into, into.notes, {});
    const profile = validated(into.finish());
    expect(foldedOf(profile, 0)).toContain("before 1");
    expect(profile.stacks.length).toBe(4);
  });
});
