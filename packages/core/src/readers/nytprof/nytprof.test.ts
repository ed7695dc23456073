import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateSync, gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { type Profile, totalsOf } from "../../model/profile.ts";
import { nytprofReader } from "./index.ts";

const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const number = (value: number): number[] => {
  if (value < 0x80) return [value];
  if (value < 0x4000) return [(value >> 8) | 0x80, value & 255];
  if (value < 0x200000) return [(value >> 16) | 0xc0, (value >> 8) & 255, value & 255];
  if (value < 0x10000000) return [(value >> 24) | 0xe0, (value >> 16) & 255, (value >> 8) & 255, value & 255];
  return [0xff, ...[24, 16, 8, 0].map((shift) => (value >>> shift) & 255)];
};
const string = (value: string, tag = "'"): number[] => [
  ...text(tag),
  ...number(text(value).length),
  ...text(value),
];
const double = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)];
const tag = (letter: string, ...parts: number[][]): number[] => [...text(letter), ...parts.flat()];
const returned = (depth: number, name: string, exclusive: number): number[] =>
  tag("<", number(depth), double(exclusive), double(exclusive), string(name));

const HEADER = text(
  "NYTProf 5 0\n#comment\n:basetime=1700000000\n:application=x.pl\n:nv_size=8\n:xs_version=6.12\n:ticks_per_sec=1000\n!calls=1\n",
);
const BODY = [
  ...tag("P", number(7), number(1), double(0)),
  ...tag("@", ...[1, 0, 0, 0, 0, 300000000].map(number), string("/app/x.pl")),
  ...tag("S", number(1), number(1), string("use strict")),
  ...tag("+", number(5), number(1), number(20)),
  ...tag("-"),
  ...tag("*", number(70000), number(1), number(20), number(19), number(18)),
  ...tag(">", number(1), number(20)),
  ...returned(3, "main::c", 4),
  ...returned(2, "main::b", 2),
  ...returned(2, "main::__ANON__[(eval 12)[/app/x.pl:9]:1]", 8),
  ...returned(1, "main::a", 1),
  ...returned(3, "main::c", 16),
  ...tag("s", number(1), string("main::b"), number(300), number(310)),
  ...tag("p", number(7), double(1)),
];
const PLAIN = Uint8Array.from([...HEADER, ...BODY]);
const folded = (profile: Profile, type: string): string[] =>
  foldedOf(
    profile,
    profile.valueTypes.findIndex(({ name }) => name === type),
  ).filter((line) => !line.endsWith(" 0"));

describe("NYTProf", () => {
  it("builds stacks from the returns of subroutines", async () => {
    const profile = await readWith(nytprofReader, PLAIN);
    expect(folded(profile, "time")).toEqual([
      "main::a 1000000",
      "main::a;main::__ANON__[(eval 0)[/app/x.pl:9]:1] 8000000",
      "main::a;main::b 2000000",
      "main::a;main::b;main::c 4000000",
      "main::c 16000000",
    ]);
    expect(folded(profile, "calls")).toHaveLength(5);
    expect(folded(profile, "statement_time")).toEqual(["x.pl:20 70005000000"]);
    expect(folded(profile, "statements")).toEqual(["x.pl:20 1"]);
    const { frames, strings } = profile;
    const b = Array.from(frames.name, (name) => strings.get(name)).indexOf("main::b");
    expect([strings.get(frames.file[b]!), frames.line[b]]).toEqual(["/app/x.pl", 300]);
    expect(profile.meta).toMatchObject({
      producer: "Devel::NYTProf 6.12",
      title: "x.pl",
      timeOrigin: 1_700_000_000_000_000_000n,
      observations: 5,
    });
    expect(noteCodes(profile)).toEqual(["caller-unfinished×1"]);
  });

  it("reads what is compressed, and what is left of it", async () => {
    const packed = new Uint8Array(deflateSync(Uint8Array.from(BODY)));
    const profile = await readWith(nytprofReader, Uint8Array.from([...HEADER, ...text("z"), ...packed]));
    expect(folded(profile, "time")).toHaveLength(5);
    expect(profile.notes.map(({ code }) => code)).toEqual(["caller-unfinished"]);
    const cut = Uint8Array.from([...HEADER, ...text("z"), ...packed.subarray(0, -30)]);
    expect(noteCodes(await readWith(nytprofReader, cut))).toContain("truncated×1");
    const strange = Uint8Array.from([...PLAIN, 1]);
    expect(noteCodes(await readWith(nytprofReader, strange))).toContain("damaged×1");
  });

  it("refuses other versions, other numbers, and nothing", async () => {
    const errors = ["NYTProf 4 0\n", "NYTProf 5 0\n:nv_size=16\n", "NYTProf 5 0\n"];
    const codes = await Promise.all(
      errors.map(async (input) => (await readingError(nytprofReader, input)).code),
    );
    expect(codes).toEqual(["unsupported", "unsupported", "nothing-left"]);
    expect(nytprofReader.sniff(headOf(PLAIN))).toBe("yes");
    expect(nytprofReader.sniff(headOf("NYTProf is a profiler\n"))).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(nytprofReader, PLAIN, 3000)).toBeGreaterThan(500);
  });
});

const root = fileURLToPath(new URL("../../../../../", import.meta.url));

describe("NYTProf beside its own tools", () => {
  let agree = 0;
  afterAll(() => recordAgreement({ area: "nytprofcalls", total: 1, agree, deliberate: 0 }));

  it("has the stacks and times of nytprofcalls", async () => {
    const profile = await readWith(
      nytprofReader,
      new Uint8Array(readFileSync(`${root}fixtures/nytprof/words.out`)),
    );
    // Ticks of 100 ns there; what takes none is left out.
    const expected = readFileSync(`${root}test/fixtures/oracles/nytprof-words.txt`, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.replace(/ (\d+)$/, (_, ticks) => ` ${Number(ticks) * 100}`))
      .filter((line) => !line.endsWith(" 0"));
    expect(expected.length).toBeGreaterThan(20);
    expect(folded(profile, "time").sort()).toEqual(expected.sort());
    agree++;
  });

  it("approximates where there is a call graph alone", async () => {
    const file = readFileSync(`${root}fixtures/nytprof/words-graph.out.gz`);
    const profile = await readWith(nytprofReader, new Uint8Array(gunzipSync(file)));
    expect(folded(profile, "calls")).toContain("Shape::area 200");
    expect(folded(profile, "calls")).toContain("Shape::new 200");
    // Milliseconds, not seconds or ticks.
    expect(totalsOf(profile)[0]).toBeGreaterThan(1e6);
    expect(totalsOf(profile)[0]).toBeLessThan(1e9);
    expect(profile.notes.map(({ code }) => code)).toContain("call-graph");
  });
});

describe.skipIf(!haveCorpus)("corpus of NYTProf", () => {
  it.each(corpusFiles("nytprof"))("%s", async (name) => {
    const profile = await readWith(nytprofReader, readCorpus("nytprof", name));
    // As nytprofcalls 6.12 prints it, in ticks.
    for (const line of ["K::heavy;K::leaf 101570", "main::BEGIN@1.1;utf8::BEGIN@4 15457", "K::heavy 4755"]) {
      expect(folded(profile, "time")).toContain(`${line}00`);
    }
  });
});
