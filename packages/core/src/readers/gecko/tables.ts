import { JsonKeys, type JsonReader, NumberColumn, OTHER_KEY } from "../../codec/json.ts";

const TABLE = new JsonKeys("schema", "data");

/** Rows longer than this have columns that nobody wrote when this was written. */
const MAX_COLUMNS = 32;

/**
 * A table of Gecko: rows are arrays whose places a schema names, and which may end early. Whether the schema comes
 * before the rows or behind is left to the writer.
 *
 * ```
 * {"schema": {"stack": 0, "time": 1}, "data": [[3, 1.5], [4, 2.5, 0.1], …]}
 * ```
 */
export class GeckoTable {
  readonly #places = new Map<string, number>();
  readonly #wanted: ReadonlySet<string>;
  /** Places that the schema gives to columns that nobody wants. */
  readonly #unwanted = new Set<number>();
  readonly #columns: NumberColumn[] = [];
  #length = 0;

  /** Columns with other names are not kept, where the schema comes before the rows. */
  constructor(...wanted: readonly string[]) {
    this.#wanted = new Set(wanted);
  }

  get length(): number {
    return this.#length;
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** `missing` where the row has no such place, or no number there. */
  at(name: string, row: number, missing: number): number {
    const place = this.#places.get(name);
    const column = place === undefined ? undefined : this.#columns[place];
    if (column === undefined || row < 0 || row >= column.length) return missing;
    const value = column.at(row);
    return Number.isNaN(value) ? missing : value;
  }

  /** The values of a place by row; NaN where a row has none; shorter where the last rows have none. */
  column(name: string): NumberColumn {
    const place = this.#places.get(name);
    return (place === undefined ? undefined : this.#columns[place]) ?? new NumberColumn();
  }

  /** The next value is the table. */
  async parse(json: JsonReader): Promise<void> {
    if ((await json.take(() => json.peek())) !== 0x7b) return json.skip();
    await json.take(() => json.enterObject());
    for (;;) {
      const key = await json.take(() => json.nextKey(TABLE));
      if (key === undefined) return;
      const byte = await json.take(() => json.peek());
      if (key === "schema" && byte === 0x7b) await json.take(() => this.#schema(json));
      else if (key === "data" && byte === 0x5b) await this.#rows(json);
      else await json.skip();
    }
  }

  #schema(json: JsonReader): void {
    this.#places.clear();
    this.#unwanted.clear();
    json.enterObject();
    for (let key = json.nextKey(NO_KEYS); key !== undefined; key = json.nextKey(NO_KEYS)) {
      const name = key === OTHER_KEY ? json.spanText() : key;
      const place = json.numberOr(-1);
      if (!(place >= 0 && place < MAX_COLUMNS)) continue;
      if (this.#wanted.has(name)) this.#places.set(name, place);
      else this.#unwanted.add(place);
    }
  }

  async #rows(json: JsonReader): Promise<void> {
    const row = new Float64Array(MAX_COLUMNS);
    const one = (): void => {
      let length = 0;
      json.enterArray();
      while (json.nextElement()) {
        if (length < MAX_COLUMNS) row[length++] = json.numberOr(Number.NaN);
        else json.skipValue();
      }
      this.#push(row, 0, length);
    };
    const many = (values: Float64Array, ends: Uint32Array): void => {
      const width = ends[0]!;
      if (width > 0 && width <= MAX_COLUMNS && areEven(ends, width)) {
        this.#pushEven(values, width, ends.length);
        return;
      }
      let first = 0;
      for (const end of ends) {
        this.#push(values, first, Math.min(end - first, MAX_COLUMNS));
        first = end;
      }
    };
    await json.lists(Number.NaN, many, one);
  }

  #push(values: Float64Array, first: number, length: number): void {
    for (let place = 0; place < length; place++) this.#column(place)?.push(values[first + place]!);
    this.#length++;
  }

  /** Rows of the same width. */
  #pushEven(values: Float64Array, width: number, rows: number): void {
    for (let place = 0; place < width; place++) this.#column(place)?.appendEvery(values, place, width, rows);
    this.#length += rows;
  }

  /** The column of a place, as long as the table; undefined where nobody wants it. */
  #column(place: number): NumberColumn | undefined {
    if (this.#unwanted.has(place) && ![...this.#places.values()].includes(place)) return undefined;
    let column = this.#columns[place];
    if (column === undefined) {
      column = new NumberColumn();
      this.#columns[place] = column;
    }
    while (column.length < this.#length) column.push(Number.NaN);
    return column;
  }
}

/** True where each list has `width` numbers. */
function areEven(ends: Uint32Array, width: number): boolean {
  for (let list = 0; list < ends.length; list++) if (ends[list] !== (list + 1) * width) return false;
  return true;
}

const NO_KEYS = new JsonKeys<string>();
