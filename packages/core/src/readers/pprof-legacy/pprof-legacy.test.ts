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
import type { Profile } from "../../model/profile.ts";
import { pprofLegacyReader } from "./index.ts";

/** Values and addresses of each sample, leaf first, in the order of the file. */
function samplesOf(profile: Profile): string[] {
  const { samples, stacks, frames } = profile;
  return Array.from({ length: samples.length }, (_, row) => {
    const addresses: string[] = [];
    for (let at = samples.stack[row]!; at >= 0; at = stacks.parent[at]!)
      addresses.push(frames.address[stacks.frame[at]!]!.toString(16));
    return `${samples.weights.map((column) => column[row]).join(" ")}: ${addresses.join(" ")}`;
  });
}

const read = (input: Input): Promise<Profile> => readWith(pprofLegacyReader, input);

const MAPS =
  "MAPPED_LIBRARIES:\n00400000-00500000 r-xp 00001000 fd:01 77 /bin/app\n00600000-00700000 rw-p 0 0:0 0\n";

/** A CPU profile: header, samples, its end, and text behind it. */
function cpuProfile(
  size: 4 | 8,
  little: boolean,
  samples: readonly number[][],
  text = MAPS,
  kind = 0,
): Uint8Array {
  const words = [0, 3, kind, 10_000, 0];
  for (const [count, ...addresses] of samples) words.push(count!, addresses.length, ...addresses);
  words.push(0, 1, 0);
  const bytes = new Uint8Array(words.length * size + text.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    if (size === 4) view.setUint32(i * 4, word, little);
    else view.setBigUint64(i * 8, BigInt(word), little);
  });
  bytes.set(bytesOf(text), words.length * size);
  return bytes;
}

const CPU = [
  [3, 0x400010, 0x400100, 0x400200],
  [2, 0x400020, 0x400200],
];

describe("legacy pprof: CPU", () => {
  it.each([
    [4, true],
    [4, false],
    [8, true],
    [8, false],
  ] as const)("reads words of %i bytes, little-endian: %s", async (size, little) => {
    const bytes = cpuProfile(size, little, CPU);
    expect(pprofLegacyReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await read(bytes);
    expect(samplesOf(profile)).toEqual(["3 30000000: 400010 4000ff 4001ff", "2 20000000: 400020 4001ff"]);
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "cpu", unit: "nanoseconds" },
    ]);
    expect(profile.meta).toMatchObject({ defaultValueType: 1, period: { value: 10_000_000 } });
    expect(profile.mappings).toEqual([
      { path: "/bin/app", buildId: "", start: 0x400000n, end: 0x500000n, fileOffset: 0x1000n },
    ]);
  });

  it("takes out the signal handler's frame, and a leaf that stands twice", async () => {
    const handler = Array.from({ length: 8 }, (_, i) => [1, 0x400010 + i, 0x999, 0x500000 + i * 16]);
    const profile = await read(cpuProfile(8, true, handler));
    expect(samplesOf(profile)[1]).toBe("1 10000000: 400011 50000f");
    expect(noteCodes(profile)).toEqual(["cpu-handler-frame×1"]);
    const few = await read(cpuProfile(8, true, handler.slice(1)));
    expect(samplesOf(few)[0]).toBe("1 10000000: 400011 998 50000f");
    const doubled = await read(
      cpuProfile(8, true, [
        [1, 0x10, 0x10, 0x20],
        [1, 0x30, 0x40],
      ]),
    );
    expect(samplesOf(doubled)[0]).toBe("1 10000000: 10 1f");
  });

  it("reads Java's, whose addresses are numbers of functions", async () => {
    const text =
      "0x1 GC\n0x2 com.example.f (A.java:12)\n0x3 memcpy (/lib/libc.so)\n0x4 x (generated stub/JIT)";
    const profile = await read(
      cpuProfile(
        8,
        true,
        [
          [1, 1, 2],
          [1, 3, 2],
        ],
        text,
        1,
      ),
    );
    expect(foldedOf(profile, 0)).toEqual(["com.example.f;GC 1", "com.example.f;memcpy 1"]);
    expect([...profile.frames.line]).toContain(12);
  });

  it("keeps what came before a cut", async () => {
    const bytes = cpuProfile(8, true, CPU, "");
    const profile = await read(bytes.subarray(0, bytes.length - 40));
    expect(samplesOf(profile)).toEqual(["3 30000000: 400010 4000ff 4001ff"]);
    expect(noteCodes(profile)).toEqual(["cpu-cut×1"]);
  });
});

