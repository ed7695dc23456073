import { noteFaults } from "../../kernel/faults.ts";
import type { ScanGroup, ScanTables } from "../../kernel/kernel.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { grown } from "../../util/growable.ts";
import { decodeUtf8 } from "../../util/platform.ts";
import { type OffCpu, SWITCH_EVENT } from "./off-cpu.ts";
import { SymbolFrames } from "./symbols.ts";

/** perf's software clocks and the scheduler's statistics count nanoseconds; every other event counts itself. */
const CLOCK_EVENT =
  /^(?:cpu-clock|task-clock|offcpu-time|sched:sched_stat_(?:sleep|blocked|iowait|wait|runtime))(?:[:/].*)?$/;

/** The two value types of an event: how many samples, and (where periods are stated) how much of the event. */
interface EventTypes {
  readonly samples: number;
  readonly amount: number | undefined;
}

/** Adds what one or several scans found to the builder. */
export function absorb(
  parts: readonly ScanTables[],
  into: ProfileBuilder,
  notes: Notes,
  offCpu?: OffCpu,
): void {
  const observations = parts.reduce((sum, part) => sum + part.samples, 0);
  for (const part of parts) noteFaults(part.faults, notes);
  if (observations === 0) {
    throw new FlambeauError("malformed", "there is no sample in this perf script output", {
      format: "perf-script",
      hint: "Check that perf script printed events: perf script -F comm,pid,tid,cpu,time,period,event,ip,sym,dso",
    });
  }
  into.meta.format = "perf-script";
  into.meta.threadsAreRoots = true;
  into.meta.observations = observations;
  const types = addValueTypes(parts, into);
  const away = offCpu === undefined ? undefined : addOffCpu(parts[0]!, offCpu, into, notes);
  const base = addTime(parts, into);
  const known = new SymbolFrames(into);
  if (parts.length > 1) into.expectStacks(parts.reduce((sum, part) => sum + part.nodeSymbol.length, 0));
  for (const part of parts) {
    const rows = addStacks(part, known, into);
    addSamples(part, rows, types, base, into, away);
  }
}

/** Value types in the order in which the file first names their events, whichever part saw them. */
function addValueTypes(parts: readonly ScanTables[], into: ProfileBuilder): Map<string, EventTypes> {
  const events = new Map<string, { offset: number; hasPeriod: boolean }>();
  for (const group of parts.flatMap((part) => part.groups)) {
    const name = decodeUtf8(group.event);
    const known = events.get(name);
    events.set(name, {
      offset: Math.min(known?.offset ?? Number.POSITIVE_INFINITY, group.offset),
      hasPeriod: group.hasPeriod || known?.hasPeriod === true,
    });
  }
  const ordered = [...events].sort(([, a], [, b]) => a.offset - b.offset);
  const types = new Map<string, EventTypes>();
  ordered.forEach(([name, event], i) => {
    const samples = into.valueType(
      ordered.length === 1 || name === "" ? "samples" : `${name} samples`,
      "count",
    );
    const amount = event.hasPeriod
      ? into.valueType(name || "period", CLOCK_EVENT.test(name) ? "nanoseconds" : "count")
      : undefined;
    types.set(name, { samples, amount });
    if (i === 0) into.meta.defaultValueType = amount ?? samples;
  });
  return types;
}

/** Off-CPU weights by sample, and their value type. */
interface Away {
  readonly type: number;
  readonly weights: Float64Array<ArrayBuffer>;
}

/** Finds the samples that are switches: they are as many, in the same order, as the lines that were watched. */
function addOffCpu(
  { groups, each }: ScanTables,
  offCpu: OffCpu,
  into: ProfileBuilder,
  notes: Notes,
): Away | undefined {
  if (each === undefined) return undefined;
  const isSwitch = groups.map(({ event }) => decodeUtf8(event) === SWITCH_EVENT);
  const rows = Array.from(each.group.keys()).filter((row) => isSwitch[each.group[row]!]);
  const nanoseconds = offCpu.finish(rows.length, notes);
  if (nanoseconds === undefined) return undefined;
  const weights = new Float64Array(each.group.length);
  rows.forEach((row, i) => {
    weights[row] = nanoseconds[i]!;
  });
  const type = into.valueType("off-cpu", "nanoseconds");
  const first = decodeUtf8(groups[each.group[0]!]!.event);
  if (first.startsWith("sched:")) into.meta.defaultValueType = type;
  return { type, weights };
}

/** Times count from the earliest whole second of all parts. */
function addTime(parts: readonly ScanTables[], into: ProfileBuilder): number {
  const times = parts.flatMap((part) => (part.time === undefined ? [] : [part.time]));
  if (times.length === 0) return 0;
  const base = Math.min(...times.map((time) => time.baseSeconds));
  const shift = (time: { baseSeconds: number }) => (time.baseSeconds - base) * 1e9;
  const first = Math.min(...times.map((time) => time.first + shift(time)));
  const last = Math.max(...times.map((time) => time.last + shift(time)));
  into.meta.timeOrigin = BigInt(base) * 1_000_000_000n;
  into.meta.clock = "monotonic";
  into.meta.duration = last - first;
  return base;
}

