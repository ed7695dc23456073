import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, corpusRoot, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { encoded, type Fields } from "../../../../../test/support/protobuf.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind, type Profile } from "../../model/profile.ts";
import { encodeUtf8 } from "../../util/platform.ts";
import { simpleperfReader } from "./index.ts";

/** A file of records, each with its length before it. */
function file(...records: Fields[]): Uint8Array {
  const parts = [encodeUtf8("SIMPLEPERF"), Uint8Array.of(1, 0)];
  for (const record of [...records.map((fields) => encoded(fields)), new Uint8Array(0)]) {
    parts.push(new Uint8Array(Uint32Array.of(record.length).buffer), record);
  }
  return new Uint8Array(Buffer.concat(parts));
}

const entry = (address: number, id: number, symbol: number, execution = 0): Fields => [
  [1, address],
  [2, id],
  [3, symbol],
  [4, execution],
];
const sample = (time: number, tid: number, event: number, count: number, ...chain: Fields[]): Fields => [
  [
    1,
    [
      [1, time],
      [2, tid],
      ...chain.map((fields) => [3, fields] as const),
      [4, count],
      [5, event],
      [6, [[1, 3]]],
    ],
  ],
];
const META: Fields = [
  [
    5,
    [
      [1, "cpu-clock"],
      [1, "sched:sched_switch"],
      [2, "com.example.app"],
      [6, 1],
    ],
  ],
];
const onCpu = (time: number, tid: number): Fields => [
  [
    6,
    [
      [1, 1],
      [2, time],
      [3, tid],
    ],
  ],
];
const offCpu = (time: number, tid: number): Fields => [
  [
    6,
    [
      [2, time],
      [3, tid],
    ],
  ],
];
const FILES: Fields[] = [
  [
    [
      3,
      [
        [1, 0],
        [2, "/system/lib64/libc.so"],
        [3, "read"],
        [4, "_read"],
      ],
    ],
  ],
  [
    [
      3,
      [
        [1, 1],
        [2, "[JIT app cache]"],
        [3, "app.Main.run"],
        [3, "app.Main.work"],
      ],
    ],
  ],
  [
    [
      3,
      [
        [1, 2],
        [2, "[kernel.kallsyms]"],
      ],
    ],
  ],
  [
    [
      4,
      [
        [1, 11],
        [2, 10],
        [3, "main"],
      ],
    ],
  ],
];
const MAIN = entry(1, 1, 0, 1);
const WORK = entry(2, 1, 1, 2);
const READ = entry(3, 0, 0);
const KERNEL = entry(0x1234, 2, -1);

