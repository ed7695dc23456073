import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import {
  bytesOf,
  headOf,
  type Input,
  noteCodes,
  readingError,
  readWith,
} from "../../../../../test/support/reading.ts";
import { chromeTraceReader } from "./index.ts";

const read = (input: Input) => readWith(chromeTraceReader, input);
const event = (ph: string, name: string | undefined, ts: number, more: object = {}): object => ({
  pid: 1,
  tid: 2,
  ph,
  ts,
  ...(name === undefined ? {} : { name }),
  ...more,
});
const X = (name: string, ts: number, dur: number, more: object = {}): object =>
  event("X", name, ts, { dur, ...more });
const B = (name: string, ts: number, more: object = {}): object => event("B", name, ts, more);
const E = (name: string | undefined, ts: number): object => event("E", name, ts);

describe("chrome-trace events", () => {
  it("weighs each stack by the time it stood, and counts events", async () => {
    const profile = await read([X("main", 100, 10), X("a", 102, 3), X("b", 105, 1.5), X("main", 120, 5)]);
    expect(profile.valueTypes).toEqual([
      { name: "duration", unit: "nanoseconds" },
      { name: "events", unit: "count" },
    ]);
    expect(foldedOf(profile)).toEqual(["main 10500", "main;a 3000", "main;b 1500"]);
    expect(foldedOf(profile, 1)).toEqual(["main 2", "main;a 1", "main;b 1"]);
    expect([...profile.samples.time!]).toEqual([0, 2000, 5000, 6500, 20_000]);
    expect(profile.meta).toMatchObject({ timeOrigin: 100_000n, clock: "monotonic", duration: 25_000 });
    expect(profile.notes).toEqual([]);
  });

  it("reads B and E in any order of the file, ends before beginnings at one time", async () => {
    const profile = await read([
      E("a", 4),
      E("main", 9),
      B("main", 0),
      B("a", 1),
      B("b", 4),
      E(undefined, 6),
    ]);
    expect(foldedOf(profile)).toEqual(["main 4000", "main;a 3000", "main;b 2000"]);
  });

  it("puts the longer of two events at one time outside, and B outside X", async () => {
    const profile = await read([X("short", 0, 2), X("long", 0, 9), X("x", 20, 3), B("b", 20), E("b", 23)]);
    expect(foldedOf(profile)).toEqual(["b 0", "b;x 3000", "long 7000", "long;short 2000"]);
  });

  it("lets every event last as long as it says where they overlap", async () => {
    const profile = await read([X("alpha", 0, 10), X("beta", 5, 10)]);
    expect(foldedOf(profile)).toEqual(["alpha 5000", "alpha;beta 5000", "beta 5000"]);
    expect(profile.notes).toMatchObject([{ code: "overlapping-events", count: 1, places: [{ offset: 59 }] }]);
  });

  it("cuts what exceeds its caller by rounding", async () => {
    const profile = await read([X("alpha", 0, 10), X("beta", 5, 6)]);
    expect(foldedOf(profile)).toEqual(["alpha 5000", "alpha;beta 5000"]);
    expect(noteCodes(profile)).toEqual(["end-rounded×1"]);
  });

  it("keeps an event without duration, and notes ends and beginnings without their other half", async () => {
    const profile = await read([B("open", 0), E("other", 3), X("nothing", 4, 0), X("a", 5, 1)]);
    expect(foldedOf(profile)).toEqual(["open 5000", "open;a 1000", "open;nothing 0"]);
    expect(foldedOf(profile, 1)).toEqual(["open 1", "open;a 1", "open;nothing 1"]);
    expect(noteCodes(profile)).toEqual(["end-without-begin×1", "never-ended×1"]);
  });

  it("names threads, and tells apart (pid, tid) pairs, numbers written as text included", async () => {
    const profile = await read([
      event("M", "process_name", 0, { args: { name: "app" } }),
      event("M", "thread_name", 0, { tid: "2", args: { name: "worker" } }),
      X("a", 0, 1),
      X("a", 0, 1, { tid: "2", ts: "5" }),
      X("a", 0, 1, { pid: 9 }),
      X("a", 0, 1, { pid: "Spans", tid: "PyTorch" }),
    ]);
    expect(profile.threads).toEqual([
      { name: "worker", pid: 1, tid: 2, process: "app" },
      { name: "", pid: 9, tid: 2 },
      { name: "PyTorch", process: "Spans" },
    ]);
    expect([...profile.samples.thread!]).toEqual([0, 0, 1, 2]);
  });

  it("says what makes no stacks", async () => {
    const more = [..."bneSTFiICstfNOD"].map((ph) => event(ph, "x", 0));
    const profile = await read([...more, 7, X("a", 0, 1), event("X", "b", Number.NaN), event("Z", "z", 0)]);
    expect(noteCodes(profile).sort()).toEqual([
      "async-events×6",
      "counter-events×1",
      "event-without-time×1",
      "flow-events×3",
      "instant-events×2",
      "no-event×1",
      "object-events×3",
      "unknown-events×1",
    ]);
  });

  it("reads a list whose end is missing, with or without a comma, and notes an event that is cut", async () => {
    const whole = JSON.stringify([X("a", 0, 1), X("b", 2, 1)]);
    for (const end of ["", ",", " ,\n "]) {
      const profile = await read(whole.slice(0, -1) + end);
      expect(foldedOf(profile)).toEqual(["a 1000", "b 1000"]);
      expect(profile.notes).toEqual([]);
    }
    const cut = await read(whole.slice(0, -9));
    expect(foldedOf(cut)).toEqual(["a 1000"]);
    expect(noteCodes(cut)).toEqual(["truncated×1"]);
    const object = await read(`{"traceEvents":${whole.slice(0, -1)}`);
    expect(noteCodes(object)).toEqual(["truncated×1"]);
  });

  it("takes clang's detail into the name, and leaves out its sums", async () => {
    const profile = await read({
      traceEvents: [
        X("Source", 0, 9, { args: { detail: "/usr/include/vector" } }),
        X("Total Source", 0, 9, { tid: 7, args: { count: 1, "avg ms": 9 } }),
      ],
      beginningOfTime: 1_700_000_000_000_000,
    });
    expect(foldedOf(profile)).toEqual(["Source: /usr/include/vector 9000"]);
    expect(profile.threads.length).toBe(1);
    expect(noteCodes(profile)).toEqual(["totals×1"]);
    expect(profile.meta).toMatchObject({
      producer: "clang -ftime-trace",
      timeOrigin: 1_700_000_000_000_000_000n,
      clock: "unix",
    });
  });

  it("finds py-spy's file and line in the arguments, and only py-spy's", async () => {
    const args = { filename: "/tmp/fib.py", line: 4 };
    const profile = await read([
      B("thread (1)", 0, { args: { filename: "", line: 0 }, cat: "py-spy" }),
      B("fib", 0, { args, cat: "py-spy" }),
      B("fib", 1, { args: { ...args, line: 5 }, cat: "py-spy" }),
      B("open", 2, { args }),
      E("open", 3),
      E("fib", 4),
      E("fib", 5),
      E("thread (1)", 5),
    ]);
    expect(foldedOf(profile)).toEqual([
      "thread (1) 0",
      "thread (1);fib 2000",
      "thread (1);fib;fib 2000",
      "thread (1);fib;fib;open 1000",
    ]);
    const { frames, strings } = profile;
    const places = Array.from(frames.name, (name, row) =>
      [strings.get(name), strings.get(frames.file[row]!), frames.line[row]].join(" "),
    );
    expect(places).toEqual(["thread (1)  0", "fib /tmp/fib.py 4", "fib /tmp/fib.py 5", "open  0"]);
  });

  it("finds file and line in names of Python functions and in Hermes' arguments", async () => {
    const hermes = { line: 54, column: 12, name: "beta", url: "/app.js", allocatedCategory: "JavaScript" };
    const profile = await read([
      X("fib (/tmp/fib.py:4)", 0, 5, { cat: "FEE" }),
      X("nn/module.py(1501): _call", 10, 5, { cat: "python_function" }),
      X("f (x:3)", 20, 5),
      B("beta", 30, { args: hermes }),
      E("beta", 32),
    ]);
    const { frames, strings } = profile;
    const rows = Array.from(frames.name, (name, row) =>
      [strings.get(name), strings.get(frames.file[row]!), frames.line[row], frames.column[row]].join(" "),
    );
    expect(rows).toEqual([
      "fib /tmp/fib.py 4 0",
      "_call nn/module.py 1501 0",
      "f (x:3)  0 0",
      "beta /app.js 54 12",
    ]);
    expect(profile.notes).toEqual([]);
  });

  it("keeps a stack of 50,000 open events without recursion", async () => {
    const list = Array.from({ length: 50_000 }, (_, i) => X(`f${i % 5}`, i, 200_000 - 2 * i));
    const profile = await read(list);
    expect(profile.stacks.length).toBe(50_000);
    expect(profile.samples.weights[0]!.reduce((a, b) => a + b, 0)).toBe(200_000_000);
  });
});

