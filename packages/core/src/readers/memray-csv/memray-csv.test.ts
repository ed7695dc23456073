import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { csvFields, groupedNumber } from "../../codec/csv.ts";
import { memrayCsvReader } from "./index.ts";

const TABLE = `allocator,num_allocations,size,tid,thread_name,stack_trace
MALLOC,1,708,1,0x1,leaf;<frozen x>;1147|main;/a.py;3
MMAP,2,10,1,0x1,"le,af;b.py;2|main;/a.py;3"
FREE,x,1
`;

it("reads allocations, sizes, threads and places", async () => {
  const profile = await readWith(memrayCsvReader, TABLE);
  expect(foldedOf(profile)).toEqual(["main;le,af 10", "main;leaf 708"]);
  expect(foldedOf(profile, 0)).toEqual(["main;le,af 2", "main;leaf 1"]);
  expect(profile.threads).toEqual([{ name: "0x1", tid: 1 }]);
  expect(profile.labelSets[2]).toEqual([{ key: "allocator", value: "MMAP" }]);
  expect([...profile.frames.line]).toEqual([3, 1147, 2]);
  expect(noteCodes(profile)).toEqual(["bad-line×1"]);
  expect((await readingError(memrayCsvReader, TABLE.split("\n")[0]!)).code).toBe("malformed");
  expect(memrayCsvReader.sniff(headOf(TABLE))).toBe("yes");
  expect(memrayCsvReader.sniff(headOf("a,b\n"))).toBe("no");
});

it("reads CSV records and grouped numbers", () => {
  expect(csvFields('0,"a,""b""",,"open')).toEqual(["0", 'a,"b"', "", "open"]);
  expect(csvFields('  "in,dented", plain,')).toEqual(["  in,dented", " plain", ""]);
  expect([groupedNumber("2,893,824"), groupedNumber("1.50"), groupedNumber("x")]).toEqual([
    2893824,
    1.5,
    undefined,
  ]);
});
