import { type ChunkPool, JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";

type Values = ReturnType<NumberColumn["flat"]>;

/** The columns of a table by their names. */
export type ColumnsOf<T> = T extends Table<infer Key> ? Readonly<Record<Key, Values>> : never;

/** A row's value; -1 where the column has no such row. */
export function valueAt(column: Values, row: number): number {
  return row >= 0 && row < column.length ? column[row]! : -1;
}

/** Columns of a table, by name: `null` and what is no number is -1. */
export class Table<Key extends string> {
  readonly keys: JsonKeys<Key>;
  readonly #columns: ReadonlyMap<string, NumberColumn>;

  constructor(pool: ChunkPool, ...names: readonly Key[]) {
    this.keys = new JsonKeys(...names);
    this.#columns = new Map(names.map((name) => [name, new NumberColumn(pool)]));
  }

  /** Gives the memory of all columns back to the pool. */
  release(): void {
    for (const column of this.#columns.values()) column.release();
  }

  column(name: Key): NumberColumn {
    return this.#columns.get(name)!;
  }

  /** All columns, each in one array. */
  columns(): Readonly<Record<Key, Values>> {
    return Object.fromEntries([...this.#columns].map(([name, column]) => [name, column.flat()])) as Record<
      Key,
      Values
    >;
  }

  has(name: Key): boolean {
    return this.column(name).length > 0;
  }

  /** A row's value; -1 where the table has no such column or row. */
  at(name: Key, row: number): number {
    const column = this.column(name);
    return row >= 0 && row < column.length ? column.at(row) : -1;
  }

  /** The next value is the table: an object with an array per column. */
  async parse(json: JsonReader): Promise<void> {
    if ((await json.take(() => json.peek())) !== 0x7b) return json.skip();
    await json.take(() => json.enterObject());
    for (;;) {
      const key = await json.take(() => json.nextKey(this.keys));
      if (key === undefined) return;
      const isList = (await json.take(() => json.peek())) === 0x5b;
      if (key === "" || !isList) await json.skip();
      else await json.numbers(this.column(key), -1);
    }
  }
}

/** An array of texts: the builder's string id of each; 0 for what is no text. */
export async function parseStrings(
  json: JsonReader,
  builder: ProfileBuilder,
  into: NumberColumn,
): Promise<void> {
  if ((await json.take(() => json.peek())) !== 0x5b) return json.skip();
  await json.take(() => json.enterArray());
  await json.run(() => {
    if (!json.nextElement()) return false;
    if (json.peek() === 0x22) {
      json.string();
      into.push(builder.stringBytes(json.spanBytes, json.spanStart, json.spanEnd));
    } else {
      json.skipValue();
      into.push(0);
    }
    return true;
  });
}

/** What stacks are made of: each thread's own, or shared by all from version 60 on (strings from 56 on). */
export class StackTables {
  readonly strings: NumberColumn;
  readonly frames: Table<
    | "func"
    | "line"
    | "column"
    | "address"
    | "inlineDepth"
    | "category"
    | "subcategory"
    | "lib"
    | "nativeSymbol"
  >;
  /** `fileName` until version 57, `source` since. */
  readonly funcs: Table<"name" | "fileName" | "source" | "lineNumber" | "columnNumber" | "resource" | "isJS">;
  /** `prefix` until version 65, `prefixOffset` since: how many rows before; 0 is none. */
  readonly stacks: Table<"prefix" | "prefixOffset" | "frame">;
  readonly resources: Table<"lib" | "name">;
  readonly sources: Table<"filename">;

  constructor(pool: ChunkPool) {
    this.strings = new NumberColumn(pool);
    this.frames = new Table(
      pool,
      "func",
      "line",
      "column",
      "address",
      "inlineDepth",
      "category",
      "subcategory",
      "lib",
      "nativeSymbol",
    );
    this.funcs = new Table(
      pool,
      "name",
      "fileName",
      "source",
      "lineNumber",
      "columnNumber",
      "resource",
      "isJS",
    );
    this.stacks = new Table(pool, "prefix", "prefixOffset", "frame");
    this.resources = new Table(pool, "lib", "name");
    this.sources = new Table(pool, "filename");
  }

  /** Gives all memory back to the pool. */
  release(): void {
    this.strings.release();
    for (const table of [this.frames, this.funcs, this.stacks, this.resources, this.sources]) table.release();
  }

  /** Reads a member of a thread or of `shared`, if it is one of these tables. */
  async parse(key: string, json: JsonReader, builder: ProfileBuilder): Promise<boolean> {
    if (key === "stringArray" || key === "stringTable") await parseStrings(json, builder, this.strings);
    else if (key === "frameTable") await this.frames.parse(json);
    else if (key === "funcTable") await this.funcs.parse(json);
    else if (key === "stackTable") await this.stacks.parse(json);
    else if (key === "resourceTable") await this.resources.parse(json);
    else if (key === "sources") await this.sources.parse(json);
    else return false;
    return true;
  }
}

/** Observations with stacks: samples, or allocations. */
export class SamplesTable {
  readonly table: Table<"stack" | "weight" | "threadCPUDelta">;
  /** Milliseconds; `timeDeltas` from version 50 on, if not `time`. */
  readonly time: NumberColumn;
  readonly timeDeltas: NumberColumn;
  weightType = "";

  constructor(pool: ChunkPool) {
    this.table = new Table(pool, "stack", "weight", "threadCPUDelta");
    this.time = new NumberColumn(pool);
    this.timeDeltas = new NumberColumn(pool);
  }

  /** Gives all memory back to the pool. */
  release(): void {
    this.table.release();
    this.time.release();
    this.timeDeltas.release();
  }

  async parse(json: JsonReader): Promise<void> {
    if ((await json.take(() => json.peek())) !== 0x7b) return json.skip();
    await json.take(() => json.enterObject());
    for (;;) {
      const key = await json.take(() => json.nextKey(SAMPLE_KEYS));
      if (key === undefined) return;
      const byte = await json.take(() => json.peek());
      if (byte === 0x22 && key === "weightType") this.weightType = await json.take(() => json.text());
      else if (byte !== 0x5b || key === "" || key === "weightType") await json.skip();
      else if (key === "time") await json.numbers(this.time);
      else if (key === "timeDeltas") await json.numbers(this.timeDeltas);
      else await json.numbers(this.table.column(key), key === "stack" ? -1 : Number.NaN);
    }
  }
}

const SAMPLE_KEYS = new JsonKeys("stack", "weight", "threadCPUDelta", "time", "timeDeltas", "weightType");
