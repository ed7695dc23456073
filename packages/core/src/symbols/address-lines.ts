import { PairInterner } from "../model/pairs.ts";
import { Abbreviations } from "./dwarf/abbreviations.ts";
import { AddressMap } from "./dwarf/address-map.ts";
import { Budget } from "./dwarf/budget.ts";
import { Bytes, DAMAGED } from "./dwarf/bytes.ts";
import { Columns } from "./dwarf/columns.ts";
import { type EntryContext, readEntries, type ScopeRows } from "./dwarf/entries.ts";
import { innermost, lineStretches } from "./dwarf/flatten.ts";
import type { FileTable } from "./dwarf/line-header.ts";
import { type LineRows, runLineProgram } from "./dwarf/line-program.ts";
import { FunctionNames } from "./dwarf/names.ts";
import { Ranges } from "./dwarf/ranges.ts";
import { type DebugSections, debugSections, type UnpackSection } from "./dwarf/sections.ts";
import { Lookup, readUnit, type Unit } from "./dwarf/unit.ts";
import { UnitChoice } from "./dwarf/unit-choice.ts";
import { type ElfFile, type ElfSegment, parseElf } from "./elf.ts";

/**
 * Steps for each byte of debug information: entries, rows, ranges. Compilers need one or two; hostile files whose parts
 * point to the same lists again and again would need millions.
 */
const STEPS_PER_BYTE = 16;
/** Rows of the line table, and scopes. */
const MOST_ROWS = 16_000_000;

/** A place in the source. */
export interface SourceLine {
  /** Function; empty where it is not known. */
  readonly name: string;
  readonly file: string;
  /** From 1; 0 where it is not known. */
  readonly line: number;
  readonly column: number;
}

/**
 * Places in the source by offset in the file: from `start[i]` to `start[i + 1]` the code is that of `place[i]`, or of
 * nothing that is known (-1). A place is a function with file and line, and where that was inlined the place that called
 * it, whose row is smaller.
 *
 * ```
 *   start  place        place  name    file    line  caller
 *   0x1000     1            0  main    main.c    12      -1
 *   0x1008     0            1  square  math.h     3       0
 * ```
 */
export interface AddressLines {
  readonly start: Float64Array;
  readonly place: Int32Array;
  readonly caller: Int32Array;
  /** Rows of `strings`. */
  readonly name: Uint32Array;
  readonly file: Uint32Array;
  readonly line: Uint32Array;
  readonly column: Uint32Array;
  readonly strings: readonly string[];
  /** False where the file was damaged or too large, so that some of it is missing. */
  readonly complete: boolean;
}

export interface AddressLinesOptions {
  /** Unpacks sections; without it, packed ones are refused. */
  readonly unpack?: UnpackSection | undefined;
  /** The parts of the binary, where the file is debug information that has lost where the code lies. */
  readonly segmentsOf?: readonly ElfSegment[] | undefined;
  /**
   * Offsets in the file that will be asked for, in ascending order: units with code elsewhere are left out, which takes
   * a fraction of the time. Default: all.
   */
  readonly wanted?: Float64Array | undefined;
}

/**
 * Reads lines and inlined calls from a binary's debug information: DWARF 2 to 5. Of split DWARF only what stayed in the
 * binary is read: lines, not inlined calls. Damaged units are left out.
 * @throws FlambeauError malformed, too-large or unsupported
 */
export function addressLines(file: Uint8Array | ElfFile, options: AddressLinesOptions = {}): AddressLines {
  const elf = file instanceof Uint8Array ? parseElf(file) : file;
  const sections = debugSections(elf, options.unpack);
  const map = new AddressMap(options.segmentsOf ?? elf.segments);
  const choice = options.wanted === undefined ? undefined : new UnitChoice(options.wanted);
  for (let round = 0; ; round++) {
    const { context, lines, strings, whole } = readSections(sections, map, choice);
    // Inlined functions may be described in units that have no code that is asked for.
    if (choice?.choose(context) === true && round < MOST_ROUNDS) continue;
    return { ...places(context, lines, strings), complete: whole && !context.budget.spent };
  }
}

