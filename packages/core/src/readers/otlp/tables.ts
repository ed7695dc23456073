import { type AnnotatedName, annotatedName } from "../../codec/annotated-names.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { StackPath } from "../../model/stack-path.ts";
import { decodeUtf8 } from "../../util/platform.ts";
import { type Attribute, hex, readAttribute } from "./attributes.ts";
import { FORMAT, type TableFields } from "./layout.ts";
import { addIntegers, big, Indices, integer } from "./numbers.ts";

/** Where the rows of one table are: start and end of each. */
type Rows = number[];

const FRAME_TYPE = "profile.frame.type";
const BUILD_IDS = ["process.executable.build_id.gnu", "process.executable.build_id.go"];
const HASH = "process.executable.build_id.htlhash";

const KINDS: ReadonlyMap<string | number, FrameKindCode> = new Map<string, FrameKindCode>([
  ["kernel", FrameKind.kernel],
  ["native", FrameKind.native],
]);

interface FunctionRow extends Omit<AnnotatedName, "name"> {
  readonly name: number;
  readonly file: number;
}

interface Line {
  readonly function: number;
  readonly line: number;
  readonly column: number;
}

/** The tables that samples refer to by index; rows are decoded when they are first needed. */
export class Tables {
  readonly #bytes: Uint8Array;
  readonly #fields: TableFields;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #rows: Record<keyof TableFields, Rows> = {
    mapping: [],
    location: [],
    function: [],
    link: [],
    string: [],
    attribute: [],
    attributeUnit: [],
    stack: [],
  };
  readonly #texts = new Map<number, string>();
  readonly #functions = new Map<number, FunctionRow>();
  readonly #mappings = new Map<number, number>();
  /** Table by its field number. */
  readonly #tables: readonly (Rows | undefined)[];
  /** Frames of a location, leaf first; those of most are one, and its row + 1 is in the list. */
  readonly #locations = new Map<number, readonly number[]>();
  #frames: Int32Array = new Int32Array(0);
  /** Rows of the stacks asked for so far, + 2. */
  #stacks: Int32Array = new Int32Array(0);
  readonly #stackLocations = new Indices();
  readonly #stackReader: ProtobufReader;
  readonly #path: StackPath;
  readonly #attributes = new Map<number, Attribute>();
  #units: Map<string, string> | undefined;

  constructor(bytes: Uint8Array, fields: TableFields, into: ProfileBuilder, notes: Notes) {
    this.#bytes = bytes;
    this.#fields = fields;
    this.#into = into;
    this.#notes = notes;
    this.#path = new StackPath(into);
    this.#stackReader = new ProtobufReader(bytes, 0, 0, FORMAT);
    const tables: (Rows | undefined)[] = [];
    for (const table of Object.keys(this.#rows) as (keyof TableFields)[])
      if (fields[table] >= 0) tables[fields[table]] = this.#rows[table];
    this.#tables = tables;
  }

  /** Takes the current field where it is a table's row; false where it is none, with nothing passed. */
  take(reader: ProtobufReader): boolean {
    const rows = this.#tables[reader.field];
    if (rows === undefined || reader.wire !== WireType.bytes) return false;
    const length = reader.length();
    rows.push(reader.at, reader.at + length);
    reader.at += length;
    return true;
  }

  /** A string; empty where the table has no such row, with a note. */
  text(index: number): string {
    if (index === 0) return "";
    let text = this.#texts.get(index);
    if (text === undefined) {
      const reader = this.#row("string", index);
      text = reader === undefined ? "" : decodeUtf8(reader.bytes.subarray(reader.at, reader.end));
      this.#texts.set(index, text);
    }
    return text;
  }

  attribute(index: number): Attribute {
    let attribute = this.#attributes.get(index);
    if (attribute === undefined) {
      const reader = this.#row("attribute", index);
      attribute =
        reader === undefined
          ? { key: "", value: "", unit: "" }
          : readAttribute(reader, (string) => this.text(string));
      const unit = this.#unitOf(attribute.key);
      if (unit !== undefined && attribute.unit === "") attribute = { ...attribute, unit };
      this.#attributes.set(index, attribute);
    }
    return attribute;
  }

  /** Trace and span of a link, in hexadecimal. */
  link(index: number): { readonly trace: string; readonly span: string } {
    let [trace, span] = ["", ""];
    const reader = this.#row("link", index);
    while (reader?.next()) {
      if (reader.field === 1 && reader.wire === WireType.bytes) trace = hex(reader.view());
      else if (reader.field === 2 && reader.wire === WireType.bytes) span = hex(reader.view());
      else reader.skip();
    }
    return { trace, span };
  }

  /** Row of the profile's stack for a row of the stack table; 0 is the empty stack. */
  stack(index: number): number {
    if (index === 0 && this.#rows.stack[0] === this.#rows.stack[1]) return -1;
    const count = this.#rows.stack.length >> 1;
    if (!(index >= 0 && index < count)) {
      this.#missing();
      return -1;
    }
    if (this.#stacks.length < count) this.#stacks = new Int32Array(count);
    const known = this.#stacks[index]! - 2;
    if (known > -2) return known;
    const reader = this.#stackReader;
    reader.moveTo(this.#rows.stack[index * 2]!, this.#rows.stack[index * 2 + 1]!);
    const locations = this.#stackLocations;
    locations.length = 0;
    while (reader.next()) {
      if (reader.field === 1) locations.take(reader);
      else reader.skip();
    }
    const row = this.stackOf(locations.items, 0, locations.length);
    this.#stacks[index] = row + 2;
    return row;
  }

  /** Row of the stack whose locations are `[start, end)` of a list, leaf first. */
  stackOf(locations: Int32Array, start: number, end: number): number {
    const path = this.#path;
    path.begin();
    for (let i = end - 1; i >= start; i--) {
      const location = locations[i]!;
      const frame = location < this.#frames.length ? this.#frames[location]! : 0;
      if (frame > 0) path.add(frame - 1);
      else {
        const frames = this.#location(location);
        for (let inner = frames.length - 1; inner >= 0; inner--) path.add(frames[inner]!);
      }
    }
    return path.end();
  }

  #location(index: number): readonly number[] {
    let frames = this.#locations.get(index);
    if (frames === undefined) {
      frames = this.#readLocation(index);
      this.#locations.set(index, frames);
      const count = this.#rows.location.length >> 1;
      if (this.#frames.length < count) this.#frames = new Int32Array(count);
      if (frames.length === 1 && index >= 0 && index < count) this.#frames[index] = frames[0]! + 1;
    }
    return frames;
  }

  /** Lines of a location are inlined calls, the innermost first; only the last is a frame of the machine. */
  #readLocation(index: number): readonly number[] {
    const reader = this.#row("location", index);
    let mapping = 0;
    let address = 0n;
    const lines: Line[] = [];
    const attributes: number[] = [];
    const attributeField = this.#fields.stack < 0 ? 5 : 4;
    while (reader?.next()) {
      const { field } = reader;
      if (field === 1) mapping = integer(reader);
      else if (field === 2) address = big(reader);
      else if (field === 3 && reader.wire === WireType.bytes) lines.push(readLine(reader));
      else if (field === attributeField) addIntegers(reader, attributes);
      else reader.skip();
    }
    const place = {
      mapping: this.#mapping(mapping),
      address: BigInt.asUintN(64, address),
      kind: this.#kind(attributes),
    };
    if (lines.length === 0) return [this.#frameAt(place)];
    return lines.map(({ function: row, line, column }, i) => {
      const { name, file, kind, inlined } = this.#function(row);
      if (name === 0) return this.#frameAt(place);
      return this.#into.frame({
        ...place,
        ...(place.kind === FrameKind.unknown ? { kind } : {}),
        name,
        file,
        line,
        column,
        inlined: inlined || i < lines.length - 1,
      });
    });
  }

  /** A frame that is known by its address at most. */
  #frameAt(place: { mapping: number; address: bigint; kind: FrameKindCode }): number {
    const isPlaced = place.address !== 0n || place.mapping >= 0;
    return this.#into.frame({ ...place, name: isPlaced ? 0 : this.#into.string("[unknown]") });
  }

  #kind(attributes: readonly number[]): FrameKindCode {
    for (const index of attributes) {
      const { key, value } = this.attribute(index);
      if (key === FRAME_TYPE) return KINDS.get(value) ?? FrameKind.unknown;
    }
    return FrameKind.unknown;
  }

  #function(index: number): FunctionRow {
    let row = this.#functions.get(index);
    if (row === undefined) {
      row = this.#readFunction(index);
      this.#functions.set(index, row);
    }
    return row;
  }

  #readFunction(index: number): FunctionRow {
    const reader = index === 0 ? undefined : this.#row("function", index);
    let [name, systemName, file] = [0, 0, 0];
    while (reader?.next()) {
      if (reader.field === 1) name = integer(reader);
      else if (reader.field === 2) systemName = integer(reader);
      else if (reader.field === 3) file = integer(reader);
      else reader.skip();
    }
    // async-profiler says what a frame is at the end of its name: `do_syscall_64_[k]`.
    const said = annotatedName(this.text(name === 0 ? systemName : name));
    return { ...said, name: this.#into.string(said.name), file: this.#into.string(this.text(file)) };
  }

  /** Row of a mapping; index 0 means that there is none (before v1.8 only where its row is empty). */
  #mapping(index: number): number {
    let row = this.#mappings.get(index);
    if (row === undefined) {
      row = this.#readMapping(index);
      this.#mappings.set(index, row);
    }
    return row;
  }

  #readMapping(index: number): number {
    if (index === 0 && this.#rows.mapping.length === 0) return -1;
    const reader = this.#row("mapping", index);
    let [start, end, fileOffset, path] = [0n, 0n, 0n, 0];
    const attributes: number[] = [];
    while (reader?.next()) {
      const { field } = reader;
      if (field === 1) start = big(reader);
      else if (field === 2) end = big(reader);
      else if (field === 3) fileOffset = big(reader);
      else if (field === 4) path = integer(reader);
      else if (field === 5) addIntegers(reader, attributes);
      else reader.skip();
    }
    const buildId = this.#buildId(attributes);
    if (path === 0 && start === 0n && end === 0n && buildId === "") return -1;
    return this.#into.mapping({ path: this.text(path), buildId, start, end, fileOffset });
  }

  #buildId(attributes: readonly number[]): string {
    const ids = new Map(attributes.map((index) => [this.attribute(index).key, this.attribute(index).value]));
    for (const key of [...BUILD_IDS, HASH]) {
      const value = ids.get(key);
      if (typeof value === "string" && value !== "") return value;
    }
    return "";
  }

  /** v1.5 to v1.7: the unit of an attribute stands in a table of its own, by key. */
  #unitOf(key: string): string | undefined {
    if (this.#units === undefined) {
      this.#units = new Map();
      for (let row = 0; row * 2 < this.#rows.attributeUnit.length; row++) {
        const reader = this.#row("attributeUnit", row)!;
        let [keyIndex, unit] = [0, 0];
        while (reader.next()) {
          if (reader.field === 1) keyIndex = integer(reader);
          else if (reader.field === 2) unit = integer(reader);
          else reader.skip();
        }
        this.#units.set(this.text(keyIndex), this.text(unit));
      }
    }
    return this.#units.get(key);
  }

  /** A reader on one row; undefined where the table does not have it, with a note. */
  #row(table: keyof TableFields, index: number): ProtobufReader | undefined {
    const start = this.#rows[table][index * 2];
    const end = this.#rows[table][index * 2 + 1];
    if (start === undefined || end === undefined) {
      this.#missing();
      return undefined;
    }
    return new ProtobufReader(this.#bytes, start, end, FORMAT);
  }

  #missing(): void {
    this.#notes.add("skipped", "otlp-missing-row", "Something refers to a row that its table does not have.");
  }
}

function readLine(reader: ProtobufReader): Line {
  const outer = reader.enter();
  let [row, line, column] = [0, 0, 0];
  while (reader.next()) {
    if (reader.field === 1) row = integer(reader);
    else if (reader.field === 2) line = integer(reader);
    else if (reader.field === 3) column = integer(reader);
    else reader.skip();
  }
  reader.leave(outer);
  const clean = (value: number): number => (value > 0 && value < 2 ** 32 ? value : 0);
  return { function: row, line: clean(line), column: clean(column) };
}
