import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { corpusRoot, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { pmcstatReader } from "./index.ts";

const TEXT = `@ inst_retired.any [30 samples]

# comment
20.86%  [20]     leaf @ /boot/zfs.ko
 75.0%  [15]      caller
  100.0%  [15]       root @ /boot/kernel
odd
@ cycles [3 samples]
100.0%  [3]     leaf @ /boot/zfs.ko
`;

it("turns trees of callers into stacks, one value type per event", async () => {
  const profile = await readWith(pmcstatReader, TEXT);
  expect(foldedOf(profile, 0)).toEqual(["leaf 5", "root;caller;leaf 15"]);
  expect(foldedOf(profile, 1)).toContain("leaf 3");
  expect(profile.valueTypes.map(({ name }) => name)).toEqual(["inst_retired.any", "cycles"]);
  expect(profile.mappings.map(({ path }) => path)).toEqual(["/boot/zfs.ko", "/boot/kernel"]);
  expect(noteCodes(profile)).toEqual(["bad-line×1"]);
  expect((await readingError(pmcstatReader, "@ x [3 samples]\n")).code).toBe("malformed");
  expect(pmcstatReader.sniff(headOf(TEXT))).toBe("yes");
  expect(pmcstatReader.sniff(headOf("@ x [3 samples]\n"))).toBe("no");
});

it.skipIf(!haveCorpus)("counts at least what speedscope counts", async () => {
  const snapshot = readFileSync(
    `${corpusRoot}/pmcstat/jlfwong__speedscope__pmcstat-callgraph.test.ts.expected.snap`,
    "utf8",
  );
  const stacks = /importFromPMCStatCallGraph 1[\s\S]*?"stacks": \[\n([\s\S]*?)\n {2}\]/.exec(snapshot)![1]!;
  const expected = [...stacks.matchAll(/"(.*)"/g)].map(([, line]) => line!.replaceAll(/(\d),(\d)/g, "$1$2"));
  const folded = foldedOf(
    await readWith(pmcstatReader, readCorpus("pmcstat", "jlfwong__speedscope__simple.txt")),
  );
  // speedscope leaves out what a caller's callers do not account for.
  for (const line of expected.filter((one) => one.startsWith("fork_exit;taskqueue")))
    expect(folded).toContain(line);
  expect(expected.length).toBe(3);
});
