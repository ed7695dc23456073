import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { beginsMarshalledHash } from "../../codec/ruby-marshal.ts";
import { decodeBase64, encodeUtf8 } from "../../util/platform.ts";
import { stackprofReader } from "./index.ts";

const frame = (name: string, line: number | null, samples: number, edges: object = {}) => ({
  name,
  file: "/app.rb",
  line,
  total_samples: samples,
  samples,
  edges,
});

const dump = (mode: string, more: object = {}) => ({
  version: 1.2,
  mode,
  interval: 1000,
  samples: 4,
  gc_samples: 0,
  missed_samples: 0,
  metadata: {},
  frames: {
    "139780179311840": frame("main", 1, 0, { "139780179311841": 3, "139780179311842": 1 }),
    "139780179311841": frame("A#b", 7, 3),
    "139780179311842": frame("A#c", null, 1),
  },
  ...more,
});
const [MAIN, B, C] = [139780179311840, 139780179311841, 139780179311842];
const raw = [2, MAIN, B, 2, 2, MAIN, C, 1, 2, MAIN, B, 1];

describe("stackprof as JSON", () => {
  it("reads whole stacks in the order of time", async () => {
    const profile = await readWith(
      stackprofReader,
      dump("cpu", {
        raw,
        raw_timestamp_deltas: [10, 20, 30, 40],
        raw_sample_timestamps: [500, 520, 550, 590],
      }),
    );
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "cpu", unit: "nanoseconds" },
    ]);
    expect(foldedOf(profile, 0)).toEqual(["main;A#b 3", "main;A#c 1"]);
    expect(foldedOf(profile, 1)).toEqual(["main;A#b 3000000", "main;A#c 1000000"]);
    expect([...profile.samples.time!]).toEqual([0, 20_000, 50_000, 90_000]);
    expect(profile.meta).toMatchObject({ timeOrigin: 500_000n, defaultValueType: 1, observations: 4 });
    expect([...profile.frames.line]).toEqual([1, 7, 0]);
    expect(profile.notes).toEqual([]);
  });

  it("weighs wall-clock samples by the time between them", async () => {
    const profile = await readWith(
      stackprofReader,
      dump("wall", { raw, raw_timestamp_deltas: [10, 20, 30, 40] }),
    );
    expect(foldedOf(profile, 1)).toEqual(["main;A#b 70000", "main;A#c 30000"]);
    expect([...profile.samples.time!]).toEqual([10_000, 30_000, 60_000, 100_000]);
    const plain = await readWith(stackprofReader, dump("wall", { raw }));
    expect(foldedOf(plain, 1)).toEqual(["main;A#b 3000000", "main;A#c 1000000"]);
    expect(plain.samples.time).toBeUndefined();
  });

  it("counts objects, and only samples in modes of one's own", async () => {
    const objects = await readWith(stackprofReader, dump("object", { raw, interval: 10 }));
    expect(objects.valueTypes[1]).toEqual({ name: "allocations", unit: "count" });
    expect(foldedOf(objects, 1)).toEqual(["main;A#b 30", "main;A#c 10"]);
    const custom = await readWith(stackprofReader, dump("custom", { raw }));
    expect(custom.valueTypes).toEqual([{ name: "samples", unit: "count" }]);
  });

  it("takes the line that ran where the dump says it", async () => {
    const rawLines = [2, 5, 8, 2, 2, 5, 9, 1, 2, 6, 8, 1];
    const { frames } = await readWith(stackprofReader, dump("cpu", { raw, raw_lines: rawLines }));
    expect([...frames.line]).toEqual([5, 8, 9, 6]);
  });

  it("approximates stacks from who called whom, and says so", async () => {
    const profile = await readWith(stackprofReader, dump("cpu"));
    expect(foldedOf(profile, 0)).toEqual(["main;A#b 3", "main;A#c 1"]);
    expect(noteCodes(profile)).toEqual(["call-graph×1"]);
  });

  it("does not mind the order of keys, functions that are missing, and lists that lie", async () => {
    const { frames, ...rest } = dump("cpu");
    const profile = await readWith(stackprofReader, {
      raw: [2, MAIN, 7, 1, 1, MAIN, -3, 99, MAIN],
      ...rest,
      missed_samples: 5,
      frames,
    });
    expect(foldedOf(profile, 0)).toEqual(["main;[unknown] 1"]);
    expect(noteCodes(profile)).toEqual([
      "missed-samples×5",
      "unknown-frame×1",
      "unusable-count×1",
      "raw-truncated×1",
    ]);
    expect(await readingError(stackprofReader, { ...rest, frames, raw: [9, 1] })).toMatchObject({
      code: "malformed",
    });
    expect(await readingError(stackprofReader, { ...rest, frames: {} })).toMatchObject({ code: "malformed" });
  });

  it("keeps what came of a file that is cut off", async () => {
    const text = JSON.stringify(dump("cpu", { raw }));
    const profile = await readWith(stackprofReader, text.slice(0, -4));
    expect(noteCodes(profile)).toContain("truncated×1");
    expect(foldedOf(profile, 0).length).toBeGreaterThan(0);
  });

  it("is told by its keys", () => {
    expect(stackprofReader.sniff(headOf(dump("cpu")))).toBe("yes");
    expect(stackprofReader.sniff(headOf({ frames: [], mode: "x" }))).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    const bytes = encodeUtf8(JSON.stringify(dump("wall", { raw, raw_timestamp_deltas: [10, 20, 30, 40] })));
    expect(await readMutations(stackprofReader, bytes, 3000)).toBeGreaterThan(300);
  });
});

