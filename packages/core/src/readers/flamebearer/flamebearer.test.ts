import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import {
  bytesOf,
  headOf,
  type Input,
  noteCodes,
  readingError,
  readWith,
} from "../../../../../test/support/reading.ts";
import { flamebearerReader } from "./index.ts";

const read = (input: Input) => readWith(flamebearerReader, input);

const names = ["total", "a", "b", "c"];

/** The picture of the bars in bars.ts: total;a 5 with a;c 4, total;b 4. */
const levels = [
  [0, 9, 0, 0],
  [0, 5, 1, 1, 0, 4, 4, 2],
  [1, 4, 4, 3],
];

const single = {
  version: 1,
  flamebearer: { names, levels, numTicks: 9, maxSelf: 4 },
  metadata: {
    format: "single",
    spyName: "gospy",
    sampleRate: 100,
    units: "samples",
    name: "app.cpu",
    startTime: 1677178495,
    endTime: 1677178505,
  },
};

describe("flamebearer reader", () => {
  it("puts bars on the bars below, and samples become time by their rate", async () => {
    expect(flamebearerReader.sniff(headOf(single))).toBe("yes");
    const profile = await read(single);
    expect(foldedOf(profile, 0)).toEqual(["a 1", "a;c 4", "b 4"]);
    expect(foldedOf(profile, 1)).toEqual(["a 10000000", "a;c 40000000", "b 40000000"]);
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "cpu", unit: "nanoseconds" },
    ]);
    expect(profile.meta).toMatchObject({
      title: "app.cpu",
      producer: "Pyroscope gospy",
      timeOrigin: 1_677_178_495_000_000_000n,
      clock: "unix",
      duration: 1e10,
      period: { value: 1e7 },
      defaultValueType: 1,
    });
    expect(profile.notes).toEqual([]);
  });

  it("takes keys in any order, and the inner object alone", async () => {
    const { flamebearer, metadata } = single;
    const turned = { metadata, flamebearer: { maxSelf: 4, numTicks: 9, levels, names } };
    expect(foldedOf(await read(turned), 0)).toEqual(["a 1", "a;c 4", "b 4"]);
    expect(flamebearerReader.sniff(headOf(flamebearer))).toBe("yes");
    expect(foldedOf(await read(flamebearer), 0)).toEqual(["a 1", "a;c 4", "b 4"]);
  });

  it.each([
    ["bytes", 100, "space/bytes", 4],
    ["objects", 100, "objects/count", 4],
    ["lock_nanoseconds", 100, "delay/nanoseconds", 4],
    ["samples", 1_000_000_000, "cpu/nanoseconds", 4],
    ["", 0, "weight/count", 4],
  ])("knows the unit %j at a rate of %d", async (units, sampleRate, type, weight) => {
    const profile = await read({ ...single, metadata: { units, sampleRate } });
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([type]);
    expect(foldedOf(profile)).toContain(`a;c ${weight}`);
  });

  it("reads two sides as base and head", async () => {
    const double = {
      flamebearer: {
        names,
        levels: [
          [0, 6, 0, 0, 9, 0, 0],
          [0, 4, 1, 0, 5, 2, 1, 0, 2, 2, 0, 4, 4, 2],
          [1, 3, 3, 2, 3, 3, 3],
        ],
        numTicks: 15,
      },
      leftTicks: 6,
      rightTicks: 9,
      metadata: { format: "double", units: "bytes", sampleRate: 100 },
    };
    const profile = await read(double);
    expect(profile.meta.differential).toEqual({ base: 0, head: 1 });
    expect(foldedOf(profile, 0)).toEqual(["a 1", "a;c 3", "b 2"]);
    expect(foldedOf(profile, 1)).toEqual(["a 2", "a;c 3", "b 4"]);
  });

  it("notes bars at odds with each other, and keeps what was read of a cut file", async () => {
    const odd = {
      names,
      levels: [
        [0, 9, 0, 0],
        [0, 5, 5, 77, 0, 9, 9, 2, 1],
      ],
      numTicks: 1,
    };
    expect(noteCodes(await read(odd))).toEqual(["odd-level×1", "missing-name×1", "bar-without-caller×1"]);
    const text = JSON.stringify(single);
    const cut = await read(text.slice(0, text.indexOf("[1,4,4,3]") + 2));
    expect(noteCodes(cut)).toContain("truncated×1");
    expect(foldedOf(cut, 0)).toEqual(["a 1", "b 4"]);
    expect((await readingError(flamebearerReader, { flamebearer: { names: [] } })).code).toBe("malformed");
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(flamebearerReader, bytesOf(single), 3000)).toBeGreaterThan(100);
  });
});
