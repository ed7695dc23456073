import { ColumnId } from "../../codec/flambeau/format.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { FrameInput } from "../../model/frames.ts";
import type { FrameKindCode, Label } from "../../model/profile.ts";
import type { Columns } from "./columns.ts";
import { Misfit } from "./header.ts";

/** Rows of the builder for rows of the file; undefined: they are the same. */
type Rows = ArrayLike<number> | undefined;

/** Rows that are the same in both need no table. */
export function rowsOrSame(rows: Uint32Array | Int32Array): Rows {
  for (let row = 0; row < rows.length; row++) if (rows[row] !== row) return rows;
  return undefined;
}

/** Interns the strings; a file of ours has each once, in order. */
export function readStrings(columns: Columns, bytes: Uint8Array, into: ProfileBuilder): Uint32Array {
  const lengths = columns.takeOut(ColumnId.stringLength) ?? new Uint32Array(0);
  const ids = new Uint32Array(lengths.length + 1);
  let at = 0;
  for (let row = 0; row < lengths.length; row++) {
    const end = at + lengths[row]!;
    if (end > bytes.length) throw new Misfit(`string ${row + 1} ends beyond the strings' bytes`);
    ids[row + 1] = into.stringBytes(bytes, at, end);
    at = end;
  }
  return ids;
}

/** Interns the frames; returns the builder's row of each. */
export function readFrames(
  columns: Columns,
  strings: Uint32Array,
  mappings: readonly number[],
  into: ProfileBuilder,
): Int32Array {
  const name = columns.takeOut(ColumnId.frameName) ?? new Uint32Array(0);
  const { length } = name;
  const file = tableColumn(columns, ColumnId.frameFile, length);
  const line = tableColumn(columns, ColumnId.frameLine, length);
  const column = tableColumn(columns, ColumnId.frameColumn, length);
  const mapping = tableColumn(columns, ColumnId.frameMapping, length);
  const low = tableColumn(columns, ColumnId.frameAddressLow, length);
  const high = tableColumn(columns, ColumnId.frameAddressHigh, length);
  const kind = tableColumn(columns, ColumnId.frameKind, length);
  const inlined = tableColumn(columns, ColumnId.frameInlined, length);
  const rows = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const frame: FrameInput = {
      name: lookUp(strings, name[row]!, "string"),
      file: lookUp(strings, file?.[row] ?? 0, "string"),
      line: line?.[row] ?? 0,
      column: column?.[row] ?? 0,
      mapping:
        mapping === undefined || mapping[row] === 0 ? -1 : lookUp(mappings, mapping[row]! - 1, "mapping"),
      address: addressOf(low?.[row] ?? 0, high?.[row] ?? 0),
      kind: kindOf(kind?.[row] ?? 0),
      inlined: inlined?.[row] === 1,
    };
    if (frame.name === 0 && frame.address === 0n && frame.mapping === -1)
      throw new Misfit(`frame ${row} has neither name nor address`);
    rows[row] = into.frame(frame);
  }
  return rows;
}

function kindOf(code: number): FrameKindCode {
  if (code > 6) throw new Misfit(`there is no frame kind ${code}`);
  return code as FrameKindCode;
}

function addressOf(low: number, high: number): bigint {
  if (high === 0) return low === 0 ? 0n : BigInt(low);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** An optional column, which has as many rows as its table. */
function tableColumn(columns: Columns, id: number, length: number) {
  const values = columns.takeOut(id);
  if (values !== undefined && values.length !== length)
    throw new Misfit(`column ${id} has ${values.length} rows, not ${length}`);
  return values;
}

function lookUp(rows: ArrayLike<number>, row: number, what: string): number {
  const found = rows[row];
  if (found === undefined) throw new Misfit(`there is no ${what} ${row}`);
  return found;
}

/** Adds the stacks and returns the builder's rows; a file of ours has no stack twice, which is checked. */
export function readStacks(columns: Columns, frames: Int32Array, into: ProfileBuilder): Stacks {
  const parent = (columns.takeOut(ColumnId.stackParent) ?? new Int32Array(0)) as Int32Array;
  const { length } = parent;
  const frame = (tableColumn(columns, ColumnId.stackFrame, length) ?? new Int32Array(0)) as Int32Array;
  if (frame.length !== length)
    throw new Misfit(`there are ${length} stacks but ${frame.length} frames of them`);
  for (let row = 0; row < length; row++) {
    const distance = parent[row]!;
    if (distance < 0 || distance > row)
      throw new Misfit(`stack ${row} has no parent ${distance} rows before it`);
    parent[row] = distance === 0 ? -1 : row - distance;
  }
  const same = rowsOrSame(frames) === undefined;
  for (let row = 0; row < length; row++) {
    const used = frame[row]!;
    if (used < 0 || used >= frames.length) throw new Misfit(`there is no frame ${used}`);
    if (!same) frame[row] = frames[used]!;
  }
  const batch = { length, parent, frame };
  if (areDistinct(parent, frame, frames) && into.adoptStacks(batch)) return { length, rows: undefined };
  return { length, rows: into.stackBatch(batch, false) };
}

interface Stacks {
  readonly length: number;
  readonly rows: Rows;
}

/**
 * True where no two stacks have the same parent and frame. Children are put together by counting, and each frame
 * remembers the parent below which it was last seen: no hashing, and mostly neighbouring memory.
 */
function areDistinct(parent: Int32Array, frame: Int32Array, frames: Int32Array): boolean {
  const { length } = parent;
  const begin = new Int32Array(length + 2);
  for (let row = 0; row < length; row++) {
    const place = parent[row]! + 2;
    begin[place] = begin[place]! + 1;
  }
  for (let place = 1; place < begin.length; place++) begin[place] = begin[place]! + begin[place - 1]!;
  const children = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const place = parent[row]! + 1;
    const at = begin[place]!;
    children[at] = row;
    begin[place] = at + 1;
  }
  let largest = -1;
  for (const row of frames) if (row > largest) largest = row;
  const lastBelow = new Int32Array(largest + 1).fill(-2);
  for (const row of children) {
    const own = frame[row]!;
    if (lastBelow[own] === parent[row]) return false;
    lastBelow[own] = parent[row]!;
  }
  return true;
}

