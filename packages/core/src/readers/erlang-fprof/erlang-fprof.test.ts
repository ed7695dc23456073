import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { totalsOf } from "../../index.ts";
import { erlangFprofReader } from "./index.ts";

const HEAD = `%% Analysis results:
{  analysis_options,
 [{callers, true},
  {sort, acc},
  {totals, true},
  {details, true}]}.

%                                         CNT       ACC       OWN        
[{ totals,                                 28,    0.005,    0.005}].  %%%
`;
const FUNCTIONS = `
{[{undefined,                               0,    0.100,    0.010}],     
 { {w,main,0},                              0,    0.100,    0.010},     %
 [{{w,f,1},                                 1,    0.070,    0.030},      
  {{w,'-g, h/0-',2},                        1,    0.020,    0.020}]}.    

{[{{w,main,0},                              1,    0.070,    0.010},      
  {{w,f,1},                                 9,    0.000,    0.020}],     
 { {w,f,1},                                10,    0.070,    0.030},     %
 [{suspend,                                 1,    0.040,    0.000},      
  {{w,f,1},                                 9,    0.000,    0.020}]}.    

{[{{w,main,0},                              1,    0.020,    0.020}],     
 { {w,'-g, h/0-',2},                        1,    0.020,    0.020},     %
 [ ]}.

{[{{w,f,1},                                 1,    0.040,    0.000}],     
 { suspend,                                 1,    0.040,    0.000},     %
 [ ]}.

{[ ],
 { undefined,                               0,    0.000,    0.000},     %
 [{{w,main,0},                              0,    0.100,    0.010}]}.    
`;
const PROCESS = `
[{ "<0.9.0>",                              28,undefined,    0.060},    %%
 { spawned_by, "<0.9.0>"},
 { spawned_as, {erlang,apply,["#Fun<hot.0.45843425>",[]]}}, 
 { initial_calls, [{erlang,apply,2}]}].
`;
const ANALYSIS = `${HEAD}${FUNCTIONS}${PROCESS}${FUNCTIONS}`;

it("shares out the call graph of each process", async () => {
  const profile = await readWith(erlangFprofReader, ANALYSIS);
  expect(foldedOf(profile).filter((line) => !line.endsWith(" 0"))).toEqual([
    "w:main/0 10000",
    "w:main/0;w:'-g, h/0-'/2 20000",
    "w:main/0;w:f/1 30000",
  ]);
  expect(foldedOf(profile, 1)).toContain("w:main/0;w:f/1;suspend 40000");
  expect(profile.threads.map(({ name }) => name)).toEqual(["<0.9.0>"]);
  expect(noteCodes(profile)).toEqual(["recursion-folded×1", "call-graph×1", "fprof-calls×1"]);
});

it("reads the totals where there is nothing else, and says what it could not use", async () => {
  const totals = await readWith(erlangFprofReader, HEAD + FUNCTIONS);
  expect([...totalsOf(totals)]).toEqual([60000, 40000]);
  expect(totals.threads).toEqual([]);
  const odd = await readWith(erlangFprofReader, `${ANALYSIS}what\n`);
  expect(noteCodes(odd)).toContain("bad-line×1");
  const cut = await readWith(erlangFprofReader, ANALYSIS.slice(0, -400));
  expect(noteCodes(cut)).toContain("truncated×1");
  expect((await readingError(erlangFprofReader, HEAD)).code).toBe("malformed");
  expect(erlangFprofReader.sniff(headOf(ANALYSIS))).toBe("yes");
  expect(erlangFprofReader.sniff(headOf("%% Analysis results:\n"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(erlangFprofReader, bytesOf(ANALYSIS), 3000)).toBeGreaterThan(0);
});
