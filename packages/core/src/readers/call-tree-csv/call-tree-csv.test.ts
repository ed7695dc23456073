import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { callTreeCsvReader } from "./index.ts";

const VTUNE = `Function Stack,CPU Time:Self,Module
Total,0.0,[Unknown]
 main,0.5,a.exe
  "f<x,y>",1.25,b.dll
 g,oops,a.exe
`;
const VISUAL_STUDIO = `Level,Function Name,Number of Calls,Elapsed Inclusive Time %,Elapsed Exclusive Time %,Avg Elapsed Inclusive Time,Avg Elapsed Exclusive Time,Module Name,
0,"R.exe",0,100.00,0.00,0.00,0.00,"",
1,"Main(a,b)","2,893,824",91.25,18.39,401.92,81.02,"R.exe",
`;

it("reads VTune's seconds by indentation", async () => {
  const profile = await readWith(callTreeCsvReader, VTUNE);
  expect(foldedOf(profile)).toEqual(["main 500000000", "main;f<x,y> 1250000000"]);
  expect(profile.valueTypes).toEqual([{ name: "CPU Time", unit: "nanoseconds" }]);
  expect(profile.mappings.map(({ path }) => path)).toEqual(["a.exe", "b.dll"]);
  expect(noteCodes(profile)).toEqual(["bad-number×1"]);
});

it("reads Visual Studio's calls and shares by level", async () => {
  const profile = await readWith(callTreeCsvReader, VISUAL_STUDIO);
  expect(foldedOf(profile, 0)).toEqual(["R.exe;Main(a,b) 2893824"]);
  expect(foldedOf(profile, 1)).toEqual(["R.exe;Main(a,b) 18.39"]);
  expect(noteCodes(profile)).toEqual(["percentages×1"]);
});

it.each([
  ["a skipped level", VTUNE.replace('  "f<', '   "f<'), 4],
  ["a row without function", `${VISUAL_STUDIO}0\n`, 4],
  ["a level beyond its place", VISUAL_STUDIO.replace('1,"Main', '2,"Main'), 3],
  ["another header", "This is not a correct header\n", 1],
  ["a table without own weights", "Function Stack,Module\n", 1],
  ["a table without weights", "Level,Function Name,\n", 1],
])("refuses %s with its line", async (_, text, line) => {
  expect(await readingError(callTreeCsvReader, text)).toMatchObject({ code: "malformed", line });
});

it("refuses a table without rows and knows its own", async () => {
  expect((await readingError(callTreeCsvReader, VTUNE.split("\n")[0]!)).code).toBe("malformed");
  expect([VTUNE, VISUAL_STUDIO, "a,b\n"].map((text) => callTreeCsvReader.sniff(headOf(text)))).toEqual([
    "yes",
    "yes",
    "no",
  ]);
});

it.each([VTUNE, VISUAL_STUDIO])("reads or refuses mutations", async (text) => {
  expect(await readMutations(callTreeCsvReader, bytesOf(text), 3000)).toBeGreaterThan(0);
});
