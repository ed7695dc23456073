import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, corpusRoot, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { artMethodTraceReader } from "./index.ts";

const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];
const little = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
const joined = (...parts: number[][]): Uint8Array => Uint8Array.from(parts.flat());

const TEXT = (clock: string): string => `*version
3
data-file-overflow=true
clock=${clock}
elapsed-time-usec=100
pid=7
*threads
7\tmain
8\tworker thread
*methods
0x10\tapp.Main\trun\t()V\tMain.java
0x14\tapp.Main\twork\t(I)V\tMain.java\t42
nonsense
*end
`;
const header = (version: number, size: number): number[] => [
  ...bytes("SLOW"),
  ...little(version, 2),
  ...little(32, 2),
  ...little(1000, 8),
  ...little(size, 2),
  ...Array<number>(14).fill(0),
];
/** enter 0, exit 1, unroll 2; times in microseconds. */
const record = (tid: number, method: number, action: number, cpu: number, wall?: number): number[] => [
  ...little(tid, 2),
  ...little(method + action, 4),
  ...little(cpu, 4),
  ...(wall === undefined ? [] : little(wall, 4)),
];
const RECORDS = [
  record(7, 0x10, 0, 1, 10),
  record(7, 0x14, 0, 3, 20),
  record(8, 0x18, 0, 0, 25),
  record(7, 0x14, 2, 4, 50),
  record(7, 0x10, 1, 5, 60),
  record(7, 0x10, 1, 5, 61),
];
const REGULAR = joined(bytes(TEXT("dual")), header(3, 14), ...RECORDS);

describe("Android method traces", () => {
  it("reads the calls of each thread, by both clocks", async () => {
    const profile = await readWith(artMethodTraceReader, REGULAR);
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
      "wall/nanoseconds",
      "cpu/nanoseconds",
      "calls/count",
    ]);
    const unknown = "[unknown method 0x18]";
    expect(foldedOf(profile, 0)).toEqual([
      `${unknown} 36000`,
      "app.Main.run 20000",
      "app.Main.run;app.Main.work 30000",
    ]);
    expect(foldedOf(profile, 1)).toEqual([
      `${unknown} 0`,
      "app.Main.run 3000",
      "app.Main.run;app.Main.work 1000",
    ]);
    expect(foldedOf(profile, 2)).toEqual([`${unknown} 1`, "app.Main.run 1", "app.Main.run;app.Main.work 1"]);
    expect(profile.threads).toEqual([
      { name: "main", tid: 7, pid: 7 },
      { name: "worker thread", tid: 8, pid: 7 },
    ]);
    expect([...profile.samples.time!]).toEqual([10000, 20000, 50000, 25000]);
    expect(profile.meta).toMatchObject({ timeOrigin: 1_000_000n, duration: 61000 });
    expect(profile.strings.get(profile.frames.file[1]!)).toBe("Main.java");
    expect(profile.frames.line[1]).toBe(42);
    expect(noteCodes(profile)).toEqual([
      "bad-line×1",
      "exit-without-entry×1",
      "never-left×1",
      "overflow×1",
      "unknown-method×1",
    ]);
  });

  it("knows traces of one clock", async () => {
    const one = (clock: string): Uint8Array =>
      joined(
        bytes(TEXT(clock).replace("\n3\n", "\n2\n")),
        header(2, 0),
        record(7, 0x10, 0, 1),
        record(7, 0x14, 1, 9),
        [1, 2, 3],
      );
    const wall = await readWith(artMethodTraceReader, one("wall"));
    expect(wall.valueTypes.map(({ name }) => name)).toEqual(["wall", "calls"]);
    expect(foldedOf(wall)).toEqual(["app.Main.run 8000"]);
    expect(noteCodes(wall)).toEqual(["bad-line×1", "truncated×1", "exit-out-of-order×1", "overflow×1"]);
    const cpu = await readWith(artMethodTraceReader, one("thread-cpu"));
    expect(cpu.valueTypes.map(({ name }) => name)).toEqual(["cpu", "calls"]);
  });

  const streamed = (...rest: number[][]): Uint8Array =>
    joined(
      header(0xf3, 14),
      [0, 0, 2, ...little(7, 2), ...little(4, 2), ...bytes("main")],
      [0, 0, 1, ...little(19, 2), ...bytes("0x10\tapp.Main\trun\t(")],
      ...RECORDS.slice(0, 2),
      [0, 0, 1, ...little(20, 2), ...bytes("0x14\tapp.Main\twork\t(")],
      ...RECORDS.slice(3, 5),
      ...rest,
    );
  it("reads what was streamed, names among the records", async () => {
    const summary = bytes("*version\n3\nclock=dual\npid=7\n");
    const profile = await readWith(
      artMethodTraceReader,
      streamed([0, 0, 3, ...little(summary.length, 4), ...summary]),
    );
    expect(foldedOf(profile)).toEqual(["app.Main.run 20000", "app.Main.run;app.Main.work 30000"]);
    expect(profile.threads).toEqual([{ name: "main", tid: 7, pid: 7 }]);
    expect(profile.notes).toEqual([]);
    const broken = await readWith(artMethodTraceReader, streamed([0, 0, 9]));
    expect(noteCodes(broken)).toEqual(["truncated×1"]);
  });

  const SECOND = joined(
    [...bytes("SLOW"), ...little(0xf5, 2), ...little(5000, 8), ...little(0, 8), ...little(0, 8), 0, 0],
    [0, ...little(7, 4), ...little(5, 2), ...bytes("main\n")],
    [1, ...little(0x10, 8), ...little(30, 2), ...bytes("app/Main\trun\t()V\tMain.java\t42\n")],
    [1, ...little(0x20, 8), ...little(14, 2), ...bytes("app/Main\twork\t")],
    // enter 0x10 at 10, enter 0x20 at 20, exit at 40, exit at 50: times ×4, with the action; then the thread's clock
    [2, ...little(7, 4), ...little(4, 3), ...little(15, 4)],
    [40, 1, 0x10, 40, 2, 0x10, 0xd1, 0, 4, 0xa8, 0, 8, 0, 0, 0],
    [3, ...bytes("pid=7\n*end\n")],
  );
  it("reads the versions since Android 15", async () => {
    const profile = await readWith(artMethodTraceReader, SECOND);
    expect(foldedOf(profile)).toEqual(["app/Main.run 20", "app/Main.run;app/Main 20"]);
    expect(profile.meta).toMatchObject({ timeOrigin: 5000n, clock: "monotonic" });
  });

  it("recognises its forms and refuses what is none", async () => {
    expect([REGULAR, streamed(), SECOND].map((input) => artMethodTraceReader.sniff(headOf(input)))).toEqual([
      "yes",
      "yes",
      "yes",
    ]);
    expect(
      ["SLOW and more", "*version\n", "*version\nx\n"].map((input) =>
        artMethodTraceReader.sniff(headOf(input)),
      ),
    ).toEqual(["no", "no", "no"]);
    const errors = [TEXT("dual"), "*version\n3\n", joined(header(0xf3, 3)), joined(header(0xf3, 14))];
    for (const input of errors) {
      expect(["malformed", "truncated"]).toContain((await readingError(artMethodTraceReader, input)).code);
    }
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(artMethodTraceReader, REGULAR, 3000)).toBeGreaterThan(200);
    expect(await readMutations(artMethodTraceReader, streamed(), 3000)).toBeGreaterThan(200);
    expect(await readMutations(artMethodTraceReader, SECOND, 3000)).toBeGreaterThan(200);
  });
});

