import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { JfrBytes, type Key } from "./bytes.ts";
import { type ChunkBytes, type ChunkHeader, HEADER_SIZE, isChunk } from "./input.ts";
import { KeyTable } from "./keys.ts";
import type { JfrType, Metadata } from "./metadata.ts";
import { Plan, type Value } from "./plan.ts";
import type { Text } from "./text.ts";

/** The sentence of the note "jfr-bad-metadata". */
export const BAD_METADATA = "A description of types is malformed.";

/** Types of records that are no events. */
const METADATA = 0;
const CHECKPOINT = 1;
/** Types are numbered from 0 by everyone who writes the format; those below this are looked up in a list. */
const COMMON_TYPES = 4096;

/**
 * One chunk, which stands for itself: its types and constant pools are found first, wherever they are, then its
 * events are read. Records follow each other without gaps, each with its size and type in front:
 *
 * ```
 * header (68 bytes) | size type payload | size type payload | …      type 0: metadata, 1: checkpoint (pools)
 * ```
 *
 * The header's offsets of metadata and pools are not needed for that, so that a chunk which the JVM did not get to
 * finish is read just the same. Pools are kept as positions; an entry is decoded when an event needs it.
 */
export class Chunk {
  readonly header: ChunkHeader;
  readonly types: Map<number, JfrType> = new Map();
  /** Bytes that belong to this chunk: fewer than were given where the next chunk starts among them. */
  readonly used: number;
  readonly #bytes: Uint8Array;
  readonly #offset: number;
  readonly #notes: Notes;
  /** Per type: key → position of the value. */
  readonly #pools = new Map<number, KeyTable>();

  /** `metadata`: the same one for all chunks of a recording. */
  constructor(chunk: ChunkBytes, metadata: Metadata, notes: Notes) {
    this.header = chunk.header;
    this.#bytes = chunk.bytes;
    this.#offset = chunk.offset;
    this.#notes = notes;
    const checkpoints: (readonly [at: number, end: number])[] = [];
    const descriptions: (readonly [at: number, end: number])[] = [];
    this.used = this.#walk(chunk, (type, at, end) => {
      if (type === METADATA) descriptions.push([at, end]);
      else if (type === CHECKPOINT) checkpoints.push([at, end]);
    });
    for (const [at, end] of descriptions) {
      this.tolerate("jfr-bad-metadata", BAD_METADATA, at, () =>
        metadata.read(this.input(at, end), this.types),
      );
    }
    for (const [at, end] of checkpoints) {
      this.tolerate(
        "jfr-bad-constants",
        "Constants (names, stacks, threads) could not be read; what refers to them is unknown.",
        at,
        () => this.#readPools(this.input(at, end)),
      );
    }
  }

  /** A cursor on this chunk. */
  input(at: number = 0, end: number = this.#bytes.length): JfrBytes {
    const input = new JfrBytes(this.#bytes, this.#offset, this.header.compressed);
    input.at = at;
    input.end = end;
    return input;
  }

  /** Visits the events of some types: what the type stands for, and where the event's fields start and end. */
  eachEvent<T>(types: ReadonlyMap<number, T>, visit: (found: T, at: number, end: number) => void): void {
    const input = this.input(HEADER_SIZE, this.used);
    const common = Array.from({ length: COMMON_TYPES }, (_, type) =>
      type > CHECKPOINT ? types.get(type) : undefined,
    );
    while (input.at < this.used) {
      const start = input.at;
      input.record();
      const { type } = input;
      const found = type < COMMON_TYPES ? common[type] : types.get(type);
      const end = (start + input.size) | 0;
      if (found !== undefined) visit(found, input.at, end);
      input.at = end;
    }
  }

  /** Runs `read`; what is malformed in it becomes a note. */
  tolerate(code: string, message: string, at: number, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      this.#notes.add("skipped", code, message, { offset: this.#offset + at });
    }
  }

  /** Position of a constant, or undefined where the pools do not hold it. */
  find(type: number, key: Key): number | undefined {
    const place = this.#pools.get(type)?.get(key) ?? -1;
    return place < 0 ? undefined : place;
  }

  /** Keys of the constants of a type that has few. */
  keys(type: number | undefined): Key[] {
    return type === undefined ? [] : (this.#pools.get(type)?.keys() ?? []);
  }

  /** Nanoseconds since the chunk's start. */
  time(ticks: number): number {
    return this.nanoseconds(ticks - this.header.startTicks);
  }

  nanoseconds(ticks: number): number {
    const { ticksPerSecond } = this.header;
    return ticksPerSecond === 1e9 ? ticks : Math.round((ticks / ticksPerSecond) * 1e9);
  }

  /** Passes all records and visits those that are no events; returns where they end. */
  #walk(chunk: ChunkBytes, visit: (type: number, at: number, end: number) => void): number {
    const { bytes } = chunk;
    const input = this.input(HEADER_SIZE);
    while (input.at < bytes.length) {
      const start = input.at;
      if (!chunk.complete && isChunk(bytes, start)) return start;
      const fits = this.#record(input, visit);
      if (fits) continue;
      this.#notes.add("truncated", "jfr-cut", "A chunk breaks off; what comes before was read.", {
        offset: this.#offset + start,
      });
      return start;
    }
    return bytes.length;
  }

  /** Passes one record; false where it cannot be one, or its end is missing. */
  #record(input: JfrBytes, visit: (type: number, at: number, end: number) => void): boolean {
    const start = input.at;
    try {
      input.record();
      const { size, type } = input;
      if (start + size < input.at || start + size > input.end) return false;
      const end = (start + size) | 0;
      if (type <= CHECKPOINT) visit(type, input.at, end);
      input.at = end;
      return true;
    } catch (error) {
      if (error instanceof FlambeauError) return false;
      throw error;
    }
  }

  #readPools(input: JfrBytes): void {
    input.long(); // start
    input.long(); // duration
    input.long(); // distance to the checkpoint before
    input.byte(); // kind
    const pools = input.int();
    for (let i = 0; i < pools; i++) {
      const id = input.long();
      const type = this.types.get(id);
      if (type === undefined) throw input.malformed(`constants of an unknown type ${id}`);
      this.#readPool(input, type);
    }
  }

  #readPool(input: JfrBytes, type: JfrType): void {
    let pool = this.#pools.get(type.id);
    if (pool === undefined) {
      pool = new KeyTable();
      this.#pools.set(type.id, pool);
    }
    const plan = new Plan(this, type, [], () => "", false);
    const count = input.int();
    for (let i = 0; i < count; i++) {
      const key = input.key();
      const at = input.at;
      plan.read(input);
      pool.set(key, at);
    }
  }
}

