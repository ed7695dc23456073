import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
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
