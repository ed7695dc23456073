import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { rprofReader } from "./index.ts";

const OUT = `memory profiling: line profiling: sample.interval=20000
#File 1: foo.R
:1:2:3:4:"<GC>" "if\\"else" 1#21 "foo" 9#5 "source" 
"c" "heavy" "main" 
1#3

junk
`;

it("reads samples with time, lines and memory", async () => {
  const profile = await readWith(rprofReader, OUT);
  expect(foldedOf(profile, 0)).toEqual([
    " 1",
    "<top level> 1",
    "main;heavy;c 1",
    'source;foo;if"else;<GC> 1',
  ]);
  expect(foldedOf(profile)).toContain("main;heavy;c 20000000");
  expect([...profile.samples.time!]).toEqual([0, 20e6, 40e6, 60e6]);
  expect(profile.labelSets[1]!.map(({ value }) => value)).toEqual([1, 2, 3, 4]);
  const places = [...profile.frames.name].map((name, i) => [
    profile.strings.get(name),
    profile.strings.get(profile.frames.file[i]!),
    profile.frames.line[i],
  ]);
  expect(places).toContainEqual(["foo", "foo.R", 21]);
  expect(places).toContainEqual(["source", "#9", 5]);
  expect(noteCodes(profile)).toEqual(["bad-line×1"]);
});

it("refuses a file without samples and knows its own", async () => {
  expect((await readingError(rprofReader, "sample.interval=20000\n")).code).toBe("malformed");
  expect(rprofReader.sniff(headOf(OUT))).toBe("yes");
  expect(rprofReader.sniff(headOf('"a" "b"\n'))).toBe("no");
});