/** Units refer to units that refer to units: three times, where linkers put many together. */
const MOST_ROUNDS = 3;

interface WhatWasRead {
  readonly context: EntryContext;
  readonly lines: LineRows;
  readonly strings: Strings;
  readonly whole: boolean;
}

function readSections(sections: DebugSections, map: AddressMap, choice: UnitChoice | undefined): WhatWasRead {
  const read = (data: Uint8Array): Bytes => new Bytes(data, sections.littleEndian);
  const lookup = new Lookup(sections, read);
  const budget = new Budget(1_000_000 + STEPS_PER_BYTE * (sections.info.length + sections.line.length));
  const units: Unit[] = [];
  const strings = new Strings();
  const lines: LineRows = new Columns("offset", "file", "line", "column");
  const line = read(sections.line);
  const context: EntryContext = {
    info: read(sections.info),
    abbreviations: new Abbreviations(read(sections.abbrev), budget),
    lookup,
    ranges: new Ranges(read(sections.ranges), read(sections.rangeLists), lookup, budget),
    names: new FunctionNames(lookup, units, budget),
    scopes: new Columns("entry", "caller", "file", "line", "column"),
    stretches: new Columns("start", "end", "depth", "scope"),
    map,
    budget,
    lines: lineReader((unit, offset, folder) => {
      line.seek(offset);
      return runLineProgram(line, unit, lookup, folder, lines, map, budget, (path) => strings.id(path));
    }),
  };
  const room = (): boolean => lines.length + context.scopes.length < MOST_ROWS;
  return { context, lines, strings, whole: readUnits(context, units, room, choice) };
}

/** Places in the source of an offset in the file, the innermost inlined call first; empty where nothing is known. */
export function linesAt(lines: AddressLines, offset: number): SourceLine[] {
  let from = 0;
  let to = lines.start.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (lines.start[middle]! <= offset) from = middle + 1;
    else to = middle;
  }
  const found: SourceLine[] = [];
  for (let row = from === 0 ? -1 : lines.place[from - 1]!; row >= 0; row = lines.caller[row]!) {
    found.push({
      name: lines.strings[lines.name[row]!]!,
      file: lines.strings[lines.file[row]!]!,
      line: lines.line[row]!,
      column: lines.column[row]!,
    });
  }
  return found;
}

/** Units share line programs: each is run once. */
function lineReader(run: (unit: Unit, offset: number, folder: string) => FileTable): EntryContext["lines"] {
  const known = new Map<number, FileTable>();
  return (unit, offset, folder) => {
    const found = known.get(offset);
    if (found !== undefined) return found;
    let files: FileTable = () => 0;
    try {
      files = run(unit, offset, folder);
    } catch (error) {
      // The functions of the unit are still worth having.
      if (error !== DAMAGED && !(error instanceof RangeError)) throw error;
    }
    known.set(offset, files);
    return files;
  };
}

/** False where something was left out. */
function readUnits(
  context: EntryContext,
  units: Unit[],
  room: () => boolean,
  choice: UnitChoice | undefined,
): boolean {
  const { info } = context;
  let whole = true;
  for (let at = 0; at < info.data.length; ) {
    if (!room()) return false;
    let unit: Unit;
    try {
      info.seek(at);
      unit = readUnit(info);
    } catch (error) {
      if (error !== DAMAGED) throw error;
      return false;
    }
    at = unit.end;
    try {
      if (choice === undefined || choice.has(context, unit)) readEntries(context, unit, units.push(unit) - 1);
    } catch (error) {
      if (error !== DAMAGED) throw error;
      whole = false;
    }
  }
  return whole;
}

/** Texts that occur often, by number; 0 is the empty one. */
class Strings {
  readonly all: string[] = [""];
  readonly #ids = new Map<string, number>([["", 0]]);

