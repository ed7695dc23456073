import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, corpusRoot, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import type { Profile } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { unpackers } from "../../wrappers/index.ts";
import { tarHeader, tarPadding } from "../../wrappers/package.ts";
import { readProfile } from "../open.ts";
import { instrumentsTraceReader } from "./index.ts";

type Json = number | string | { readonly uid: number } | readonly Json[] | Map<string, Json>;

/** A binary property list of these values: numbers of four bytes, references of one. */
function plist(root: Json): Uint8Array {
  const objects: number[][] = [];
  const big = (value: number, size: number): number[] =>
    Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) % 256);
  const sized = (kind: number, length: number): number[] =>
    length < 15 ? [(kind << 4) | length] : [(kind << 4) | 15, 0x10, length];
  const add = (value: Json): number => {
    const place = objects.push([]) - 1;
    if (typeof value === "number") objects[place] = [0x12, ...big(value, 4)];
    else if (typeof value === "string") {
      objects[place] = [...sized(5, value.length), ...new TextEncoder().encode(value)];
    } else if (value instanceof Map) {
      const keys = [...value.keys()].map(add);
      objects[place] = [...sized(13, keys.length), ...keys, ...[...value.values()].map(add)];
    } else if ("uid" in value) objects[place] = [0x80, value.uid];
    else {
      const refs = (value as readonly Json[]).map(add);
      objects[place] = [...sized(10, refs.length), ...refs];
    }
    return place;
  };
  add(root);
  const bytes = [...new TextEncoder().encode("bplist00")];
  const offsets = objects.map((object) => bytes.push(...object) - object.length);
  const table = bytes.length;
  for (const offset of offsets) bytes.push(...big(offset, 2));
  bytes.push(0, 0, 0, 0, 0, 0, 2, 1, ...big(objects.length, 8), ...big(0, 8), ...big(table, 8));
  return Uint8Array.from(bytes);
}

/** form.template with one run: functions by address. */
function template(
  instrument: string,
  functions: readonly (readonly [name: string, address: number])[],
): Uint8Array {
  const objects: Json[] = ["$null"];
  const add = (value: Json): { readonly uid: number } => ({ uid: objects.push(value) - 1 });
  const object = (type: string, fields: readonly (readonly [string, Json])[]): { readonly uid: number } =>
    add(new Map<string, Json>([["$class", add(new Map([["$classname", type]]))], ...fields]));
  const symbols = functions.map(
    ([name, address], i) =>
      [
        `$${5 + i}`,
        object("PFTSymbolData", [
          ["$0", add(name)],
          ["$1", add("a.c")],
          ["$2", 0],
          ["$3", address],
          ["$4", 7],
        ]),
      ] as const,
  );
  const process = object("PFTPersistentSymbols", [["$4", functions.length + 1], ...symbols]);
  const byPid = object("XRIntKeyedDictionary", [
    ["$0", 1],
    ["$1", 42],
    ["$2", process],
  ]);
  const run = object("NSMutableDictionary", [
    ["NS.keys", [add("symbolsByPid")]],
    ["NS.objects", [byPid]],
  ]);
  const runs = object("XRIntKeyedDictionary", [
    ["$0", 1],
    ["$1", 1],
    ["$2", run],
  ]);
  const numbers = object("NSArray", [["NS.objects", [1]]]);
  const data = object("XRRunListData", [
    ["$0", numbers],
    ["$1", runs],
  ]);
  const kind = add(instrument);
  return plist(
    new Map<string, Json>([
      [
        "$top",
        new Map<string, Json>([
          ["com.apple.xray.run.data", data],
          ["$1", kind],
        ]),
      ],
      ["$objects", objects],
    ]),
  );
}

const little = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
const sample = (time: number, thread: number, backtrace: number): number[] => [
  ...little(time, 6),
  ...little(thread, 4),
  9,
  9,
  ...little(backtrace, 4),
];
const LISTS = [[0x30, 1], [0x20, 0x10], [0x99]];
const PROFILER = "com.apple.xray.instrument-type.coresampler2";
const FUNCTIONS = [
  ["main", 0x10],
  ["work", 0x20],
  ["leaf", 0x30],
] as const;

function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts = Object.entries(files).flatMap(([name, bytes]) => [
    tarHeader(`x.trace/${name}`, bytes.length),
    bytes,
    tarPadding(bytes.length),
  ]);
  return new Uint8Array(Buffer.concat(parts));
}

