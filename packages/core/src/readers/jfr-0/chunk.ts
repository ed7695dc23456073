import { javaClassName } from "../../codec/java-names.ts";
import { stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder, SampleDetails } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { Cursor, type Key } from "./cursor.ts";
import { type EventKind, kindOf } from "./kinds.ts";
import {
  type EventType,
  type Metadata,
  readFields,
  readMetadata,
  readNumber,
  type Value,
} from "./metadata.ts";

const THREAD = 7;
const STACK = 9;
/** The last of the types that every recording has: metadata, checkpoints, lost buffers. */
const LOST = 2;
/** Bytes in front of a chunk's first event. */
const HEADER = 16;

const KINDS: ReadonlyMap<string, FrameKindCode> = new Map<string, FrameKindCode>([
  ["Interpreted", FrameKind.interpreted],
  ["JIT compiled", FrameKind.jit],
  ["Inlined", FrameKind.jit],
  ["Native", FrameKind.native],
]);

type Struct = ReadonlyMap<string, Value>;

/** One chunk: its constants, which stand behind what refers to them, and its events. */
export class Chunk {
  readonly metadata: Metadata;
  readonly #bytes: Uint8Array;
  readonly #base: number;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  /** Constants by pool and key. */
  readonly #pools = new Map<number, Map<Key, Struct>>();
  readonly #stacks = new Map<Key, number>();
  readonly #threads = new Map<Key, number>();
  /** Nanoseconds between two samples, by event, where the recording's settings say so. */
  readonly #periods = new Map<string, number>();
  readonly #end: number;

  /** `bytes` from the chunk's magic on; `base`: its offset in the file. */
  constructor(bytes: Uint8Array, base: number, into: ProfileBuilder, notes: Notes) {
    this.#bytes = bytes;
    this.#base = base;
    this.#into = into;
    this.#notes = notes;
    const metadataAt = new Cursor(bytes, base, 8).long();
    const cursor = new Cursor(bytes, base, metadataAt);
    const size = cursor.int();
    cursor.end = Math.min(cursor.end, metadataAt + size);
    this.metadata = readMetadata(cursor);
    if (!(this.metadata.ticksPerSecond > 0)) throw cursor.malformed("a chunk has no clock");
    this.#end = metadataAt;
    this.size = metadataAt + size;
  }

  /** Bytes of the whole chunk. */
  readonly size: number;

