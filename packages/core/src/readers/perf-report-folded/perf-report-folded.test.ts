import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { perfReportFoldedReader as reader } from "./index.ts";

const CHILDREN = `# Samples: 10  of event 'cycles'
# Event count (approx.): 1000
#
# Children      Self  Command  Shared Object      Symbol
# ........  ........  .......  .................  ......
#
   100.00%    20.00%  my app   app                [.] main
5 main;work
3 main;f;f
2 main
    50.00%    50.00%  my app   [kernel.kallsyms]  [k] work
5 main;work
    30.00%    30.00%  my app   app                [.] f
3 main;f;f
3 f;f
`;

describe("perf report -g folded", () => {
  it("has each sample once, though every caller lists it", async () => {
    const profile = await readWith(reader, CHILDREN);
    expect(foldedOf(profile)).toEqual(["main 2", "main;f;f 3", "main;work 5"]);
    expect(profile.valueTypes).toEqual([{ name: "cycles samples", unit: "count" }]);
    expect(profile.threads).toEqual([{ name: "my app" }]);
    expect(noteCodes(profile)).toEqual([]);
  });

  it("takes all chains where there is no column for callees, and shares as they are", async () => {
    const text = CHILDREN.replace("# Children      Self  ", "# Overhead  ")
      .replace("# ........  ........", "# ........")
      .replace(/^ +[\d.]+% {4}/gm, "    ")
      .replace("5 main;work\n3 main;f;f\n2 main", "20.00% main")
      .replace("5 main;work", "50.00% main;work")
      .replace("3 main;f;f\n3 f;f", "30.00% main;f;f\nwhat is this");
    const profile = await readWith(reader, text);
    expect(foldedOf(profile)).toEqual(["main 20", "main;f;f 30", "main;work 50"]);
    expect(profile.valueTypes).toEqual([{ name: "cycles", unit: "percent" }]);
    expect(noteCodes(profile)).toEqual(["unusable-line×1"]);
  });

  it("is refused without chains, and recognised by them", async () => {
    const plain = CHILDREN.replace(/^\d.*\n/gm, "");
    expect((await readingError(reader, plain)).hint).toContain("-g folded");
    expect([
      reader.sniff(headOf(CHILDREN)),
      reader.sniff(headOf(plain)),
      reader.sniff(headOf("a;b 1\n")),
    ]).toEqual(["yes", "no", "no"]);
  });

  it("gives an error with a place or a sound profile for anything", async () => {
    expect(await readMutations(reader, bytesOf(CHILDREN), 3000)).toBeGreaterThan(100);
  });

  it.skipIf(!haveCorpus)("adds up to the samples of a real one", async () => {
    for (const file of corpusFiles("perf-report-folded")) {
      const profile = await readWith(reader, readCorpus("perf-report-folded", file));
      const sum = profile.samples.weights[0]!.reduce((all, weight) => all + weight, 0);
      expect(sum).toBe(471);
    }
  });
});
