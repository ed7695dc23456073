import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind, readerById } from "../../index.ts";
import { austinReader } from "./index.ts";

const WALL = `# austin: 3.4.1
# interval: 1000
# mode: wall

P403;T0:87;/a b.py:base:2;C:\\m.py:middle:5;:GC: 10
P403;T87 3
noise
`;

it("reads places, threads, and microseconds", async () => {
  const profile = await readWith(austinReader, WALL);
  expect(foldedOf(profile)).toEqual([" 3000", "base;middle;GC 10000"]);
  expect(profile.threads).toEqual([
    { name: "0:87", pid: 403, tid: 87 },
    { name: "", pid: 403, tid: 87 },
  ]);
  expect([...profile.frames.line]).toEqual([2, 5, 0]);
  expect(profile.strings.get(profile.frames.file[1]!)).toBe("C:\\m.py");
  expect(profile.meta).toMatchObject({ producer: "austin 3.4.1", period: { value: 1_000_000 } });
  expect(noteCodes(profile)).toEqual(["bad-line×1"]);
});

it("reads memory, cpu and full mode", async () => {
  const memory = await readWith(austinReader, "# mode: memory\nP1;T2;a:f:1 -64\n");
  expect([memory.valueTypes, foldedOf(memory)]).toEqual([[{ name: "memory", unit: "bytes" }], ["f -64"]]);
  const full = await readWith(austinReader, "# mode: full\nP1;T2;a:f:1 10,0,5\nP1;T2;a:f:1 20,1,-3\n");
  expect([0, 1, 2].map((type) => foldedOf(full, type))).toEqual([["f 30000"], ["f 10000"], ["f 2"]]);
  expect((await readWith(austinReader, "# mode: cpu\nP1;T2;a:f:1 1\n")).valueTypes[0]!.name).toBe("cpu");
});

const AUSTINP = `# map: 555fc8f22000-555fc8f24000 /usr/bin/python3.12
# austin: 3.7.0
# interval: 10000
# mode: wall

P9;T0:9;native@555fc8f23081:_start:33;native@7fcb47245305::;/a.py:hot:23;kernel:do_syscall_64:0 10
P9;T0:9;:INVALID: 5
`;

it("reads austinp's native and kernel frames", async () => {
  expect(austinReader.sniff(headOf(AUSTINP))).toBe("yes");
  expect(readerById("folded")!.sniff(headOf(AUSTINP))).toBe("no");
  const profile = await readWith(austinReader, AUSTINP);
  expect(foldedOf(profile)).toEqual(["INVALID 5000", "_start;[unknown];hot;do_syscall_64 10000"]);
  const { frames, mappings, meta, notes } = profile;
  expect([...frames.address.slice(0, 2)]).toEqual([0x555fc8f23081n, 0x7fcb47245305n]);
  expect([...frames.line.slice(0, 4)]).toEqual([0, 0, 23, 0]);
  expect([...frames.kind.slice(0, 4)]).toEqual([
    FrameKind.native,
    FrameKind.native,
    FrameKind.unknown,
    FrameKind.kernel,
  ]);
  expect([mappings[frames.mapping[0]!]!.path, frames.mapping[1]]).toEqual(["/usr/bin/python3.12", -1]);
  expect([meta.producer, notes]).toEqual(["austin 3.7.0", []]);
});

it("refuses a text without samples; knows its own, which folded leaves to it", async () => {
  expect((await readingError(austinReader, "# austin: 3\n")).code).toBe("malformed");
  expect(austinReader.sniff(headOf(WALL))).toBe("yes");
  expect(readerById("folded")!.sniff(headOf(WALL))).toBe("no");
  expect(austinReader.sniff(headOf("a;b 3\n"))).toBe("no");
});
