import { BLOCK_ROWS, BlockKind, ColumnId } from "../../codec/flambeau/format.ts";
import { TextIds } from "../../model/labels.ts";
import type { Label, Profile, ProfileMeta } from "../../model/profile.ts";
import type { StringTable } from "../../model/strings.ts";
import type { ByteSink } from "../../util/sink.ts";
import type { Writer } from "../writer.ts";
import { BlockWriter } from "./blocks.ts";

/**
 * Everything that a profile holds, packed: what the self-contained HTML carries, and the quickest format to read
 * again. The layout is described in codec/flambeau/format.ts. Nothing is lost, so there is never anything to say.
 */
export const flambeauWriter: Writer = {
  id: "flambeau",
  title: "Flambeau (everything, packed)",
  extensions: [".flambeau.gz", ".flambeau"],
  gzipExtensions: [".flambeau.gz"],
  keepsTime: true,
  async write(profile, sink) {
    await writeFlambeau(profile, sink);
    return [];
  },
};

async function writeFlambeau(profile: Profile, sink: ByteSink): Promise<void> {
  const out = new BlockWriter(sink);
  await out.magic();
  await out.json({ meta: plainMeta(profile.meta), valueTypes: profile.valueTypes });
  await out.jsonList("notes", profile.notes);
  await out.jsonList("threads", profile.threads);
  await out.jsonList("mappings", profile.mappings.map(plainMapping));
  await writeStrings(profile.strings, out);
  await writeFrames(profile, out);
  await writeStacks(profile, out);
  await writeLabelSets(profile.labelSets, out);
  await writeSamples(profile, out);
  await out.end();
}

/** JSON has neither bigints nor infinities: they are written as text, which the reader of the field expects. */
function plainMeta(meta: ProfileMeta): object {
  const period = meta.period === undefined ? undefined : { ...meta.period, value: plain(meta.period.value) };
  return {
    ...meta,
    ...(meta.timeOrigin === undefined ? {} : { timeOrigin: String(meta.timeOrigin) }),
    ...(meta.duration === undefined ? {} : { duration: plain(meta.duration) }),
    ...(period === undefined ? {} : { period }),
  };
}

function plain(value: number): number | string {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}

function plainMapping(mapping: Profile["mappings"][number]): object {
  const { start, end, fileOffset } = mapping;
  return { ...mapping, start: String(start), end: String(end), fileOffset: String(fileOffset) };
}

/** Calls `write` for every stretch of rows that fits a block. */
async function stretches(
  length: number,
  write: (start: number, end: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < length; start += BLOCK_ROWS) {
    await write(start, Math.min(length, start + BLOCK_ROWS));
  }
}

/** String 0 is empty in every profile; the others follow. */
async function writeStrings(strings: StringTable, out: BlockWriter): Promise<void> {
  await stretches(strings.length - 1, async (start, end) => {
    const { offsets } = strings;
    await out.column(ColumnId.stringLength, start, end, (values) => {
      for (let row = start; row < end; row++) values[row - start] = offsets[row + 2]! - offsets[row + 1]!;
    });
    const first = offsets[start + 1]!;
    const last = offsets[end + 1]!;
    for (let from = first; from < last; from += BYTES_STEP) {
      await out.bytes(BlockKind.bytes, strings.bytes.subarray(from, Math.min(last, from + BYTES_STEP)));
    }
  });
}

/** Bytes of the string table that go into one block at most. */
const BYTES_STEP = 1 << 20;

type Column = Int32Array | Uint32Array | Uint8Array | Float64Array;

/** A column of a table as it is, or with a number added to each value. */
function columnOf(out: BlockWriter, id: number, column: Column, add = 0) {
  return (start: number, end: number): Promise<void> =>
    out.column(id, start, end, (values) => {
      values.set(column.subarray(start, end));
      if (add !== 0) for (let row = 0; row < end - start; row++) values[row] = values[row]! + add;
    });
}

