/** Values of a column: typed arrays for numbers and times, plain arrays for the rest. */
export type ColumnData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly unknown[];

/** A column of a result. */
export interface Column {
  readonly name: string;
  /** The engine's name of the type, e.g. `UInt64`, `Array(String)`. */
  readonly type: string;
  readonly data: ColumnData;
  /** Of a column of lists of numbers: the lists as they came. Its `data` is made when it is asked for. */
  readonly lists?: NumberLists;
}

/** Lists of numbers, one after the other. */
export interface NumberLists {
  readonly values: NumberArray;
  /** Where each list ends in `values`; it begins where the one before ends. */
  readonly ends: Uint32Array;
}

/** A whole result, column by column. */
export interface Columns {
  readonly rows: number;
  readonly columns: readonly Column[];
}

export type NumberArray = Exclude<ColumnData, readonly unknown[]>;
type NumberArrayType = { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer): NumberArray };

const NUMBERS: ReadonlyMap<string, NumberArrayType> = new Map<string, NumberArrayType>([
  ["UInt8", Uint8Array],
  ["Bool", Uint8Array],
  ["UInt16", Uint16Array],
  ["Date", Uint16Array],
  ["UInt32", Uint32Array],
  ["DateTime", Uint32Array],
  ["UInt64", BigUint64Array],
  ["Int8", Int8Array],
  ["Int16", Int16Array],
  ["Int32", Int32Array],
  ["Int64", BigInt64Array],
  ["DateTime64", BigInt64Array],
  ["Float32", Float32Array],
  ["Float64", Float64Array],
]);

/**
 * Reads ClickHouse's Native format (uncompressed, protocol version 0): blocks of whole columns.
 *
 * ```
 * block   columns:varint rows:varint  column…
 * column  name:string type:string  the values, one after the other, little endian
 * string  length:varint bytes
 * Array   end offsets:u64 × rows, then the elements; Map is an array of pairs: all keys, all values
 * LowCardinality  version:u64 (before the column), width of indexes:u64, keys:u64, the keys, rows:u64, indexes
 * ```
 * `Date` is days, `DateTime` seconds, `DateTime64(n)` 10⁻ⁿ seconds since the epoch; `UUID` is text.
 */
export function decodeNative(bytes: Uint8Array): Columns {
  const reader = new NativeReader(bytes);
  const blocks: Column[][] = [];
  let rows = 0;
  while (!reader.atEnd) {
    const width = reader.varint();
    const height = reader.varint();
    const block: Column[] = [];
    for (let c = 0; c < width; c++) {
      const name = reader.string();
      const type = reader.string();
      const lists = reader.numberLists(type, height);
      block.push(
        lists === undefined
          ? { name, type, data: reader.column(type, height) }
          : new ListColumn(name, type, lists),
      );
    }
    // A block without rows only tells names and types.
    if (height > 0 || blocks.length === 0) blocks.push(block);
    rows += height;
  }
  return { rows, columns: joined(blocks, rows) };
}

function joined(blocks: readonly Column[][], rows: number): Column[] {
  const first = blocks[0];
  if (first === undefined) return [];
  if (blocks.length === 1) return first;
  return first.map((column, c) => {
    const { name, type } = column;
    const parts = blocks.map((block) => block[c]!);
    if (column.lists !== undefined) return new ListColumn(name, type, joinedLists(parts, rows));
    const data = parts.map((part) => part.data);
    if (Array.isArray(column.data)) return { name, type, data: (data as unknown[][]).flat() };
    return { name, type, data: joinedNumbers(data as NumberArray[]) };
  });
}

function joinedNumbers(parts: readonly NumberArray[]): NumberArray {
  const Type = parts[0]!.constructor as new (length: number) => NumberArray;
  const all = new Type(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part as never, at);
    at += part.length;
  }
  return all;
}

function joinedLists(parts: readonly Column[], rows: number): NumberLists {
  const ends = new Uint32Array(rows);
  let row = 0;
  let before = 0;
  for (const { lists } of parts) {
    for (const end of lists!.ends) ends[row++] = before + end;
    before += lists!.values.length;
  }
  return { values: joinedNumbers(parts.map(({ lists }) => lists!.values)), ends };
}

/** A column of lists of numbers. Most of those who read millions of them need no array for each. */
class ListColumn implements Column {
  readonly name: string;
  readonly type: string;
  readonly lists: NumberLists;
  #data: NumberArray[] | undefined;

  constructor(name: string, type: string, lists: NumberLists) {
    this.name = name;
    this.type = type;
    this.lists = lists;
  }

  get data(): readonly NumberArray[] {
    const { values, ends } = this.lists;
    this.#data ??= Array.from(ends, (end, i) => values.subarray(i === 0 ? 0 : ends[i - 1]!, end));
    return this.#data;
  }
}

/** The result as one object a row: for small results. 64-bit numbers are bigints. */
export function rowsOf(columns: Columns): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  for (let i = 0; i < columns.rows; i++) {
    const entries = columns.columns.map(({ name, data }): [string, unknown] => [name, data[i]]);
    rows.push(Object.fromEntries(entries));
  }
  return rows;
}

