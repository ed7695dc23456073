import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { encoded, type Fields, packed } from "../../../../../test/support/protobuf.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { ProtobufWriter } from "../../codec/protobuf-writer.ts";
import { FrameKind } from "../../model/profile.ts";
import { otlpReader } from "./index.ts";

const START = 1_700_000_000_000_000_000n;

const STRINGS = [
  "",
  "cpu",
  "nanoseconds",
  "main",
  "work",
  "inner",
  "a.c",
  "/bin/app",
  "thread.name",
  "profile.frame.type",
  "size",
  "By",
  "process.executable.build_id.gnu",
];
const S = (text: string): number => STRINGS.indexOf(text);

/** Bytes of packed fixed64 values. */
function times(...values: bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  values.forEach((value, i) => {
    new DataView(bytes.buffer).setBigUint64(i * 8, value, true);
  });
  return bytes;
}

const line = (row: number, number: number): Fields => [
  [1, row],
  [2, number],
];
const mapping: Fields = [
  [1, 0x1000],
  [2, 0x2000],
  [4, S("/bin/app")],
  [5, packed(3)],
];
const functions: readonly Fields[] = [
  [],
  ...["main", "work", "inner"].map(
    (name): Fields => [
      [1, S(name)],
      [3, S("a.c")],
    ],
  ),
];
/** Location 1: main. 2: inner, inlined into work. 3: an address in the kernel. */
const locations = (attributes: number): readonly Fields[] => [
  [],
  [
    [1, 1],
    [3, line(1, 10)],
  ],
  [
    [1, 1],
    [2, 0x1234],
    [3, line(3, 30)],
    [3, line(2, 20)],
  ],
  [
    [2, 0x9999],
    [attributes, packed(2)],
  ],
];
const keyed = (key: string, value: Fields): Fields => [
  [1, key],
  [2, value],
];
const indexed = (key: string, value: Fields, unit = 0): Fields => [
  [1, S(key)],
  [2, value],
  [3, unit],
];
const link: Fields = [
  [1, Uint8Array.of(1, 2)],
  [2, Uint8Array.of(0xab)],
];

/** Since v1.8. Attribute 1: the thread, 2: kernel, 3: a build id, 4: a number with a unit. */
const dictionary: Fields = [
  [1, []],
  [1, mapping],
  ...locations(4).map((row) => [2, row] as const),
  ...functions.map((row) => [3, row] as const),
  [4, []],
  [4, link],
  ...STRINGS.map((text) => [5, text] as const),
  [6, []],
  [6, indexed("thread.name", [[1, "worker"]])],
  [6, indexed("profile.frame.type", [[1, "kernel"]])],
  [6, indexed("process.executable.build_id.gnu", [[1, "abcd"]])],
  [6, indexed("size", [[3, 7]], S("By"))],
  [7, []],
  [7, [[1, packed(2, 1)]]],
  [7, [[1, packed(3, 1)]]],
];

const resource: Fields = [[1, keyed("service.name", [[1, "shop"]])]];

function data(profile: Fields, more: Fields = [[2, dictionary]]): Uint8Array {
  const resourceProfiles: Fields = [
    [1, resource],
    [
      2,
      [
        [1, []],
        [2, profile],
      ],
    ],
  ];
  return encoded([[1, resourceProfiles], ...more]);
}

/** The beginning of a profile since v1.8: value type, time, duration, period. */
const NEW_PROFILE = (samples: readonly Fields[]): Uint8Array => {
  const writer = new ProtobufWriter();
  writer.bytes(
    1,
    encoded([
      [1, S("cpu")],
      [2, S("nanoseconds")],
    ]),
  );
  for (const sample of samples) writer.bytes(2, encoded(sample));
  writer.raw(Uint8Array.of(3 * 8 + 1, ...times(START)));
  writer.unsigned(4, 5_000_000_000);
  writer.bytes(
    5,
    encoded([
      [1, S("cpu")],
      [2, S("nanoseconds")],
    ]),
  );
  writer.signed(6, 1_000_000);
  return writer.view().slice();
};

/** A message since v1.8 from a profile that is already encoded. */
function newData(samples: readonly Fields[]): Uint8Array {
  const profile = NEW_PROFILE(samples);
  const scope = new ProtobufWriter();
  scope.bytes(2, profile);
  const around = new ProtobufWriter();
  around.bytes(1, encoded(resource));
  around.bytes(2, scope.view());
  const whole = new ProtobufWriter();
  whole.bytes(1, around.view());
  whole.bytes(2, encoded(dictionary));
  return whole.view().slice();
}

