import type { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import type { ByteSource } from "../util/source.ts";
import type { Scanner } from "./kernel.ts";

/** Bytes handed to the kernel at a time: long enough to amortise the call, short enough to stay in the cache. */
const PIECE = 1 << 20;
/** A small input needs no more room than it has bytes; but what a source says of its size may be wrong. */
const SMALLEST_PIECE = 1 << 14;
/** A line longer than this is not a stack anybody wrote; it is skipped, with a note. */
const LONGEST_LINE = 1 << 28;
const NEWLINE = 10;

/** Position after the last newline in `bytes[from, to)`, or -1. */
export function afterLastNewline(bytes: Uint8Array, from: number, to: number): number {
  for (let at = to - 1; at >= from; at--) if (bytes[at] === NEWLINE) return at + 1;
  return -1;
}

/**
 * Feeds a whole source to a scanner, in pieces that end with a line. Memory is one piece, or the longest line.
 *
 * @returns the bytes read
 */
export async function scanSource(
  scanner: Scanner,
  source: ByteSource,
  notes: Notes,
  onProgress?: (bytes: number) => void,
): Promise<number> {
  let room = Math.min(PIECE, Math.max(SMALLEST_PIECE, (source.size ?? PIECE) + 2));
  let have = 0;
  let offset = 0; // of the window's first byte
  let tooLong = false; // inside a line that is being skipped
  for (;;) {
    const window = scanner.window(room);
    const answer = source.read(window.subarray(have, room - 1)); // one byte is left for a missing last newline
    const count = typeof answer === "number" ? answer : await answer;
    if (count === 0) {
      if (have > 0 && !tooLong) scanLast(scanner, room, have, offset);
      return offset + have;
    }
    const searched = have;
    have += count;
    onProgress?.(offset + have);
    let end = afterLastNewline(window, searched, have);
    if (end < 0) {
      if (have < room - 1) continue;
      if (room < LONGEST_LINE) {
        room *= 2;
        continue;
      }
      if (!tooLong) noteLongLine(notes, offset);
      tooLong = true;
      offset += have;
      have = 0;
      continue;
    }
    const rest = tooLong ? dropFirstLine(window, have) : 0;
    tooLong = false;
    have -= rest;
    offset += rest;
    end -= rest;
    if (end === 0) continue;
    scanner.scan(end, have, offset);
    have -= end;
    offset += end;
  }
}

/** Scans what is left in the window, with the newline that it lacks. */
function scanLast(scanner: Scanner, room: number, have: number, offset: number): void {
  // The source may have grown the memory under the window while it was read.
  scanner.window(room)[have] = NEWLINE;
  scanner.scan(have + 1, have + 1, offset);
}

/** The rest of a skipped line ends at the first newline: takes it off the window, and answers how long it was. */
function dropFirstLine(window: Uint8Array, have: number): number {
  const rest = window.indexOf(NEWLINE) + 1;
  window.copyWithin(0, rest, have);
  return rest;
}

function noteLongLine(notes: Notes, offset: number): void {
  const words = `a line is longer than ${LONGEST_LINE} bytes: it was skipped`;
  notes.add("skipped", "line-too-long", words, { offset });
}

/** Reads bytes at a place: what a part of a file is read with. */
export type ReadAt = (target: Uint8Array, position: number) => number;

/**
 * Scans the records of a file that begin in `[start, end)`. Records are separated by `boundary`; the first one
 * that begins at or after `start` is the first read, and the one that lies across `end` is read whole, so that
 * parts side by side read every record once.
 */
export function scanPart(
  scanner: Scanner,
  readAt: ReadAt,
  start: number,
  end: number,
  size: number,
  boundary: Uint8Array,
): void {
  const first = start === 0 ? 0 : nextRecord(readAt, start, size, boundary);
  const last = end >= size ? size : nextRecord(readAt, end, size, boundary);
  let room = PIECE;
  let have = 0;
  let offset = first;
  let position = first;
  while (position < last) {
    const window = scanner.window(room);
    const count = readAt(window.subarray(have, Math.min(room - 1, have + last - position)), position);
    if (count === 0)
      throw new FlambeauError("io", "the file became shorter while it was read", { offset: position });
    const searched = have;
    have += count;
    position += count;
    if (position >= last && window[have - 1] !== NEWLINE) window[have++] = NEWLINE;
    const cut = afterLastNewline(window, searched, have);
    if (cut < 0) {
      if (have >= room - 1) {
        if (room >= LONGEST_LINE)
          throw new FlambeauError("too-large", `a line is longer than ${LONGEST_LINE} bytes`, { offset });
        room *= 2;
      }
      continue;
    }
    scanner.scan(cut, have, offset);
    have -= cut;
    offset += cut;
  }
}

/** Position of the first record that begins at or after `from`: right behind a boundary. */
function nextRecord(readAt: ReadAt, from: number, size: number, boundary: Uint8Array): number {
  const overlap = boundary.length;
  const buffer = new Uint8Array(1 << 16);
  let position = Math.max(0, from - overlap);
  while (position < size) {
    const count = readAt(buffer, position);
    if (count < overlap) break;
    for (let at = 0; at + overlap <= count; at++) {
      if (matches(buffer, at, boundary) && position + at + overlap >= from) return position + at + overlap;
    }
    position += count - overlap + 1;
  }
  return size;
}

function matches(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}
