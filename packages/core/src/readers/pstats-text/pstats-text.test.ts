import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { totalsOf } from "../../index.ts";
import { pstatsTextReader } from "./index.ts";

const TABLE = `hello from the program
         70687 function calls (70223 primitive calls) in 0.009 seconds

   Ordered by: internal time
   List reduced from 9 to 5 due to restriction <5>

   ncalls  tottime  percall  cumtime  percall filename:lineno(function)
       60    0.004    0.000    0.004    0.000 {built-in method builtins.sum}
    465/1    0.002    0.000    0.002    0.000 p.py:5(fib)
       60    0.001    0.000    0.005    0.000 p.py:2(leaf)
        1    0.002    0.002    0.009    0.009 p.py:6(main)
        0    0.000             0.000          p.py:9(<lambda>)


`;
const CALLERS = `   Ordered by: internal time

Function                                          was called by...
                                                      ncalls  tottime  cumtime
{built-in method builtins.sum}                    <-      60    0.004    0.004  p.py:2(leaf)
p.py:5(fib)                                       <-   464/2    0.001    0.000  p.py:5(fib)
                                                           1    0.001    0.002  p.py:6(main)
p.py:2(leaf)                                      <-      40    0.001    0.004  p.py:6(main)
                                                          20    0.000    0.001  p.py:5(fib)
p.py:6(main)                                      <- 

`;
const CALLEES = `Function                                          called...
                                                      ncalls  tottime  cumtime
p.py:2(leaf)                                      ->      60    0.004    0.004  {built-in method builtins.sum}
p.py:6(main)                                      ->       1    0.001    0.002  p.py:5(fib)

`;

it("reads a table without stacks", async () => {
  const profile = await readWith(pstatsTextReader, TABLE);
  expect(foldedOf(profile)).toEqual([
    "<built-in method builtins.sum> 4000000",
    "<lambda> 0",
    "fib 2000000",
    "leaf 1000000",
    "main 2000000",
  ]);
  expect([...totalsOf(profile)]).toEqual([9e6, 586]);
  expect([...profile.frames.line]).toEqual([0, 5, 2, 6, 9]);
  expect(noteCodes(profile)).toEqual(["reduced×4", "no-stacks×1", "rounded×1"]);
  const short = await readWith(pstatsTextReader, TABLE.replace(/0\.00\d/g, "0.000"));
  expect(short.valueTypes[short.meta.defaultValueType]!.name).toBe("calls");
});

it("takes the call graph from callers and callees, and own times from the table", async () => {
  const profile = await readWith(pstatsTextReader, TABLE + CALLERS + CALLEES + TABLE);
  expect(totalsOf(profile)[0]).toBeCloseTo(9e6);
  expect(foldedOf(profile).map((line) => line.replace(/ .*/, ""))).toEqual([
    "main",
    "main;fib",
    "main;fib;leaf",
    "main;fib;leaf;<built-in",
    "main;leaf",
    "main;leaf;<built-in",
  ]);
  expect(noteCodes(profile)).toContain("call-graph×1");
  // Without a table, a function's own time is what its callers say; the outermost functions' is not known.
  const callers = await readWith(pstatsTextReader, CALLERS);
  expect(totalsOf(callers)[0]).toBeCloseTo(7e6);
  const callees = await readWith(pstatsTextReader, CALLEES);
  expect(foldedOf(callees)).toEqual(["leaf;<built-in method builtins.sum> 4000000", "main;fib 1000000"]);
});

it("reads the pure Python profiler's callers, and profiles one below another", async () => {
  const other = TABLE.replace("0.009 seconds", "0.010 CPU seconds");
  expect(totalsOf(await readWith(pstatsTextReader, TABLE + other))[0]).toBeCloseTo(18e6);
  const counted = `${TABLE}Function             was called by...
p.py:2(leaf)         <- p.py:6(main)(40)    0.009
                        p.py:5(fib)(20)    0.002
p.py:5(fib)          <- p.py:6(main)(1)    0.009
`;
  const folded = foldedOf(await readWith(pstatsTextReader, counted));
  expect(folded.map((line) => line.replace(/ .*/, ""))).toContain("main;fib;leaf");
  expect((await readingError(pstatsTextReader, "x\n")).code).toBe("malformed");
  expect(pstatsTextReader.sniff(headOf(TABLE))).toBe("yes");
  expect(pstatsTextReader.sniff(headOf(CALLEES))).toBe("yes");
  expect(pstatsTextReader.sniff(headOf("ncalls tottime\n"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(pstatsTextReader, bytesOf(TABLE + CALLERS + CALLEES), 3000)).toBeGreaterThan(0);
});
