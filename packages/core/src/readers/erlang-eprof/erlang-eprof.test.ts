import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { erlangEprofReader } from "./index.ts";

const TABLE = `
****** Process <0.88.0>    -- 100.00 % of profiled time *** 
FUNCTION                   CALLS        %  TIME  [uS / CALLS]
--------                   -----  -------  ----  [----------]
w:'-main/0-fun-1-'/0           1     0.00     0  [      0.00]
w:fib/1                      465     1.99    91  [      0.20]
lists:sum/2                 1050     2.30   105  [      0.10]
-------------------------  -----  -------  ----  [----------]
Total:                      3084  100.00%   196  [      1.48]
`;

it("reads the table", async () => {
  const profile = await readWith(erlangEprofReader, TABLE);
  expect(foldedOf(profile)).toEqual(["lists:sum/2 105000", "w:'-main/0-fun-1-'/0 0", "w:fib/1 91000"]);
  expect(foldedOf(profile, 1)).toContain("w:fib/1 465");
  expect(profile.threads.map(({ name }) => name)).toEqual(["<0.88.0>"]);
  expect(noteCodes(profile)).toEqual(["no-stacks×1"]);
  expect(noteCodes(await readWith(erlangEprofReader, `${TABLE}odd\n`))).toEqual([
    "bad-line×1",
    "no-stacks×1",
  ]);
  expect((await readingError(erlangEprofReader, "FUNCTION\n")).code).toBe("malformed");
  expect(erlangEprofReader.sniff(headOf(TABLE))).toBe("yes");
  expect(erlangEprofReader.sniff(headOf("FUNCTION CALLS\n"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(erlangEprofReader, bytesOf(TABLE), 3000)).toBeGreaterThan(0);
});