const V1_8 = newData([
  [
    [1, 1],
    [2, packed(5)],
    [3, packed(1, 4)],
    [4, 1],
  ],
  [
    [1, 2],
    [2, packed(2, 3)],
    [3, packed(1)],
    [5, times(START + 10n, START + 20n)],
  ],
]);
const V1_10 = newData([
  [
    [1, 1],
    [2, packed(1, 4)],
    [3, 1],
    [4, packed(5)],
  ],
  [
    [1, 2],
    [2, packed(1)],
    [4, packed(2, 3)],
    [5, times(START + 10n, START + 20n)],
  ],
]);

const OLD_SAMPLES: Fields = [
  [
    1,
    [
      [1, S("cpu")],
      [2, S("nanoseconds")],
    ],
  ],
  [
    1,
    [
      [1, S("size")],
      [2, S("By")],
    ],
  ],
  [
    2,
    [
      [1, 0],
      [2, 2],
      [3, packed(5, 50)],
      [4, packed(1)],
      [5, 1],
    ],
  ],
  [
    2,
    [
      [1, 2],
      [2, 2],
      [3, packed(5, 60)],
      [6, packed(START + 10n)],
    ],
  ],
];
const OLD_ATTRIBUTES = [
  keyed("none", []),
  keyed("thread.name", [[1, "worker"]]),
  keyed("profile.frame.type", [[1, "kernel"]]),
  keyed("process.executable.build_id.gnu", [[1, "abcd"]]),
];
const rows = (field: number, table: readonly Fields[]): Fields => table.map((row) => [field, row] as const);
const OLD_TIMES: Fields = [
  [3, packed(2, 1, 3, 1)],
  [4, START],
  [5, 5_000_000_000],
];

const V1_7 = data(
  [...OLD_SAMPLES, ...OLD_TIMES],
  [
    [
      2,
      [
        ...rows(1, [[], mapping]),
        ...rows(2, locations(5)),
        ...rows(3, functions),
        ...rows(4, [[], link]),
        ...STRINGS.map((text) => [5, text] as const),
        ...rows(6, OLD_ATTRIBUTES),
      ],
    ],
  ],
);
const V1_6 = data(
  [...OLD_SAMPLES, ...OLD_TIMES],
  [
    ...rows(2, [[], mapping]),
    ...rows(3, locations(5)),
    ...rows(4, functions),
    ...rows(5, [[], link]),
    ...STRINGS.map((text) => [6, text] as const),
    ...rows(7, OLD_ATTRIBUTES),
  ],
);
const V1_5 = data(
  [
    ...OLD_SAMPLES,
    ...rows(3, [[], mapping]),
    ...rows(4, locations(5)),
    [5, packed(2, 1, 3, 1)],
    ...rows(6, functions),
    ...rows(7, OLD_ATTRIBUTES),
    ...rows(9, [[], link]),
    ...STRINGS.map((text) => [10, text] as const),
    [11, START],
    [12, 5_000_000_000],
  ],
  [],
);

const all: readonly (readonly [string, Uint8Array])[] = [
  ["v1.5", V1_5],
  ["v1.6", V1_6],
  ["v1.7", V1_7],
  ["v1.8", V1_8],
  ["v1.10", V1_10],
];