  /** Reads the chunk into the builder; times are nanoseconds since `origin`, in milliseconds since the Unix epoch. */
  read(origin: number): void {
    this.#readConstants();
    this.#eachEvent((type, cursor) => {
      if (type?.path !== "recordings/recording_setting") return;
      cursor.skip(8); // when
      this.#setting(readFields(cursor, type.fields, type.structures));
    });
    this.#eachEvent((type, cursor, id) => {
      const kind = type && kindOf(type.path);
      if (kind !== undefined) this.#sample(type!, kind, cursor, origin);
      // Metadata, checkpoints and lost buffers are not described.
      else if (type === undefined && id > LOST) {
        this.#notes.add("skipped", "jfr-unknown-event", "An event is of a type that is not described.");
      }
    });
  }

  /** Checkpoints are chained from the last to the first; what stands in a later one counts. */
  #readConstants(): void {
    let { checkpoint } = this.metadata;
    while (checkpoint !== 0) {
      const cursor = new Cursor(this.#bytes, this.#base, checkpoint);
      cursor.end = Math.min(cursor.end, checkpoint + cursor.int());
      cursor.skip(12); // type and time
      const before = cursor.long();
      while (cursor.at < cursor.end) this.#readPool(cursor);
      // Each is in front of the one after it: a chain that turns back would never end.
      if (before >= checkpoint) throw cursor.malformed("checkpoints are chained in a circle");
      checkpoint = before;
    }
  }

  #readPool(cursor: Cursor): void {
    const id = cursor.int();
    const type = this.metadata.contents.get(id);
    if (type === undefined) throw cursor.malformed(`there is no type of constants ${id}`);
    let pool = this.#pools.get(id);
    if (pool === undefined) {
      pool = new Map();
      this.#pools.set(id, pool);
    }
    for (let count = cursor.count(); count > 0; count--) {
      const key = readNumber(cursor, type.keyKind);
      const value = readFields(cursor, type.fields, type.structures);
      if (!pool.has(key)) pool.set(key, value);
    }
  }

  #eachEvent(visit: (type: EventType | undefined, cursor: Cursor, id: number) => void): void {
    for (let at = HEADER; at < this.#end; ) {
      const cursor = new Cursor(this.#bytes, this.#base, at);
      const size = cursor.int();
      const id = cursor.int();
      if (size < 8 || at + size > this.#end) throw cursor.malformed(`an event has ${size} bytes`);
      cursor.end = at + size;
      visit(this.metadata.events.get(id), cursor, id);
      at += size;
    }
  }

  /** `{"path":"vm/prof/execution_sample","period":20,"enabled":1 …}`: periods are milliseconds. */
  #setting(values: Struct): void {
    const [path, period] = [values.get("path"), values.get("period")];
    if (typeof path === "string" && typeof period === "number" && period > 0) {
      this.#periods.set(path, period * 1e6);
    }
  }

  #sample(type: EventType, kind: EventKind, cursor: Cursor, origin: number): void {
    const end = cursor.long();
    const start = type.hasStart ? cursor.long() : end;
    let thread = type.hasThread ? cursor.unsigned() : undefined;
    let stack: Key | undefined = type.hasStack ? cursor.key() : undefined;
    const values = readFields(cursor, type.fields, type.structures);
    for (const field of type.fields) {
      const value = values.get(field.name);
      if (field.content === THREAD && typeof value === "number" && thread === undefined) thread = value;
      if (field.content === STACK && isKey(value)) stack ??= value;
    }
    const { startMillis, startTicks, ticksPerSecond } = this.metadata;
    const nanoseconds = (ticks: number): number => (ticks / ticksPerSecond) * 1e9;
    const into = this.#into;
    const count = into.valueType(kind.count, "count");
    const amount = this.#amount(type, kind, values, nanoseconds(end - start));
    const weights = new Float64Array(into.valueTypes.length + 1);
    weights[count] = 1;
    if (amount !== undefined) weights[into.valueType(kind.amount, kind.unit)] = amount;
    into.sample(this.#stack(stack), weights.subarray(0, into.valueTypes.length), {
      time: Math.round((startMillis - origin) * 1e6 + nanoseconds(start - startTicks)),
      ...this.#details(type, thread, values),
    });
  }

  #amount(type: EventType, kind: EventKind, values: Struct, duration: number): number | undefined {
    if (kind.from === "duration") return Math.round(duration);
    if (kind.from === "period") return this.#periods.get(type.path);
    const value = values.get(kind.from);
    return typeof value === "number" && value >= 0 ? value : undefined;
  }

  #details(type: EventType, thread: Key | undefined, values: Struct): SampleDetails {
    const field = type.fields.find(({ name }) => name === "class" || name === "klass");
    const key = field === undefined ? undefined : values.get(field.name);
    const name = isKey(key) ? javaClassName(this.#className(this.#constant("Class", key))) : "";
    return {
      ...(thread === undefined ? {} : { thread: this.#thread(thread) }),
      ...(name === "" ? {} : { labels: this.#into.labelSet([{ key: "class", value: name }]) }),
    };
  }

  #thread(key: Key): number {
    let row = this.#threads.get(key);
    if (row === undefined) {
      const name = this.#pools.get(THREAD)?.get(key)?.get("name");
      const tid = typeof key === "number" ? { tid: key } : {};
      row = this.#into.thread({ name: typeof name === "string" ? name : "", ...tid });
      this.#threads.set(key, row);
    }
    return row;
  }

  #stack(key: Key | undefined): number {
    if (key === undefined || key === 0) return -1;
    let row = this.#stacks.get(key);
    if (row === undefined) {
      row = this.#readStack(this.#pools.get(STACK)?.get(key));
      this.#stacks.set(key, row);
    }
    return row;
  }

  #readStack(trace: Struct | undefined): number {
    const frames = trace?.get("frames");
    if (trace === undefined || !Array.isArray(frames)) {
      this.#notes.add("approximated", "jfr-no-stack", "A stack that an event refers to is not in the file.");
      return -1;
    }
    if (trace.get("truncated") === 1) {
      this.#notes.add(
        "truncated",
        "jfr-stack-depth",
        "The virtual machine cut stacks at its depth limit: frames near the root are missing.",
      );
    }
    const rows = (frames as readonly Value[]).map((frame) => this.#frame(frame as Struct));
    return stackOfLeafFirst(this.#into, rows);
  }

  #frame(frame: Struct): number {
    const key = frame.get("method");
    const method = isKey(key) ? this.#constant("Method", key) : undefined;
    const owner = method?.get("class");
    const names = [
      isKey(owner) ? javaClassName(this.#className(this.#constant("Class", owner))) : "",
      this.#text(method?.get("name")),
    ];
    const line = frame.get("line");
    const type = frame.get("type");
    const described = isKey(type) ? this.#constant("FrameType", type)?.get("desc") : undefined;
    const kind = typeof described === "string" ? described : "";
    return this.#into.frame({
      name: this.#into.string(names.filter((name) => name !== "").join(".") || "[unknown]"),
      line: typeof line === "number" && line > 0 ? line : 0,
      kind: KINDS.get(kind) ?? FrameKind.unknown,
      inlined: kind === "Inlined",
    });
  }

  #className(type: Struct | undefined): string {
    return this.#text(type?.get("name"));
  }

  #text(key: Value | undefined): string {
    if (typeof key === "string") return key;
    const text = isKey(key) ? this.#constant("UTFConstant", key)?.get("utf8") : undefined;
    return typeof text === "string" ? text : "";
  }

  /** A constant of the pool that has a name; ids of pools are the file's own. */
  #constant(name: string, key: Key): Struct | undefined {
    for (const [id, type] of this.metadata.contents) {
      if (type.name === name) return this.#pools.get(id)?.get(key);
    }
    return undefined;
  }
}

function isKey(value: Value | undefined): value is Key {
  return typeof value === "number" || typeof value === "bigint";
}