/** Marshal by hand: `:x` is the symbol x, "x" the string. */
class Marshal {
  readonly bytes: number[] = [4, 8];

  text(letter: string, text: string): this {
    this.bytes.push(letter.charCodeAt(0));
    this.length(text.length);
    for (const byte of encodeUtf8(text)) this.bytes.push(byte);
    return this;
  }

  raw(...bytes: (number | string)[]): this {
    for (const byte of bytes) this.bytes.push(typeof byte === "string" ? byte.charCodeAt(0) : byte);
    return this;
  }

  length(value: number): this {
    return value === 0
      ? this.raw(0)
      : value < 123
        ? this.raw(value + 5)
        : this.raw(2, value & 255, value >> 8);
  }

  int(value: number): this {
    return this.raw("i").length(value);
  }
}

/** A dump of the mode cpu with one function f, and its raw stack three times. */
function marshalled(id: (m: Marshal) => Marshal): Uint8Array {
  const m = new Marshal().raw("{").length(6);
  m.text(":", "version").text("f", "1.2").text(":", "mode").text(":", "cpu");
  m.text(":", "interval").int(1000);
  m.text(":", "frames").raw("{").length(1);
  id(m).raw("{").length(4);
  m.text(":", "name").raw("I").text('"', "f").length(1).text(":", "E").raw("T");
  m.text(":", "file").text('"', "<cfunc>").text(":", "line").raw("0").text(":", "samples").int(3);
  m.text(":", "raw").raw("[").length(3).int(1);
  id(m).int(3);
  m.text(":", "raw_timestamp_deltas").raw("[").length(0);
  return Uint8Array.from(m.bytes);
}

describe("stackprof as Marshal", () => {
  it.each([
    ["a small integer", (m: Marshal) => m.int(7)],
    ["a negative integer", (m: Marshal) => m.raw("i", 0xfe, 0x00, 0xff)],
    ["a large integer", (m: Marshal) => m.raw("l", "+", 8, 0xe0, 0x3c, 0xef, 0x1b, 0x21, 0x7f)],
    ["a very large integer", (m: Marshal) => m.raw("l", "+", 9, 1, 2, 3, 4, 5, 6, 7, 0xff)],
  ])("reads ids that are %s", async (_, id) => {
    const bytes = marshalled(id);
    expect(stackprofReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(stackprofReader, bytes);
    expect(foldedOf(profile, 0)).toEqual(["f 3"]);
    expect(profile.notes).toEqual([]);
  });

  it("refuses what breaks off, refers to nothing, or nests without end", async () => {
    const bytes = marshalled((m) => m.int(7));
    expect(await readingError(stackprofReader, bytes.subarray(0, 90))).toMatchObject({ code: "truncated" });
    const start = [4, 8, 0x7b, 6, 0x69, 6];
    const of = (...rest: number[]) => readingError(stackprofReader, Uint8Array.of(...start, ...rest));
    expect(await of(0x40, 77)).toMatchObject({ code: "malformed", offset: 6 });
    expect(await of(0x3b, 77)).toMatchObject({ code: "malformed", offset: 6 });
    expect(await of(0x7e)).toMatchObject({ code: "malformed", offset: 6 });
    expect(await of(...new Array(300).fill([0x5b, 6]).flat())).toMatchObject({ code: "malformed" });
    expect(await of(0x5b, 4, 255, 255, 255, 127)).toMatchObject({ code: "truncated" });
    expect(await of(0x30)).toMatchObject({ code: "malformed", message: "the dump holds no sample" });
  });

  it("passes over kinds of values that a profile has no use for", async () => {
    const extra = new Marshal()
      .raw("[")
      .length(7)
      .raw("o")
      .text(":", "Object")
      .length(1)
      .text(":", "@a")
      .raw("T")
      .raw("u")
      .text(":", "Time")
      .length(2)
      .raw(1, 2)
      .raw("I")
      .text("/", "x")
      .raw(0)
      .length(0)
      .text("c", "String")
      .raw("C")
      .text(":", "Mine")
      .text('"', "s")
      .raw("}")
      .length(0)
      .raw("0", "@")
      .length(1);
    const bytes = marshalled((m) => m.int(7));
    // One more pair in the outer hash.
    const whole = Uint8Array.from([4, 8, 0x7b, 12, ...new Marshal().text(":", "extra").bytes.slice(2)]);
    const all = new Uint8Array([...whole, ...extra.bytes.slice(2), ...bytes.subarray(4)]);
    expect(foldedOf(await readWith(stackprofReader, all), 0)).toEqual(["f 3"]);
  });

  it("survives three thousand mutations", async () => {
    const bytes = marshalled((m) => m.raw("l", "+", 8, 0xe0, 0x3c, 0xef, 0x1b, 0x21, 0x7f));
    expect(await readMutations(stackprofReader, bytes, 3000)).toBeGreaterThan(100);
  });

  it("knows the beginning of a hash", () => {
    expect(beginsMarshalledHash(decodeBase64("BAh7AA=="))).toBe(true);
    expect(beginsMarshalledHash(encodeUtf8("{}"))).toBe(false);
  });
});