/** Looks up wanted fields of one type's constants. */
export class Pool {
  readonly #chunk: Chunk;
  readonly #type: number;
  readonly #input: JfrBytes;
  readonly #plan: Plan | undefined;

  /** `type`: an id; where it is undefined or unknown, every look-up fails. */
  constructor(chunk: Chunk, type: number | undefined, wanted: readonly string[], strings?: Pool) {
    this.#chunk = chunk;
    this.#type = type ?? -1;
    this.#input = chunk.input();
    const known = type === undefined ? undefined : chunk.types.get(type);
    const pooled = (key: Key): string => String(strings?.get(key)?.[0] ?? "");
    this.#plan = known === undefined ? undefined : new Plan(chunk, known, wanted, pooled, false);
  }

  /** The wanted fields, valid until the next call; undefined where there is no such constant. */
  get(key: Key): readonly Value[] | undefined {
    const at = this.#chunk.find(this.#type, key);
    if (at === undefined || this.#plan === undefined) return undefined;
    this.#input.at = at;
    return this.#plan.read(this.#input);
  }

  /** Appends the first wanted field, a text, to `out`; nothing where there is no such constant. */
  copyText(key: Key, out: Text): void {
    const at = this.#chunk.find(this.#type, key);
    if (at === undefined || this.#plan === undefined) return;
    const input = this.#input;
    input.at = at;
    if (this.#plan.isText && input.textInPlace()) out.add(input.bytes, input.at, input.textEnd);
    else out.addText(String(this.#plan.read(input)[0] ?? ""));
  }
}

/** Id of the type of a field of a type. */
export function fieldType(chunk: Chunk, type: number | undefined, field: string): number | undefined {
  if (type === undefined) return undefined;
  return chunk.types.get(type)?.fields.find(({ name }) => name === field)?.type;
}
