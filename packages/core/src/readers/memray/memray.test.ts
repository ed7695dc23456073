import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { type Profile, totalsOf } from "../../model/profile.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { unpackers } from "../../wrappers/index.ts";
import { readProfile } from "../open.ts";
import { memrayReader } from "./index.ts";
import { lineOf } from "./lines.ts";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const little = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
const text = (value: string): number[] => [...new TextEncoder().encode(value), 0];
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const zigzag = (value: number): number[] => varint(value < 0 ? -2 * value - 1 : 2 * value);

const header = (version: number, aggregated: boolean, skipped = 0, native = false): number[] => [
  ...text("memray"),
  ...little(version, 4),
  ...(version >= 12 ? little(0x030b02f0, 4) : []),
  native ? 1 : 0,
  aggregated ? 1 : 0,
  ...little(0, 16),
  ...little(1000, 8),
  ...little(1500, 8),
  ...text("memray run x.py"),
  ...little(42, 4),
  ...little(1, 8),
  ...little(skipped, 8),
  ...[1, 0, 0].slice(0, version - 9),
  ...(version >= 13 ? [...text("/lib"), ...text("/site"), 0, 0] : []),
];
const types = (profile: Profile): string[] =>
  profile.valueTypes.map(({ name, unit }, row) => `${name}/${unit} ${totalsOf(profile)[row]}`);
const folded = (profile: Profile, type: string): string[] =>
  foldedOf(
    profile,
    profile.valueTypes.findIndex(({ name }) => name === type),
  ).filter((line) => !line.endsWith(" 0"));

const SWITCH = (thread: number): number[] => [12, ...little(thread, 8)];
const CODE = (id: number, name: string): number[] => [
  14,
  ...varint(id),
  ...text(name),
  ...text("x.py"),
  ...zigzag(7),
  0,
];
const PUSH = (code: number): number[] => [64, ...varint(code), ...zigzag(4)];
const POP = (count: number): number[] => [16 + count - 1];
/** malloc 6, free 5; the pointer as a difference, in units of 8 bytes. */
const MALLOC = (pointer: number, size: number): number[] => [
  128 + 0x78 + 6,
  ...zigzag(pointer),
  ...varint(size),
];
const FREE_LAST = [128 + 5];
const EVENTS = [
  ...SWITCH(1),
  ...CODE(1, "run"),
  ...CODE(2, "main"),
  ...CODE(3, "work"),
  ...PUSH(1),
  ...PUSH(2),
  ...MALLOC(100, 500),
  ...PUSH(3),
  ...MALLOC(5, 300),
  ...FREE_LAST,
  ...MALLOC(1, 200),
  ...POP(2),
  // calloc, its number in a byte of its own
  ...[128 + 0x78 + 0, ...zigzag(1), 8, ...varint(10)],
  ...SWITCH(2),
  ...[10, ...text("worker")],
  // mmap of 4096, and munmap of its first 1024
  ...[128 + 0x78 + 0, ...zigzag(1000), 14, ...varint(4096)],
  ...[128 + 0, 15, ...varint(1024)],
  ...[2, 1, 1],
  ...[128 + 0x78 + 5, ...zigzag(7)],
];
const FILE = Uint8Array.from([...header(13, false, 1), ...EVENTS, 1]);

