import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { goRaw, haveGo } from "../../../../../test/support/pprof-text.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { readerById } from "../../index.ts";
import { goPprofRawReader } from "./index.ts";

const RAW = `Comment: made here
PeriodType: cpu nanoseconds
Period: 10000000
Time: 2026-11-22 13:43:12.5 +0000 UTC
Duration: 1.26
Samples:
samples/count cpu/nanoseconds
          1   10000000: 1 2 
                who:[me too] bytes:[100 kilobytes]
          2   20000000: 3 
Locations
     1: 0x4a2f3c M=1 main.leaf /src/w.go:12:5 s=10
             main.inner /src/w.go:14:0 s=13(sys)
     2: 0x4a2f00 M=1 main.main /src/w.go:20 s=18
     3: 0x10 
Mappings
1: 0x400000/0x4a1000/0x0 /bin/prog ab12 [FN][FL]
`;

describe("go tool pprof -raw", () => {
  it("reads types, samples, labels, inlined frames and mappings", async () => {
    const profile = await readWith(goPprofRawReader, RAW);
    expect(foldedOf(profile)).toEqual([" 20000000", "main.main;main.inner;main.leaf 10000000"]);
    expect(foldedOf(profile, 0)).toEqual([" 2", "main.main;main.inner;main.leaf 1"]);
    expect(profile.labelSets[1]).toEqual([
      { key: "who", value: "me too" },
      { key: "bytes", value: 100, unit: "kilobytes" },
    ]);
    expect([...profile.frames.inlined].filter((inlined) => inlined === 1)).toHaveLength(1);
    expect(profile.mappings).toMatchObject([{ path: "/bin/prog", buildId: "ab12", start: 0x400000n }]);
    expect(profile.meta).toMatchObject({
      period: { type: { name: "cpu", unit: "nanoseconds" }, value: 10_000_000 },
      timeOrigin: 1_795_355_000_000_000_000n - 7_500_000_000n,
      comments: ["made here"],
      duration: 1.26e9,
    });
  });

  it("keeps a truncated file and says so", async () => {
    const cut = await readWith(goPprofRawReader, RAW.split("Locations")[0]!);
    expect(noteCodes(cut)).toEqual(["truncated×1", "no-location×3"]);
    expect(noteCodes(await readWith(goPprofRawReader, `${RAW}what\n`))).toEqual(["unknown-line×1"]);
    expect((await readingError(goPprofRawReader, "PeriodType: cpu nanoseconds\n")).code).toBe("malformed");
  });

  it("knows its inputs", () => {
    expect(goPprofRawReader.sniff(headOf(RAW))).toBe("yes");
    expect(goPprofRawReader.sniff(headOf("a/b 1: 2\n"))).toBe("no");
  });

  it.skipIf(!haveGo || !haveCorpus)(
    "reads of every profile what the pprof reader reads of the original",
    async () => {
      const pprof = readerById("pprof")!;
      let compared = 0;
      for (const file of corpusFiles("pprof").slice(0, 16)) {
        const stored = readCorpus("pprof", file);
        const bytes = stored[0] === 0x1f ? gunzipSync(stored) : stored;
        let raw: string;
        try {
          raw = await goRaw(bytes);
        } catch {
          continue;
        }
        const original = await readWith(pprof, bytes);
        const read = await readWith(goPprofRawReader, raw);
        for (let type = 0; type < original.valueTypes.length; type++) {
          expect([file, foldedOf(read, type)]).toEqual([file, foldedOf(original, type)]);
        }
        compared++;
      }
      expect(compared).toBeGreaterThan(2);
    },
  );
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(goPprofRawReader, bytesOf(RAW), 3000)).toBeGreaterThan(0);
});
