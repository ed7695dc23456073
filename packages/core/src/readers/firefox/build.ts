import { cpuSteps, cpuUnit, putCpu } from "../../codec/firefox/cpu.ts";
import { frameKind } from "../../codec/firefox/kinds.ts";
import { firefoxStacks, firefoxStacksOf } from "../../codec/firefox/stacks.ts";
import type { NumberColumn, Recycler } from "../../codec/json.ts";
import { PIECE, SamplesByType } from "../../codec/thread-samples.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode, type Thread } from "../../model/profile.ts";
import { grown } from "../../util/growable.ts";
import type { FirefoxFile, Library, ThreadEntry } from "./parse.ts";
import { type ColumnsOf, type SamplesTable, type StackTables, valueAt } from "./tables.ts";

const MAX_LINE = 0x7fffffff;
const MAX_MILLISECONDS = 1e12;

/** Turns what the file says into stacks and samples, thread by thread. */
export class ThreadBuild {
  readonly #file: FirefoxFile;
  readonly #builder: ProfileBuilder;
  readonly #notes: Notes;
  /** Stacks of the tables that all threads share. */
  #shared: Int32Array | undefined;
  readonly #samples: SamplesByType;
  readonly #expected: (count: number) => number;
  readonly #addresses: AddressNames;
  #taken = 0;

  /** `expected` says how many of something may be in the whole file, if so many were in what was read of it. */
  constructor(file: FirefoxFile, builder: ProfileBuilder, notes: Notes, expected: (count: number) => number) {
    this.#file = file;
    this.#expected = expected;
    this.#addresses = new AddressNames(builder);
    this.#builder = builder;
    this.#notes = notes;
    this.#samples = new SamplesByType(builder);
  }

  get found(): boolean {
    return this.#taken + this.#file.threads.length > 0;
  }

  /** Builds a thread if all that it needs stood before it: then its tables are done with. */
  early(entry: ThreadEntry): boolean {
    const { complete } = this.#file;
    const { stacks, strings, funcs } = entry.tables;
    const isWhole = stacks.has("frame") && strings.length > 0 && !funcs.has("source");
    if (!complete.has("meta") || !complete.has("libs") || !(isWhole || complete.has("shared"))) return false;
    const first = this.#taken++ === 0;
    if (first) {
      this.#builder.expectStacks(this.#expected(stacks.column("frame").length));
      this.#builder.expectSamples(this.#expected(entry.samples.table.column("stack").length));
    }
    this.#thread(entry);
    for (const table of [entry.tables, entry.samples, entry.jsAllocations, entry.nativeAllocations])
      table.release();
    return true;
  }

  /** Builds the threads that are left. */
  rest(): void {
    const { threads } = this.#file;
    this.#builder.expectSamples(
      threads.reduce((sum, { samples }) => sum + samples.table.column("stack").length, 0),
    );
    for (const entry of threads) this.#thread(entry);
  }

  #thread(entry: ThreadEntry): void {
    const file = this.#file;
    const builder = this.#builder;
    const notes = this.#notes;
    const { tables } = entry;
    const strings = tables.strings.length > 0 ? tables : file.shared;
    const libs = entry.libs.length > 0 ? entry.libs : file.libs;
    if (file.shared.stacks.has("frame"))
      this.#shared ??= this.#stackRows(file.shared, file.shared, file.libs);
    const rows =
      this.#shared !== undefined && !tables.stacks.has("frame")
        ? this.#shared
        : this.#stackRows(tables, strings, libs);
    const thread = builder.thread(threadOf(entry));
    if (entry.markers) {
      notes.add(
        "skipped",
        "markers",
        "Markers of a thread were left out: they are events without a stack of their own.",
      );
    }
    const place = { rows, thread, builder, notes, samples: this.#samples };
    addSamples(file, entry.samples, place);
    addAllocations(entry.jsAllocations, "js-allocations", place);
    addAllocations(entry.nativeAllocations, "native-allocations", place);
  }

  #stackRows(tables: StackTables, strings: StackTables, libs: readonly Library[]): Int32Array {
    const { stacks } = tables;
    const frames = new FrameRows(this.#file, tables, strings, libs, this.#builder, this.#addresses);
    const byOffset = stacks.has("prefixOffset");
    const prefixes = stacks.column(byOffset ? "prefixOffset" : "prefix");
    const rowOf = (row: number): number => frames.row(row);
    return firefoxStacks(this.#builder, this.#notes, stacks.column("frame"), prefixes, byOffset, rowOf);
  }
}

/** Names that only repeat an address, as `0x7f32`. */
class AddressNames {
  readonly #builder: ProfileBuilder;
  /** By string id 1 for no, 2 for yes; 0: not looked at yet. */
  #known = new Uint8Array(1024);

  constructor(builder: ProfileBuilder) {
    this.#builder = builder;
  }