describe("simpleperf", () => {
  it("reads samples of several events, and names them by what comes after", async () => {
    const profile = await readWith(
      simpleperfReader,
      file(
        META,
        sample(1000, 11, 0, 250, WORK, MAIN),
        sample(1400, 11, 0, 250, KERNEL, READ, MAIN),
        ...FILES,
      ),
    );
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "cpu-clock", unit: "nanoseconds" },
    ]);
    expect(foldedOf(profile)).toEqual(["app.Main.run;app.Main.work 250", "app.Main.run;read; 250"]);
    expect([...profile.samples.time!]).toEqual([0, 400]);
    expect(profile.meta).toMatchObject({ timeOrigin: 1000n, duration: 400, title: "com.example.app" });
    expect(profile.threads).toEqual([{ name: "main", pid: 10, tid: 11 }]);
    const { frames, strings, mappings } = profile;
    const rows = Array.from(frames.name, (name, i) => [
      strings.get(name),
      mappings[frames.mapping[i]!]!.path,
      frames.kind[i],
      frames.address[i],
    ]);
    expect(rows).toEqual([
      ["app.Main.run", "[JIT app cache]", FrameKind.interpreted, 0n],
      ["app.Main.work", "[JIT app cache]", FrameKind.jit, 0n],
      ["read", "/system/lib64/libc.so", FrameKind.native, 0n],
      ["", "[kernel.kallsyms]", FrameKind.kernel, 0x1234n],
    ]);
    expect(profile.notes).toEqual([]);
  });

  it("weighs switches by the time until the thread runs again", async () => {
    const profile = await readWith(
      simpleperfReader,
      file(
        META,
        onCpu(900, 11),
        sample(1000, 11, 0, 250, MAIN),
        sample(1100, 11, 1, 1, READ, MAIN),
        offCpu(1100, 11),
        onCpu(6100, 11),
        onCpu(6200, 12),
        sample(7000, 11, 1, 1, READ, MAIN),
        [
          [
            2,
            [
              [1, 3],
              [2, 5],
            ],
          ],
        ],
        ...FILES,
      ),
    );
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`)).toEqual([
      "cpu-clock samples/count",
      "cpu-clock/nanoseconds",
      "sched:sched_switch samples/count",
      "sched:sched_switch/count",
      "off-cpu/nanoseconds",
    ]);
    expect(foldedOf(profile, 4)).toEqual(["app.Main.run 0", "app.Main.run;read 5000"]);
    expect(profile.meta.defaultValueType).toBe(1);
    expect(noteCodes(profile)).toEqual(["lost-samples×5", "off-cpu-unknown×1"]);
  });

  it("says what is missing, unknown or broken off", async () => {
    const whole = file(sample(5, 7, 3, 1, entry(9, 9, 9)), [[9, [[1, 1]]]], [[1, 1]]);
    const profile = await readWith(simpleperfReader, whole);
    expect(profile.valueTypes[1]).toEqual({ name: "event 3", unit: "count" });
    expect([profile.frames.address[0], profile.threads[0]]).toEqual([9n, { name: "", tid: 7 }]);
    expect(noteCodes(profile)).toEqual(["unknown-record×2"]);
    expect(noteCodes(await readWith(simpleperfReader, whole.subarray(0, -6)))).toContain("truncated×1");
    const damaged = file(sample(5, 7, 3, 1), [[1, Uint8Array.of(0xff)]]);
    expect(noteCodes(await readWith(simpleperfReader, damaged))).toEqual(["damaged-record×1"]);
    expect(await readingError(simpleperfReader, file(META))).toMatchObject({ code: "malformed" });
    expect(await readingError(simpleperfReader, "SIMPLE")).toMatchObject({ code: "malformed" });
    expect(simpleperfReader.sniff(headOf(whole))).toBe("yes");
    expect(simpleperfReader.sniff(headOf("SIMPLE"))).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    const bytes = file(META, sample(1000, 11, 0, 250, WORK, MAIN), sample(1400, 11, 1, 1, READ), ...FILES);
    expect(await readMutations(simpleperfReader, bytes, 3000)).toBeGreaterThan(300);
  });
});

const SNAPSHOT = "perf-script/firefox-devtools__profiler__profile-conversion.test.ts.expected.snap";

describe.skipIf(!haveCorpus)("corpus of simpleperf recordings", () => {
  const counts = { total: 0, agree: 0, deliberate: 0 };
  afterAll(() => recordAgreement({ area: "Firefox Profiler, simpleperf", ...counts }));

  /** Samples and milliseconds of each thread that has samples. */
  function ours({ samples, threads, valueTypes }: Profile): string[] {
    const clock = valueTypes.findIndex(({ name }) => name === "cpu-clock");
    return threads.map(({ tid, name }, thread) => {
      const rows = [...samples.thread!.keys()].filter((row) => samples.thread![row] === thread);
      const weight =
        clock < 0 ? null : rows.reduce((sum, row) => sum + samples.weights[clock]![row]!, 0) / 1e6;
      return `${tid} ${name} ${rows.length} ${weight}`;
    });
  }

  function theirs(clock: string): string[] {
    const text = readFileSync(`${corpusRoot}/${SNAPSHOT}`, "utf8");
    const start = text.indexOf(`imports a simpleperf trace with ${clock} 1`);
    const body = text.slice(start, text.indexOf("\n`;", start));
    return [
      ...body.matchAll(
        /"name": "([^"]*)",[^}]*?"sampleCount": (\d+),\s*"sampleWeightTotal": ([\d.]+|null),\s*"tid": (\d+)/g,
      ),
    ]
      .filter(([, , count]) => count !== "0")
      .map(([, name, count, weight, tid]) => `${tid} ${name} ${count} ${weight}`);
  }

  it.each(corpusFiles("simpleperf-proto"))("%s has every thread's samples", async (name) => {
    counts.total++;
    const profile = await readWith(simpleperfReader, gunzipSync(readCorpus("simpleperf-proto", name)));
    const expected = theirs(name.includes("cpu-clock") ? "cpu-clock" : "task-clock");
    expect(expected.length).toBeGreaterThan(5);
    expect(ours(profile).sort()).toEqual(expected.sort());
    counts.agree++;
  });
});