async function writeFrames({ frames }: Profile, out: BlockWriter): Promise<void> {
  const { length } = frames;
  const halves = new Uint32Array(frames.address.buffer, frames.address.byteOffset, length * 2);
  const low = (start: number, end: number): Promise<void> => half(LOW, ColumnId.frameAddressLow, start, end);
  const high = (start: number, end: number): Promise<void> =>
    half(1 - LOW, ColumnId.frameAddressHigh, start, end);
  const half = (which: number, id: number, start: number, end: number): Promise<void> =>
    out.column(id, start, end, (values) => {
      for (let row = start; row < end; row++) values[row - start] = halves[2 * row + which]!;
    });
  const optional: [boolean, (start: number, end: number) => Promise<void>][] = [
    [isOther(frames.file, length, 0), columnOf(out, ColumnId.frameFile, frames.file)],
    [isOther(frames.line, length, 0), columnOf(out, ColumnId.frameLine, frames.line)],
    [isOther(frames.column, length, 0), columnOf(out, ColumnId.frameColumn, frames.column)],
    [isOther(frames.mapping, length, -1), columnOf(out, ColumnId.frameMapping, frames.mapping, 1)],
    [isOther(halves, 2 * length, 0), low],
    [isOther(halves, 2 * length, 0), high],
    [isOther(frames.kind, length, 0), columnOf(out, ColumnId.frameKind, frames.kind)],
    [isOther(frames.inlined, length, 0), columnOf(out, ColumnId.frameInlined, frames.inlined)],
  ];
  const name = columnOf(out, ColumnId.frameName, frames.name);
  const present = optional.filter(([has]) => has).map(([, write]) => write);
  await stretches(length, async (start, end) => {
    for (const write of [name, ...present]) await write(start, end);
  });
}

/** Which of two 32-bit words in memory is the lower half of a 64-bit number. */
const LOW: 0 | 1 = new Uint32Array(new BigUint64Array([1n]).buffer)[0] === 1 ? 0 : 1;

/** True where some row is not `usual`. */
function isOther(column: Column, length: number, usual: number): boolean {
  for (let row = 0; row < length; row++) if (column[row] !== usual) return true;
  return false;
}

async function writeStacks({ stacks }: Profile, out: BlockWriter): Promise<void> {
  const frame = columnOf(out, ColumnId.stackFrame, stacks.frame);
  await stretches(stacks.length, async (start, end) => {
    await out.column(ColumnId.stackParent, start, end, (values) => {
      for (let row = start; row < end; row++) {
        const parent = stacks.parent[row]!;
        values[row - start] = parent < 0 ? 0 : row - parent;
      }
    });
    await frame(start, end);
  });
}

async function writeLabelSets(sets: Profile["labelSets"], out: BlockWriter): Promise<void> {
  const texts = new Texts();
  for (let start = 1; start < sets.length; start += SETS_STEP) {
    const some = sets.slice(start, start + SETS_STEP);
    const labels = some.flat();
    const forms = labels.map((label) => texts.form(label));
    const keys = labels.map((label) => texts.id(label.key));
    const held = labels.map(({ value }) => (typeof value === "string" ? texts.id(value) : value));
    await out.jsonList("texts", texts.takeNew());
    await writeList(
      out,
      ColumnId.labelSetSize,
      some.map((set) => set.length),
    );
    await writeList(out, ColumnId.labelKey, keys);
    await writeList(out, ColumnId.labelForm, forms);
    await writeList(out, ColumnId.labelValue, held);
  }
}

/** Label sets that are turned into columns at a time. */
const SETS_STEP = 1 << 14;

async function writeList(out: BlockWriter, id: number, list: readonly number[]): Promise<void> {
  await stretches(list.length, (start, end) =>
    out.column(id, start, end, (values) => {
      for (let row = start; row < end; row++) values[row - start] = list[row]!;
    }),
  );
}

/** Numbers the texts of labels in order of appearance. */
class Texts {
  readonly #ids = new TextIds();
  #known = 0;
  #fresh: string[] = [];

  id(text: string): number {
    const id = this.#ids.id(text);
    if (id === this.#known) {
      this.#known++;
      this.#fresh.push(text);
    }
    return id;
  }

  form({ value, unit }: Label): number {
    if (typeof value === "string") return 0;
    return unit === undefined ? 1 : 2 + this.id(unit);
  }

  /** Texts that were numbered since the last call. */
  takeNew(): string[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }
}

async function writeSamples({ samples }: Profile, out: BlockWriter): Promise<void> {
  const { stack, time, thread, labels, weights } = samples;
  const columns = [
    columnOf(out, ColumnId.sampleStack, stack, 1),
    ...(time === undefined ? [] : [columnOf(out, ColumnId.sampleTime, time)]),
    ...(thread === undefined ? [] : [columnOf(out, ColumnId.sampleThread, thread, 1)]),
    ...(labels === undefined ? [] : [columnOf(out, ColumnId.sampleLabels, labels)]),
    ...weights.map((column, type) => columnOf(out, ColumnId.weights + type, column)),
  ];
  await stretches(samples.length, async (start, end) => {
    for (const write of columns) await write(start, end);
  });
}
