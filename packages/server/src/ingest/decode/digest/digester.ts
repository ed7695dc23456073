import { type Label, Notes, type Profile, type ValueType } from "@flambeau/core";
import { dayOf, type StackDigest, type StackScope, weekOf } from "../../../store/digest.ts";
import { hasKey } from "../../../store/write/recent-keys.ts";
import { RowBuffer } from "../../../store/write/row-buffer.ts";
import { frameSalt, stackSalt } from "../../../store/write/scope-keys.ts";
import type { PprofLimits } from "../pprof-check.ts";
import { Cursor, UNUSUAL } from "./cursor.ts";
import { Locations } from "./locations.ts";
import { Samples } from "./samples.ts";
import { Sections } from "./sections.ts";
import { Functions, Mappings, roomy, Strings } from "./tables.ts";

/** What a profile says beside its samples. */
export type ProfileHead = Pick<Profile, "valueTypes" | "meta" | "notes">;

/** A file that was read in the short way. */
export interface Digested {
  readonly head: ProfileHead;
  readonly digest: StackDigest;
  /** Where samples have labels with a text: the distinct sets, the first one empty, and the set of each row. */
  readonly labels?: { readonly sets: readonly (readonly Label[])[]; readonly of: Int32Array };
}

/** Keys of what the store was seen to have, in memory that threads share. */
export interface SharedKeys {
  readonly stacks: Uint32Array;
  readonly frames: Uint32Array;
}

/** Whose stacks they are, as far as is known before the file is read. */
export interface DigestScope extends Omit<StackScope, "week"> {
  /** When the profile was taken, should it not say so itself: nanoseconds since the Unix epoch. */
  readonly from: bigint;
}

/** More value types than any profiler writes. */
const MAX_TYPES = 32;
/** Frames in the lists of a digest: more would not fit into a batch. */
const MAX_LISTED = 1 << 24;
/** A time before 1971 says that the profiler knew none. */
const FIRST_TIME = 31_536_000_000_000_000n;

/**
 * Reads pprof of the usual shape straight into a digest, without building a profile: no tree of stacks, no objects,
 * and no names but those that the store has not seen. Whatever is unusual (times of samples, patterns of frames to
 * drop, references that lead nowhere, …) is left to the general reader, which explains it; for all else both give the
 * same rows. Its tables are kept from one file to the next.
 */
