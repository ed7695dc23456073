import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { FrameKind, type Profile, totalsOf } from "../../packages/core/src/index.ts";
import { jfrReader } from "../../packages/core/src/readers/jfr/index.ts";
import { jfr0Reader } from "../../packages/core/src/readers/jfr-0/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { corpusFiles, expectationsOf, haveCorpus, readCorpus } from "../support/corpus.ts";
import { readMutations } from "../support/fuzz.ts";
import { headOf, noteCodes, readingError, readWith } from "../support/reading.ts";
import { jfrDifference } from "./differences/jfr.ts";

const FOLDER = "jfr";
const GARBLED = "btraceio__jafar__AZ0slzMAAAC9yoVJD_6NAwAA.jfr";
/** Recordings of Oracle's JDK 7 and 8. */
const OLD = ["openjdk__jmc__7u40.jfr", "openjdk__jmc__8u0.jfr"];
/** How many events of each kind they hold, and what these weigh, added up by a script of its own. */
const OLD_TOTALS: Readonly<Record<string, readonly string[]>> = {
  "openjdk__jmc__7u40.jfr": [
    "alloc_in_new_tlab_bytes 5452944",
    "alloc_in_new_tlab_objects 8",
    "cpu 10000000",
    "cpu_samples 1",
    "monitor_wait_delay 9969874107",
    "monitor_waits 10",
    "sleep_delay 498357787",
    "sleeps 1",
  ],
  "openjdk__jmc__8u0.jfr": [
    "alloc_in_new_tlab_bytes 841472",
    "alloc_in_new_tlab_objects 23",
    "alloc_outside_tlab_bytes 6064",
    "alloc_outside_tlab_objects 7",
    "cpu 10000000",
    "cpu_samples 1",
    "monitor_wait_delay 29810113158",
    "monitor_waits 14",
    "sleep_delay 498346660",
    "sleeps 1",
  ],
};
const files = corpusFiles(FOLDER);

function unpacked(file: string): Uint8Array {
  const bytes = readCorpus(FOLDER, file);
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

function labelOf(profile: Profile, row: number, key: string): unknown {
  const set = profile.labelSets[profile.samples.labels?.[row] ?? 0]!;
  return set.find((label) => label.key === key)?.value;
}

/** Names that the JVM makes up anew in each run, as jfr-parser unifies them. */
function unified(name: string): string {
  return name
    .replace(/^(jdk\/internal\/reflect\/GeneratedMethodAccessor)\d+$/, "$1_")
    .replace(/^(.+\$\$Lambda)(\$?\d*[./](0x)?[\da-f]+|\d+)$/, "$1_")
    .replace(/^(\.?\/tmp\/)?libzstd-jni-\d+\.\d+\.\d+-\d+\.so( \(deleted\))?$/, "libzstd-jni-_.so")
    .replace(/^(.+\$\$EnhancerBySpringCGLIB\$\$).*$/, "$1_");
}

/** A frame as grafana's jfr-parser writes it: class or library, method, line. */
function grafanaFrame(profile: Profile, frame: number): string {
  const { frames, strings, mappings } = profile;
  const name = strings.get(frames.name[frame]!);
  const kind = frames.kind[frame]!;
  const mapping = mappings[frames.mapping[frame]!];
  const line = frames.line[frame]!;
  if (mapping !== undefined) return `${unified(mapping.path)}.${name}:${line}`;
  const dot = name.lastIndexOf(".");
  const isJdk = profile.meta.producer?.startsWith("async-profiler") !== true;
  const isCode = kind === FrameKind.kernel || kind === FrameKind.native;
  const isJava = isJdk || !isCode || /^[\w$]+(\/[\w$]+)+\.\w+$/.test(name);
  if (!isJava || dot < 0) return `.${name}:${line}`;
  return `${unified(name.slice(0, dot))}.${name.slice(dot + 1)}:${line}`;
}

/** A frame's name alone: async-profiler's converter merges frames of the same name, whatever their kind. */
function plainFrame(profile: Profile, frame: number): string {
  return profile.strings.get(profile.frames.name[frame]!);
}

type FrameName = (profile: Profile, frame: number) => string;

/** Stacks with the sums of some value types, one line each, sorted. */
function collapsed(
  profile: Profile,
  types: readonly string[],
  frameName: FrameName,
  keep: (row: number) => boolean = () => true,
): Map<string, number[]> {
  const { samples, stacks } = profile;
  const columns = types.map((name) => profile.valueTypes.findIndex((type) => type.name === name));
  expect(columns).not.toContain(-1);
  const sums = new Map<string, number[]>();
  for (let row = 0; row < samples.length; row++) {
    const weights = columns.map((column) => samples.weights[column]![row]!);
    if (weights.every((weight) => weight === 0) || samples.stack[row]! < 0 || !keep(row)) continue;
    const names: string[] = [];
    for (let at = samples.stack[row]!; at >= 0; at = stacks.parent[at]!)
      names.push(frameName(profile, stacks.frame[at]!));
    const line = names.reverse().join(";");
    const sum = sums.get(line) ?? types.map(() => 0);
    weights.forEach((weight, i) => {
      sum[i]! += weight;
    });
    sums.set(line, sum);
  }
  return sums;
}

/** Expected lines: `stack [1 2]`, or `stack 1`. */
function expected(text: string): Map<string, number[]> {
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const match = /^(.*) (?:\[([\d ]+)\]|(\d+))$/.exec(line)!;
      return [match[1]!, (match[2] ?? match[3])!.split(" ").map(Number)];
    }),
  );
}