  has(name: number): boolean {
    this.#known = grown(this.#known, name + 1);
    if (this.#known[name] === 0) this.#known[name] = /^0x[0-9a-f]+$/i.test(this.#builder.text(name)) ? 2 : 1;
    return this.#known[name] === 2;
  }
}

function threadOf({ name, process, pid, tid }: ThreadEntry): Thread {
  const number = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
  const pidNumber = number(pid);
  const tidNumber = number(tid);
  const owner = process || (pidNumber === undefined ? pid : "");
  return {
    name,
    ...(pidNumber === undefined ? {} : { pid: pidNumber }),
    ...(tidNumber === undefined ? {} : { tid: tidNumber }),
    ...(owner === "" ? {} : { process: owner }),
  };
}

/** The builder's frame for each frame of the file, made when a stack first needs it. */
class FrameRows {
  readonly #file: FirefoxFile;
  readonly #tables: StackTables;
  readonly #strings: StackTables;
  readonly #libs: readonly Library[];
  readonly #builder: ProfileBuilder;
  /** Columns by name, looked up once: every frame needs a dozen of them. */
  readonly #frame: ColumnsOf<StackTables["frames"]>;
  readonly #func: ColumnsOf<StackTables["funcs"]>;
  readonly #known: Int32Array;
  readonly #addresses: AddressNames;
  readonly #libOf: ColumnsOf<StackTables["resources"]>["lib"];
  readonly #mappings = new Map<Library, number>();

  constructor(
    file: FirefoxFile,
    tables: StackTables,
    strings: StackTables,
    libs: readonly Library[],
    builder: ProfileBuilder,
    addresses: AddressNames,
  ) {
    this.#file = file;
    this.#addresses = addresses;
    this.#libOf = tables.resources.column("lib").flat();
    this.#tables = tables;
    this.#strings = strings;
    this.#libs = libs;
    this.#builder = builder;
    this.#frame = tables.frames.columns();
    this.#func = tables.funcs.columns();
    this.#known = new Int32Array(this.#frame.func.length);
  }

  /** -1 where the file has no such frame. */
  row(frame: number): number {
    if (!(frame >= 0 && frame < this.#known.length)) return -1;
    if (this.#known[frame] === 0) this.#known[frame] = this.#make(frame) + 1;
    return this.#known[frame]! - 1;
  }

  #make(frame: number): number {
    const { sources } = this.#tables;
    const own = this.#frame;
    const funcs = this.#func;
    const func = valueAt(own.func, frame);
    const library =
      this.#libs[
        own.lib.length > 0 ? valueAt(own.lib, frame) : valueAt(this.#libOf, valueAt(funcs.resource, func))
      ];
    const source = valueAt(funcs.source, func);
    const file = source < 0 ? valueAt(funcs.fileName, func) : this.#fileOfSource(source, sources);
    const address = valueAt(own.address, frame);
    const isJS = valueAt(funcs.isJS, func) === 1;
    const name = this.#string(valueAt(funcs.name, func));
    const bare = library !== undefined && address >= 0 && this.#addresses.has(name);
    return this.#builder.frame({
      name: bare ? 0 : name || this.#builder.string("(unnamed)"),
      file: this.#string(file),
      line: position(either(valueAt(own.line, frame), isJS ? valueAt(funcs.lineNumber, func) : -1)),
      column: position(either(valueAt(own.column, frame), isJS ? valueAt(funcs.columnNumber, func) : -1)),
      mapping: library === undefined ? -1 : this.#mapping(library),
      address: Number.isSafeInteger(address) && address > 0 ? BigInt(address) : 0n,
      kind: this.#kind(frame, library !== undefined && !isJS),
      inlined: valueAt(own.inlineDepth, frame) > 0,
    });
  }

  /** From version 60 on sources are shared, as the frames are; in 58 and 59 they are shared, the frames are not. */
  #fileOfSource(source: number, own: StackTables["sources"]): number {
    return own.has("filename")
      ? own.at("filename", source)
      : this.#file.shared.sources.at("filename", source);
  }

  #kind(frame: number, native: boolean): FrameKindCode {
    const { category, subcategory } = this.#frame;
    const kind = frameKind(this.#file.categories, valueAt(category, frame), valueAt(subcategory, frame));
    return kind === FrameKind.unknown && native ? FrameKind.native : kind;
  }

  #mapping(library: Library): number {
    let row = this.#mappings.get(library);
    if (row === undefined) {
      row = this.#builder.mapping({ path: library.path, buildId: library.buildId });
      this.#mappings.set(library, row);
    }
    return row;
  }

  /** The builder's id of a string of the file; 0 where there is none. */
  #string(index: number): number {
    const { strings } = this.#strings;
    return index >= 0 && index < strings.length ? strings.at(index) : 0;
  }
}

function either(value: number, otherwise: number): number {
  return value >= 0 ? value : otherwise;
}

function position(value: number): number {
  return value >= 1 && value <= MAX_LINE ? Math.floor(value) : 0;
}

/** What a sample's weight counts, and how many of our units one of theirs is. */
function meaningOf(weightType: string): readonly [name: string, unit: string, factor: number] {
  if (weightType === "tracing-ms") return ["wall", "nanoseconds", 1e6];
  if (weightType === "bytes") return ["size", "bytes", 1];
  return ["samples", "count", 1];
}

