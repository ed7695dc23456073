import { describe, expect, it } from "vitest";
import { foldedOf, validated } from "../../../../../test/support/letters.ts";
import {
  codes,
  locations,
  readFields,
  SMALL,
  sample,
  strings,
  valueType,
} from "../../../../../test/support/pprof-fields.ts";
import {
  encoded,
  type Fields,
  packed,
  packedList,
  type Value,
} from "../../../../../test/support/protobuf.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { pprofReader } from "./pprof.ts";

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
      valueType(1, 2),
      valueType(2, 2),
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
      sample(packed(2, 1), packed(100, 200)),
      ...locations(2, 3),
      ...strings("x", "y", "main", "a"),
    ]);
    expect(foldedOf(profile, 0)).toEqual(["main;a 108"]);
    expect(foldedOf(profile, 1)).toEqual(["main;a 210"]);
    expect(profile.notes).toEqual([]);
  });

  it("shows the last value type unless the file names another", async () => {
    const types: Fields = [
      valueType(1, 2),
      valueType(3, 4),
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
      valueType(1, 2),
      valueType(1, 2),
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
      valueType(1, 1),
      sample(packed(1), packed(1)),
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
      valueType(1, 1),
      sample(packed(1), packed(1)),
      sample(packed(2), packed(2)),
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

  it("reads negative values and notes those beyond 2^53", async () => {
    const profile = await readFields([
      ...SMALL,
      sample(packed(2, 1), packed(-4_000_000_000_000)),
      sample(packed(3, 1), packed(2n ** 62n + 1n)),
    ]);
    expect([...profile.samples.weights[0]!].slice(3)).toEqual([-4e12, 2 ** 62]);
    expect(codes(profile)).toEqual(["weight-beyond-double 1"]);
  });

  it("makes up a value type where the file names none", async () => {
    const profile = await readFields(SMALL.filter(([field]) => field !== 1));
    expect(profile.valueTypes).toEqual([{ name: "value", unit: "count" }]);
    expect(foldedOf(profile)).toEqual(["main 5", "main;a 10", "main;b 20"]);
    expect(codes(profile)).toEqual(["no-value-types 1"]);
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

  it("finds equal stacks even where it stopped looking because nearly all were new", async () => {
    const distinct = 6000;
    const fields: Fields = [
      ...SMALL,
      ...Array.from({ length: distinct * 3 }, (_, i) => {
        const number = i % distinct;
        const ids = Array.from({ length: 13 }, (_, bit) => 2 + ((number >> bit) & 1));
        return sample(packedList(ids), packed(1));
      }),
    ];
    const merged = await readFields(fields, "merged");
    expect([...merged.samples.weights[0]!.slice(3)]).toEqual(new Array(distinct).fill(3));
    expect(merged.meta.observations).toBe(3 + distinct * 3);
    const each = await readFields(fields);
    expect(new Set(each.samples.stack).size).toBe(3 + distinct);
    expect(each.stacks.length).toBe(merged.stacks.length);
  });

  it("adds to a builder that is not empty", async () => {
    const into = new ProfileBuilder();
    const type = into.valueType("cpu", "nanoseconds");
    into.sampleOf(into.stack(-1, into.frameNamed("before")), type, 1);
    const same = SMALL.map(([field, value]): Fields[number] =>
      field === 1 ? valueType(3, 2) : [field, value],
    );
    await pprofReader.read(sourceOfBytes(encoded(same)), into, into.notes, {});
    const profile = validated(into.finish());
    expect(foldedOf(profile, 0)).toContain("before 1");
    expect(profile.stacks.length).toBe(4);
  });
});