/** Value types, and what jfr-parser multiplies them by: it takes each sample for 10 ms. */
const METRICS: readonly (readonly [part: string, types: readonly string[], scale: number])[] = [
  ["process_cpu", ["cpu_samples"], 1e7],
  ["wall_wall", ["wall_samples"], 1e7],
  ["alloc_in_new_tlab", ["alloc_in_new_tlab_objects", "alloc_in_new_tlab_bytes"], 1],
  ["alloc_outside_tlab", ["alloc_outside_tlab_objects", "alloc_outside_tlab_bytes"], 1],
  ["alloc_sample", ["alloc_sample_objects", "alloc_sample_bytes"], 1],
  ["mutex_contentions", ["mutex_contentions", "mutex_delay"], 1],
  ["block_contentions", ["block_contentions", "block_delay"], 1],
  ["memory_live", ["live_objects"], 1],
  ["malloc_objects", ["malloc_objects", "malloc_bytes"], 1],
];

const cases = files.flatMap((file) =>
  expectationsOf(FOLDER, file)
    .filter((name) => name.includes(".expected.collapsed."))
    .map((name) => ({ file, name })),
);
const counts = { total: 0, agree: 0, deliberate: 0 };

describe.skipIf(!haveCorpus)("corpus of JFR recordings", () => {
  afterAll(() => recordAgreement({ area: "grafana jfr-parser, async-profiler and jfr print", ...counts }));

  it.each(files.filter((file) => !OLD.includes(file) && !file.includes("speedscope")))(
    "reads %s",
    async (file) => {
      const bytes = unpacked(file);
      expect(jfrReader.sniff(headOf(bytes))).toBe("yes");
      const profile = await readWith(jfrReader, bytes);
      if (profile.samples.length === 0) expect(noteCodes(profile)).toContain("jfr-no-samples×1");
      else expect(profile.meta.producer).not.toBe(undefined);
      const merged = await readWith(jfrReader, bytes, "merged");
      expect(merged.samples.length).toBeLessThanOrEqual(profile.samples.length);
    },
  );

  it("says what is the matter with a recording whose constants another tool has garbled", async () => {
    const profile = await readWith(jfrReader, unpacked(GARBLED));
    expect(noteCodes(profile)).toEqual(["jfr-bad-constants×78", "jfr-no-samples×1"]);
  });

  it.each(OLD)("leaves %s to the reader of its version", async (file) => {
    const bytes = unpacked(file);
    expect(jfrReader.sniff(headOf(bytes))).toBe("no");
    expect((await readingError(jfrReader, bytes)).hint).toContain("--from jfr-0");
    const profile = await readWith(jfr0Reader, bytes);
    const totals = profile.valueTypes.map(({ name }, type) => `${name} ${totalsOf(profile)[type]}`);
    expect(totals.sort()).toEqual(OLD_TOTALS[file]);
    expect(profile.meta.duration).toBeGreaterThan(10e9);
    expect(profile.threads.map(({ name }) => name)).toContain("main");
    expect(profile.samples.time!.every((time) => time >= -60e9 && time < 60e9)).toBe(true);
  });

  it.each(cases)("weighs the stacks of $file as $name", async ({ file, name }) => {
    counts.total++;
    const bytes = unpacked(file);
    const profile = await readWith(jfrReader, bytes);
    const [, types, scale] = METRICS.find(([part]) => name.includes(part))!;
    const names = profile.valueTypes.map((type) => type.name);
    const isWall = types[0] === "cpu_samples" && !names.includes("cpu_samples");
    const ours = collapsed(profile, isWall ? ["wall_samples"] : types, grafanaFrame, (row) => {
      if (types[0] !== "cpu_samples") return true;
      const state = labelOf(profile, row, "state");
      return state !== "STATE_SLEEPING" && (!file.includes("wall_tick") || state === "STATE_RUNNABLE");
    });
    const text = new TextDecoder().decode(gunzipSync(readCorpus(FOLDER, name)));
    const isDeliberate = text.includes(jfrDifference.theirs);
    const theirs = expected(text.replaceAll(jfrDifference.theirs, jfrDifference.ours));
    const ticks = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(56);
    const ourLines = [...ours].map(([line, sums]) => `${line} ${sums.map((sum) => sum * scale).join(" ")}`);
    const theirLines = [...theirs].map(([line, sums]) => {
      const isDelay = types[1]?.endsWith("_delay") === true;
      const own = ours.get(line);
      const values = sums.map((sum, i) => {
        if (!isDelay || i === 0) return sum;
        // jfr-parser writes ticks where it says nanoseconds; each of our events is rounded on its own.
        const nanoseconds = (sum / Number(ticks)) * 1e9;
        return own !== undefined && Math.abs(own[1]! - nanoseconds) <= own[0]! ? own[1]! : nanoseconds;
      });
      return `${line} ${values.join(" ")}`;
    });
    const [own, others] = [new Set(ourLines), new Set(theirLines)];
    const extra = ourLines.filter((line) => !others.has(line)).sort();
    const missing = theirLines.filter((line) => !own.has(line)).sort();
    expect([extra, missing]).toEqual([[], []]);
    if (isDeliberate) counts.deliberate++;
    else counts.agree++;
  });

  it("merges stacks by name as async-profiler's converter does", async () => {
    counts.total++;
    const file = "generated__here__jdk25-cputime.jfr";
    const profile = await readWith(jfrReader, unpacked(file));
    const text = new TextDecoder().decode(readCorpus(FOLDER, `${file}.expected.cpu.collapsed.txt`));
    const ours = collapsed(profile, ["cpu_time_samples"], plainFrame);
    for (const [line, [count]] of collapsed(profile, ["cpu_samples"], plainFrame))
      ours.set(line, [(ours.get(line)?.[0] ?? 0) + count!]);
    const theirs = new Map<string, number[]>();
    for (const [line, [count]] of expected(text)) {
      const name = line.replaceAll(/_\[[01ij]\](?=;|$)/g, "");
      theirs.set(name, [(theirs.get(name)?.[0] ?? 0) + count!]);
    }
    expect([...ours].sort()).toEqual([...theirs].sort());
    counts.agree++;
  });

  it("has the events, threads, times, lines and weights that jfr print has", async () => {
    counts.total++;
    const file = "generated__here__jdk25-cputime.jfr";
    const profile = await readWith(jfrReader, unpacked(file));
    const json = JSON.parse(
      new TextDecoder().decode(readCorpus(FOLDER, `${file}.expected.jfr-print.json`)),
    ) as Printed;
    const theirs = json.recording.events.filter(({ type }) => type in PRINTED).map(printedSample);
    const ours = Array.from({ length: profile.samples.length }, (_, row) => ownSample(profile, row)).filter(
      (sample) => sample !== undefined,
    );
    expect(theirs.length).toBeGreaterThan(300);
    expect(ours.sort()).toEqual(theirs.sort());
    counts.agree++;
  });

  it.each(["grafana__jfr-parser__nativemem.jfr.gz", "grafana__jfr-parser__wall_tick_sample.jfr.gz"])(
    "reads or refuses mutations of %s",
    async (file) => {
      const bytes = unpacked(file);
      expect(await readMutations(jfrReader, bytes, 700)).toBeGreaterThan(100);
    },
  );
});