describe("legacy pprof: heap", () => {
  it("scales Go's samples up and names frames by the comments below", async () => {
    const profile = await read(
      [
        "heap profile: 1: 1024 [3: 3072] @ heap/2048",
        "1: 1024 [3: 3072] @ 0x101 0x201 0x301",
        "#\t0x100\tmain.inner+0x10\t/src/a b.go:3",
        "#\t0x100\tmain.outer+0x20\t/src/a.go:7",
        "#\t0x200\tmain.main+0x1\t/src/a.go:9",
        "",
        "# runtime.MemStats",
      ].join("\n"),
    );
    // 1 / (1 - exp(-1024 / 1024)) = 1.582
    expect(samplesOf(profile)).toEqual(["4 4859 1 1619: 100 100 200 300"]);
    expect(foldedOf(profile, 0)).toEqual([";main.main;main.outer;main.inner 4"]);
    expect([...profile.frames.inlined].reduce((sum, flag) => sum + flag, 0)).toBe(1);
    expect([...profile.frames.file].map((file) => profile.strings.get(file))).toContain("/src/a b.go");
    expect(profile.labelSets[1]).toEqual([{ key: "bytes", value: 1024, unit: "bytes" }]);
    expect(profile.meta.defaultValueType).toBe(3);
  });

  it.each([
    ["heapprofile", "2 200"],
    ["heapz_v2/1", "2 200"],
    ["heap_v2/100", "3 316"],
    ["growthz", "2 200"],
    ["fragmentationz", "2 200"],
  ])("reads tcmalloc's @ %s", async (kind, values) => {
    const profile = await read(
      `heap profile:  2:  200 [  2:  200] @ ${kind}\n  2: 200 [ 2: 200] @ 0x11\n${MAPS}`,
    );
    expect(profile.valueTypes.map(({ name }) => name)).toEqual(["objects", "space"]);
    expect(samplesOf(profile)).toEqual([`${values}: 10`]);
    expect(profile.mappings.length).toBe(0);
  });

  it("reads jemalloc's, with the counts of all threads", async () => {
    const profile = await read(
      `heap_v2/1000\n  t*: 3: 300 [5: 500]\n  t0: 3: 300 [5: 500]\n@ 0x400011 0x400021\n  t*: 1: 1000 [2: 2000]\n  t0: 1: 1000 [2: 2000]\n\n${MAPS}`,
    );
    expect(samplesOf(profile)).toEqual(["3 3163 1 1581: 400010 400020"]);
    expect(profile.mappings.map(({ path }) => path)).toEqual(["/bin/app"]);
  });

  it("reads Java's", async () => {
    const profile = await read(
      "--- heapz 1 ---\nformat = java\nresolution = bytes\n 524288 1 @ 0x1\n\n 0x1 a.B.c (B.java:1)\n",
    );
    expect(foldedOf(profile, 0)).toEqual(["a.B.c 1"]);
    expect(profile.samples.weights[1]![0]).toBe(829411);
  });

  it("says where a line is no sample", async () => {
    const error = await readingError(
      pprofLegacyReader,
      "heap profile: 1: 2 [1: 2] @ heap/1\n1: 2 [1: 2] @ 0x1\nx\n",
    );
    expect(error).toMatchObject({ code: "malformed", format: "pprof-legacy", line: 3 });
  });
});