/** Interns the label sets; returns the builder's id of each, set 0 included. */
export function readLabelSets(columns: Columns, texts: readonly string[], into: ProfileBuilder): Int32Array {
  const sizes = columns.takeOut(ColumnId.labelSetSize) ?? new Int32Array(0);
  const key = columns.takeOut(ColumnId.labelKey) ?? new Int32Array(0);
  const form = tableColumn(columns, ColumnId.labelForm, key.length) ?? new Int32Array(key.length);
  const held = tableColumn(columns, ColumnId.labelValue, key.length) ?? new Int32Array(key.length);
  const ids = new Int32Array(sizes.length + 1);
  let at = 0;
  for (let set = 0; set < sizes.length; set++) {
    const end = at + sizes[set]!;
    if (end < at || end > key.length) throw new Misfit(`label set ${set + 1} ends beyond the labels`);
    const labels: Label[] = [];
    for (; at < end; at++) labels.push(labelOf(texts, key[at]!, form[at]!, held[at]!));
    ids[set + 1] = into.labelSet(labels);
  }
  return ids;
}

function labelOf(texts: readonly string[], keyId: number, form: number, held: number): Label {
  const key = textOf(texts, keyId);
  if (form === 0) return { key, value: textOf(texts, held) };
  return form === 1 ? { key, value: held } : { key, value: held, unit: textOf(texts, form - 2) };
}

function textOf(texts: readonly string[], id: number): string {
  const found = texts[id];
  if (found === undefined) throw new Misfit(`there is no text ${id}`);
  return found;
}

/** Rows of the builder that samples refer to. */
export interface SampleRows {
  readonly stacks: Stacks;
  readonly threads: readonly number[];
  readonly labels: Int32Array;
}

/** Adds the first `length` samples. */
export function readSamples(columns: Columns, length: number, rows: SampleRows, into: ProfileBuilder): void {
  const stack = cut(columns.takeOut(ColumnId.sampleStack), length) as Int32Array | undefined;
  if (stack === undefined) return;
  const { stacks } = rows;
  for (let row = 0; row < length; row++) {
    const leaf = stack[row]! - 1;
    if (leaf < -1 || leaf >= stacks.length) throw new Misfit(`sample ${row} has no stack ${leaf}`);
    stack[row] = leaf < 0 || stacks.rows === undefined ? leaf : stacks.rows[leaf]!;
  }
  const time = cut(columns.takeOut(ColumnId.sampleTime), length) as Float64Array | undefined;
  if (time?.some((at) => Math.abs(at) === Number.POSITIVE_INFINITY)) throw new Misfit("a time is infinite");
  const thread = cut(columns.takeOut(ColumnId.sampleThread), length) as Int32Array | undefined;
  const labels = cut(columns.takeOut(ColumnId.sampleLabels), length) as Int32Array | undefined;
  for (let row = 0; row < length; row++) {
    if (thread !== undefined)
      thread[row] = thread[row] === 0 ? -1 : lookUp(rows.threads, thread[row]! - 1, "thread");
    if (labels !== undefined) labels[row] = lookUp(rows.labels, labels[row]!, "label set");
  }
  if (length > 0 && into.valueTypes.length === 0)
    throw new Misfit("there are samples, but nothing is counted");
  const weights = into.valueTypes.map((_, type) => weightsOf(columns, type, length));
  into.sampleBatch({ length, stack, weights, time, thread, labels });
}

function weightsOf(columns: Columns, type: number, length: number): Float64Array {
  const column = cut(columns.takeOut(ColumnId.weights + type), length) as Float64Array | undefined;
  if (column === undefined) throw new Misfit(`value type ${type} has no weights`);
  for (let row = 0; row < length; row++)
    if (!Number.isFinite(column[row])) throw new Misfit(`weight ${type} of sample ${row} is not finite`);
  return column;
}

function cut<T extends { subarray(start: number, end: number): T; readonly length: number }>(
  column: T | undefined,
  length: number,
): T | undefined {
  return column === undefined || column.length === length ? column : column.subarray(0, length);
}
