import { cpuSteps, cpuUnit, putCpu } from "../../codec/firefox/cpu.ts";
import { frameKind } from "../../codec/firefox/kinds.ts";
import { firefoxStacks, firefoxStacksOf } from "../../codec/firefox/stacks.ts";
import type { NumberColumn } from "../../codec/json.ts";
import { PIECE, type SamplesByType } from "../../codec/thread-samples.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode, type Thread } from "../../model/profile.ts";
import type { GeckoProcess, GeckoThread, Library } from "./parse.ts";

const MAX_LINE = 0x7fffffff;
const MAX_MILLISECONDS = 1e12;

/** `name (http://host/a.js:12:5)[3]`: function, file, line, column; the last number is an index that nobody needs. */
const SCRIPT = /^(.*) \((.+?):(\d{1,10})(?::(\d{1,10}))?\)(?:\[\d+\])?$/s;
/** The same of a script's outermost code, which has no name. */
const SCRIPT_ROOT = /^(.+?):(\d{1,10})(?::(\d{1,10}))?(?:\[\d+\])?$/s;
/** `name (in library) + 123`, as Macs symbolise. */
const NATIVE = /^(.*) \(in ([^)]*)\)(?: \+ \d+| \(.*:.*\))?$/s;

/** Gives a thread of a process to the builder; times count from the start of `root`. */
export function buildThread(
  process: GeckoProcess,
  entry: GeckoThread,
  root: GeckoProcess,
  builder: ProfileBuilder,
  notes: Notes,
  outs: SamplesByType,
): void {
  const late = process.startTime - root.startTime;
  const shift = Math.abs(late) <= MAX_MILLISECONDS ? late : 0;
  if (entry.markers) {
    notes.add(
      "skipped",
      "markers",
      "Markers of a thread were left out: they are events without a stack of their own.",
    );
  }
  const frames = new FrameRows(process, entry, builder);
  const { stacks, samples } = entry;
  const rows = firefoxStacks(builder, notes, stacks.column("frame"), stacks.column("prefix"), false, (row) =>
    frames.row(row),
  );
  if (samples.length === 0) return;
  const thread = builder.thread(threadOf(entry));
  const type = builder.valueType("samples", "count");
  const cpu = samples.has("threadCPUDelta") ? cpuUnit(process.cpuUnit) : undefined;
  const cpuType = cpu === undefined ? -1 : builder.valueType("cpu", cpu.unit);
  const out = outs.of(type, cpuType);
  const { stack, time, first, second } = out.piece;
  const columns = {
    stack: samples.column("stack"),
    time: samples.column("time"),
    cpu: samples.column("threadCPUDelta"),
  };
  first.fill(1);
  const inSteps = builder.takesSteps;
  for (let from = 0; from < samples.length; from += PIECE) {
    const count = Math.min(PIECE, samples.length - from);
    const stacks = columns.stack.piece(from, Math.max(0, Math.min(count, columns.stack.length - from)));
    firefoxStacksOf(rows, stacks, notes, stack);
    stack.fill(-1, stacks.length, count);
    putTimes(columns.time, from, count, shift, time);
    const steps = cpu !== undefined && inSteps ? cpuSteps(columns.cpu, from, count, cpu) : undefined;
    if (steps === undefined && cpu !== undefined) putCpu(columns.cpu, from, count, cpu, notes, second);
    out.add(thread, count, steps === undefined ? {} : { second: steps });
    for (const column of Object.values(columns)) column.drop(from + count, builder);
  }
  out.flush(thread);
  builder.meta.observations = (builder.meta.observations ?? 0) + samples.length;
}

/** Milliseconds to nanoseconds since the recording's start; NaN where not known. */
function putTimes(
  column: NumberColumn,
  from: number,
  count: number,
  shift: number,
  into: Float64Array,
): void {
  const values = column.piece(from, Math.max(0, Math.min(count, column.length - from)));
  for (let i = 0; i < values.length; i++) {
    const at = values[i]! + shift;
    into[i] = Math.abs(at) <= MAX_MILLISECONDS ? Math.round(at * 1e6) : Number.NaN;
  }
  into.fill(Number.NaN, values.length, count);
}