const node = (id: number, functionName: string, parent?: number): object => ({
  id,
  callFrame: { functionName, scriptId: 1, url: "a.js", lineNumber: 4, columnNumber: 0 },
  ...(parent === undefined ? {} : { parent }),
});

describe("chrome-trace CPU profiles", () => {
  const chunk = (ts: number, nodes: object[], samples: number[], timeDeltas: number[]): object =>
    event("P", "ProfileChunk", ts, {
      tid: 99,
      id: "0x1",
      args: { data: { cpuProfile: { nodes, samples }, timeDeltas } },
    });

  it("joins pieces by id and process, in the order of time, under the thread that declared them", async () => {
    const profile = await read([
      event("M", "thread_name", 0, { args: { name: "CrRendererMain" } }),
      event("P", "Profile", 1000, { id: "0x1", args: { data: { startTime: 1000 } } }),
      chunk(5000, [node(3, "b", 2)], [3, 3], [10, 30]),
      chunk(2000, [node(1, "(root)"), node(2, "main", 1)], [2], [20]),
      event("P", "ProfileChunk", 9, { pid: 77, id: "0x1", args: {} }),
      X("RunTask", 900, 300),
    ]);
    expect(profile.valueTypes.map(({ name }) => name)).toEqual(["samples", "wall", "duration", "events"]);
    expect(profile.meta.defaultValueType).toBe(1);
    expect(foldedOf(profile, 0)).toEqual(["RunTask 0", "main 1", "main;b 2"]);
    expect(foldedOf(profile, 1)).toEqual(["RunTask 0", "main 10000", "main;b 50000"]);
    expect(foldedOf(profile, 2)).toEqual(["RunTask 300000", "main 0", "main;b 0"]);
    expect([...profile.samples.time!]).toEqual([120_000, 130_000, 160_000, 0]);
    expect([...profile.samples.thread!].map((row) => profile.threads[row]!.name)).toEqual(
      Array(4).fill("CrRendererMain"),
    );
  });

  it("reads the whole profile of one old event", async () => {
    const cpuProfile = {
      nodes: [node(1, "(root)"), node(2, "f", 1)],
      startTime: 5,
      endTime: 9,
      samples: [2],
      timeDeltas: [1],
    };
    const profile = await read([event("I", "CpuProfile", 3, { args: { data: { cpuProfile } } })]);
    expect(foldedOf(profile, 0)).toEqual(["f 1"]);
    expect(foldedOf(profile, 1)).toEqual(["f 3000"]);
  });

  it("reads Hermes' samples, of which each lasts until the next of its thread", async () => {
    const sample = (ts: number, tid: string, sf: number): object => ({
      ts: String(ts),
      pid: 1,
      tid,
      weight: "1",
      sf,
    });
    const profile = await read({
      traceEvents: [],
      samples: [sample(10, "1", 2), sample(12, "2", 1), sample(16, "1", 1), sample(18, "1", 9)],
      stackFrames: { 1: { name: "[root]" }, 2: { name: "f", category: "JavaScript", parent: 1 } },
    });
    expect(foldedOf(profile, 1)).toEqual([" 4000", "[root] 2000", "[root];f 6000"]);
    expect(noteCodes(profile)).toEqual(["missing-frame×1"]);
  });
});

