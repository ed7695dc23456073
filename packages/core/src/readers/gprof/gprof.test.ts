import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { totalsOf } from "../../index.ts";
import { gprofReader } from "./index.ts";

const FLAT = `Flat profile:

Each sample counts as 0.01 seconds.
  %   cumulative   self              self     total           
 time   seconds   seconds    calls  us/call  us/call  name    
 75.00      0.15     0.15     2402    62.55    62.55  hot
 25.00      0.20     0.05                             alone (g.c:7 @ 11c9)
  0.00      0.20     0.00        1     0.00    62.55  cold

`;
const GRAPH = `			Call graph


granularity: each sample hit covers 2 byte(s) for 6.66% of 0.15 seconds

index % time    self  children    called     name
                0.01    0.00       1/2402        cold [7]
                0.06    0.00     900/2402        b <cycle 1> [5]
                0.08    0.00    1200/2402        a <cycle 1> [4]
[1]    100.0    0.15    0.00    2402         hot [1]
-----------------------------------------------
                                                 <spontaneous>
[2]    100.0    0.00    0.15                 main [2]
                0.00    0.14     300/300         a <cycle 1> [4]
                0.00    0.01       1/1           cold [7]
-----------------------------------------------
[3]     87.4    0.00    0.14     300+1800    <cycle 1 as a whole> [3]
                0.00    0.08    1200             a <cycle 1> [4]
                0.00    0.06     900             b <cycle 1> [5]
-----------------------------------------------
                                 900             b <cycle 1> [5]
                0.00    0.14     300/300         main [2]
[4]     50.0    0.00    0.08    1200         a <cycle 1> [4]
                0.08    0.00    1200/2402        hot [1]
                                 900             b <cycle 1> [5]
-----------------------------------------------
                                 900             a <cycle 1> [4]
[5]     37.5    0.00    0.06     900         b <cycle 1> [5]
                0.06    0.00     900/2402        hot [1]
                                 900             a <cycle 1> [4]
-----------------------------------------------
                0.00    0.01       1/1           main [2]
[7]      0.0    0.00    0.01       1         cold [7]
                0.01    0.00       1/2402        hot [1]
-----------------------------------------------

Index by function name

   [4] a                       [7] cold
`;

it("shares out the call graph, and adds what only the flat profile knows", async () => {
  const profile = await readWith(gprofReader, FLAT + GRAPH);
  const folded = foldedOf(profile).map((line) =>
    line.replace(/[\d.]+$/, (weight) => String(Math.round(Number(weight)))),
  );
  expect(folded).toEqual([
    "alone 50000000",
    "main;a;b;hot 60000000",
    "main;a;hot 80000000",
    "main;cold;hot 10000000",
  ]);
  expect([...profile.frames.line]).toContain(7);
  expect(noteCodes(profile)).toEqual(["recursion-folded×1", "call-graph×1"]);
});

it("reads a flat profile alone, with calls where there is no time", async () => {
  const flat = await readWith(gprofReader, FLAT);
  expect([...totalsOf(flat)]).toEqual([0.2e9, 2403]);
  expect(flat.meta.defaultValueType).toBe(0);
  expect(noteCodes(flat)).toEqual(["no-stacks×1"]);
  const short = await readWith(gprofReader, FLAT.replace(/0\.\d\d /g, "0.00 "));
  expect(short.meta.defaultValueType).toBe(1);
});

const VTUNE = `Index  % CPU Time:Total  CPU Time:Self  CPU Time:Children  Name                          Index
-----  ----------------  -------------  -----------------  ----------------------------  -----
                         0.0            31.29                <spontaneous>               [2]
[0]    100.0             0.0            31.29              ns::start (int)               [0]
                         1.0            30.29                main                        [1]
                                                                                         
                         1.0            30.29                ns::start (int)             [0]
[1]    100.0             1.0            30.29              main <cycle 2>                [1]
                         30.29          0.0                  leaf                        [3]
                                                                                         
[2]    100.0             0.0            31.29              <spontaneous>                 [2]
                         0.0            31.29                ns::start (int)             [0]
                                                                                         
                         30.29          0.0                  main                        [1]
[3]    96.0              30.29          0.0                leaf                          [3]
                                                                                         
Index by function name
`;

it("reads VTune's report of the same form", async () => {
  const profile = await readWith(gprofReader, VTUNE);
  expect(profile.valueTypes).toEqual([{ name: "cpu", unit: "nanoseconds" }]);
  expect(foldedOf(profile)).toEqual([
    "ns::start (int);main 1000000000",
    "ns::start (int);main;leaf 30290000000",
  ]);
  const counts = await readWith(gprofReader, VTUNE.replaceAll("CPU Time:", "Clockticks:"));
  expect(counts.valueTypes).toEqual([{ name: "Clockticks", unit: "count" }]);
});

it("says what it could not use, and knows its texts", async () => {
  const cut = await readWith(
    gprofReader,
    GRAPH.split("\n\nIndex by")[0]!.replace("-----\n", "-----\nodd [x]\n"),
  );
  expect(noteCodes(cut)).toContain("truncated×1");
  expect(noteCodes(cut).find((code) => code.startsWith("bad-line"))).toBeDefined();
  expect((await readingError(gprofReader, "Flat profile:\n")).hint).toContain("-pg");
  for (const text of [FLAT, GRAPH, VTUNE]) expect(gprofReader.sniff(headOf(text))).toBe("yes");
  expect(gprofReader.sniff(headOf("index % time\n"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  for (const text of [FLAT + GRAPH, VTUNE]) {
    expect(await readMutations(gprofReader, bytesOf(text), 3000)).toBeGreaterThan(0);
  }
});
