import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind, totalsOf } from "../../index.ts";
import { otlpReader } from "./index.ts";

const STRINGS = [
  "",
  "cpu",
  "ns",
  "main",
  "leaf",
  "main.go",
  "/bin/app",
  "thread.name",
  "profile.frame.type",
  "n",
];

/** The newest layout, with what it can hold. */
const MESSAGE = {
  resourceProfiles: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
      scopeProfiles: [
        {
          scope: { name: "x" },
          profiles: [
            {
              sampleType: { typeStrindex: 1, unitStrindex: 2 },
              samples: [
                {
                  stackIndex: 1,
                  values: ["5", 7],
                  timestampsUnixNano: ["1700000000000000005", "1700000000000000009"],
                  attributeIndices: [1, 3],
                  linkIndex: 1,
                },
                { stackIndex: 2, values: ["3"] },
              ],
              timeUnixNano: "1700000000000000000",
              durationNano: "1000000000",
              periodType: { typeStrindex: 1, unitStrindex: 2 },
              period: "10000000",
              profileId: "a1b2",
            },
          ],
        },
      ],
    },
  ],
  dictionary: {
    mappingTable: [{}, { memoryStart: "4096", memoryLimit: "8192", filenameStrindex: 6 }],
    locationTable: [
      {},
      {
        mappingIndex: 1,
        address: "4660",
        lines: [
          { functionIndex: 2, line: "12" },
          { functionIndex: 1, line: 7 },
        ],
      },
      { mappingIndex: 1, address: "18446744073709551615", attributeIndices: [2] },
    ],
    functionTable: [{}, { nameStrindex: 3, filenameStrindex: 5 }, { nameStrindex: 4 }],
    linkTable: [{}, { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }],
    stringTable: STRINGS,
    attributeTable: [
      {},
      { keyStrindex: 7, value: { stringValue: "worker" } },
      { keyStrindex: 8, value: { stringValue: "kernel" } },
      {
        keyStrindex: 9,
        value: { arrayValue: { values: [{ intValue: "3" }, { doubleValue: 1.5 }, { boolValue: true }] } },
        unitStrindex: 2,
      },
    ],
    stackTable: [{}, { locationIndices: [1] }, { locationIndices: [1, 2] }],
  },
};

it("reads what the protobuf encoding holds", async () => {
  const profile = await readWith(otlpReader, MESSAGE);
  expect(foldedOf(profile)).toEqual([";main;leaf 3", "main;leaf 12"]);
  expect(profile.valueTypes).toEqual([{ name: "cpu", unit: "nanoseconds" }]);
  expect([...profile.samples.time!]).toEqual([5, 9, Number.NaN]);
  expect(profile.meta.timeOrigin).toBe(1_700_000_000_000_000_000n);
  expect(profile.meta.period?.value).toBe(10_000_000);
  expect(profile.threads.map(({ name }) => name)).toEqual(["worker"]);
  expect(profile.labelSets[profile.samples.labels![0]!]).toEqual([
    { key: "service.name", value: "shop" },
    { key: "n", value: "3, 1.5, true" },
    { key: "trace_id", value: "0af7651916cd43dd8448eb211c80319c" },
    { key: "span_id", value: "b7ad6b7169203331" },
  ]);
  expect([...profile.frames.line]).toEqual([12, 7, 0]);
  expect([...profile.frames.inlined]).toEqual([1, 0, 0]);
  expect(profile.frames.kind[2]).toBe(FrameKind.kernel);
  expect(profile.frames.address[2]).toBe(2n ** 64n - 1n);
  expect(profile.mappings).toMatchObject([{ path: "/bin/app", start: 4096n, end: 8192n }]);
  expect(profile.notes).toEqual([]);
});

it("does not mind the order, the other names, and a message a line", async () => {
  const turned = Object.fromEntries(Object.entries(MESSAGE).reverse());
  const snake = JSON.stringify(turned).replace(
    /"([a-z]+[A-Z]\w*)":/g,
    (_, key: string) => `"${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":`,
  );
  expect(snake).toContain("stack_index");
  const lines = `${JSON.stringify(MESSAGE)}\n${snake}\n`;
  const profile = await readWith(otlpReader, lines);
  expect(foldedOf(profile)).toEqual([";main;leaf 6", "main;leaf 24"]);
  expect(otlpReader.sniff(headOf(lines))).toBe("yes");
  expect(otlpReader.sniff(headOf(snake))).toBe("yes");
  const cut = await readWith(otlpReader, lines.slice(0, -100));
  expect(totalsOf(cut)[0]).toBe(15);
  expect(noteCodes(cut)).toEqual(["otlp-cut×1"]);
});

const RANGES = {
  sampleType: [{ typeStrindex: 1, unitStrindex: 2 }],
  sample: [
    { locationsStartIndex: 0, locationsLength: 1, value: ["4"] },
    { locationsStartIndex: 0, locationsLength: 2, value: [2] },
  ],
  locationIndices: [0, 1],
  timeNanos: "5",
};
const TABLES = {
  stringTable: STRINGS,
  functionTable: [{ nameStrindex: 4 }, { nameStrindex: 3 }],
  locationTable: [{ line: [{ functionIndex: 1 }] }, { line: [{ functionIndex: 1 }] }],
};
const wrapped = (profile: object, rest: object): object => ({
  resourceProfiles: [{ scopeProfiles: [{ profiles: [profile] }] }],
  ...rest,
});

it.each([
  ["v1.5", wrapped({ ...RANGES, ...TABLES }, {})],
  ["v1.6", wrapped(RANGES, TABLES)],
  ["v1.7", wrapped(RANGES, { dictionary: TABLES })],
])("reads the layout of %s", async (_, message) => {
  expect(foldedOf(await readWith(otlpReader, message))).toEqual(["main 4", "main;main 2"]);
  expect(otlpReader.sniff(headOf(message))).toBe("yes");
});

it("says what is wrong, and is not asked for traces", async () => {
  const text = JSON.stringify(MESSAGE);
  for (const [from, to, message] of [
    ['"5"', '"five"', "is no integer"],
    ['["5",7]', "[1e400]", "64 bits"],
    ['"stackIndex":1', '"stackIndex":{}', "Expected"],
  ] as const) {
    expect(text).toContain(from);
    expect((await readingError(otlpReader, text.replace(from, to))).message).toContain(message);
  }
  expect((await readingError(otlpReader, text.slice(0, 300))).code).toBe("truncated");
  expect((await readingError(otlpReader, "{}")).code).toBe("malformed");
  expect(otlpReader.sniff(headOf({ resourceSpans: [{ scopeSpans: [] }] }))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(otlpReader, bytesOf(MESSAGE), 3000)).toBeGreaterThan(0);
});