/** The frames of each symbol. */
type Paths = readonly (readonly number[] | undefined)[];

/** The builder's stack row of every node; -1 for the root. */
function addStacks(part: ScanTables, known: SymbolFrames, into: ProfileBuilder): Int32Array {
  const { nodeSymbol, symbols } = part;
  const frames: (readonly number[] | undefined)[] = new Array(symbols.offsets.length - 1).fill(undefined);
  let oneToOne = true;
  let seen = new Uint8Array(1024);
  for (let node = 1; node < nodeSymbol.length; node++) {
    const symbol = nodeSymbol[node]!;
    if (frames[symbol] !== undefined) continue;
    const own = known.frames(symbols.bytes, symbols.offsets[symbol]!, symbols.offsets[symbol + 1]!);
    frames[symbol] = own;
    const only = own[0]!;
    seen = grown(seen, only + 1);
    if (own.length !== 1 || seen[only] === 1) oneToOne = false;
    seen[only] = 1;
  }
  return oneToOne ? addTree(part, frames, into) : addPaths(part, frames, into);
}

/** Every symbol is a frame of its own: the tree of symbols is the tree of frames. */
function addTree({ nodeSymbol, nodeParent }: ScanTables, frames: Paths, into: ProfileBuilder): Int32Array {
  const length = nodeSymbol.length - 1;
  const frameOf = new Int32Array(frames.length);
  for (let symbol = 0; symbol < frames.length; symbol++) frameOf[symbol] = frames[symbol]?.[0] ?? -1;
  const parent = new Int32Array(length);
  const frame = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    parent[i] = nodeParent[i + 1]! - 1;
    frame[i] = frameOf[nodeSymbol[i + 1]!]!;
  }
  const all = new Int32Array(length + 1);
  all[0] = -1;
  const stacks = { length, parent, frame };
  if (into.adoptStacks(stacks)) for (let i = 0; i < length; i++) all[i + 1] = i;
  else all.set(into.stackBatch(stacks, true), 1);
  return all;
}

/** Symbols that stand for several frames, or for the same one: each path is looked up. */
function addPaths({ nodeSymbol, nodeParent }: ScanTables, frames: Paths, into: ProfileBuilder): Int32Array {
  const rows = new Int32Array(nodeSymbol.length);
  rows[0] = -1;
  for (let node = 1; node < rows.length; node++) {
    let row = rows[nodeParent[node]!]!;
    for (const frame of frames[nodeSymbol[node]!]!) row = into.stack(row, frame);
    rows[node] = row;
  }
  return rows;
}

function addSamples(
  part: ScanTables,
  rows: Int32Array,
  types: ReadonlyMap<string, EventTypes>,
  base: number,
  into: ProfileBuilder,
  away: Away | undefined,
): void {
  const threads = part.groups.map((group) => into.thread(parseTask(group)));
  const groupTypes = part.groups.map((group) => types.get(decodeUtf8(group.event))!);
  const each = part.each;
  const { node, group, a, b } = each ?? part.cells;
  const shift = part.time === undefined ? 0 : (part.time.baseSeconds - base) * 1e9;
  const length = node.length;
  const stack = new Int32Array(length);
  const thread = new Int32Array(length);
  const weights = into.valueTypes.map(() => new Float64Array(length));
  for (let i = 0; i < length; i++) {
    const type = groupTypes[group[i]!]!;
    stack[i] = rows[node[i]!]!;
    thread[i] = threads[group[i]!]!;
    // Of a single sample a is the time and b the period; of added-up ones a is the period and b their number.
    weights[type.samples]![i] = each === undefined ? b[i]! : 1;
    if (type.amount !== undefined) weights[type.amount]![i] = each === undefined ? a[i]! : b[i]!;
  }
  if (away !== undefined) weights[away.type] = away.weights;
  const time =
    each === undefined || part.time === undefined ? undefined : a.map((nanoseconds) => nanoseconds + shift);
  into.sampleBatch({ length, stack, thread, weights, ...(time === undefined ? {} : { time }) });
}

/** `V8 Worker 24636/25607` → comm, pid, tid; the task is the last word where it is a number. */
export function parseTask(group: Pick<ScanGroup, "who">): { name: string; pid?: number; tid?: number } {
  const who = decodeUtf8(group.who);
  const match = /^(.*?)\s+(-?\d+)(?:\/(-?\d+))?$/.exec(who);
  if (match === null) {
    const task = /^(-?\d+)(?:\/(-?\d+))?$/.exec(who);
    return task === null ? { name: who.trim() } : { name: "", ...taskOf(task[1]!, task[2]) };
  }
  return { name: match[1]!.trim(), ...taskOf(match[2]!, match[3]) };
}

/** perf prints `tid` alone or `pid/tid`. */
function taskOf(first: string, second: string | undefined): { pid?: number; tid: number } {
  return second === undefined ? { tid: Number(first) } : { pid: Number(first), tid: Number(second) };
}
