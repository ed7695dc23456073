import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { sleepyReader } from "./index.ts";

const STATS = "==> Stats.txt <==\nFilename: C:\\Program Files\\a.exe\nDuration: 35.656000\nSamples: 593\n\n";
const SYMBOLS = `==> Symbols.txt <==
sym1 "GDI32" "D3DKMTRender" "[unknown]" 0
sym2 "a" "f<int, 3>" "c:\\dev\\a.cpp" 12
0x7ff61234 "a" main "c:\\dev\\main.cpp" 7

`;
const STACKS = "==> Callstacks.txt <==\n0.065085 sym1 sym2 0x7ff61234\n0.5 sym2 0x7ff61234\n\n";

it("reads stacks with the symbols that they name", async () => {
  const profile = await readWith(sleepyReader, STATS + SYMBOLS + STACKS);
  expect(foldedOf(profile)).toEqual(["main;f<int, 3> 500000000", "main;f<int, 3>;D3DKMTRender 65085000"]);
  expect([...profile.frames.line]).toEqual([0, 12, 7]);
  expect(profile.mappings.map(({ path }) => path)).toEqual(["GDI32", "a"]);
  expect(profile.meta.title).toBe("C:\\Program Files\\a.exe");
  expect(profile.meta.duration).toBe(35.656e9);
  expect(noteCodes(profile)).toEqual([]);
  const turned = await readWith(sleepyReader, STATS + STACKS + SYMBOLS);
  expect(foldedOf(turned)).toEqual(foldedOf(profile));
});

it("says what it could not use", async () => {
  const odd = await readWith(
    sleepyReader,
    `${STATS}${SYMBOLS.trimEnd()}\nodd\n${STACKS.trimEnd()}\n1 sym9\nx\n`,
  );
  expect(noteCodes(odd)).toEqual(["bad-line×2", "unknown-symbol×1"]);
  expect((await readingError(sleepyReader, STATS)).code).toBe("malformed");
  expect(sleepyReader.sniff(headOf(STATS))).toBe("yes");
  expect(sleepyReader.sniff(headOf("==> a.txt <==\n"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(sleepyReader, bytesOf(STATS + SYMBOLS + STACKS), 3000)).toBeGreaterThan(0);
});