describe("memray captures", () => {
  it("replays allocations: the peak, what is left, and everything", async () => {
    const profile = await readWith(memrayReader, FILE);
    expect(types(profile)).toEqual([
      "peak_objects/count 4",
      "peak_space/bytes 4806",
      "leaked_objects/count 4",
      "leaked_space/bytes 3782",
      "alloc_objects/count 5",
      "alloc_space/bytes 5106",
    ]);
    expect(folded(profile, "leaked_space")).toEqual([" 3082", "main 500", "main;work 200"]);
    expect(folded(profile, "alloc_space")).toEqual([" 4106", "main 500", "main;work 500"]);
    expect(profile.threads).toEqual([
      { name: "MainThread", pid: 42, tid: 1 },
      { name: "worker", pid: 42, tid: 2 },
    ]);
    expect(profile.meta).toMatchObject({
      producer: "memray (Python 3.11.2)",
      title: "memray run x.py",
      timeOrigin: 1_000_000_000n,
      duration: 5e8,
      defaultValueType: 1,
    });
    expect(profile.frames.line[0]).toBe(7);
    expect(noteCodes(profile)).toEqual(["unknown-free×1"]);
  });

  it("reads the versions before, with numbered frames", async () => {
    const old = (version: number): Uint8Array =>
      Uint8Array.from([
        ...header(version, false),
        ...SWITCH(1),
        ...[3, ...zigzag(1), ...text("main"), ...text("x.py"), ...zigzag(5)],
        ...[3, ...zigzag(1), ...text("work"), ...text("x.py"), ...zigzag(2)],
        ...[4, ...zigzag(-1)],
        ...[4, ...zigzag(1)],
        ...[1 | (1 << 4), ...zigzag(1000), ...varint(64)],
        ...[2 | (3 << 4), ...zigzag(64), ...varint(32), ...zigzag(1)],
        ...[1 | (2 << 4), ...zigzag(-64)],
        ...[9 | (1 << 4)],
        ...[11, 1, 1],
        ...[1 | (1 << 4), ...zigzag(500), ...varint(8)],
        0 | (1 << 4),
      ]);
    for (const version of [10, 11]) {
      const profile = await readWith(memrayReader, old(version));
      expect(folded(profile, "peak_space")).toEqual(["main;work 96"]);
      expect(folded(profile, "leaked_space")).toEqual([" 8", "main;work 32"]);
      expect([...profile.frames.line]).toEqual([5, 7]);
    }
  });

  it("reads sums", async () => {
    const sum = (thread: number, trace: number, ...numbers: number[]): number[] => [
      2,
      ...[thread, 6, 0, trace, 0, ...numbers].flatMap((value) => little(value, 8)),
    ];
    const bytes = Uint8Array.from([
      ...header(12, true, 1),
      ...CODE(1, "run"),
      ...CODE(2, "main"),
      ...[4, 0, 1, ...zigzag(0), 1],
      ...[4, 1, 2, ...zigzag(0), 0],
      ...[3, 0, 0],
      ...[3, 1, 1],
      ...sum(1, 2, 3, 1, 300, 100),
      ...sum(2, 2, 1, 0, 50, 0),
      ...[1, ...little(0, 24)],
      15,
    ]);
    const profile = await readWith(memrayReader, bytes);
    expect(types(profile)).toEqual([
      "peak_objects/count 4",
      "peak_space/bytes 350",
      "leaked_objects/count 1",
      "leaked_space/bytes 100",
    ]);
    expect(folded(profile, "peak_space")).toEqual(["main 300", "run;main 50"]);
    expect(noteCodes(profile)).toEqual(["sums-only×1"]);
  });

  it("refuses other versions, keeps what came before a break, passes over native stacks", async () => {
    expect(await readingError(memrayReader, Uint8Array.from(header(14, false)))).toMatchObject({
      code: "unsupported",
      message: "memray's file version 14 is not known",
    });
    expect(await readingError(memrayReader, FILE.subarray(0, 30))).toMatchObject({ code: "truncated" });
    expect(await readingError(memrayReader, Uint8Array.from([...header(13, false), 1]))).toMatchObject({
      code: "nothing-left",
    });
    expect(noteCodes(await readWith(memrayReader, FILE.subarray(0, -4)))).toContain("truncated×1");
    const strange = Uint8Array.from([...FILE.subarray(0, -1), 15]);
    expect(noteCodes(await readWith(memrayReader, strange))).toContain("damaged×1");
    const native = Uint8Array.from([
      ...header(13, false, 0, true),
      ...SWITCH(1),
      ...[5, ...zigzag(4096), ...zigzag(1)],
      ...[6],
      ...[7, ...text("/lib/libc.so"), 1, ...little(4096, 8), 8, ...little(0, 8), 5],
      ...[128 + 0x78 + 6, ...zigzag(1), ...zigzag(1), ...varint(77)],
      ...[32 + 1 + 0x1e, ...zigzag(9), ...zigzag(1)],
      1,
    ]);
    const profile = await readWith(memrayReader, native);
    expect(folded(profile, "peak_space")).toEqual([" 77"]);
    expect(noteCodes(profile)).toEqual(["native-stacks×1"]);
    expect(memrayReader.sniff(headOf(FILE))).toBe("yes");
    expect(memrayReader.sniff(headOf("memray transform"))).toBe("no");
  });

  it("finds lines in the tables of each Python", () => {
    // 3.11: short form, +1 line, no columns -2 lines, long +3, none
    const table = Uint8Array.of(0x80, 0x11, 0xd9, 0, 0, 0xe8, 5, 0xf0, 6, 0, 0, 0, 0xf8);
    expect([0, 2, 4, 6, 8].map((at) => lineOf(0x030b0000, table, at, 10))).toEqual([10, 11, 11, 9, 12]);
    expect(lineOf(0x030a0000, Uint8Array.of(4, 1, 2, 0x80, 2, 0xff), 2, 10)).toBe(11);
    expect(lineOf(0x03090000, Uint8Array.of(4, 1, 2, 255), 4, 10)).toBe(11);
    expect([lineOf(0x030b0000, new Uint8Array(0), 2, 10), lineOf(0x030b0000, table, -1, 10)]).toEqual([
      10, 0,
    ]);
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(memrayReader, FILE, 3000)).toBeGreaterThan(500);
  });
});

