import { unpackColumn } from "../../codec/flambeau/column.ts";
import { BLOCK_ROWS, ColumnId } from "../../codec/flambeau/format.ts";
import { grown, trimmed } from "../../util/growable.ts";

type Values = Uint8Array | Int32Array | Uint32Array | Float64Array;

/** A column of whole numbers; every known one but those listed in {@link DOUBLES}. */
const KNOWN: ReadonlySet<number> = new Set(Object.values(ColumnId));
const DOUBLES: ReadonlySet<number> = new Set([ColumnId.labelValue, ColumnId.sampleTime]);
const SMALL: ReadonlySet<number> = new Set([ColumnId.frameKind, ColumnId.frameInlined]);
const UNSIGNED: ReadonlySet<number> = new Set([
  ColumnId.stringLength,
  ColumnId.frameName,
  ColumnId.frameFile,
  ColumnId.frameLine,
  ColumnId.frameColumn,
  ColumnId.frameAddressLow,
  ColumnId.frameAddressHigh,
]);

/** What became of a block. */
export type Outcome = "taken" | "unknown" | "malformed";

/** The columns of a file while their blocks come. */
export class Columns {
  readonly #columns = new Map<number, { values: Values; length: number }>();
  readonly #scratch = new Float64Array(BLOCK_ROWS);

  /** Adds the rows of a block. */
  take(bytes: Uint8Array, start: number, end: number): Outcome {
    const id = varint(bytes, start, end);
    const rows = varint(bytes, id.at, end);
    if (rows.at > end || rows.value > BLOCK_ROWS) return "malformed";
    if (id.value < ColumnId.weights && !KNOWN.has(id.value)) return "unknown";
    const scratch = this.#scratch;
    if (!unpackColumn(bytes, rows.at, end, rows.value, scratch)) return "malformed";
    const column = this.#column(id.value);
    const { length } = column;
    column.values = grown(column.values, length + rows.value);
    column.length = length + rows.value;
    return store(scratch, rows.value, column.values, length) ? "taken" : "malformed";
  }

  /** Rows of a column so far. */
  rows(id: number): number {
    return this.#columns.get(id)?.length ?? 0;
  }

  has(id: number): boolean {
    return this.#columns.has(id);
  }

  /** The whole of a column, or undefined where the file has none; the caller may keep and change it. */
  takeOut(id: number): Values | undefined {
    const column = this.#columns.get(id);
    this.#columns.delete(id);
    return column === undefined ? undefined : trimmed(column.values, column.length);
  }

  #column(id: number): { values: Values; length: number } {
    let column = this.#columns.get(id);
    if (column === undefined) {
      column = { values: emptyColumn(id), length: 0 };
      this.#columns.set(id, column);
    }
    return column;
  }
}

function emptyColumn(id: number): Values {
  if (id >= ColumnId.weights || DOUBLES.has(id)) return new Float64Array(0);
  if (SMALL.has(id)) return new Uint8Array(0);
  return UNSIGNED.has(id) ? new Uint32Array(0) : new Int32Array(0);
}

/** Copies the values; false where one does not fit the column's type. */
function store(from: Float64Array, rows: number, to: Values, at: number): boolean {
  if (to instanceof Float64Array) {
    to.set(from.subarray(0, rows), at);
    return true;
  }
  to.set(from.subarray(0, rows), at);
  for (let row = 0; row < rows; row++) if (to[at + row] !== from[row]) return false;
  return true;
}

/** A varint below 2^28; beyond the end it is 0 and `at` lies behind the end, where no value is found. */
function varint(bytes: Uint8Array, at: number, end: number): { value: number; at: number } {
  let value = 0;
  for (let shift = 0; shift < 28 && at < end; shift += 7) {
    const byte = bytes[at++]!;
    value |= (byte & 127) << shift;
    if (byte < 128) return { value, at };
  }
  return { value: 0, at: end + 1 };
}
