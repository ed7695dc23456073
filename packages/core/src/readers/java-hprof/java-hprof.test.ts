import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { totalsOf } from "../../index.ts";
import { javaHprofReader } from "./index.ts";

const HEAD = `JAVA PROFILE 1.0.1, created Fri Dec 18 16:33:00 2009

CPU SAMPLES     is a statistical profile of program execution.

--------

THREAD START (obj=5000012d, id = 200001, name="a "b", c", group="main")
THREAD START (obj=5000012d, id = 200002, name="idle", group="main")
THREAD END (id = 200001)
TRACE 300001: (thread=200001)
	java.io.File.close0(Native method)
	java.io.File.<init>(File.java:543)
	Main.main(<Unknown Source>:Unknown line)
TRACE 300002:
	<empty>
`;
const SAMPLES = `CPU SAMPLES BEGIN (total = 12) Fri Dec 18 16:33:36 2009
rank   self  accum   count trace method
   1 83.33% 83.33%      10 300001 java.io.File.close0
   2 16.67% 100.00%      2 300002 
CPU SAMPLES END
`;
const TIME = `CPU TIME (ms) BEGIN (total = 2000) Mon Aug  4 22:25:01 2008
rank   self  accum   count trace method
   1 25,50% 25,50%      59 300001 java.io.File.close0
CPU TIME (ms) END
`;
const SITES = `SITES BEGIN (ordered by live bytes) Mon Aug  4 22:25:01 2008
          percent          live          alloc'ed  stack class
 rank   self  accum     bytes objs     bytes  objs trace name
    1 44.69% 44.69%  1161280 14516  1161290 14517 300001 byte[]
SITES END
`;
const MONITOR = `MONITOR TIME BEGIN (total = 100 ms) Mon Aug  4 22:25:01 2008
rank   self  accum   count trace monitor
   1 50.00% 50.00%       3 300001 java.lang.Object (Java)
MONITOR TIME END
`;

it("reads samples with their traces", async () => {
  const profile = await readWith(javaHprofReader, HEAD + SAMPLES);
  expect(foldedOf(profile)).toEqual([" 2", "Main.main;java.io.File.<init>;java.io.File.close0 10"]);
  expect(profile.threads.map(({ name }) => name)).toEqual(['a "b", c']);
  expect([...profile.frames.line]).toEqual([0, 543, 0]);
  expect([...profile.frames.kind]).toEqual([1, 0, 0]);
  expect(profile.strings.get(profile.frames.file[1]!)).toBe("File.java");
  expect(noteCodes(profile)).toEqual([]);
});

it("reads times, allocations and monitors", async () => {
  const profile = await readWith(javaHprofReader, HEAD + TIME + SITES + MONITOR);
  const totals = profile.valueTypes.map(({ name, unit }, i) => `${name}/${unit} ${totalsOf(profile)[i]}`);
  expect(totals).toEqual([
    "time/nanoseconds 510000000",
    "calls/count 59",
    "inuse_space/bytes 1161280",
    "inuse_objects/count 14516",
    "alloc_space/bytes 1161290",
    "alloc_objects/count 14517",
    "contention/nanoseconds 50000000",
    "contentions/count 3",
  ]);
  expect(foldedOf(profile, 2)).toContain("Main.main;java.io.File.<init>;java.io.File.close0;byte[] 1161280");
  expect(foldedOf(profile, 7)).toContain(
    "Main.main;java.io.File.<init>;java.io.File.close0;java.lang.Object (Java) 3",
  );
  expect(noteCodes(profile)).toEqual(["rounded×2"]);
});

it("keeps the last of several dumps, and says what it could not use", async () => {
  const twice = await readWith(javaHprofReader, HEAD + SAMPLES + SAMPLES.replace("10 300001", "20 300009"));
  expect(totalsOf(twice)[0]).toBe(22);
  expect(noteCodes(twice)).toEqual(["earlier-dumps×1", "unknown-trace×1"]);
  const odd = `${HEAD}odd\n${SAMPLES.replace("CPU SAMPLES END", "odd")}HEAP DUMP BEGIN (1 objects)\nOBJ 1\nHEAP DUMP END\n`;
  expect(noteCodes(await readWith(javaHprofReader, odd))).toEqual(["bad-line×2", "dumps×1"]);
  expect(noteCodes(await readWith(javaHprofReader, HEAD + SAMPLES.split("CPU SAMPLES END")[0]!))).toEqual([
    "truncated×1",
  ]);
  expect((await readingError(javaHprofReader, HEAD)).hint).toContain("cpu=samples");
  expect(javaHprofReader.sniff(headOf(HEAD))).toBe("yes");
  expect(javaHprofReader.sniff(headOf("JAVA PROFILE 1.0.2\0"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(
    await readMutations(javaHprofReader, bytesOf(HEAD + SAMPLES + TIME + SITES + MONITOR), 3000),
  ).toBeGreaterThan(0);
});