export class PprofDigester {
  readonly #cursor = new Cursor();
  readonly #sections = new Sections();
  readonly #strings = new Strings();
  readonly #functions = new Functions();
  readonly #mappings = new Mappings();
  readonly #locations = new Locations({
    strings: this.#strings,
    functions: this.#functions,
    mappings: this.#mappings,
  });
  readonly #samples = new Samples();
  readonly #keys: SharedKeys | undefined;
  readonly #columns = new RowBuffer(1 << 16);
  /** Per frame: 1 + its place in the digest, or 0. */
  #places = new Int32Array(1024);

  /** Without keys every stack comes with its frames. */
  constructor(keys: SharedKeys | undefined) {
    this.#keys = keys;
  }

  /** Undefined: the file is not of the usual shape. With `whole` every stack comes with its frames. */
  digest(bytes: Uint8Array, scope: DigestScope, limits: PprofLimits, whole: boolean): Digested | undefined {
    try {
      const head = this.#read(bytes, limits);
      const start = (head.meta.timeOrigin ?? 0n) >= FIRST_TIME ? head.meta.timeOrigin! : scope.from;
      const digest = this.#finish(whole ? undefined : this.#keys, { ...scope, week: weekOf(dayOf(start)) });
      const { labelled, labels, rowSet, rows } = this.#samples;
      return {
        head,
        digest,
        ...(labelled ? { labels: { sets: labels.sets, of: rowSet.slice(0, rows) } } : {}),
      };
    } catch (error) {
      if (error === UNUSUAL) return undefined;
      throw error;
    }
  }

  #read(bytes: Uint8Array, limits: PprofLimits): ProfileHead {
    const cursor = this.#cursor;
    const sections = this.#sections;
    cursor.bytes = bytes;
    cursor.at = 0;
    cursor.end = bytes.length;
    sections.find(cursor);
    this.#strings.load(bytes, sections.strings);
    const valueTypes = this.#valueTypes();
    const meta = this.#meta(valueTypes);
    this.#mappings.load(cursor, sections, this.#strings);
    this.#functions.load(cursor, sections.functions, sections.strings.length);
    this.#locations.load(cursor, sections.locations);
    const tables = { locations: this.#locations, strings: this.#strings };
    this.#samples.load(cursor, sections.samples, valueTypes.length, tables, limits);
    return { valueTypes, meta, notes: this.#notes() };
  }

  #valueTypes(): ValueType[] {
    const { at, length } = this.#sections.sampleTypes;
    if (length === 0 || length > MAX_TYPES) throw UNUSUAL;
    const types: ValueType[] = [];
    for (let i = 0; i < length; i++) {
      const type = this.#valueType(at[2 * i]!, at[2 * i + 1]!);
      if (types.some(({ name, unit }) => name === type.name && unit === type.unit)) throw UNUSUAL;
      types.push(type);
    }
    return types;
  }

  #valueType(start: number, end: number): ValueType {
    const cursor = this.#cursor;
    cursor.at = start;
    cursor.end = end;
    let [name, unit] = [0, 0];
    while (cursor.at < end) {
      const tag = cursor.bytes[cursor.at++]!;
      const value = cursor.varint();
      if (tag === 0x08) name = value;
      else if (tag === 0x10) unit = value;
      else throw UNUSUAL;
    }
    return { name: this.#strings.text(name), unit: this.#strings.text(unit) };
  }

  #meta(valueTypes: readonly ValueType[]): Profile["meta"] {
    const { defaultSampleType, timeNanos, durationNanos, period, periodType } = this.#sections;
    const name = this.#strings.text(defaultSampleType);
    const shown = valueTypes.findIndex((type) => type.name === name);
    if (shown < 0 && name !== "") throw UNUSUAL;
    const { at, length } = periodType;
    const type = length === 0 ? { name: "", unit: "" } : this.#valueType(at[0]!, at[1]!);
    return {
      format: "pprof",
      defaultValueType: defaultSampleType === 0 || shown < 0 ? valueTypes.length - 1 : shown,
      ...(timeNanos === 0n ? {} : { timeOrigin: timeNanos, clock: "unix" as const }),
      ...(durationNanos === 0 ? {} : { duration: durationNanos }),
      ...(length === 0 && period === 0 ? {} : { period: { type, value: period } }),
    };
  }

  #notes(): Profile["notes"] {
    const notes = new Notes();
    const { systemNames, startLines } = this.#locations;
    const add = (code: string, message: string, count: number): void => {
      if (count > 0) notes.add("information", code, message, undefined, count);
    };
    add("system-names", "The functions' system (mangled) names are not kept, only their names.", systemNames);
    add("start-lines", "The lines on which the functions start are not kept.", startLines);
    return notes.list();
  }

  #finish(keys: SharedKeys | undefined, scope: StackScope): StackDigest {
    const { length, rows, labelled, ids, weights, rowStack } = this.#samples;
    const listOf = new Int32Array(length).fill(-1);
    const salt = stackSalt(scope);
    const listEnds: number[] = [];
    const lists: number[] = [];
    const frames = new FrameColumns(
      this.#locations,
      this.#columns,
      this.#roomForPlaces(),
      keys?.frames,
      scope,
    );
    for (let stack = 0; stack < length; stack++) {
      const lo = ids[2 * stack]!;
      const hi = ids[2 * stack + 1]!;
      if (keys !== undefined && hasKey(keys.stacks, (lo ^ salt.lo) >>> 0, (hi ^ salt.hi) >>> 0)) continue;
      listOf[stack] = listEnds.length;
      this.#list(stack, lists, frames);
      listEnds.push(lists.length);
    }
    return {
      stacks: ids.slice(0, length * 2),
      weights: weights.slice(0, this.#sections.sampleTypes.length).map((column) => column.slice(0, rows)),
      ...(labelled ? { rowStack: rowStack.slice(0, rows) } : {}),
      listOf,
      listEnds: Int32Array.from(listEnds),
      lists: Int32Array.from(lists),
      frameIds: Uint32Array.from(frames.ids),
      frameEnds: Int32Array.from(frames.ends),
      frames: this.#columns.written.slice(),
    };
  }

  #roomForPlaces(): Int32Array {
    const count = this.#locations.first[this.#sections.locations.length]!;
    this.#places = roomy(this.#places, count);
    this.#places.fill(0, 0, count);
    return this.#places;
  }

  /** Adds the frames of a stack, root first. */
  #list(stack: number, lists: number[], frames: FrameColumns): void {
    const { ends, lists: locations } = this.#samples;
    const { first } = this.#locations;
    const start = stack === 0 ? 0 : ends[stack - 1]!;
    for (let at = ends[stack]! - 1; at >= start; at--) {
      const row = locations[at]!;
      for (let frame = first[row + 1]! - 1; frame >= first[row]!; frame--) lists.push(frames.place(frame));
    }
    if (lists.length > MAX_LISTED) throw UNUSUAL;
  }
}

/** The frames that a digest names, each once, with its columns where it may be new. */
class FrameColumns {
  readonly ids: number[] = [];
  readonly ends: number[] = [];
  readonly #locations: Locations;
  readonly #buffer: RowBuffer;
  readonly #places: Int32Array;
  readonly #known: Uint32Array | undefined;
  readonly #salt: ReturnType<typeof frameSalt>;

  constructor(
    locations: Locations,
    buffer: RowBuffer,
    places: Int32Array,
    known: Uint32Array | undefined,
    scope: StackScope,
  ) {
    this.#locations = locations;
    this.#buffer = buffer;
    this.#places = places;
    this.#known = known;
    this.#salt = frameSalt(scope);
    buffer.truncate(0);
  }

  place(frame: number): number {
    const known = this.#places[frame]! - 1;
    if (known >= 0) return known;
    const lo = this.#locations.ids[2 * frame]!;
    const hi = this.#locations.ids[2 * frame + 1]!;
    const place = this.ends.length;
    this.#places[frame] = place + 1;
    this.ids.push(lo, hi);
    const { lo: saltLo, hi: saltHi } = this.#salt;
    const stored = this.#known !== undefined && hasKey(this.#known, (lo ^ saltLo) >>> 0, (hi ^ saltHi) >>> 0);
    if (!stored) this.#locations.write(frame, this.#buffer);
    this.ends.push(this.#buffer.length);
    return place;
  }
}
