import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { type Profile, totalsOf } from "../../model/profile.ts";
import { ghcHpReader } from "../ghc-hp/index.ts";
import { ghcEventlogReader } from "./index.ts";

const big = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) % 256);
const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const words = (...values: number[]): number[] => values.flatMap((value) => big(value, 4));
const nul = (...values: string[]): number[] => values.flatMap((value) => [...text(value), 0]);

/** Kinds of events with their sizes; -1: each says its own. */
const SIZES: readonly (readonly [type: number, size: number])[] = [
  [1, 4],
  [2, 10],
  [18, 14],
  [29, -1],
  [32, 8],
  [43, 16],
  [44, -1],
  [161, -1],
  [162, 8],
  [163, -1],
  [164, -1],
  [165, 8],
  [167, -1],
  [168, 8],
  [169, -1],
];
const HEADER = [
  ...text("hdrbhetb"),
  ...SIZES.flatMap(([type, size]) => [
    ...text("etb\0"),
    ...big(type, 2),
    ...big(size < 0 ? 65535 : size, 2),
    ...words(3),
    ...text("abc"),
    ...words(0),
    ...text("ete\0"),
  ]),
  ...text("hetehdredatb"),
];
const event = (type: number, time: number, ...payload: number[]): number[] => {
  const size = SIZES.find(([known]) => known === type)?.[1];
  return [...big(type, 2), ...big(time, 8), ...(size === -1 ? big(payload.length, 2) : []), ...payload];
};
const END = [255, 255];
const log = (...events: number[][]): Uint8Array => Uint8Array.from([...HEADER, ...events.flat(), ...END]);

const CENTRES = [
  event(161, 0, ...words(1), ...nul("work", "Main", "Main.hs:(7,1)-(9,3)"), 0),
  event(161, 0, ...words(2), ...nul("MAIN", "MAIN", "<built-in>"), 0),
];
const SAMPLES = [
  event(168, 1, ...big(1_000_000, 8)),
  event(167, 1000, ...words(0), ...big(1, 8), 2, ...words(1, 2)),
  event(167, 2000, ...words(1), ...big(2, 8), 1, ...words(9)),
];