describe("chrome-trace input", () => {
  it("knows its own and no other JSON", () => {
    const verdict = (input: Input): string => chromeTraceReader.sniff(headOf(input));
    expect(verdict([X("a", 0, 1)])).toBe("yes");
    expect(verdict({ otherData: {}, traceEvents: [] })).toBe("yes");
    expect(verdict({ nodes: [], traceEvents: 4 })).toBe("no");
    expect(verdict([{ name: "traceEvents" }])).toBe("no");
    expect(verdict("main;a 1")).toBe("no");
  });

  it("refuses what has no stacks, with a reason", async () => {
    expect(await readingError(chromeTraceReader, [])).toMatchObject({ code: "malformed" });
    expect(await readingError(chromeTraceReader, [event("i", "x", 1)])).toMatchObject({ code: "malformed" });
    expect(await readingError(chromeTraceReader, '[{"ph":"X"')).toMatchObject({ code: "truncated" });
    expect(await readingError(chromeTraceReader, '[{"ph" "X"}]')).toMatchObject({
      code: "malformed",
      offset: 7,
    });
  });

  it("reads or refuses mutations", async () => {
    const bytes = bytesOf({
      traceEvents: [
        event("M", "thread_name", 0, { args: { name: "t" } }),
        event("P", "Profile", 0, { id: "0x1", args: { data: { startTime: 1 } } }),
        event("P", "ProfileChunk", 2, {
          id: "0x1",
          args: {
            data: {
              cpuProfile: { nodes: [node(1, "(root)"), node(2, "f", 1)], samples: [2, 2] },
              timeDeltas: [1, 2],
            },
          },
        }),
        B("main", 0, { args: { line: 3, url: "x", allocatedCategory: "" } }),
        X("a", 1.5, 2, { args: { detail: "d" }, cat: "FEE" }),
        X("b", 2, 5),
        E("main", 9),
      ],
      samples: [{ ts: "1", tid: "2", pid: 1, sf: 1 }],
      stackFrames: { 1: { name: "r", parent: 2 }, 2: { name: "q" } },
    });
    expect(await readMutations(chromeTraceReader, bytes, 3000)).toBeGreaterThan(100);
  });
});
