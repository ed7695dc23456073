import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { bccMemleakReader } from "./index.ts";

const REPORTS = `Attaching to pid 5193, Ctrl+C to quit.
[11:16:33] Top 2 stacks with outstanding allocations:
        80 bytes in 5 allocations from stack
                 main+0x6d [allocs]
                 __libc_start_main+0xf0 [libc-2.21.so]

[11:16:34] Top 2 stacks with outstanding allocations:
        addr = 948cd0 size = 16
        160 bytes in 10 allocations from stack
                 main+0x6d [allocs]
                 __libc_start_main+0xf0 [libc-2.21.so]
        8 bytes in 1 allocations from stack
                 0x00007f1234 f(int)+0x6d [allocs]
                 [unknown] [libc-2.21.so]
# ./memleak
Attaching to kernel allocators, Ctrl+C to quit.
[11:16:35] Top 1 stacks with outstanding allocations:
        248 bytes in 4 allocations from stack
                 bpf_prog_load [kernel]
                 sys_bpf [kernel]
`;

it("reads the last report of each run", async () => {
  const profile = await readWith(bccMemleakReader, REPORTS);
  expect(foldedOf(profile)).toEqual([
    ";f(int) 8", // a module without a symbol
    "__libc_start_main;main 160",
    "sys_bpf;bpf_prog_load 248",
  ]);
  expect(foldedOf(profile, 1)).toContain("__libc_start_main;main 10");
  expect(profile.mappings.map(({ path }) => path)).toEqual(["allocs", "libc-2.21.so"]);
  expect([...profile.frames.kind]).toContain(2);
  expect(noteCodes(profile)).toEqual(["earlier-reports×1", "no-stack×1"]);
});

it("reads libbpf-tools' form", async () => {
  const text = `Tracing outstanding memory allocs...  Hit Ctrl-C to end
[12:09:10] Top 1 stacks with outstanding allocations:
4096 bytes in 2 allocations from stack
\t0 [<00007f9e2c0a1234>] malloc+0x14
\t1 [<0000000000401136>] main+0x20
`;
  expect(foldedOf(await readWith(bccMemleakReader, text))).toEqual(["main;malloc 4096"]);
  expect(bccMemleakReader.sniff(headOf(text))).toBe("yes");
  expect(bccMemleakReader.sniff(headOf("80 bytes in 5 allocations\n"))).toBe("no");
  expect((await readingError(bccMemleakReader, "Attaching to pid 1\n")).code).toBe("malformed");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(bccMemleakReader, bytesOf(REPORTS), 3000)).toBeGreaterThan(0);
});