describe("memray captures beside memray itself", () => {
  let agree = 0;
  afterAll(() => recordAgreement({ area: "memray's own reader", total: 2, agree, deliberate: 0 }));

  /** Bytes and count by stack of `name:line`. */
  function byStack(profile: Profile, kind: string): Record<string, number[]> {
    const { samples, stacks, frames, strings } = profile;
    const column = (name: string): Float64Array =>
      samples.weights[profile.valueTypes.findIndex((type) => type.name === name)]!;
    const [space, objects] = [column(`${kind}_space`), column(`${kind}_objects`)];
    const found: Record<string, number[]> = {};
    for (let row = 0; row < samples.length; row++) {
      const names: string[] = [];
      for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
        const frame = stacks.frame[stack]!;
        names.unshift(`${strings.get(frames.name[frame]!)}:${frames.line[frame]}`);
      }
      if (space[row] === 0) continue;
      found[names.join(";")] ??= [0, 0];
      found[names.join(";")]![0]! += space[row]!;
      found[names.join(";")]![1]! += objects[row]!;
    }
    return found;
  }

  it.each(["every", "sums"])("%s: the same stacks, bytes and counts", async (kind) => {
    const file = readFileSync(`${root}fixtures/memray/kept-${kind}.bin.gz`);
    const profile = await readWith(memrayReader, new Uint8Array(gunzipSync(file)));
    const expected = JSON.parse(
      readFileSync(`${root}test/fixtures/oracles/memray-kept-${kind}.json`, "utf8"),
    ) as {
      peak: object;
      leaked: object;
    };
    expect(Object.keys(expected.peak).length).toBeGreaterThan(20);
    expect(byStack(profile, "peak")).toEqual(expected.peak);
    expect(byStack(profile, "leaked")).toEqual(expected.leaked);
    agree++;
  });
});

describe.skipIf(!haveCorpus)("corpus of memray captures", () => {
  it.each(corpusFiles("memray"))("%s", async (name) => {
    const profile = await readProfile(sourceOfBytes(readCorpus("memray", name)), { unpackers });
    expect(profile.meta).toMatchObject({ format: "memray", producer: "memray (Python 3.12.11)" });
    expect(types(profile)).toEqual([
      "peak_objects/count 17798",
      "peak_space/bytes 7112051",
      "leaked_objects/count 17772",
      "leaked_space/bytes 6748299",
      "alloc_objects/count 161580",
      "alloc_space/bytes 33450787",
    ]);
    expect(noteCodes(profile)).toEqual(["unknown-free×18"]);
  });
});