/** Where the samples of a thread go. */
interface Place {
  /** The builder's stack for each of the thread's. */
  readonly rows: Int32Array;
  readonly thread: number;
  readonly builder: ProfileBuilder;
  readonly notes: Notes;
  readonly samples: SamplesByType;
}

function addSamples(file: FirefoxFile, samples: SamplesTable, place: Place): void {
  const { rows, thread, builder, notes } = place;
  const length = samples.table.column("stack").length;
  const [name, unit, factor] = meaningOf(samples.weightType);
  if (length === 0) return;
  const type = builder.valueType(name, unit);
  const cpu = samples.table.has("threadCPUDelta") ? cpuUnit(file.cpuUnit) : undefined;
  const cpuType = cpu === undefined ? -1 : builder.valueType("cpu", cpu.unit);
  const out = place.samples.of(type, cpuType);
  const times = new Times(samples, file.timeUnit === "bytes");
  const stacks = samples.table.column("stack");
  const weights = samples.table.column("weight");
  const deltas = samples.table.column("threadCPUDelta");
  const inSteps = builder.takesSteps;
  for (let from = 0; from < length; from += PIECE) {
    const count = Math.min(PIECE, length - from);
    firefoxStacksOf(rows, stacks.piece(from, count), notes, out.piece.stack);
    times.put(from, count, out.piece.time);
    putWeights(weights, from, count, factor, out.piece.first, notes);
    const steps = cpu !== undefined && inSteps ? cpuSteps(deltas, from, count, cpu) : undefined;
    if (steps === undefined && cpu !== undefined) putCpu(deltas, from, count, cpu, notes, out.piece.second);
    out.add(thread, count, steps === undefined ? {} : { second: steps });
    for (const column of [stacks, weights, deltas]) column.drop(from + count, file.pool);
    times.drop(from + count, file.pool);
  }
  out.flush(thread);
  builder.meta.observations = (builder.meta.observations ?? 0) + length;
}

/** Weights of `count` samples; one that is not given is 1. Milliseconds become whole nanoseconds. */
function putWeights(
  given: NumberColumn,
  from: number,
  count: number,
  factor: number,
  into: Float64Array,
  notes: Notes,
): void {
  const known = Math.max(0, Math.min(count, given.length - from));
  const values = given.piece(from, known);
  for (let i = 0; i < known; i++) {
    const weight = values[i]! * factor;
    into[i] = Number.isFinite(weight) ? (factor === 1 ? weight : Math.round(weight)) : finite(weight, notes);
  }
  into.fill(factor, known, count);
}

function addAllocations(samples: SamplesTable, name: string, place: Place): void {
  const { rows, thread, builder, notes } = place;
  const length = samples.table.column("stack").length;
  if (length === 0) return;
  const type = builder.valueType(name, "bytes");
  const times = new Times(samples, false);
  const out = place.samples.of(type);
  const column = samples.table.column("stack");
  for (let from = 0; from < length; from += PIECE) {
    const count = Math.min(PIECE, length - from);
    firefoxStacksOf(rows, column.piece(from, count), notes, out.piece.stack);
    times.put(from, count, out.piece.time);
    for (let i = 0; i < count; i++) {
      const weight = finite(samples.table.at("weight", from + i), notes);
      if (weight < 0) {
        notes.add(
          "information",
          "deallocations",
          "Memory that was given back weighs negatively, as in the file.",
        );
      }
      out.piece.first[i] = weight;
    }
    out.add(thread, count);
  }
  out.flush(thread);
}

/** Nanoseconds since `meta.startTime`; NaN where not known. */
class Times {
  readonly #column: NumberColumn;
  readonly #byDelta: boolean;
  readonly #isOffset: boolean;
  #at = 0;

  constructor({ time, timeDeltas }: SamplesTable, isOffset: boolean) {
    this.#byDelta = time.length === 0;
    this.#column = this.#byDelta ? timeDeltas : time;
    this.#isOffset = isOffset;
  }

  /** Times of `count` samples from `from` on; pieces are asked for in order. */
  put(from: number, count: number, into: Float64Array): void {
    const known = this.#isOffset ? 0 : Math.max(0, Math.min(count, this.#column.length - from));
    const values = this.#column.piece(from, known);
    const byDelta = this.#byDelta;
    let at = this.#at;
    for (let i = 0; i < known; i++) {
      at = byDelta ? at + (values[i]! || 0) : values[i]!;
      into[i] = Math.abs(at) <= MAX_MILLISECONDS ? Math.round(at * 1e6) : Number.NaN;
    }
    this.#at = at;
    into.fill(Number.NaN, known, count);
  }

  /** Times before `index` are not asked for again. */
  drop(index: number, to: Recycler): void {
    this.#column.drop(index, to);
  }
}

function finite(weight: number, notes: Notes): number {
  if (Number.isFinite(weight)) return weight;
  notes.add("skipped", "not-finite", "A weight that is not a finite number was left out.");
  return 0;
}