const SNAPSHOT = "perf-script/firefox-devtools__profiler__profile-conversion.test.ts.expected.snap";

describe.skipIf(!haveCorpus)("corpus of Android method traces", () => {
  const counts = { total: 0, agree: 0, deliberate: 0 };
  afterAll(() => recordAgreement({ area: "Firefox Profiler, ART traces", ...counts }));

  it.each(corpusFiles("art-method-trace"))(
    "%s has the methods and threads that the Firefox Profiler sees",
    async (name) => {
      counts.total++;
      const profile = await readWith(artMethodTraceReader, gunzipSync(readCorpus("art-method-trace", name)));
      const text = readFileSync(`${corpusRoot}/${SNAPSHOT}`, "utf8");
      const body = text.slice(
        text.indexOf("a non-streaming ART trace"),
        text.indexOf("a streaming ART trace"),
      );
      expect(profile.frames.length).toBe(Number(/"funcs": (\d+)/.exec(body)![1]));
      // It fills the time with a sample every 5.5 ms; a thread that never changes its stack has none.
      const theirs = [...body.matchAll(/"name": "([^"]*)",[^}]*?"sampleCount": (\d+),[^}]*?"tid": (\d+)/g)];
      expect(theirs.length).toBeGreaterThan(30);
      const wall = profile.valueTypes.findIndex((type) => type.name === "wall");
      const { samples, threads } = profile;
      for (const [, thread, count, tid] of theirs.filter(([, , samplesThere]) => Number(samplesThere) > 20)) {
        const row = threads.findIndex((one) => one.tid === Number(tid));
        expect(threads[row]?.name).toBe(thread);
        let time = 0;
        for (let i = 0; i < samples.length; i++)
          if (samples.thread![i] === row) time += samples.weights[wall]![i]!;
        // Ours ends where the whole recording does.
        expect(time / 5.5e6).toBeGreaterThan(Number(count) * 0.6);
      }
      counts.agree++;
    },
  );
});
