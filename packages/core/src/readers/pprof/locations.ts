import { LineField, LocationField, UNKNOWN_FRAME } from "../../codec/pprof-schema.ts";
import { type ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { FrameInput } from "../../model/frames.ts";
import type { Notes } from "../../model/notes.ts";
import { grown } from "../../util/growable.ts";
import { IdRows } from "./id-rows.ts";
import type { Ranges } from "./ranges.ts";
import { eachEntry, type Functions, type Mappings, noteDuplicate, type Strings } from "./tables.ts";

/** The tables that a location refers to. */
export interface Tables {
  readonly strings: Strings;
  readonly functions: Functions;
  readonly mappings: Mappings;
}

/**
 * The location table as columns. A location is an address with one line per function there: `line[0]` is the
 * innermost, inlined into `line[1]` and so on; the last one is the function that was really called.
 */
export class Locations {
  readonly length: number;
  readonly ids: IdRows;
  readonly #mapping: Int32Array;
  readonly #addressLow: Uint32Array;
  readonly #addressHigh: Uint32Array;
  readonly #folded: Uint8Array;
  /** Lines of location `row`: `[#firstLine[row], #lastLine[row])` of the columns below. */
  readonly #firstLine: Int32Array;
  readonly #endLine: Int32Array;
  #lines = 0;
  /** Row of the function table; -1 for none, -2 for an id that the table does not hold. */
  #lineFunction = new Int32Array(256);
  #line = new Uint32Array(256);
  #column = new Uint32Array(256);
  readonly #tables: Tables;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;

  constructor(bytes: Uint8Array, ranges: Ranges, tables: Tables, into: ProfileBuilder, notes: Notes) {
    this.length = ranges.length;
    this.ids = new IdRows(ranges.length);
    this.#mapping = new Int32Array(ranges.length).fill(-1);
    this.#addressLow = new Uint32Array(ranges.length);
    this.#addressHigh = new Uint32Array(ranges.length);
    this.#folded = new Uint8Array(ranges.length);
    this.#firstLine = new Int32Array(ranges.length);
    this.#endLine = new Int32Array(ranges.length);
    this.#tables = tables;
    this.#into = into;
    this.#notes = notes;
    eachEntry(bytes, ranges, notes, (entry, row) => this.#read(entry, row));
  }

  /** Lines of a location. */
  lineCount(row: number): number {
    return this.#endLine[row]! - this.#firstLine[row]!;
  }

  /** Name of the function of a line (0: the innermost), empty where not known. */
  lineName(row: number, line: number): string {
    const fn = this.#lineFunction[this.#firstLine[row]! + line]!;
    return fn < 0 ? "" : this.#tables.strings.text(this.#nameOf(fn));
  }

  /** Leaves out the lines within (and with) `line`: those are what pruning drops. */
  dropLinesWithin(row: number, line: number): void {
    this.#firstLine[row] = this.#firstLine[row]! + line + 1;
  }

  /** Appends the frames of a location to `frames`, the outermost first. Missing locations are one unknown frame. */
  framesOf(row: number, frames: number[]): void {
    if (row >= this.length) {
      frames.push(this.#into.frameNamed(UNKNOWN_FRAME));
      return;
    }
    if (this.#folded[row] === 1) {
      this.#notes.add(
        "approximated",
        "folded-functions",
        "A location names one of several functions that the linker folded into one.",
      );
    }
    const first = this.#firstLine[row]!;
    const end = this.#endLine[row]!;
    if (first === end) frames.push(this.#frame(row, -1, 0, 0, false, true));
    const alone = end - first === 1;
    for (let line = end - 1; line >= first; line--) {
      const fn = this.#lineFunction[line]!;
      const inlined = line < end - 1;
      frames.push(this.#frame(row, fn, this.#line[line]!, this.#column[line]!, inlined, alone));
    }
  }

  /** `mayBeNameless`: the frame is its location's only one, so that its address may stand for its name. */
  #frame(
    row: number,
    fn: number,
    line: number,
    column: number,
    inlined: boolean,
    mayBeNameless: boolean,
  ): number {
    const { strings, functions } = this.#tables;
    const low = this.#addressLow[row]!;
    const high = this.#addressHigh[row]!;
    const address = high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
    const mapping = this.#mapping[row]!;
    let name = fn < 0 ? 0 : strings.id(this.#nameOf(fn));
    if (fn === -2) {
      this.#notes.add(
        "skipped",
        "missing-function",
        "A line refers to a function that the file does not hold.",
      );
    }
    if (name === 0 && !(mayBeNameless && (address !== 0n || mapping >= 0))) {
      name = this.#into.string(UNKNOWN_FRAME);
      this.#notes.add(
        "approximated",
        "nameless-frame",
        `A frame without name and address is shown as ${UNKNOWN_FRAME}.`,
      );
    }
    if (fn >= 0) this.#noteFunction(fn);
    const frame: FrameInput = {
      name,
      file: fn < 0 ? 0 : strings.id(functions.file[fn]!),
      line,
      column,
      mapping,
      address,
      inlined,
    };
    return this.#into.frame(frame);
  }

  #nameOf(fn: number): number {
    const { functions } = this.#tables;
    return functions.name[fn] !== 0 ? functions.name[fn]! : functions.systemName[fn]!;
  }

  /** Notes, once a function, what the profile's frames have no place for. */
  #noteFunction(fn: number): void {
    const { functions } = this.#tables;
    const systemName = functions.systemName[fn]!;
    if (systemName !== 0 && systemName !== this.#nameOf(fn)) {
      this.#notes.add(
        "information",
        "system-names",
        "The functions' system (mangled) names are not kept, only their names.",
      );
      functions.systemName[fn] = this.#nameOf(fn);
    }
    if (functions.startLine[fn] === 1) {
      functions.startLine[fn] = 0;
      this.#notes.add("information", "start-lines", "The lines on which the functions start are not kept.");
    }
  }

  #read(entry: ProtobufReader, row: number): void {
    const offset = entry.at;
    let low = 0;
    let high = 0;
    this.#firstLine[row] = this.#lines;
    this.#endLine[row] = this.#lines;
    while (entry.next()) {
      if (entry.field === LocationField.line && entry.wire === WireType.bytes) {
        const outer = entry.enter();
        this.#readLine(entry);
        entry.leave(outer);
        this.#endLine[row] = this.#lines;
        continue;
      }
      if (entry.wire !== WireType.varint) {
        entry.skip();
        continue;
      }
      const value = entry.unsigned();
      if (entry.field === LocationField.id) {
        low = entry.low;
        high = entry.high;
      } else if (entry.field === LocationField.address) {
        this.#addressLow[row] = entry.low;
        this.#addressHigh[row] = entry.high;
      } else if (entry.field === LocationField.mappingId) {
        this.#mapping[row] = this.#mappingRow(value, entry.low, entry.high, offset);
      } else if (entry.field === LocationField.isFolded) this.#folded[row] = value === 0 ? 0 : 1;
    }
    if (!this.ids.add(low, high, row)) noteDuplicate(this.#notes, offset);
  }

  #mappingRow(id: number, low: number, high: number, offset: number): number {
    const { ids, rows } = this.#tables.mappings;
    const row = ids.row(low, high);
    if (row >= 0) return rows[row]!;
    if (id !== 0) {
      this.#notes.add(
        "skipped",
        "missing-mapping",
        "A location refers to a mapping that the file does not hold.",
        { offset },
      );
    }
    return -1;
  }

  #readLine(entry: ProtobufReader): void {
    const { ids } = this.#tables.functions;
    const index = this.#lines;
    this.#lineFunction = grown(this.#lineFunction, index + 1);
    this.#line = grown(this.#line, index + 1);
    this.#column = grown(this.#column, index + 1);
    let fn = -1;
    let line = 0;
    let column = 0;
    while (entry.next()) {
      if (entry.wire !== WireType.varint) {
        entry.skip();
        continue;
      }
      const value = entry.signed();
      if (entry.field === LineField.functionId) {
        fn = ids.row(entry.low, entry.high);
        if (fn < 0 && value !== 0) fn = -2;
      } else if (entry.field === LineField.line) line = this.#position(value, entry.tagAt);
      else if (entry.field === LineField.column) column = this.#position(value, entry.tagAt);
    }
    this.#lineFunction[index] = fn;
    this.#line[index] = line;
    this.#column[index] = column;
    this.#lines = index + 1;
  }

  /** A line or column that the profile can hold; 0 for what cannot be one. */
  #position(value: number, offset: number): number {
    if (value >= 0 && value <= 0xffffffff) return value;
    this.#notes.add(
      "approximated",
      "bad-line-number",
      "A line or column number that cannot be one was dropped.",
      { offset },
    );
    return 0;
  }
}
