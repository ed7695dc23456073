import { afterAll, describe, expect, it } from "vitest";
import { type Profile, readerById, totalsOf } from "../../packages/core/src/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { haveCorpus, readCorpus } from "../support/corpus.ts";
import { readWith } from "../support/reading.ts";

/** What Pyroscope's tests convert, described as they build it; tables begin with the empty row that the format asks for. */
interface Case {
  readonly expected: string;
  readonly dictionary: object;
  readonly profile: object;
  /** Keeps the samples of one service: Pyroscope cuts a profile by it. */
  readonly service?: string;
  /** What Pyroscope multiplies values by: it turns samples into time. */
  readonly period: number;
}

const FILE = { mappingTable: [{}, { memoryStart: 4096, memoryLimit: 4096, filenameStrindex: 1 }] };
const at = (mappingIndex: number, address: number, line?: object): object => ({
  mappingIndex,
  address,
  ...(line === undefined ? {} : { lines: [line] }),
});

const cases: readonly Case[] = [
  {
    expected: "TestSymbolizedFunctionNames",
    dictionary: {
      ...FILE,
      stringTable: ["", "file1.so", "samples", "ms"],
      locationTable: [{}, at(1, 0x1e0), at(1, 0x2f0)],
      stackTable: [{}, { locationIndices: [1, 2] }],
    },
    profile: {
      sampleType: { typeStrindex: 2, unitStrindex: 3 },
      samples: [{ stackIndex: 1, values: ["239"] }],
    },
    period: 1,
  },
  {
    expected: "TestConversionOffCpu",
    dictionary: {
      ...FILE,
      stringTable: ["", "file1.so", "events", "nanoseconds"],
      locationTable: [{}, at(1, 0x1e0), at(1, 0x2f0), at(1, 0x3f0)],
      stackTable: [{}, { locationIndices: [1, 2] }, { locationIndices: [3] }],
    },
    profile: {
      sampleType: { typeStrindex: 2, unitStrindex: 3 },
      samples: [
        { stackIndex: 1, values: ["239"] },
        { stackIndex: 2, values: [1, 2, 3, 4, 5, 6] },
      ],
    },
    period: 1,
  },
  {
    expected: "TestDifferentServiceNames_service_b_profile",
    service: "service-b",
    dictionary: {
      stringTable: [
        "",
        "service-a.so",
        "service-b.so",
        "samples",
        "count",
        "service.name",
        "serviceA_func1",
        "serviceB_func1",
        "serviceB_func2",
        "service_b.go",
      ],
      mappingTable: [
        {},
        { memoryStart: 0x1000, memoryLimit: 0x2000, filenameStrindex: 1 },
        { memoryStart: 0x2000, memoryLimit: 0x3000, filenameStrindex: 2 },
      ],
      functionTable: [
        {},
        { nameStrindex: 6 },
        { nameStrindex: 7, filenameStrindex: 9 },
        { nameStrindex: 8, filenameStrindex: 9 },
      ],
      locationTable: [
        {},
        at(1, 0x1100, { functionIndex: 1, line: 10 }),
        at(2, 0x2100, { functionIndex: 2, line: 30 }),
        at(2, 0x2200, { functionIndex: 3, line: 40 }),
      ],
      stackTable: [{}, { locationIndices: [1] }, { locationIndices: [2, 3] }],
      attributeTable: [
        {},
        { keyStrindex: 5, value: { stringValue: "service-a" } },
        { keyStrindex: 5, value: { stringValue: "service-b" } },
      ],
    },
    profile: {
      sampleType: { typeStrindex: 3, unitStrindex: 4 },
      samples: [
        { stackIndex: 1, values: [100], attributeIndices: [1] },
        { stackIndex: 2, values: [200], attributeIndices: [2] },
      ],
      period: "10000000",
    },
    period: 1e7,
  },
];

interface Expected {
  readonly samples: readonly {
    readonly locations: readonly {
      readonly address: string;
      readonly lines?: readonly string[];
      readonly mapping: string;
    }[];
    readonly values: string;
  }[];
}

/** Stacks, leaf first, with address, function, place and module, and their sums. */
function ours(profile: Profile, service: string | undefined, period: number): Map<string, number> {
  const { samples, stacks, frames, strings, mappings, labelSets } = profile;
  const sums = new Map<string, number>();
  for (let row = 0; row < samples.length; row++) {
    const labels = labelSets[samples.labels?.[row] ?? 0]!;
    if (service !== undefined && !labels.some(({ value }) => value === service)) continue;
    const places: string[] = [];
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      const frame = stacks.frame[stack]!;
      const name = strings.get(frames.name[frame]!);
      const place = name === "" ? "" : `${name}@${strings.get(frames.file[frame]!)}:${frames.line[frame]}`;
      places.push(
        `0x${frames.address[frame]!.toString(16)} ${place} ${mappings[frames.mapping[frame]!]!.path}`,
      );
    }
    const key = places.join(";");
    sums.set(key, (sums.get(key) ?? 0) + samples.weights[0]![row]! * period);
  }
  return sums;
}

function theirs({ samples }: Expected): Map<string, number> {
  return new Map(
    samples.map(({ locations, values }) => {
      const places = locations.map(({ address, lines, mapping }) => {
        const place = lines?.[0]?.replace(/\[.*\]/, "") ?? "";
        return `${address} ${place} ${/ (\S+)\(\)$/.exec(mapping)![1]}`;
      });
      return [places.join(";"), Number(values)];
    }),
  );
}

describe.skipIf(!haveCorpus)("Pyroscope's conversions of OTLP", () => {
  let agree = 0;
  it.each(cases)("$expected", async ({ expected, dictionary, profile, service, period }) => {
    const message = { resourceProfiles: [{ scopeProfiles: [{ profiles: [profile] }] }], dictionary };
    const read = await readWith(readerById("otlp-profiles")!, message);
    expect(totalsOf(read)[0]).toBeGreaterThan(0);
    const file = new TextDecoder().decode(
      readCorpus("otlp-profiles-expected", `grafana__pyroscope__${expected}.json`),
    );
    expect(ours(read, service, period)).toEqual(theirs(JSON.parse(file) as Expected));
    agree++;
  });
  // Value types are named as the file has them, and services are labels: Pyroscope cuts profiles by them.
  afterAll(() =>
    recordAgreement({
      area: "Pyroscope, OTLP conversions",
      total: cases.length,
      agree: 0,
      deliberate: agree,
    }),
  );
});