  id(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.all.push(text) - 1;
    this.#ids.set(text, id);
    return id;
  }
}

/** Rows of places, each combination once. */
class Places {
  readonly #sources = new PairInterner();
  readonly #spots = new PairInterner();
  readonly #functions = new PairInterner();
  readonly #rows = new PairInterner();

  add(name: number, caller: number, file: number, line: number, column: number): number {
    const spot = this.#spots.add(this.#sources.add(file, line), column);
    return this.#rows.add(this.#functions.add(name, caller), spot);
  }

  columns(): Pick<AddressLines, "caller" | "name" | "file" | "line" | "column"> {
    const rows = this.#rows.columns();
    const functions = this.#functions.columns();
    const spots = this.#spots.columns();
    const sources = this.#sources.columns();
    const count = rows.length;
    const spot = (row: number): number => rows.b[row]!;
    const source = (row: number): number => spots.a[spot(row)]!;
    const column = (get: (row: number) => number): Uint32Array =>
      Uint32Array.from({ length: count }, (_, row) => get(row));
    return {
      caller: Int32Array.from({ length: count }, (_, row) => functions.b[rows.a[row]!]!),
      name: column((row) => functions.a[rows.a[row]!]!),
      file: column((row) => sources.a[source(row)]!),
      line: column((row) => sources.b[source(row)]!),
      column: column((row) => spots.b[spot(row)]!),
    };
  }
}

function places(
  { scopes, stretches, names }: EntryContext,
  lines: LineRows,
  strings: Strings,
): Omit<AddressLines, "complete"> {
  const rows = new Places();
  const callers = callerPlaces(scopes, rows, (entry) => strings.id(names.of(entry)));
  const scopeOf = innermost(stretches);
  const lineOf = lineStretches(lines);
  const placeOf = (scope: number, line: number): number => {
    if (scope < 0 && line < 0) return -1;
    const name = scope < 0 ? 0 : strings.id(names.of(scopes.get("entry", scope)));
    const caller = scope < 0 ? -1 : callers[scope]!;
    if (line < 0) return rows.add(name, caller, 0, 0, 0);
    const [row, column] = [bounded(lines.get("line", line)), bounded(lines.get("column", line))];
    return rows.add(name, caller, lines.get("file", line), row, column);
  };
  const start: number[] = [];
  const place: number[] = [];
  let [s, l, scope, line] = [0, 0, -1, -1];
  while (s < scopeOf.start.length || l < lineOf.start.length) {
    const at = Math.min(
      scopeOf.start[s] ?? Number.POSITIVE_INFINITY,
      lineOf.start[l] ?? Number.POSITIVE_INFINITY,
    );
    if (scopeOf.start[s] === at) scope = scopeOf.row[s++]!;
    if (lineOf.start[l] === at) line = lineOf.row[l++]!;
    const found = placeOf(scope, line);
    if (place.at(-1) === found) continue;
    start.push(at);
    place.push(found);
  }
  return {
    start: Float64Array.from(start),
    place: Int32Array.from(place),
    ...rows.columns(),
    strings: strings.all,
  };
}

/** The place that calls each scope: -1 of those that are no inlined calls. */
function callerPlaces(scopes: ScopeRows, rows: Places, nameOf: (entry: number) => number): Int32Array {
  const places = new Int32Array(scopes.length).fill(-1);
  for (let scope = 0; scope < scopes.length; scope++) {
    const caller = scopes.get("caller", scope);
    if (caller < 0) continue;
    places[scope] = rows.add(
      nameOf(scopes.get("entry", caller)),
      places[caller]!,
      scopes.get("file", scope),
      bounded(scopes.get("line", scope)),
      bounded(scopes.get("column", scope)),
    );
  }
  return places;
}

/** Line numbers beyond 31 bits are noise. */
const bounded = (value: number): number => (value >= 0 && value < 2 ** 31 ? value : 0);
