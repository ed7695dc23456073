import type { Profile, Thread } from "../../model/profile.ts";
import { type ByteSink, TextSink } from "../../util/sink.ts";
import type { WriteOptions, Writer } from "../writer.ts";
import { losses } from "./losses.ts";
import { CATEGORIES, categoryOf, ThreadTables, writeColumn } from "./tables.ts";

/** The version of the format that is written: samply's, which every Firefox Profiler since 2024 reads. */
const VERSION = 49;

/**
 * The Firefox Profiler's processed format, for profiler.firefox.com. One value type is the weight of the samples; CPU
 * time beside it goes along as `threadCPUDelta`.
 *
 * Source of the format: firefox-devtools/profiler, src/types/profile.ts and docs-developer/CHANGELOG-formats.md.
 */
export const firefoxWriter: Writer = {
  id: "firefox",
  title: "Firefox Profiler",
  extensions: [".firefox.json"],
  keepsTime: true,
  write,
};

/** What the samples of a file weigh. */
interface Weighing {
  readonly column: Float64Array;
  readonly weightType: "samples" | "tracing-ms" | "bytes";
  /** Theirs per one of our units. */
  readonly factor: number;
  /** Nanoseconds on the CPU. */
  readonly cpu: Float64Array | undefined;
}

async function write(profile: Profile, sink: ByteSink, options: WriteOptions): Promise<string[]> {
  const type = options.valueType ?? profile.meta.defaultValueType;
  const weighing = weigh(profile, type);
  const out = new TextSink(sink);
  await out.write(`{"meta":${metaText(profile)},"libs":[`);
  for (let row = 0; row < profile.mappings.length; row++) {
    await out.write(`${row > 0 ? "," : ""}${libraryText(profile, row)}`);
  }
  await out.write('],"threads":[');
  const groups = rowsByThread(profile, weighing);
  for (let i = 0; i < groups.length; i++) {
    const { thread, rows } = groups[i]!;
    if (i > 0) await out.write(",\n");
    await writeThread(profile, thread, rows, weighing, i === 0, out);
  }
  await out.write('],"pages":[],"profilerOverhead":[],"counters":[]}\n');
  await out.flush();
  return losses(profile, type, weighing.weightType, weighing.cpu !== undefined);
}

function weigh({ valueTypes, samples }: Profile, type: number): Weighing {
  const written = valueTypes[type];
  const cpuType = valueTypes.findIndex(({ name, unit }) => name === "cpu" && unit === "nanoseconds");
  const unit = written?.unit;
  return {
    column: samples.weights[type] ?? new Float64Array(samples.length),
    weightType: unit === "bytes" ? "bytes" : unit === "nanoseconds" ? "tracing-ms" : "samples",
    factor: unit === "nanoseconds" ? 1e6 : 1,
    cpu: cpuType >= 0 && cpuType !== type ? samples.weights[cpuType] : undefined,
  };
}

function metaText({ meta }: Profile): string {
  const { timeOrigin, clock } = meta;
  const start = timeOrigin !== undefined && clock === "unix" ? Number(timeOrigin / 1000n) / 1000 : 0;
  const period = meta.period;
  const interval = period?.type.unit === "nanoseconds" && period.value > 0 ? period.value / 1e6 : 1;
  return JSON.stringify({
    version: 24,
    preprocessedProfileVersion: VERSION,
    product: meta.producer ?? "flambeau",
    processType: 0,
    startTime: start,
    interval,
    sampleUnits: { time: "ms", eventDelay: "ms", threadCPUDelta: "ns" },
    categories: CATEGORIES.map((category) => ({ ...category, subcategories: ["Other"] })),
    debug: false,
    extensions: { baseURL: [], id: [], length: 0, name: [] },
    pausedRanges: [],
    markerSchema: [],
    symbolicated: true,
    usesOnlyOneStackType: true,
    doesNotUseFrameImplementation: true,
    sourceCodeIsNotOnSearchfox: true,
  });
}

function libraryText({ mappings }: Profile, row: number): string {
  const { path, buildId } = mappings[row]!;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const codeId = buildId === "" ? null : buildId;
  const breakpadId = buildId === "" ? "" : `${buildId.toUpperCase().padEnd(32, "0").slice(0, 32)}0`;
  return JSON.stringify({ name, path, debugName: name, debugPath: path, breakpadId, codeId, arch: null });
}

/** The samples of each thread that weigh anything, in the order of time; -1: samples of no thread. */
function rowsByThread(
  { samples, threads, valueTypes }: Profile,
  { column }: Weighing,
): { readonly thread: number; readonly rows: Uint32Array }[] {
  const lists: number[][] = Array.from({ length: threads.length + 1 }, () => []);
  for (let row = 0; row < samples.length; row++) {
    // Of several value types a sample often has but one: the others' samples are not this one's.
    if (valueTypes.length < 2 || column[row] !== 0) lists[(samples.thread?.[row] ?? -1) + 1]!.push(row);
  }
  const { time } = samples;
  if (time !== undefined) {
    const key = (row: number): number => (Number.isNaN(time[row]!) ? Number.POSITIVE_INFINITY : time[row]!);
    for (const rows of lists) rows.sort((a, b) => (key(a) === key(b) ? a - b : key(a) - key(b)));
  }
  const groups = lists.map((rows, index) => ({ thread: index - 1, rows: Uint32Array.from(rows) }));
  const filled = groups.filter(({ rows }) => rows.length > 0);
  return filled.length > 0 ? filled : [groups[0]!];
}

