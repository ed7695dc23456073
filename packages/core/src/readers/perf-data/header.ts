import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { ByteWindow } from "../../util/window.ts";
import { type Recording, SMALLEST_ATTRIBUTE } from "./recording.ts";
import { Words } from "./words.ts";

export const FORMAT = "perf-data";
const FILE_HEADER = 104;
/** Attributes and ids of any recording that was ever made take less. */
const MOST_BEFORE_DATA = 1 << 26;

/** Where things lie in a file; undefined where the records come through a pipe and say everything themselves. */
export interface FileLayout {
  /** Bytes of records; Infinity where it is not known. */
  readonly dataSize: number;
  /** Offset where the records end and the feature sections begin. */
  readonly dataEnd: number;
  /** Numbers of the features, in the order of their sections. */
  readonly features: readonly number[];
}

/** The byte order that the first eight bytes tell: "PERFILE2", or the same backwards. */
export function byteOrder(bytes: Uint8Array): "little" | "big" | "old" | undefined {
  const magic = String.fromCharCode(...bytes.subarray(0, 8));
  if (magic === "PERFILE2") return "little";
  if (magic === "2ELIFREP") return "big";
  return magic === "PERFFILE" || magic === "ELIFFREP" ? "old" : undefined;
}

/**
 * Reads the header and moves the window to the first record.
 *
 * ```
 *   magic 8 | header size 8 | attribute size 8 | attributes: offset, size | data: offset, size | … | features 32
 *   ids … attributes … records … feature sections
 * ```
 *
 * Through a pipe the header is 16 bytes, and records follow.
 */
export async function readHeader(
  window: ByteWindow,
  recording: Recording,
  notes: Notes,
): Promise<{ words: Words; layout: FileLayout | undefined }> {
  if (!(await window.ensure(16))) fail("truncated", "the recording ends in its header", window.left);
  const order = byteOrder(window.bytes.subarray(window.at, window.at + 8));
  if (order === "old") {
    throw new FlambeauError("unsupported", "this recording was made by a perf older than Linux 2.6.38", {
      format: FORMAT,
      hint: "Print it with a perf of its time: perf script > out.perf",
    });
  }
  if (order === undefined) fail("malformed", "it does not begin with PERFILE2", 0);
  const little = order === "little";
  const start = new Words(window.bytes.subarray(window.at, window.end), little);
  const size = start.u64(8);
  if (size === 16) {
    window.at += 16;
    return { words: start, layout: undefined };
  }
  if (size < FILE_HEADER) fail("malformed", `its header claims to be ${size} bytes long`, 8);
  if (!(await window.ensure(FILE_HEADER))) fail("truncated", "the recording ends in its header", window.left);
  return readFileHeader(window, little, recording, notes);
}

async function readFileHeader(
  window: ByteWindow,
  little: boolean,
  recording: Recording,
  notes: Notes,
): Promise<{ words: Words; layout: FileLayout }> {
  const header = new Words(window.bytes.slice(window.at, window.at + FILE_HEADER), little);
  const attributes = { offset: header.u64(24), size: header.u64(32), each: header.u64(16) };
  const data = { offset: header.u64(40), size: header.u64(48) };
  const features = featureNumbers(header);
  if (data.offset < FILE_HEADER || data.offset > MOST_BEFORE_DATA) {
    fail("malformed", `its records begin at offset ${data.offset}`, 40);
  }
  if (attributes.offset + attributes.size > data.offset) {
    fail("malformed", "its events are described behind its records", 24);
  }
  if (!(await window.ensure(data.offset)))
    fail("truncated", "the recording ends before its records", window.left);
  const words = new Words(window.bytes.slice(window.at, window.at + data.offset), little);
  addEvents(words, attributes, recording);
  window.at += data.offset;
  if (data.size > 0)
    return { words, layout: { dataSize: data.size, dataEnd: data.offset + data.size, features } };
  const message = "perf record did not finish this file (its size of records is 0): it is read to its end";
  notes.add("truncated", "unfinished-recording", message, { offset: 48 });
  return {
    words,
    layout: { dataSize: Number.POSITIVE_INFINITY, dataEnd: Number.POSITIVE_INFINITY, features: [] },
  };
}

/** Attributes, each followed by offset and size of its ids. */
function addEvents(
  words: Words,
  { offset, size, each }: { offset: number; size: number; each: number },
  recording: Recording,
): void {
  const length = each - 16;
  if (length < SMALLEST_ATTRIBUTE) fail("malformed", `its events are described in ${each} bytes each`, 16);
  for (let at = offset; at + each <= offset + size; at += each) {
    const idsAt = words.u64(at + length);
    const idsSize = words.u64(at + length + 8);
    if (idsAt + idsSize > words.bytes.length)
      fail("malformed", "an event's ids lie behind the records", at + length);
    recording.addEvent(words, at, length, idsAt, idsSize);
  }
}

/** 256 bits, in words of 64. */
function featureNumbers(header: Words): number[] {
  const numbers: number[] = [];
  for (let bit = 0; bit < 256; bit++) {
    const word = 72 + Math.floor(bit / 64) * 8;
    const half = header.u32(word + (bit % 64 < 32 ? header.low : header.high));
    if (((half >>> (bit % 32)) & 1) === 1) numbers.push(bit);
  }
  return numbers;
}

/** Reads the feature sections, which stand behind the records: first where each lies, then the sections. */
export async function readFeatures(
  window: ByteWindow,
  little: boolean,
  layout: FileLayout,
  recording: Recording,
  notes: Notes,
): Promise<void> {
  const { features, dataEnd } = layout;
  const table = features.length * 16;
  if (!(await window.ensure(table))) return missing(notes, window.offset);
  const places = new Words(window.bytes.slice(window.at, window.at + table), little);
  const sections = features.map((feature, i) => ({
    feature,
    from: places.u64(i * 16) - dataEnd,
    size: places.u64(i * 16 + 8),
  }));
  const wanted = sections.filter(({ from, size }) => from >= table && Number.isSafeInteger(from + size));
  const end = wanted.reduce((most, { from, size }) => Math.max(most, from + size), 0);
  const whole = await window.ensure(end);
  const words = new Words(window.bytes.subarray(window.at, window.end), little);
  for (const { feature, from, size } of wanted) {
    if (from + size <= window.left) recording.addFeature(feature, words, from, from + size);
  }
  if (!whole || wanted.length < sections.length) missing(notes, window.offset);
}

function missing(notes: Notes, offset: number): void {
  const message = "the recording's header ends too early: names of events or build ids may be missing";
  notes.add("truncated", "header-truncated", message, { offset });
}

export function fail(code: "malformed" | "truncated", problem: string, offset: number): never {
  throw new FlambeauError(code, `this perf.data file cannot be read: ${problem}`, { format: FORMAT, offset });
}
