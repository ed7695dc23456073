import { expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { instrumentsReader } from "./index.ts";

it("reads a tree by indentation, old and new", async () => {
  const old =
    "Running Time\tSelf (ms)\t\tSymbol Name\n 1.50 s     100.0%\t0\t \tmain\n 500.0 ms     33%\t500\t \t leaf\nodd\n";
  const profile = await readWith(instrumentsReader, old);
  expect(foldedOf(profile)).toEqual(["main 1000000000", "main;leaf 500000000"]);
  expect(profile.valueTypes).toEqual([{ name: "time", unit: "nanoseconds" }]);
  expect(noteCodes(profile)).toEqual(["bad-line×1", "rounded×1"]);
  const recent = "Weight\tSelf Weight\tSymbol Names\n2 100.0%\t-\tmain\n2 100%\t-\t\u2007\u2007a\n";
  expect(foldedOf(await readWith(instrumentsReader, recent))).toEqual(["main;a 2"]);
  expect((await readingError(instrumentsReader, "Weight\tSymbol Name\n")).code).toBe("malformed");
  expect(instrumentsReader.sniff(headOf(old))).toBe("yes");
  expect(instrumentsReader.sniff(headOf("Weight of it\n"))).toBe("no");
});

it.skipIf(!haveCorpus)("counts what speedscope counts in an allocations profile", async () => {
  const file = corpusFiles("instruments-deepcopy").find((name) => name.includes("random-allocations"))!;
  const folded = foldedOf(await readWith(instrumentsReader, readCorpus("instruments-deepcopy", file)));
  // speedscope shows whole megabytes.
  const megabytes = folded.map((line) =>
    line.replace(/[\d.]+$/, (bytes) => String(Math.floor(Number(bytes) / 1024 ** 2))),
  );
  expect(megabytes).toContain("start;main;delta();alpha();leakMemory();malloc;malloc_zone_malloc 73");
  expect(megabytes).toContain("start;main;beta();leakMemory();malloc;malloc_zone_malloc 69");
});
