import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { totalsOf } from "../../model/profile.ts";
import { ghcHpReader } from "./index.ts";

const file = (option: string, body: string): string => `JOB "prog +RTS ${option}"
DATE "Sun Nov 22 13:34 2026"
SAMPLE_UNIT "seconds"
VALUE_UNIT "bytes"
BEGIN_SAMPLE 0.000000
END_SAMPLE 0.000000
${body}`;
const STACKS = file(
  "-hc",
  `BEGIN_SAMPLE 0.5
(297)work/main/Main.CAF\t100
MAIN\t16
END_SAMPLE 0.5
MARK 0.7
BEGIN_SAMPLE 1.0
(297)work/main/Main.CAF\t300
(12)very/long/name/tha...\t4
END_SAMPLE 1.0
BEGIN_SAMPLE 1.5
END_SAMPLE 1.5
`,
);

describe("GHC heap profiles", () => {
  it("shows the peak and the average of each stack, outermost first", async () => {
    const profile = await readWith(ghcHpReader, STACKS);
    expect(profile.valueTypes).toEqual([
      { name: "peak", unit: "bytes" },
      { name: "average", unit: "bytes" },
    ]);
    expect(foldedOf(profile, 0)).toEqual(["MAIN 0", "Main.CAF;main;work 300", "tha...;name;long;very 4"]);
    expect(foldedOf(profile, 1)).toEqual(["MAIN 8", "Main.CAF;main;work 200", "tha...;name;long;very 2"]);
    expect([...profile.samples.time!]).toEqual([1e9, 1e9, 1e9]);
    expect(profile.meta).toMatchObject({ title: "prog +RTS -hc", duration: 1.5e9 });
    expect(noteCodes(profile)).toEqual(["name-cut×1"]);
  });

  it("takes types and modules as they are", async () => {
    const body = "BEGIN_SAMPLE 1\nghc-prim:GHC/Types\t9\nEND_SAMPLE 1\n";
    expect(foldedOf(await readWith(ghcHpReader, file("-hd", body)), 0)).toEqual(["ghc-prim:GHC/Types 9"]);
  });

  it("says what is cut, strange or empty", async () => {
    const cut = await readWith(
      ghcHpReader,
      file("-hc", "BEGIN_SAMPLE 1\nMAIN\t9\nnonsense\n").replaceAll("\n", "\r\n"),
    );
    expect(noteCodes(cut)).toEqual(["bad-line×1", "truncated×1"]);
    expect(foldedOf(cut, 0)).toEqual(["MAIN 9"]);
    expect(await readingError(ghcHpReader, file("-hc", ""))).toMatchObject({ code: "malformed" });
    const unit = await readWith(ghcHpReader, STACKS.replace('"bytes"', '"words"'));
    expect(noteCodes(unit)).toContain("other-unit×1");
    expect(ghcHpReader.sniff(headOf(STACKS))).toBe("yes");
    expect(ghcHpReader.sniff(headOf(STACKS.replaceAll("\n", "\r\n")))).toBe("yes");
    expect(ghcHpReader.sniff(headOf('JOB "x"\nfoo;bar 1\n'))).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(ghcHpReader, new TextEncoder().encode(STACKS), 3000)).toBeGreaterThan(1000);
  });
});

describe.skipIf(!haveCorpus)("corpus of GHC heap profiles", () => {
  it.each(corpusFiles("ghc-hp"))("%s: its greatest sample", async (name) => {
    const bytes = readCorpus("ghc-hp", name);
    const samples = new TextDecoder()
      .decode(bytes)
      .split("BEGIN_SAMPLE")
      .map((sample) => [...sample.matchAll(/\t(\d+)$/gm)].reduce((sum, [, size]) => sum + Number(size), 0));
    const profile = await readWith(ghcHpReader, bytes);
    expect(totalsOf(profile)[0]).toBe(Math.max(...samples));
  });
});
