import type { Cursor, Key } from "./cursor.ts";

/** How a value is written. */
const Kind = { boolean: 0, text: 11, wideText: 12, list: 13, struct: 14, structs: 15 } as const;
/** Bytes of the kinds from boolean to double. */
const SIZES: readonly number[] = [1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8];
/** Kinds of eight bytes that are whole numbers. */
const LONG = 7;
const UNSIGNED_LONG = 8;
/** Structures within structures are cut here: one may hold itself. */
const MAX_DEPTH = 8;

/** A value of an event or a constant. */
export interface Field {
  readonly name: string;
  readonly kind: number;
  /** The pool whose key it is, or a unit; 0: a plain value. */
  readonly content: number;
  /** Row of the structure of a struct. */
  readonly structure: number;
  /** What a list holds. */
  readonly element: number;
}

/** Structures of one producer, by row. */
type Structures = readonly (readonly Field[])[];

/** An event as the metadata describe it. */
export interface EventType {
  readonly id: number;
  /** `vm/prof/execution_sample`. */
  readonly path: string;
  readonly hasStart: boolean;
  readonly hasThread: boolean;
  readonly hasStack: boolean;
  readonly fields: readonly Field[];
  readonly structures: Structures;
}

/** A pool of constants. */
export interface ContentType {
  readonly name: string;
  readonly keyKind: number;
  readonly fields: readonly Field[];
  readonly structures: Structures;
}

/** What stands at a chunk's end: its types, and its clock. */
export interface Metadata {
  readonly events: ReadonlyMap<number, EventType>;
  readonly contents: ReadonlyMap<number, ContentType>;
  /** Milliseconds since the Unix epoch. */
  readonly startMillis: number;
  readonly endMillis: number;
  readonly startTicks: number;
  readonly ticksPerSecond: number;
  /** Where in the chunk the last constants are; 0: there are none. */
  readonly checkpoint: number;
}

/** Decoded values; structures are maps by the fields' names. */
export type Value = Key | string | readonly Value[] | ReadonlyMap<string, Value>;

export function readMetadata(cursor: Cursor): Metadata {
  cursor.skip(4); // the event's type
  const events = new Map<number, EventType>();
  const contents = new Map<number, ContentType>();
  for (let producers = cursor.count(); producers > 0; producers--) readProducer(cursor, events, contents);
  return {
    events,
    contents,
    startMillis: cursor.long(),
    endMillis: cursor.long(),
    startTicks: cursor.long(),
    ticksPerSecond: cursor.long(),
    checkpoint: cursor.long(),
  };
}

function readProducer(
  cursor: Cursor,
  events: Map<number, EventType>,
  contents: Map<number, ContentType>,
): void {
  cursor.skip(4);
  for (let i = 0; i < 3; i++) cursor.text(); // name, description, address
  for (let relations = cursor.count(); relations > 0; relations--) cursor.text();
  const structures = Array.from({ length: cursor.count() }, () =>
    Array.from({ length: cursor.count() }, () => readField(cursor)),
  );
  const structureAt = (row: number): readonly Field[] => {
    const fields = structures[row];
    if (fields === undefined) throw cursor.malformed(`there is no structure ${row}`);
    return fields;
  };
  for (let count = cursor.count(); count > 0; count--) {
    const id = cursor.int();
    cursor.text();
    cursor.text();
    const path = cursor.text();
    const [hasStart, hasThread, hasStack] = [cursor.byte() === 1, cursor.byte() === 1, cursor.byte() === 1];
    cursor.skip(1); // whether it can be asked for
    const fields = structureAt(cursor.int());
    cursor.skip(4);
    events.set(id, { id, path, hasStart, hasThread, hasStack, fields, structures });
  }
  for (let count = cursor.count(); count > 0; count--) {
    const id = cursor.int();
    const name = cursor.text();
    cursor.text();
    const keyKind = cursor.byte();
    contents.set(id, { name, keyKind, fields: structureAt(cursor.int()), structures });
  }
}

function readField(cursor: Cursor): Field {
  const name = cursor.text();
  cursor.text();
  cursor.text();
  cursor.skip(1); // where a thread hands over to another
  return {
    name,
    kind: cursor.byte(),
    content: cursor.int(),
    structure: cursor.int(),
    element: cursor.int(),
  };
}

/** Reads the fields of a structure. */
export function readFields(
  cursor: Cursor,
  fields: readonly Field[],
  structures: Structures,
  depth = 0,
): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const field of fields) values.set(field.name, readValue(cursor, field, field.kind, structures, depth));
  return values;
}

function readValue(cursor: Cursor, field: Field, kind: number, structures: Structures, depth: number): Value {
  if (SIZES[kind] !== undefined) return readNumber(cursor, kind);
  if (kind === Kind.text) return cursor.text();
  if (kind === Kind.wideText) {
    const length = cursor.count();
    return String.fromCharCode(...Array.from({ length: Math.min(length, 1000) }, () => cursor.short()));
  }
  if (depth > MAX_DEPTH) throw cursor.malformed("structures are nested too deep");
  if (kind === Kind.list) {
    return elements(cursor, () => readValue(cursor, field, field.element, structures, depth + 1));
  }
  const fields = structures[field.structure];
  if (fields === undefined || (kind !== Kind.struct && kind !== Kind.structs)) {
    throw cursor.malformed(`a value is of the unknown kind ${kind}`);
  }
  if (kind === Kind.struct) return readFields(cursor, fields, structures, depth + 1);
  return elements(cursor, () => readFields(cursor, fields, structures, depth + 1));
}

function elements(cursor: Cursor, element: () => Value): Value[] {
  const values: Value[] = [];
  for (let left = cursor.count(); left > 0; left--) {
    const before = cursor.at;
    values.push(element());
    // Elements without bytes would make any number of them possible.
    if (cursor.at === before) throw cursor.malformed("an element of a list is empty");
  }
  return values;
}

/** A number or a key; floating-point numbers are read over, for nothing here is one. */
export function readNumber(cursor: Cursor, kind: number): Key {
  if (kind === LONG) return cursor.long();
  if (kind === UNSIGNED_LONG) return cursor.key();
  const size = SIZES[kind];
  if (size === 1) return cursor.byte();
  if (size === 2) return cursor.short();
  if (kind === 5) return cursor.int();
  if (kind === 6) return cursor.unsigned();
  if (size === undefined) throw cursor.malformed(`a key is of the unknown kind ${kind}`);
  cursor.skip(size);
  return 0;
}