/** Types of a dictionary's indexes, by the lowest byte of the flags. */
const INDEX_TYPES = ["UInt8", "UInt16", "UInt32", "UInt64"] as const;

const decoder = new TextDecoder();

class NativeReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error("the engine's answer ends early");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  string(): string {
    const length = this.varint();
    return decoder.decode(this.#take(length));
  }

  /** The values of a whole column, with what comes before them: a version for each dictionary. */
  column(type: string, rows: number): ColumnData {
    if (rows > 0) this.#take(8 * (type.split("LowCardinality(").length - 1));
    return this.values(type, rows);
  }

  /** The values of a whole column of lists of numbers; undefined where it is of another type. */
  numberLists(type: string, rows: number): NumberLists | undefined {
    const Type = type.startsWith("Array(") ? NUMBERS.get(type.slice("Array(".length, -1)) : undefined;
    if (Type === undefined) return undefined;
    const ends = this.#ends(rows);
    const total = rows === 0 ? 0 : ends[rows - 1]!;
    return { values: new Type(this.#copy(total * Type.BYTES_PER_ELEMENT)), ends };
  }

  values(type: string, rows: number): ColumnData {
    const parameter = type.indexOf("(");
    const family = parameter < 0 ? type : type.slice(0, parameter);
    const Type = NUMBERS.get(family);
    if (Type !== undefined) return new Type(this.#copy(rows * Type.BYTES_PER_ELEMENT));
    const inner = parameter < 0 ? "" : type.slice(parameter + 1, -1);
    switch (family) {
      case "String":
        return this.#strings(rows);
      case "LowCardinality":
        return this.#dictionary(inner, rows);
      case "SimpleAggregateFunction":
        return this.values(inner.slice(inner.indexOf(",") + 1).trim(), rows);
      case "FixedString":
        return Array.from({ length: rows }, () => this.#take(Number(inner)).slice());
      case "UUID":
        return Array.from({ length: rows }, () => this.#uuid());
      case "Nothing":
        this.#take(rows);
        return new Array<unknown>(rows).fill(undefined);
      case "Nullable":
        return this.#nullable(inner, rows);
      case "Array":
        return this.#lists(rows, (total) => this.values(inner, total));
      case "Tuple":
        return this.#tuples(inner, rows);
      case "Map":
        return this.#lists(rows, (total) => this.#tuples(inner, total)).map(
          (pairs) => new Map(pairs as [unknown, unknown][]),
        );
      default:
        throw new Error(`the engine answered with a column of type ${type}, which is not read here`);
    }
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error("the engine's answer ends early");
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** A copy, because the values are seldom aligned. */
  #copy(length: number): ArrayBuffer {
    const target = new ArrayBuffer(length);
    new Uint8Array(target).set(this.#take(length));
    return target;
  }

  #strings(rows: number): string[] {
    const all: string[] = [];
    for (let i = 0; i < rows; i++) all.push(this.string());
    return all;
  }

  #uuid(): string {
    const hex = [...this.#take(8).toReversed(), ...this.#take(8).toReversed()]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  #nullable(inner: string, rows: number): unknown[] {
    const missing = this.#take(rows).slice();
    const values = this.values(inner, rows);
    return Array.from(missing, (absent, i) => (absent === 1 ? undefined : values[i]));
  }

  #dictionary(inner: string, rows: number): unknown[] {
    if (rows === 0) return [];
    const width = INDEX_TYPES[this.#take(8)[0]!];
    const [keys] = new BigUint64Array(this.#copy(8));
    const values = this.values(inner, Number(keys));
    const [count] = new BigUint64Array(this.#copy(8));
    if (width === undefined || Number(count) !== rows)
      throw new Error("the engine's dictionary cannot be read");
    const indexes = this.values(width, rows);
    return Array.from({ length: rows }, (_, i) => values[Number(indexes[i])]);
  }

  #lists(rows: number, elements: (total: number) => ColumnData): ColumnData[] {
    const ends = this.#ends(rows);
    const all = elements(rows === 0 ? 0 : ends[rows - 1]!);
    const lists: ColumnData[] = [];
    let start = 0;
    for (const end of ends) {
      lists.push(ArrayBuffer.isView(all) ? all.subarray(start, end) : all.slice(start, end));
      start = end;
    }
    return lists;
  }

  /** Ends of lists. */
  #ends(rows: number): Uint32Array {
    const halves = new Uint32Array(this.#copy(rows * 8));
    const ends = new Uint32Array(rows);
    for (let i = 0; i < rows; i++) ends[i] = halves[2 * i]!;
    return ends;
  }

  #tuples(inner: string, rows: number): unknown[][] {
    const parts = typesIn(inner).map((type) => this.values(type, rows));
    return Array.from({ length: rows }, (_, i) => parts.map((part) => part[i]));
  }
}

/** `a String, b Array(UInt8)` → `String`, `Array(UInt8)`: what stands between the outer commas, without names. */
function typesIn(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= list.length; i++) {
    const char = list[i];
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (i < list.length && (char !== "," || depth > 0)) continue;
    const part = list.slice(start, i).trim();
    parts.push(/^\w+ (?=[A-Z])/.test(part) ? part.slice(part.indexOf(" ") + 1) : part);
    start = i + 1;
  }
  return parts;
}