describe("legacy pprof: contention, counts, threads", () => {
  it("turns cycles into nanoseconds and undoes the sampling", async () => {
    const profile = await read(
      "--- contentionz 1 ---\ncycles/second = 2000000000\nsampling period = 10\nms since reset = 7\ndiscarded samples = 0\n 600 2 @ 0x11\n--- Memory map: ---\n  00000000-00001000: /bin/a\n",
    );
    expect(samplesOf(profile)).toEqual(["20 3000: 10"]);
    expect(profile.meta.duration).toBe(7e6);
    expect(profile.mappings.map(({ path }) => path)).toEqual(["/bin/a"]);
    const go = await read(
      "--- mutex:\ncycles/second=1000000000\nsampling period=1\n5 1 @ 0x11\n#\t0x10\tf+0x1\t/a.go:1\n",
    );
    expect(foldedOf(go)).toEqual(["f 5"]);
  });

  it("reads Java's contention in the unit that it names", async () => {
    const profile = await read(
      "--- contentionz 1 ---\nformat = java\nresolution = microseconds\nsampling period = 100\nms since reset = 5\n 2 3 @ 0x1 0x2\n 0x1 a\n 0x2 b\n",
    );
    expect(profile.valueTypes[1]).toEqual({ name: "delay", unit: "microseconds" });
    expect(foldedOf(profile)).toEqual(["b;a 200"]);
  });

  it("counts goroutines, with their labels", async () => {
    const profile = await read(
      'goroutine profile: total 3\n2 @ 0x11 0x21\n# labels: {"key":"a \\"b\\"", "k2":"v"}\n#\t0x10\tmain.f+0x1\t/a.go:1\n\n1 @ 0x21\n',
    );
    expect(samplesOf(profile)).toEqual(["2: 10 20", "1: 20"]);
    expect(profile.labelSets[1]).toEqual([
      { key: "key", value: 'a "b"' },
      { key: "k2", value: "v" },
    ]);
  });

  it("reads the stacks of threads", async () => {
    const profile = await read(
      "--- threadz 1 ---\n\n--- Thread 7eff (name: main/25) stack: ---\n  PC: 0x400010 0x400021\n--- Thread 7efe (name: w/26) stack: ---\n  [same as previous thread]\n---- no stack trace for thread 3 ----\n--- Memory map: ---\n 400000-500000 /bin/app\n",
    );
    expect(samplesOf(profile)).toEqual(["1: 400010 400020", "1: 400010 400020"]);
    expect(profile.threads).toEqual([
      { name: "main", tid: 25 },
      { name: "w", tid: 26 },
    ]);
  });

  it("replaces variables in a memory map and keeps build ids", async () => {
    const map = "--- Memory map: ---\nbuild=/opt/app\n00400000-00500000: $build/bin (@10) ABCD\n";
    const profile = await read(`goroutine profile: total 1\n1 @ 0x400011\n${map}`);
    expect(profile.mappings).toEqual([
      { path: "/opt/app/bin", buildId: "abcd", start: 0x400000n, end: 0x500000n, fileOffset: 0x10n },
    ]);
  });

  it("leaves other text alone", async () => {
    for (const text of ["a;b;c 3\n", "goroutine 1 [running]:\n", "--- a/file\n+++ b/file\n", ""])
      expect(pprofLegacyReader.sniff(headOf(text))).toBe("no");
    expect(await readingError(pprofLegacyReader, "a;b 3\n")).toMatchObject({ code: "malformed", line: 1 });
    expect(await readingError(pprofLegacyReader, "")).toMatchObject({ code: "empty-input" });
  });

  it.each<[string, Input]>([
    ["CPU", cpuProfile(8, true, CPU)],
    ["heap", `heap profile: 1: 2 [1: 2] @ heap/1024\n1: 2 [1: 2] @ 0x1 0x2\n#\t0x0\tf+0x1\ta.go:1\n${MAPS}`],
    [
      "threads",
      "--- threadz 1 ---\n\n--- Thread 7 (name: a/1) stack: ---\n PC: 0x1 0x2\n--- Memory map: ---\n",
    ],
    ["contention", "--- contentionz 1 ---\nsampling period = 3\n 4 5 @ 0x1 0x2\n--- Memory map: ---\n"],
  ])("reads or refuses mutations: %s", async (_, input) => {
    const bytes = bytesOf(input);
    expect(await readMutations(pprofLegacyReader, bytes, 3000)).toBeGreaterThan(50);
  });
});
