import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { JfrBytes, type Key, TWO_BYTES } from "./bytes.ts";
import { EventIndex, type Places } from "./event-index.ts";
import { type ChunkBytes, type ChunkHeader, HEADER_SIZE, isChunk } from "./input.ts";
import type { JfrType, Metadata } from "./metadata.ts";
import { Plan, type Value } from "./plan.ts";
import type { Tables } from "./tables.ts";
import type { Text } from "./text.ts";

/** The sentence of the note "jfr-bad-metadata". */
export const BAD_METADATA = "A description of types is malformed.";

/** Types of records that are no events: descriptions of types, and checkpoints with constants. */
const METADATA = 0;
const CHECKPOINT = 1;

/** Where the fields of a record are. */
type Extent = readonly [at: number, end: number];

/** What a walk over all records found. */
interface Walk {
  readonly descriptions: readonly Extent[];
  readonly checkpoints: readonly Extent[];
  readonly events: EventIndex;
  /** Where the records of the chunk end. */
  readonly used: number;
  readonly isCut: boolean;
}

/**
 * One chunk, which stands for itself: its types and constant pools are found first, wherever they are, then its
 * events are read. Records follow each other without gaps, each with its size and type in front:
 *
 * ```
 * header (68 bytes) | size type payload | size type payload | …      type 0: metadata, 1: checkpoint (pools)
 * ```
 *
 * The header says where the types are, so that one walk over the records is enough; where it does not, because the JVM
 * did not get to finish the chunk, or there are more descriptions of types than that one, a second walk follows. Pools
 * are kept as positions; an entry is decoded when an event needs it.
 */
export class Chunk {
  readonly header: ChunkHeader;
  readonly types: Map<number, JfrType> = new Map();
  /** Bytes that belong to this chunk: fewer than were given where the next chunk starts among them. */
  readonly used: number;
  /** The events that are samples or settings. */
  readonly events: EventIndex;
  readonly #bytes: Uint8Array;
  readonly #offset: number;
  readonly #notes: Notes;
  /** Among them, per type: key → position of a constant. */
  readonly tables: Tables;

  /**
   * `metadata` and `tables`: the same for all chunks of a recording. `counting`: whether events may be counted instead of kept, see
   * {@link EventIndex}.
   */
  constructor(chunk: ChunkBytes, metadata: Metadata, tables: Tables, notes: Notes, counting: boolean) {
    this.tables = tables;
    tables.clear();
    this.header = chunk.header;
    this.#bytes = chunk.bytes;
    this.#offset = chunk.offset;
    this.#notes = notes;
    const hinted = this.#readHinted(metadata);
    let walk = this.#walk(chunk, counting);
    if (walk.descriptions.length !== 1 || walk.descriptions[0]![0] !== hinted) {
      this.types.clear();
      for (const [at, end] of walk.descriptions) {
        this.tolerate("jfr-bad-metadata", BAD_METADATA, at, () =>
          metadata.read(this.input(at, end), this.types),
        );
      }
      walk = this.#walk(chunk, counting);
    }
    this.used = walk.used;
    this.events = walk.events;
    if (walk.isCut) {
      notes.add("truncated", "jfr-cut", "A chunk breaks off; what comes before was read.", {
        offset: this.#offset + walk.used,
      });
    }
    for (const [at, end] of walk.checkpoints) {
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

  /** Visits events: what their type stands for, and where their fields start and end. */
  eachEvent<T>(
    places: Places,
    types: ReadonlyMap<number, T>,
    visit: (found: T, at: number, end: number) => void,
  ): void {
    const input = this.input(0, this.used);
    for (const start of places.starts) {
      input.at = start;
      input.record();
      const found = types.get(input.type);
      if (found !== undefined) visit(found, input.at, (start + input.size) | 0);
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
    const place = this.tables.pool(type)?.get(key) ?? -1;
    return place < 0 ? undefined : place;
  }

  /** Keys of the constants of a type that has few. */
  keys(type: number | undefined): Key[] {
    return type === undefined ? [] : (this.tables.pool(type)?.keys() ?? []);
  }

  /** Nanoseconds since the chunk's start. */
  time(ticks: number): number {
    return this.nanoseconds(ticks - this.header.startTicks);
  }

  nanoseconds(ticks: number): number {
    const { ticksPerSecond } = this.header;
    return ticksPerSecond === 1e9 ? ticks : Math.round((ticks / ticksPerSecond) * 1e9);
  }

  /** Reads the types where the header says they are; returns where the description starts, -1 where none is there. */
  #readHinted(metadata: Metadata): number {
    const { metadataAt } = this.header;
    if (!(metadataAt >= HEADER_SIZE && metadataAt < this.#bytes.length)) return -1;
    const input = this.input(metadataAt);
    try {
      input.record();
      const end = metadataAt + input.size;
      if (input.type !== METADATA || end > this.#bytes.length) return -1;
      const { at } = input;
      input.end = end;
      metadata.read(input, this.types);
      return at;
    } catch (error) {
      if (error instanceof FlambeauError) return -1;
      throw error;
    }
  }

  /** Passes all records, with the types as far as they are known. */
  #walk(chunk: ChunkBytes, counting: boolean): Walk {
    const { bytes } = chunk;
    const checkpoints: Extent[] = [];
    const descriptions: Extent[] = [];
    const special = [descriptions, checkpoints];
    const events = new EventIndex(this.types, this.header.compressed, counting);
    const input = this.input();
    const { length } = bytes;
    // Nearly all records have one or two bytes for their size and their type: millions that need no more than this.
    const lastQuick = this.header.compressed && chunk.complete ? length - 4 : 0;
    let at = HEADER_SIZE;
    while (at < length) {
      const start = at;
      if (start < lastQuick) {
        let size = bytes[at++]!;
        if (size > 127) size = (size & 127) | (bytes[at++]! << 7);
        let type = bytes[at++]!;
        if (type > 127) type = (type & 127) | (bytes[at++]! << 7);
        const end = start + size;
        if (size < TWO_BYTES && type < TWO_BYTES && type > CHECKPOINT && end >= at && end <= length) {
          events.add(type, input, start, at, end);
          at = end;
          continue;
        }
      }
      if (!chunk.complete && isChunk(bytes, start)) break;
      input.at = start;
      const end = this.#recordEnd(input, start);
      if (end < 0) return { descriptions, checkpoints, events, used: start, isCut: true };
      const { type } = input;
      if (type > CHECKPOINT) events.add(type, input, start, input.at, end);
      else special[type]?.push([input.at, end]);
      at = end;
    }
    return { descriptions, checkpoints, events, used: at, isCut: false };
  }

  /** Reads the head of a record; returns where the record ends, -1 where it cannot be one, or its end is missing. */
  #recordEnd(input: JfrBytes, start: number): number {
    try {
      input.record();
      const end = start + input.size;
      return end < input.at || end > input.end ? -1 : end | 0;
    } catch (error) {
      if (error instanceof FlambeauError) return -1;
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
    const pool = this.tables.openPool(type.id);
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
