import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { ghcProfReader } from "./index.ts";

const REPORT = `\tSun Nov 22 13:34 2026 Time and Allocation Profiling Report  (Final)

\t   whs +RTS -P -poghc-P -RTS

\ttotal time  =        0.05 secs   (48 ticks @ 1000 us, 1 processor)
\ttotal alloc =  62,540,720 bytes  (excludes profiling overheads)

COST CENTRE MODULE SRC            %time %alloc  ticks     bytes

COST CENTRE  MODULE                SRC             no.     entries  %time %alloc   %time %alloc  ticks     bytes

MAIN         MAIN                  <built-in>      148           0    0.0    0.0   100.0  100.0      0       816
 CAF         Main                  <entire-module> 295           0    0.0    0.0   100.0   99.8      0         0
  main       Main                  W.hs:11:1-127   296           1    0.0    2.6   100.0   99.8      0   1609200
   größe     Main                  W.hs:(7,1)-(9,2) 299           1    6.2    0.0     6.2    0.0      3        16
       lost  Main                  W.hs:1:1        299           1    6.2    0.0     6.2    0.0      3        16
`;

it("reads ticks, bytes and entries", async () => {
  const profile = await readWith(ghcProfReader, REPORT);
  expect(foldedOf(profile, 0)).toContain("MAIN.MAIN;Main.CAF;Main.main;Main.größe 3000000");
  expect(foldedOf(profile, 1)).toContain("MAIN.MAIN;Main.CAF;Main.main 1609200");
  expect(foldedOf(profile, 2)).toContain("MAIN.MAIN;Main.CAF;Main.main;Main.größe 1");
  expect([...profile.frames.line]).toEqual([0, 0, 11, 7]);
  expect(profile.strings.get(profile.frames.file[2]!)).toBe("W.hs");
  expect(noteCodes(profile)).toEqual(["bad-line×1"]);
});

it("works out percentages where there is nothing better, and says so", async () => {
  const percent = REPORT.replaceAll(/(\d\.\d)\s+\d+\s+\d+$/gm, "$1");
  const profile = await readWith(ghcProfReader, percent);
  expect(foldedOf(profile, 0)).toContain("MAIN.MAIN;Main.CAF;Main.main;Main.größe 2976000");
  expect(noteCodes(profile)).toEqual(["bad-line×1", "percentages×1"]);
});

it("refuses a report without a tree and knows its own", async () => {
  expect((await readingError(ghcProfReader, REPORT.split("COST CENTRE  M")[0]!)).code).toBe("malformed");
  expect(ghcProfReader.sniff(headOf(REPORT))).toBe("yes");
  expect(ghcProfReader.sniff(headOf("COST CENTRE\n"))).toBe("no");
});
