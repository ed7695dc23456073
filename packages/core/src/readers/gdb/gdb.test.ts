import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { gdbReader } from "./index.ts";

const DUMP = `[New LWP 19276]
Using host libthread_db library "/lib/x86_64-linux-gnu/libthread_db.so.1".

Thread 3 (Thread 0x7f81d77016c0 (LWP 19276) "w"):
#0  0x000055f01995c396 in inl_leaf (x=<optimized out>) at w.cpp:11
#1  leaf (x=<optimized out>, s=0x1 ":) at x") at w.cpp:12
#2  0x000055f01995c437 in std::function<void (int)>::operator() (this=0x1) at w.cpp:14
#3  0x00007f81d82bd4a3 in ?? () from /lib/libstdc++.so.6
#4  <signal handler called>
No locals.

Thread 1 (process 77):
#0  main () at w.cpp:21
#0  0x1 in again ()
`;

it("reads stacks of threads, again and again", async () => {
  const profile = await readWith(gdbReader, DUMP);
  expect(foldedOf(profile)).toEqual([
    "<signal handler called>;;std::function<void (int)>::operator();leaf;inl_leaf 1",
    "again 1",
    "main 1",
  ]);
  expect(profile.threads).toEqual([
    { name: "w", tid: 19276 },
    { name: "Thread 1", tid: 77 },
  ]);
  const { frames, strings, mappings } = profile;
  expect([...frames.line]).toEqual([11, 12, 14, 0, 0, 21, 0]);
  expect([...frames.inlined]).toEqual([1, 0, 0, 0, 0, 0, 0]);
  expect(strings.get(frames.file[0]!)).toBe("w.cpp");
  expect(mappings.map(({ path }) => path)).toEqual(["/lib/libstdc++.so.6"]);
  expect(frames.address[3]).toBe(0x7f81d82bd4a3n);
});

it("refuses a text without stacks, and says what it skipped", async () => {
  expect((await readingError(gdbReader, "#x\n")).code).toBe("malformed");
  expect(noteCodes(await readWith(gdbReader, "#0  main ()\n#1  0x1 in \n"))).toEqual(["bad-frame×1"]);
  expect(gdbReader.sniff(headOf(DUMP))).toBe("yes");
  expect(gdbReader.sniff(headOf("#0  0x000055f01995c396 leaf(double)\n"))).toBe("no");
});