describe("OTLP profiles", () => {
  it.each(all)(
    "reads stacks, inlined frames, kinds, mappings, times, threads and labels of %s",
    async (_, bytes) => {
      expect(otlpReader.sniff(headOf(bytes))).toBe("yes");
      const profile = await readWith(otlpReader, bytes);
      expect(noteCodes(profile)).toEqual([]);
      expect(foldedOf(profile, 0)).toEqual(["main; 5", "main;work;inner 5"]);
      expect(profile.meta).toMatchObject({ timeOrigin: START, clock: "unix", duration: 5e9 });
      expect(profile.valueTypes[0]).toEqual({ name: "cpu", unit: "nanoseconds" });
      expect(profile.threads.map(({ name }) => name)).toContain("worker");
      expect(profile.labelSets.flat()).toContainEqual({ key: "service.name", value: "shop" });
      expect(profile.labelSets.flat()).toContainEqual({ key: "trace_id", value: "0102" });
      expect(profile.mappings).toEqual([
        { path: "/bin/app", buildId: "abcd", start: 0x1000n, end: 0x2000n, fileOffset: 0n },
      ]);
      expect([...profile.frames.inlined]).toContain(1);
      const kernel = profile.frames.address.indexOf(0x9999n);
      expect([profile.frames.name[kernel], profile.frames.kind[kernel]]).toEqual([0, FrameKind.kernel]);
      expect([...(profile.samples.time ?? [])].filter((time) => !Number.isNaN(time))[0]).toBe(10);
    },
  );

  it("reads what async-profiler says of a frame at the end of its name", async () => {
    const bytes = Buffer.from(V1_8);
    bytes.write("i_[k]", bytes.indexOf("inner"));
    const profile = await readWith(otlpReader, new Uint8Array(bytes));
    expect(foldedOf(profile, 0)).toEqual(["main; 5", "main;work;i 5"]);
    const named = Array.from(profile.frames.name, (name) => profile.strings.get(name));
    expect(profile.frames.kind[named.indexOf("i")]).toBe(FrameKind.kernel);
  });

  it("keeps several value types of the layouts that have them", async () => {
    const profile = await readWith(otlpReader, V1_6);
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
      "cpu/nanoseconds",
      "size/bytes",
    ]);
    expect(foldedOf(profile, 1)).toEqual(["main; 60", "main;work;inner 50"]);
  });

  it("counts each time as one observation where there are no values", async () => {
    const profile = await readWith(
      otlpReader,
      newData([
        [
          [1, 1],
          [5, times(START, START + 7n, START + 9n)],
        ],
      ]),
    );
    expect(foldedOf(profile)).toEqual(["main;work;inner 3"]);
    expect([...profile.samples.time!]).toEqual([0, 7, 9]);
  });

  it("tells values from attributes by the rows that there are", async () => {
    // async-profiler 4.5: attribute and value are single numbers.
    const unpacked = await readWith(
      otlpReader,
      newData([
        [
          [1, 1],
          [2, 1],
          [4, 9],
        ],
      ]),
    );
    expect([foldedOf(unpacked), unpacked.threads.length]).toEqual([["main;work;inner 9"], 1]);
    const values = await readWith(
      otlpReader,
      newData([
        [
          [1, 1],
          [2, packed(1000)],
        ],
      ]),
    );
    expect(foldedOf(values)).toEqual(["main;work;inner 1000"]);
  });

  it("reads a stream of messages with lengths in front, and notes one that is cut off", async () => {
    const one = Uint8Array.of(0, 0, V1_10.length >> 8, V1_10.length & 255, ...V1_10);
    expect(otlpReader.sniff(headOf(one))).toBe("yes");
    const two = await readWith(otlpReader, Uint8Array.from([...one, ...one]));
    expect(foldedOf(two)).toEqual(["main; 10", "main;work;inner 10"]);
    const cut = await readWith(otlpReader, Uint8Array.from([...one, ...one.subarray(0, 50)]));
    expect(noteCodes(cut)).toEqual(["otlp-cut×1"]);
    expect(await readingError(otlpReader, one.subarray(0, 50))).toMatchObject({ code: "truncated" });
  });

  it("notes rows that do not exist and samples without a weight", async () => {
    const profile = await readWith(
      otlpReader,
      newData([
        [
          [1, 99],
          [4, packed(5)],
        ],
        [[1, 1]],
      ]),
    );
    expect(noteCodes(profile)).toEqual(["otlp-missing-row×1", "otlp-empty-sample×1"]);
  });

  it("refuses what holds no profile", async () => {
    expect(await readingError(otlpReader, "")).toMatchObject({ code: "empty-input" });
    expect(await readingError(otlpReader, encoded([[2, dictionary]]))).toMatchObject({ code: "malformed" });
    expect(await readingError(otlpReader, Uint8Array.of(0x0a, 0x50, 1))).toMatchObject({ code: "truncated" });
  });

  it("leaves OTLP's traces and pprof alone", () => {
    const span: Fields = [
      [1, new Uint8Array(16).fill(7)],
      [2, new Uint8Array(8).fill(7)],
      [5, "GET /"],
    ];
    expect(
      otlpReader.sniff(
        headOf(
          encoded([
            [
              1,
              [
                [1, resource],
                [2, [[2, span]]],
              ],
            ],
          ]),
        ),
      ),
    ).toBe("no");
    const pprof = encoded([
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
          [1, packed(1)],
          [2, packed(1)],
        ],
      ],
      [6, ""],
      [6, "cpu"],
    ]);
    expect(otlpReader.sniff(headOf(pprof))).toBe("no");
  });

  it.each(all)("reads or refuses mutations of %s", async (_, bytes) => {
    expect(await readMutations(otlpReader, bytes, 3000)).toBeGreaterThan(50);
  });
});