interface Printed {
  readonly recording: { readonly events: readonly PrintedEvent[] };
}

interface PrintedEvent {
  readonly type: string;
  readonly values: {
    readonly startTime: string;
    readonly sampledThread?: { readonly osName: string; readonly javaName: string | null };
    readonly eventThread?: { readonly osName: string; readonly javaName: string | null };
    readonly stackTrace: {
      readonly frames: readonly {
        readonly method: { readonly type: { readonly name: string }; readonly name: string };
        readonly lineNumber: number;
        readonly type: string;
      }[];
    } | null;
  };
}

/** Events that are compared, and their weights. */
const PRINTED: Record<string, string> = {
  "jdk.ExecutionSample": "cpu_samples",
  "jdk.CPUTimeSample": "cpu_time_samples",
};

/** What jfr print calls the kinds. */
const KIND_NAMES: Record<number, string> = {
  [FrameKind.interpreted]: "Interpreted",
  [FrameKind.jit]: "JIT compiled",
  [FrameKind.native]: "Native",
};

function printedSample({ type, values }: PrintedEvent): string {
  const thread = values.sampledThread ?? values.eventThread;
  const frames = values.stackTrace?.frames ?? [];
  const stack = frames.map(
    ({ method, lineNumber, type }) => `${method.type.name}.${method.name}:${Math.max(0, lineNumber)} ${type}`,
  );
  const millis = new Date(`${values.startTime.slice(0, 23)}Z`).getTime();
  return [PRINTED[type], 1, thread?.javaName ?? thread?.osName, millis, ...stack].join("|");
}

function ownSample(profile: Profile, row: number): string | undefined {
  const { samples, stacks, frames, strings, threads, meta } = profile;
  const type = profile.valueTypes.findIndex(
    ({ name }, i) => Object.values(PRINTED).includes(name) && samples.weights[i]![row]! > 0,
  );
  if (type < 0) return undefined;
  const stack: string[] = [];
  for (let at = samples.stack[row]!; at >= 0; at = stacks.parent[at]!) {
    const frame = stacks.frame[at]!;
    const kind = frames.inlined[frame] === 1 ? "Inlined" : KIND_NAMES[frames.kind[frame]!];
    stack.push(`${strings.get(frames.name[frame]!)}:${frames.line[frame]} ${kind}`);
  }
  const millis = Math.floor((Number(meta.timeOrigin! % 1_000_000_000_000n) + samples.time![row]!) / 1e6);
  const origin = Number(meta.timeOrigin! / 1_000_000_000_000n) * 1e6;
  const thread = threads[samples.thread![row]!]?.name;
  return [
    profile.valueTypes[type]!.name,
    samples.weights[type]![row],
    thread,
    origin + millis,
    ...stack,
  ].join("|");
}
