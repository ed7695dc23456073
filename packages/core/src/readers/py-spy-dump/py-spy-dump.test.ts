import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { pySpyDumpReader } from "./index.ts";

const TEXT = `Process 17973: /usr/bin/python zoo.py 4
Python v3.12.1 (/usr/bin/python3.12)

Thread 17973 (active+gil): "MainThread"
    sre_ucs1_match (libpython3.12.so.1.0)
    native (zoo (copy).py:29)
        Locals:
            ts: [<Thread at 0x7fd91e12c230>]
    0x7fd91e24524a (libc.so.6)
Thread 17975 (idle): "wörker;1"
    main.<locals>.<lambda> (zoo.py:56)
Thread 0x7FD9 (idle)
    <module> (zoo.py:67)
`;

it("reads the threads of the text", async () => {
  expect(pySpyDumpReader.sniff(headOf(TEXT))).toBe("yes");
  const profile = await readWith(pySpyDumpReader, TEXT);
  expect(foldedOf(profile)).toEqual(
    ["<module> 1", "main.<locals>.<lambda> 1", ";native;sre_ucs1_match 1"].sort(),
  );
  expect(profile.threads).toEqual([
    { name: "MainThread", pid: 17973, tid: 17973 },
    { name: "wörker;1", pid: 17973, tid: 17975 },
    { name: "0x7FD9", pid: 17973 },
  ]);
  const { frames, mappings, strings, meta } = profile;
  expect([...frames.kind]).toEqual([FrameKind.native, 0, FrameKind.native, 0, 0]);
  expect(mappings.map(({ path }) => path)).toEqual(["libpython3.12.so.1.0", "libc.so.6"]);
  expect([strings.get(frames.file[1]!), frames.line[1], frames.address[2]]).toEqual([
    "zoo (copy).py",
    29,
    0x7fd91e24524an,
  ]);
  expect(profile.labelSets).toContainEqual([
    { key: "state", value: "active" },
    { key: "gil", value: "gil" },
  ]);
  expect([meta.title, meta.producer]).toEqual(["/usr/bin/python zoo.py 4", "py-spy"]);
  expect(noteCodes(profile)).toEqual(["locals×2"]);
});

const JSON_DUMP = [
  {
    pid: 17973,
    thread_id: 140570387281600,
    thread_name: "Thread-1 (<lambda>)",
    os_thread_id: 17977,
    active: true,
    owns_gil: false,
    frames: [
      { name: "poll", filename: "x.c", module: "libc.so.6", short_filename: null, line: 0, locals: null },
      { name: "select", filename: "/lib/selectors.py", module: null, line: 468, locals: [], is_entry: false },
    ],
  },
  {
    pid: 17973,
    thread_id: 1,
    thread_name: null,
    os_thread_id: null,
    active: false,
    owns_gil: true,
    frames: [],
  },
];

it("reads the threads of the JSON", async () => {
  expect(pySpyDumpReader.sniff(headOf(JSON_DUMP))).toBe("yes");
  const profile = await readWith(pySpyDumpReader, JSON_DUMP);
  expect(foldedOf(profile)).toEqual([" 1", "select;poll 1"]);
  expect(profile.threads).toEqual([
    { name: "Thread-1 (<lambda>)", pid: 17973, tid: 17977 },
    { name: "", pid: 17973 },
  ]);
  expect([...profile.frames.line]).toEqual([0, 468]);
  expect(profile.labelSets).toContainEqual([{ key: "state", value: "active" }]);
});

it("leaves other texts alone, and refuses dumps without threads", async () => {
  expect(pySpyDumpReader.sniff(headOf([{ thread_id: 1 }]))).toBe("no");
  expect(pySpyDumpReader.sniff(headOf("Process 1: x\n"))).toBe("no");
  expect((await readingError(pySpyDumpReader, "Process 1: x\n")).code).toBe("malformed");
  expect(noteCodes(await readWith(pySpyDumpReader, `${TEXT}what\n`))).toContain("bad-line×1");
});

it("survives two thousand mutations", async () => {
  await readMutations(pySpyDumpReader, bytesOf(TEXT), 1000);
  await readMutations(pySpyDumpReader, bytesOf(JSON_DUMP), 1000);
});