async function writeThread(
  profile: Profile,
  threadRow: number,
  rows: Uint32Array,
  weighing: Weighing,
  isFirst: boolean,
  out: TextSink,
): Promise<void> {
  const tables = new ThreadTables(profile, rows);
  const thread: Thread = profile.threads[threadRow] ?? { name: profile.meta.title ?? "" };
  const times = timesOf(profile, rows);
  await out.write(`{${threadText(thread, isFirst, times)}`);
  await writeSamples(profile, rows, times, tables, weighing, out);
  await writeTables(profile, tables, out);
  await out.write("}");
}

function threadText(thread: Thread, isFirst: boolean, times: Float64Array): string {
  const fields = {
    name: thread.name,
    isMainThread: isFirst || (thread.pid !== undefined && thread.pid === thread.tid),
    processName: thread.process ?? "",
    processType: "default",
    processStartupTime: 0,
    processShutdownTime: null,
    registerTime: times[0] ?? 0,
    unregisterTime: null,
    pausedRanges: [],
    pid: String(thread.pid ?? ""),
    tid: String(thread.tid ?? ""),
    showMarkersInTimeline: false,
    markers: { length: 0, category: [], data: [], endTime: [], name: [], phase: [], startTime: [] },
    nativeSymbols: { length: 0, address: [], functionSize: [], libIndex: [], name: [] },
  };
  return JSON.stringify(fields).slice(1, -1);
}

/** Milliseconds; a sample without a time is at that of the one before, a profile without times at one a millisecond. */
function timesOf({ samples }: Profile, rows: Uint32Array): Float64Array {
  const times = new Float64Array(rows.length);
  let last = 0;
  rows.forEach((row, i) => {
    if (samples.time === undefined) last = i;
    else if (!Number.isNaN(samples.time[row]!)) last = samples.time[row]! / 1e6;
    times[i] = last;
  });
  return times;
}

async function writeSamples(
  { samples }: Profile,
  rows: Uint32Array,
  times: Float64Array,
  tables: ThreadTables,
  { column, weightType, factor, cpu }: Weighing,
  out: TextSink,
): Promise<void> {
  const { length } = rows;
  await out.write(`,"samples":{"length":${length},"weightType":"${weightType}"`);
  await writeColumn(out, "stack", length, (i) => nullable(tables.stack(samples.stack[rows[i]!]!)));
  await writeColumn(out, "time", length, (i) => times[i]!);
  await writeColumn(out, "weight", length, (i) => column[rows[i]!]! / factor);
  if (cpu !== undefined) await writeColumn(out, "threadCPUDelta", length, (i) => cpu[rows[i]!]!);
  await out.write("}");
}

async function writeTables(profile: Profile, tables: ThreadTables, out: TextSink): Promise<void> {
  const { frames } = profile;
  const { stacks, funcs, resources, texts } = tables;
  const categories = tables.frames.map((row) => categoryOf(frames.kind[row]!));
  await out.write(`,"stackTable":{"length":${stacks.length}`);
  await writeColumn(out, "prefix", stacks.length, (i) => nullable(tables.prefixes[i]!));
  await writeColumn(out, "frame", stacks.length, (i) => tables.frameOfStack[i]!);
  await writeColumn(out, "category", stacks.length, (i) => categories[tables.frameOfStack[i]!]!);
  await writeColumn(out, "subcategory", stacks.length, () => 0);
  const rows = tables.frames;
  await out.write(`},"frameTable":{"length":${rows.length}`);
  await writeColumn(out, "address", rows.length, (i) => addressOf(profile, rows[i]!));
  await writeColumn(out, "inlineDepth", rows.length, (i) => frames.inlined[rows[i]!]!);
  await writeColumn(out, "category", rows.length, (i) => categories[i]!);
  await writeColumn(out, "subcategory", rows.length, () => 0);
  await writeColumn(out, "func", rows.length, (i) => tables.funcOfFrame[i]!);
  await writeColumn(out, "line", rows.length, (i) => frames.line[rows[i]!] || null);
  await writeColumn(out, "column", rows.length, (i) => frames.column[rows[i]!] || null);
  for (const name of ["nativeSymbol", "innerWindowID", "implementation"]) {
    await writeColumn(out, name, rows.length, () => null);
  }
  await out.write(`},"funcTable":{"length":${funcs.length}`);
  await writeColumn(out, "name", funcs.length, (i) => funcs[i]!.name);
  await writeColumn(out, "fileName", funcs.length, (i) => nullable(funcs[i]!.file));
  await writeColumn(out, "resource", funcs.length, (i) => funcs[i]!.resource);
  for (const name of ["isJS", "relevantForJS"]) await writeColumn(out, name, funcs.length, () => false);
  for (const name of ["lineNumber", "columnNumber"]) await writeColumn(out, name, funcs.length, () => null);
  await out.write(`},"resourceTable":{"length":${resources.length}`);
  await writeColumn(out, "lib", resources.length, (i) => resources[i]!);
  await writeColumn(out, "name", resources.length, (i) => tables.resourceNames[i]!);
  await writeColumn(out, "host", resources.length, () => null);
  await writeColumn(out, "type", resources.length, () => 1);
  await out.write("}");
  await writeColumn(out, "stringArray", texts.length, (i) => JSON.stringify(texts[i]!));
}

/** Relative to the library; -1 where not known, or beyond what numbers hold exactly. */
function addressOf({ frames, mappings }: Profile, row: number): number {
  const address = frames.address[row]!;
  const mapping = mappings[frames.mapping[row]!];
  if (address === 0n || mapping === undefined) return -1;
  const relative = address >= mapping.start ? address - mapping.start + mapping.fileOffset : address;
  return relative < 1n << 53n ? Number(relative) : -1;
}

function nullable(row: number): number | null {
  return row < 0 ? null : row;
}
