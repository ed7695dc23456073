import { FORMAT, FunctionField, MappingField } from "../../codec/pprof-schema.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { IdRows } from "./id-rows.ts";
import type { Ranges } from "./ranges.ts";

/** The string table: indices of the file to text and to strings of the profile. */
export class Strings {
  readonly bytes: Uint8Array;
  readonly #ranges: Ranges;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  /** Per index: 1 + the builder's string id, 0 = not asked for yet. */
  readonly #ids: Uint32Array;
  readonly #texts = new Map<number, string>([[0, ""]]);

  constructor(bytes: Uint8Array, ranges: Ranges, into: ProfileBuilder, notes: Notes) {
    this.bytes = bytes;
    this.#ranges = ranges;
    this.#into = into;
    this.#notes = notes;
    this.#ids = new Uint32Array(ranges.length);
  }

  /** The builder's id of string `index`; the bytes are kept as they are. A missing string is empty, with a note. */
  id(index: number): number {
    if (index === 0) return 0;
    if (!this.#has(index)) {
      this.#notes.add(
        "skipped",
        "missing-string",
        "The file refers to a string that its string table does not hold; it was taken as empty.",
      );
      return 0;
    }
    const known = this.#ids[index]!;
    if (known > 0) return known - 1;
    const id = this.#into.stringBytes(this.bytes, this.#ranges.start[index]!, this.#ranges.end[index]!);
    this.#ids[index] = id + 1;
    return id;
  }

  /** The text of string `index`, decoded once: a file may refer to a long string very often. */
  text(index: number): string {
    let text = this.#texts.get(index);
    if (text === undefined) {
      text = this.#into.text(this.id(index));
      if (this.#has(index)) this.#texts.set(index, text);
    }
    return text;
  }

  /** Index of a text, or -1. */
  indexOf(text: string): number {
    const { start, end, length } = this.#ranges;
    const codes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    for (let index = 0; index < length; index++) {
      const from = start[index]!;
      if (end[index]! - from === codes.length && codes.every((code, i) => this.bytes[from + i] === code)) {
        return index;
      }
    }
    return -1;
  }

  #has(index: number): boolean {
    return index > 0 && index < this.#ranges.length;
  }
}

/** Runs `take` for every entry of a table; one that is no sound message is skipped, with a note. */
export function eachEntry(
  bytes: Uint8Array,
  ranges: Ranges,
  notes: Notes,
  take: (entry: ProtobufReader, row: number) => void,
): void {
  for (let row = 0; row < ranges.length; row++) {
    const entry = new ProtobufReader(bytes, ranges.start[row]!, ranges.end[row]!, FORMAT);
    try {
      take(entry, row);
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      notes.add("skipped", "malformed-entry", "An entry of a table is no sound protobuf message.", {
        offset: error.offset ?? ranges.start[row]!,
      });
    }
  }
}

/** Tells of ids that two entries of a table claim. */
export function noteDuplicate(notes: Notes, offset: number): void {
  notes.add(
    "approximated",
    "duplicate-id",
    "Two entries of a table have the same id; the first one was used.",
    { offset },
  );
}

/** The function table as columns of string indices. */
export class Functions {
  readonly ids: IdRows;
  readonly name: Float64Array;
  readonly systemName: Float64Array;
  readonly file: Float64Array;
  /** 1 where the function's first line is given: the profile has no place for it. */
  readonly startLine: Uint8Array;

  constructor(bytes: Uint8Array, ranges: Ranges, notes: Notes) {
    this.ids = new IdRows(ranges.length);
    this.name = new Float64Array(ranges.length);
    this.systemName = new Float64Array(ranges.length);
    this.file = new Float64Array(ranges.length);
    this.startLine = new Uint8Array(ranges.length);
    eachEntry(bytes, ranges, notes, (entry, row) => this.#read(entry, row, notes));
  }

  #read(entry: ProtobufReader, row: number, notes: Notes): void {
    const offset = entry.at;
    let low = 0;
    let high = 0;
    while (entry.next()) {
      if (entry.wire !== WireType.varint) {
        entry.skip();
        continue;
      }
      const value = entry.signed();
      if (entry.field === FunctionField.id) {
        low = entry.low;
        high = entry.high;
      } else if (entry.field === FunctionField.name) this.name[row] = value;
      else if (entry.field === FunctionField.systemName) this.systemName[row] = value;
      else if (entry.field === FunctionField.filename) this.file[row] = value;
      else if (entry.field === FunctionField.startLine && value !== 0) this.startLine[row] = 1;
    }
    if (low === 0 && high === 0) {
      // Old .NET profilers leave the ids out and refer to functions by their place, counted from 1.
      const message = "A function has no id: its place in the table was taken.";
      notes.add("approximated", "no-function-id", message, { offset });
      low = row + 1;
    }
    if (!this.ids.add(low, high, row)) noteDuplicate(notes, offset);
  }
}

/** The mapping table: every entry becomes a mapping of the profile, used or not. */
export class Mappings {
  readonly ids: IdRows;
  /** Row in the profile, per entry. */
  readonly rows: Int32Array;

  constructor(bytes: Uint8Array, ranges: Ranges, strings: Strings, into: ProfileBuilder, notes: Notes) {
    this.ids = new IdRows(ranges.length);
    this.rows = new Int32Array(ranges.length).fill(-1);
    eachEntry(bytes, ranges, notes, (entry, row) => {
      const mapping = readMapping(entry, strings);
      this.rows[row] = into.mapping(mapping);
      if (!this.ids.add(mapping.low, mapping.high, row)) noteDuplicate(notes, ranges.start[row]!);
    });
  }
}

function readMapping(entry: ProtobufReader, strings: Strings) {
  const mapping = {
    low: 0,
    high: 0,
    path: "",
    buildId: "",
    start: 0n,
    end: 0n,
    fileOffset: 0n,
    has: { functions: false, filenames: false, lineNumbers: false, inlineFrames: false },
  };
  while (entry.next()) {
    if (entry.wire !== WireType.varint) {
      entry.skip();
      continue;
    }
    const value = entry.bigUnsigned();
    if (entry.field === MappingField.id) {
      mapping.low = entry.low;
      mapping.high = entry.high;
    } else if (entry.field === MappingField.start) mapping.start = value;
    else if (entry.field === MappingField.limit) mapping.end = value;
    else if (entry.field === MappingField.offset) mapping.fileOffset = value;
    else if (entry.field === MappingField.filename) mapping.path = strings.text(Number(value));
    else if (entry.field === MappingField.buildId) mapping.buildId = strings.text(Number(value));
    else if (entry.field === MappingField.hasFunctions) mapping.has.functions = value !== 0n;
    else if (entry.field === MappingField.hasFilenames) mapping.has.filenames = value !== 0n;
    else if (entry.field === MappingField.hasLineNumbers) mapping.has.lineNumbers = value !== 0n;
    else if (entry.field === MappingField.hasInlineFrames) mapping.has.inlineFrames = value !== 0n;
  }
  return mapping;
}