function packed(
  instrument = PROFILER,
  samples: readonly number[][] = [
    sample(1000, 1, 0),
    sample(3000, 1, 1),
    sample(3500, 2, 2),
    sample(4000, 1, 0),
  ],
): Uint8Array {
  const data = [...new Array<number>(32).fill(0)];
  const index = [...new Array<number>(32).fill(0), ...little(0, 8)];
  for (const list of LISTS) {
    index.push(...little(data.length, 4), ...little(0, 4));
    data.push(...little(list.length, 4), ...list.flatMap((value) => little(value, 8)));
  }
  const core = "corespace/run1/core/";
  return tar({
    "form.template": template(instrument, FUNCTIONS),
    [`${core}stores/store-0/schema.xml`]: new TextEncoder().encode('<schema name="other"/>'),
    [`${core}stores/store-1/schema.xml`]: new Uint8Array(deflateSync('<schema name="time-profile"/>')),
    [`${core}stores/store-1/bulkstore`]: Uint8Array.from([
      ...[0, 0, 0, 24, 16].flatMap((word) => little(word, 4)),
      ...little(0, 4),
      ...samples.flat(),
      ...new Array<number>(16).fill(0),
    ]),
    [`${core}uniquing/arrayUniquer/integeruniquer.index`]: Uint8Array.from(index),
    [`${core}uniquing/arrayUniquer/integeruniquer.data`]: Uint8Array.from(data),
  });
}

describe("Instruments packages", () => {
  it("reads samples, lists of addresses within lists, and names", async () => {
    const profile = await readWith(instrumentsTraceReader, packed());
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "time", unit: "nanoseconds" },
    ]);
    expect(foldedOf(profile, 0)).toEqual([" 1", "main;work 1", "main;work;leaf 2"]);
    expect(foldedOf(profile, 1)).toEqual([" 0", "main;work 2000", "main;work;leaf 1000"]);
    expect([...profile.samples.time!]).toEqual([1000, 3000, 3500, 4000]);
    expect(profile.threads.map(({ tid }) => tid)).toEqual([1, 2]);
    expect([...profile.frames.address]).toContain(0x99n);
    expect(profile.strings.get(profile.frames.file[0]!)).toBe("a.c");
    expect(noteCodes(profile)).toEqual(["time-between×4"]);
  });

  it("names what it does not read, and keeps to what is there", async () => {
    const other = await readingError(instrumentsTraceReader, packed("com.apple.xray.instrument-type.oa"));
    expect(other).toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("recorded with oa"),
    });
    expect(other.hint).toContain("xctrace export");
    expect(await readingError(instrumentsTraceReader, packed(PROFILER, []))).toMatchObject({
      code: "nothing-left",
    });
    expect(await readingError(instrumentsTraceReader, tar({ "x.txt": new Uint8Array(3) }))).toMatchObject({
      code: "malformed",
    });
    const whole = packed();
    const cut = await readWith(instrumentsTraceReader, whole.subarray(0, whole.length - 600));
    expect(noteCodes(cut)).toContain("truncated×1");
    expect(instrumentsTraceReader.sniff(headOf(whole))).toBe("yes");
    expect(instrumentsTraceReader.sniff(headOf("x.trace"))).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(instrumentsTraceReader, packed(), 3000)).toBeGreaterThan(300);
  });
});

const SNAPSHOT = "instruments-deepcopy/jlfwong__speedscope__instruments.test.ts.expected.snap";

describe.skipIf(!haveCorpus)("corpus of Instruments packages", () => {
  const counts = { total: 0, agree: 0, deliberate: 0 };
  afterAll(() => recordAgreement({ area: "speedscope, Instruments packages", ...counts }));

  /** Self time by function, of the thread with the most samples. */
  function selfByName({ samples, stacks, frames, strings, threads }: Profile): Map<string, number> {
    const rows = threads.map((_, thread) => [...samples.thread!].filter((one) => one === thread).length);
    const main = rows.indexOf(Math.max(...rows));
    const found = new Map<string, number>();
    for (let row = 0; row < samples.length; row++) {
      if (samples.thread![row] !== main || samples.stack[row]! < 0 || samples.weights[1]![row] === 0)
        continue;
      const frame = stacks.frame[samples.stack[row]!]!;
      const name =
        strings.get(frames.name[frame]!) || `0x${frames.address[frame]!.toString(16).padStart(16, "0")}`;
      found.set(name, (found.get(name) ?? 0) + samples.weights[1]![row]!);
    }
    return found;
  }

  it.each(corpusFiles("instruments-trace"))("%s", async (name) => {
    const read = (): Promise<Profile> =>
      readProfile(sourceOfBytes(readCorpus("instruments-trace", name)), { unpackers });
    const version = /__([\d.]+)_/.exec(name)![1]!;
    const text = readFileSync(`${corpusRoot}/${SNAPSHOT}`, "utf8");
    const start = text.indexOf(`exports[\`importFromInstrumentsTrace Instruments ${version} 1\`]`);
    if (start < 0 || name.includes("allocations")) {
      // Another instrument, or of a version that nobody reads: refused by name.
      await expect(read()).rejects.toThrow(FlambeauError);
      await expect(read()).rejects.toThrow(/recorded with (?:oa|coresampler):/);
      return;
    }
    counts.total++;
    const expected = new Map<string, number>();
    const body = text.slice(start, text.indexOf("\n`;", start));
    for (const [, frame, self] of body.matchAll(/"name": "(.*)",\n\s*"selfWeight": (\d+)/g)) {
      if (Number(self) > 0) expected.set(frame!, (expected.get(frame!) ?? 0) + Number(self));
    }
    expect(expected.size).toBeGreaterThan(3);
    expect(selfByName(await read())).toEqual(expected);
    counts.agree++;
  });
});
