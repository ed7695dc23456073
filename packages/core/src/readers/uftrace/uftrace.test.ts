import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { uftraceReader } from "./index.ts";

const spent = (lines: string[]): string[] => lines.filter((line) => !line.endsWith(" 0"));

const REPLAY = `# DURATION     TID     FUNCTION
            [   7] | main(3, "a;b") {
            [   8] | ns::Foo::operator()() {
   2.000 us [   7] |   strtol("1 (x)", 0) = 1;
            [   7] |   hoard() {
   1.500 us [   7] |     malloc() = 0x1; /* hot.c:12 */
            [   7] |     /* linux:sched-out (pre-empted) */
   1.000 us [   7] |     /* linux:sched-in */
   3.000 us [   7] |   } = "..."; /* hoard */
   1.000 ms [   7] |   /* linux:schedule */
   1.010 ms [   7] | } /* main */
`;

it("follows the calls of each thread, and gives callers what their callees leave", async () => {
  const profile = await readWith(uftraceReader, REPLAY);
  expect(spent(foldedOf(profile))).toEqual([
    "main 5000",
    "main;hoard 500",
    "main;hoard;linux:schedule (pre-empted) 1000",
    "main;hoard;malloc 1500",
    "main;linux:schedule 1000000",
    "main;strtol 2000",
  ]);
  expect(foldedOf(profile, 1).filter((line) => line.endsWith(" 1"))).toEqual([
    "main 1",
    "main;hoard 1",
    "main;hoard;malloc 1",
    "main;strtol 1",
    "ns::Foo::operator() 1",
  ]);
  expect(profile.threads.map(({ tid }) => tid)).toEqual([7, 8]);
  expect([...profile.frames.line]).toContain(12);
  expect(noteCodes(profile)).toEqual(["still-running×1"]);
});

it("says what does not fit", async () => {
  const odd = `${REPLAY.replace("   2.000 us [   7] |   strtol", "            [   7] |   strtol")}what
   1.000 us [   7] | } /* gone */
            [   7] | /* read:proc/statm */
            [   9] | a() {
            [   9] |   b() {
   3.000 us [   9] | } /* a */
   3.000 us [   9] | } /* c */

uftrace stopped tracing with remaining functions
================================================
task: 8
[0] ns::Foo::operator()
`;
  const profile = await readWith(uftraceReader, odd);
  expect(noteCodes(profile)).toEqual([
    "no-duration×1",
    "bad-line×1",
    "return-only×2",
    "events×1",
    "unmatched-return×1",
    "still-running×1",
  ]);
  expect(foldedOf(profile)).toContain("a 3000");
  const other = await readingError(uftraceReader, "# ELAPSED    FUNCTION\n  1.000 us | main() {\n");
  expect(other.hint).toContain("uftrace replay");
});

const GRAPH = `# Function Call Graph for 'hot' (session: 795ed11b676109b3)
=============== BACKTRACE ===============
 backtrace #0: hit 1, time   8.341 ms
   [0] main (0x1)

========== FUNCTION CALL GRAPH ==========
# TOTAL TIME   FUNCTION
    8.341 ms : (1) prog
    2.343 us :  +-(1) __cxa_atexit
             :  | 
    8.000 ms :  +-(1) main
    5.000 ms :     +-(100) hoard
    4.000 ms :     | (100) memset
  100.000 us :     | (1) linux:schedule (pre-empted)
             :     | 
    1.000 ms :     +-(3) hot
    1.000 ms :       (3) deep
`;

it("reads the tree of the graph: an only child stands below its parent", async () => {
  const profile = await readWith(uftraceReader, GRAPH);
  expect(spent(foldedOf(profile))).toEqual([
    "prog 338657",
    "prog;__cxa_atexit 2343",
    "prog;main 2000000",
    "prog;main;hoard 1000000",
    "prog;main;hoard;memset 3900000",
    "prog;main;hoard;memset;linux:schedule (pre-empted) 100000",
    "prog;main;hot;deep 1000000",
  ]);
  expect(foldedOf(profile, 1)).toContain("prog;main;hoard;memset 100");
  expect(noteCodes(await readWith(uftraceReader, `${GRAPH}  1.000 xx : (1) odd\n`))).toEqual(["bad-line×1"]);
});

const REPORT = `  Total time   Self time       Calls  Function
  ==========  ==========  ==========  ====================
    8.336 ms   27.454 us           1  main
    1.592 us    1.592 us           3  operator new
`;

it("reads the report's table", async () => {
  const profile = await readWith(uftraceReader, REPORT);
  expect(foldedOf(profile)).toEqual(["main 27454", "operator new 1592"]);
  expect(foldedOf(profile, 1)).toEqual(["main 1", "operator new 3"]);
  expect(noteCodes(profile)).toEqual(["no-stacks×1"]);
  expect(noteCodes(await readWith(uftraceReader, `${REPORT} odd\n`))).toContain("bad-line×1");
});

it("knows its texts", () => {
  for (const text of [REPLAY, GRAPH, REPORT]) expect(uftraceReader.sniff(headOf(text))).toBe("yes");
  expect(uftraceReader.sniff(headOf("# DURATION FUNCTION\na;b 1\n"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  for (const text of [REPLAY, GRAPH, REPORT]) {
    expect(await readMutations(uftraceReader, bytesOf(text), 3000)).toBeGreaterThan(0);
  }
});
