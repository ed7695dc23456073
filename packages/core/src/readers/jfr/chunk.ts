import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { JfrBytes, type Key } from "./bytes.ts";
import { type ChunkBytes, type ChunkHeader, HEADER_SIZE, isChunk } from "./input.ts";
import { type JfrType, readMetadata } from "./metadata.ts";
import { Plan, type Value } from "./plan.ts";

/** The sentence of the note "jfr-bad-metadata". */
export const BAD_METADATA = "A description of types is malformed.";

/** Types of records that are no events. */
const METADATA = 0;
const CHECKPOINT = 1;

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
  readonly #pools = new Map<number, Map<Key, number>>();

  constructor(chunk: ChunkBytes, notes: Notes) {
    this.header = chunk.header;
    this.#bytes = chunk.bytes;
    this.#offset = chunk.offset;
    this.#notes = notes;
    const checkpoints: (readonly [at: number, end: number])[] = [];
    const metadata: (readonly [at: number, end: number])[] = [];
    this.used = this.#walk(chunk, (type, at, end) => {
      if (type === METADATA) metadata.push([at, end]);
      else if (type === CHECKPOINT) checkpoints.push([at, end]);
    });
    for (const [at, end] of metadata) {
      this.tolerate("jfr-bad-metadata", BAD_METADATA, at, () =>
        readMetadata(this.input(at, end), this.types),
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

  /** Visits every event: its type, and where its fields start and end. */
  eachEvent(visit: (type: number, at: number, end: number) => void): void {
    const input = this.input(HEADER_SIZE, this.used);
    while (input.at < this.used) {
      const start = input.at;
      const size = input.int();
      const type = input.long();
      if (type > CHECKPOINT) visit(type, input.at, start + size);
      input.at = start + size;
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
    return this.#pools.get(type)?.get(key);
  }

  /** Keys of a type's constants. */
  keys(type: number | undefined): Key[] {
    return type === undefined ? [] : [...(this.#pools.get(type)?.keys() ?? [])];
  }

  /** Nanoseconds since the Unix epoch less `origin`. */
  time(ticks: number, origin: bigint): number {
    const { startNanos, startTicks } = this.header;
    return Number(startNanos - origin) + this.nanoseconds(ticks - startTicks);
  }

  nanoseconds(ticks: number): number {
    const { ticksPerSecond } = this.header;
    return ticksPerSecond === 1e9 ? ticks : Math.round((ticks / ticksPerSecond) * 1e9);
  }

  /** Visits all records; returns where they end. */
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
      const size = input.int();
      const type = input.long();
      const end = start + size;
      if (end < input.at || end > input.end) return false;
      visit(type, input.at, end);
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
      pool = new Map();
      this.#pools.set(type.id, pool);
    }
    const plan = new Plan(this.types, type, [], () => "", false);
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
    this.#plan = known === undefined ? undefined : new Plan(chunk.types, known, wanted, pooled, false);
  }

  /** The wanted fields, valid until the next call; undefined where there is no such constant. */
  get(key: Key): readonly Value[] | undefined {
    const at = this.#chunk.find(this.#type, key);
    if (at === undefined || this.#plan === undefined) return undefined;
    this.#input.at = at;
    return this.#plan.read(this.#input);
  }
}

/** Id of the type of a field of a type. */
export function fieldType(chunk: Chunk, type: number | undefined, field: string): number | undefined {
  if (type === undefined) return undefined;
  return chunk.types.get(type)?.fields.find(({ name }) => name === field)?.type;
}