describe("GHC event logs", () => {
  it("reads samples of time by cost centre stack", async () => {
    const profile = await readWith(
      ghcEventlogReader,
      log(
        event(29, 0, ...words(0), ...text("GHC-9.8 rts")),
        event(32, 0, ...words(0, 77)),
        event(43, 100, ...words(0), ...big(1_700_000_000, 8), ...words(500)),
        ...CENTRES,
        ...SAMPLES,
        event(18, 5, ...words(0), ...big(0, 8), 0, 0),
      ),
    );
    expect(foldedOf(profile)).toEqual(["MAIN;Main.work 1000000", "[cost centre 9] 1000000"]);
    expect([...profile.samples.time!]).toEqual([1000, 2000]);
    expect(profile.threads).toEqual([
      { name: "capability 0", pid: 77 },
      { name: "capability 1", pid: 77 },
    ]);
    expect([profile.strings.get(profile.frames.file[0]!), profile.frames.line[0]]).toEqual(["Main.hs", 7]);
    expect(profile.meta).toMatchObject({
      producer: "GHC-9.8 rts",
      timeOrigin: 1_700_000_000_000_000_400n,
      duration: 2000,
      defaultValueType: 1,
    });
    expect(noteCodes(profile)).toEqual(["other-events×1"]);
  });

  it("reads samples of the heap, by stack and by what the text says", async () => {
    const profile = await readWith(
      ghcEventlogReader,
      log(
        ...CENTRES,
        event(
          169,
          0,
          ...big(0x1234, 8),
          ...nul("sat_info"),
          ...words(1),
          ...nul("Tree", "build", "Main", "Main.hs:3"),
        ),
        event(162, 10, ...big(1, 8)),
        event(163, 10, 0, ...big(300, 8), 2, ...words(1, 2)),
        event(164, 10, 0, ...big(50, 8), ...nul("0x1234")),
        event(165, 10, ...big(1, 8)),
        event(162, 20, ...big(2, 8)),
        event(163, 20, 0, ...big(100, 8), 2, ...words(1, 2)),
        event(165, 20, ...big(2, 8)),
        event(162, 30, ...big(3, 8)),
        event(165, 30, ...big(3, 8)),
      ),
    );
    expect(foldedOf(profile, 0)).toEqual(["MAIN 0", "MAIN;Main.work 300", "Main.build : Tree 50"].slice(1));
    expect(foldedOf(profile, 1)).toEqual(["MAIN;Main.work 200", "Main.build : Tree 25"]);
    expect(profile.valueTypes.map(({ name }) => name)).toEqual(["peak", "average"]);
  });

  it("shows how long threads ran and waited where there are no samples", async () => {
    const profile = await readWith(
      ghcEventlogReader,
      log(
        event(44, 0, ...words(3), ...text("worker")),
        event(1, 10, ...words(3)),
        event(2, 30, ...words(3), ...big(7, 2), ...words(0)),
        event(1, 70, ...words(3)),
        event(2, 75, ...words(3), ...big(5, 2), ...words(0)),
        event(1, 80, ...words(4)),
        event(44, 90, ...words(9), ...text("x")),
      ),
    );
    expect(foldedOf(profile, 0)).toEqual(["[blocked on MVar] 0", "[running] 35"]);
    expect(foldedOf(profile, 1)).toEqual(["[blocked on MVar] 40", "[running] 0"]);
    expect(profile.threads.map(({ name }) => name)).toEqual(["worker", "thread"]);
  });

  it("keeps what came before a break, skips short events, refuses what says nothing", async () => {
    const bytes = log(...CENTRES, ...SAMPLES);
    expect(noteCodes(await readWith(ghcEventlogReader, bytes.subarray(0, -5)))).toEqual(["truncated×1"]);
    const strange = Uint8Array.from([...bytes.subarray(0, -2), 9, 9]);
    expect(noteCodes(await readWith(ghcEventlogReader, strange))).toEqual(["damaged×1"]);
    const short = log(...CENTRES, ...SAMPLES, event(161, 9, 1));
    expect(noteCodes(await readWith(ghcEventlogReader, short))).toEqual(["damaged-event×1"]);
    expect(await readingError(ghcEventlogReader, log())).toMatchObject({ code: "nothing-left" });
    expect(await readingError(ghcEventlogReader, bytes.subarray(0, 40))).toMatchObject({ code: "malformed" });
    expect(ghcEventlogReader.sniff(headOf(bytes))).toBe("yes");
    expect(ghcEventlogReader.sniff(headOf("hdrb"))).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(ghcEventlogReader, log(...CENTRES, ...SAMPLES), 3000)).toBeGreaterThan(300);
  });
});

const fixtures = fileURLToPath(new URL("../../../../../fixtures/", import.meta.url));

describe("GHC event logs beside GHC's own reports of the same run", () => {
  const read = (): Promise<Profile> =>
    readWith(
      ghcEventlogReader,
      new Uint8Array(gunzipSync(readFileSync(`${fixtures}ghc-eventlog/hot.eventlog.gz`))),
    );

  it("counts the ticks of the report", async () => {
    const report = readFileSync(`${fixtures}ghc-prof/hot-eventlog.prof`, "utf8");
    const ticks = Number(/\((\d+) ticks/.exec(report)![1]);
    // The report leaves out what is not the program's: garbage collection, the runtime, waiting.
    const program = foldedOf(await read(), 0)
      .filter((line) => !/^(?:GC|SYSTEM|IDLE) /.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    expect(program).toBe(ticks);
  });

  it("sees the heap that the text file shows", async () => {
    const text = await readWith(ghcHpReader, new Uint8Array(readFileSync(`${fixtures}ghc-hp/hot.hp`)));
    const log = await read();
    const total = (profile: Profile, name: string): number =>
      totalsOf(profile)[profile.valueTypes.findIndex((type) => type.name === name)]!;
    expect(total(log, "peak")).toBe(total(text, "peak"));
    expect(total(log, "average")).toBeCloseTo(total(text, "average"), 6);
  });
});

describe.skipIf(!haveCorpus)("corpus of GHC event logs", () => {
  it.each(corpusFiles("ghc-eventlog"))("%s", async (name) => {
    const bytes = readCorpus("ghc-eventlog", name);
    expect(ghcEventlogReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(ghcEventlogReader, bytes);
    expect(foldedOf(profile, 0)).toEqual(
      [
        "GC 50",
        "Main.CAF 0",
        "Main.CAF;Main.main 0",
        "Main.CAF;Main.main;Main.fib 1",
        "Main.CAF;Main.main;Main.größe 2",
        "Main.CAF;Main.main;Main.mkMap 33",
      ].filter((line) => !line.endsWith(" 0")),
    );
  });
});