function threadOf({ name, processName, pid, tid }: GeckoThread): Thread {
  return {
    name,
    ...(Number.isSafeInteger(pid) ? { pid } : {}),
    ...(Number.isSafeInteger(tid) ? { tid } : {}),
    ...(processName === "" ? {} : { process: processName }),
  };
}

/** The builder's frame for each frame of a thread, made when a stack first needs it. */
class FrameRows {
  readonly #process: GeckoProcess;
  readonly #thread: GeckoThread;
  readonly #builder: ProfileBuilder;
  readonly #known: Int32Array;

  constructor(process: GeckoProcess, thread: GeckoThread, builder: ProfileBuilder) {
    this.#process = process;
    this.#thread = thread;
    this.#builder = builder;
    this.#known = new Int32Array(thread.frames.length);
  }

  row(frame: number): number {
    if (!(frame >= 0 && frame < this.#known.length)) return -1;
    if (this.#known[frame] === 0) this.#known[frame] = this.#make(frame) + 1;
    return this.#known[frame]! - 1;
  }

  #make(frame: number): number {
    const { frames, strings } = this.#thread;
    const builder = this.#builder;
    const index = frames.at("location", frame, -1);
    const id = index >= 0 && index < strings.length ? strings.at(index) : 0;
    const location = builder.text(id);
    const kind = this.#kind(frame);
    if (/^0x[0-9a-f]{1,16}$/i.test(location)) return this.#address(id, BigInt(location), kind);
    const native = NATIVE.exec(location);
    if (native !== null) {
      const mapping = builder.mapping({ path: native[2]! });
      return builder.frame({ name: builder.string(native[1]!), mapping, kind: kind || FrameKind.native });
    }
    const script = SCRIPT.exec(location);
    const outermost = script === null ? SCRIPT_ROOT.exec(location) : null;
    const file = script?.[2] ?? outermost?.[1] ?? "";
    const name = script?.[1] || (file === "" ? location : `(root scope) ${file}`) || "(unnamed)";
    const line = frames.at("line", frame, Number(script?.[3] ?? outermost?.[2] ?? 0));
    const column = frames.at("column", frame, Number(script?.[4] ?? outermost?.[3] ?? 0));
    return builder.frame({
      name: builder.string(name),
      file: builder.string(file),
      line: position(line),
      column: position(column),
      kind,
    });
  }

  /** An address without a symbol: of a library, where one is there. */
  #address(name: number, address: bigint, kind: FrameKindCode): number {
    const place = Number(address);
    const library = this.#process.libs.find(({ start, end }) => start <= place && place < end);
    if (library === undefined) return this.#builder.frame({ name, address, kind });
    const mapping = this.#mapping(library);
    return this.#builder.frame({ name: 0, address, mapping, kind: kind || FrameKind.native });
  }

  #mapping({ path, buildId, start, end, offset }: Library): number {
    const big = (value: number): bigint => (Number.isSafeInteger(value) && value > 0 ? BigInt(value) : 0n);
    return this.#builder.mapping({
      path,
      buildId,
      start: big(start),
      end: big(end),
      fileOffset: big(offset),
    });
  }

  #kind(frame: number): FrameKindCode {
    const { frames, strings } = this.#thread;
    const index = frames.at("implementation", frame, -1);
    if (index >= 0 && index < strings.length && strings.at(index) !== 0) {
      const implementation = this.#builder.text(strings.at(index));
      return implementation === "interpreter" || implementation === "blinterp"
        ? FrameKind.interpreted
        : FrameKind.jit;
    }
    const category = frames.at("category", frame, -1);
    return frameKind(this.#process.categories, category, frames.at("subcategory", frame, -1));
  }
}

function position(value: number): number {
  return value >= 1 && value <= MAX_LINE ? Math.floor(value) : 0;
}
