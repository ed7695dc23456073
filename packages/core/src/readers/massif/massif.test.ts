import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { totalsOf } from "../../index.ts";
import { massifReader } from "./index.ts";

const snapshot = (number: number, heap: number, kind: string, tree = ""): string =>
  `#-----------\nsnapshot=${number}\n#-----------\ntime=1\nmem_heap_B=${heap}\nmem_heap_extra_B=20\nmem_stacks_B=3\nheap_tree=${kind}\n${tree}`;
const TREE = `n2: 100 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n1: 80 0x4020CA3: make (mmap64.c:46)
  n1: 80 0x401AB70: main (in /usr/bin/prog)
   n0: 70 0x1: ???
 n0: 20 in 12 places, all below massif's threshold (1.00%)
`;
const OUT = `desc: (none)
cmd: ./a.out
time_unit: i
${snapshot(0, 0, "empty")}${snapshot(1, 500, "detailed", "n0: 500 (x) y\n")}${snapshot(2, 100, "peak", TREE)}${snapshot(3, 900, "empty")}`;

it("reads the peak's tree from its leaves", async () => {
  const profile = await readWith(massifReader, OUT);
  expect(foldedOf(profile)).toEqual([" 0", ";main;make 70", "[below threshold] 20", "main;make 10"]);
  expect([...totalsOf(profile)]).toEqual([100, 20, 3]);
  expect([...profile.frames.line]).toContain(46);
  expect(profile.mappings.map(({ path }) => path)).toEqual(["/usr/bin/prog"]);
  expect(noteCodes(profile)).toEqual(["other-snapshots×1"]);
});

it("takes the largest snapshot where there is no tree, and says what it could not use", async () => {
  const bare = await readWith(
    massifReader,
    OUT.split("#-----------\nsnapshot=1")[0]! + snapshot(3, 900, "empty"),
  );
  expect([...totalsOf(bare)]).toEqual([900, 20, 3]);
  expect(noteCodes(bare)).toEqual(["no-tree×1"]);
  const odd = await readWith(
    massifReader,
    `${OUT}${snapshot(4, 9, "detailed", "n0: 9 (x)\n    n0: 3 0x1: f\n!\n")}`,
  );
  expect(noteCodes(odd)).toEqual(["bad-depth×1", "bad-line×1", "other-snapshots×2"]);
  expect((await readingError(massifReader, "desc: x\ncmd: y\ntime_unit: i\n")).code).toBe("malformed");
  expect(massifReader.sniff(headOf(OUT))).toBe("yes");
  expect(massifReader.sniff(headOf("desc: x\n"))).toBe("no");
});

const PRINTED = `--------------------------------------------------------------------------------
Command:            ./a.out 1
Massif arguments:   (none)
ms_print arguments: massif.out
--------------------------------------------------------------------------------


    MB
9.538^                                                                       #
     |                                                                     :@#
   0 +----------------------------------------------------------------------->Mi
     0                                                                   11.59

Number of snapshots: 51
 Detailed snapshots: [1, 2 (peak)]

--------------------------------------------------------------------------------
  n        time(i)         total(B)   useful-heap(B) extra-heap(B)    stacks(B)
--------------------------------------------------------------------------------
  0              0                0                0             0            0
  1      2,142,443            1,500            1,000           500            0
99.99% (1,000B) (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
->99.99% (1,000B) 0x109243: other (hot.c:22)
  
--------------------------------------------------------------------------------
  n        time(i)         total(B)   useful-heap(B) extra-heap(B)    stacks(B)
--------------------------------------------------------------------------------
  2     11,950,003          100,023          100,000            20            3
99.99% (100,000B) (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
->79.99% (80,000B) 0x4020CA3: make (mmap64.c:46)
| ->69.99% (70,000B) 0x401AB70: main (in /usr/bin/prog)
| | ->69.99% (70,000B) 0x1: ???
| |   
| ->10.00% (10,000B) in 1+ places, all below ms_print's threshold (01.00%)
| 
->19.99% (20,000B) in 12 places, all below massif's threshold (01.00%)
  
  3     12,950,003                0                0             0            0
`;

it("reads what ms_print draws of it", async () => {
  const profile = await readWith(massifReader, PRINTED);
  expect(foldedOf(profile)).toEqual([
    " 0",
    ";main;make 70000",
    "[below threshold] 20000",
    "[below threshold];make 10000",
  ]);
  expect([...totalsOf(profile)]).toEqual([100000, 20, 3]);
  expect(profile.meta.title).toBe("./a.out 1");
  expect(noteCodes(profile)).toEqual(["other-snapshots×1"]);
  const odd = PRINTED.replace(
    "  0              0                0 ",
    "->1.00% (1B) 0x1: f\nodd\n  0    0   0 ",
  );
  expect(noteCodes(await readWith(massifReader, odd))).toEqual(["bad-line×2", "other-snapshots×1"]);
  expect(massifReader.sniff(headOf(PRINTED.replaceAll("\n", "\r\n")))).toBe("yes");
});

it("reads or refuses mutations", async () => {
  for (const text of [OUT, PRINTED])
    expect(await readMutations(massifReader, bytesOf(text), 3000)).toBeGreaterThan(0);
});
