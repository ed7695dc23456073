import type { Notes } from "../model/notes.ts";
import { decodeUtf8 } from "../util/platform.ts";
import type { ByteSource } from "../util/source.ts";

/** Bytes asked for at a time. */
const PIECE = 1 << 18;
const SMALLEST_PIECE = 1 << 12;
/** A line longer than this is nothing that a profiler wrote; it is skipped, with a note. */
const LONGEST_LINE = 1 << 26;
const NEWLINE = 10;
const RETURN = 13;

/** Takes one line (without its line end) and its number, from 1. */
export type OnLine = (text: string, line: number) => void;

/** Takes one line as `bytes[start, end)`, without its line end, and its number, from 1. */
export type OnByteLine = (bytes: Uint8Array, start: number, end: number, line: number) => void;

/**
 * Reads a text front to back and hands over its lines; LF and CRLF both end a line, and the last one needs neither.
 * Memory is one piece or the longest line. For formats whose lines are looked at as text; the ones that come in
 * gigabytes have scanners of their own.
 *
 * @returns the number of lines
 */
export function readLines(
  source: ByteSource,
  notes: Notes,
  onLine: OnLine,
  onProgress?: (bytes: number) => void,
): Promise<number> {
  return readBlocks(
    source,
    notes,
    (bytes, start, end, line) => handOver(bytes, start, end, line, onLine),
    onProgress,
  );
}

/** The same for formats whose lines are numbers more than names: nothing is decoded. */
export function readByteLines(
  source: ByteSource,
  notes: Notes,
  onLine: OnByteLine,
  onProgress?: (bytes: number) => void,
): Promise<number> {
  return readBlocks(
    source,
    notes,
    (bytes, start, end, line) => {
      let count = line;
      for (let from = start; from < end; ) {
        const newline = bytes.indexOf(NEWLINE, from);
        const to = newline < 0 || newline >= end ? end : newline;
        onLine(bytes, from, to > from && bytes[to - 1] === RETURN ? to - 1 : to, ++count);
        from = to + 1;
      }
      return count;
    },
    onProgress,
  );
}

/** Takes whole lines and the number of those before; answers with the number of the last one. */
type OnBlock = (bytes: Uint8Array, start: number, end: number, line: number) => number;

async function readBlocks(
  source: ByteSource,
  notes: Notes,
  onBlock: OnBlock,
  onProgress: ((bytes: number) => void) | undefined,
): Promise<number> {
  // A small input needs no more room than it has bytes; what a source says of its size may be wrong.
  let window = new Uint8Array(Math.min(PIECE, Math.max(SMALLEST_PIECE, (source.size ?? PIECE) + 1)));
  let have = 0;
  let bytes = 0;
  let line = 0;
  let skipping = false;
  for (;;) {
    const answer = source.read(window.subarray(have));
    const count = typeof answer === "number" ? answer : await answer;
    if (count === 0) break;
    const searched = have;
    have += count;
    bytes += count;
    onProgress?.(bytes);
    const cut = window.subarray(searched, have).lastIndexOf(NEWLINE) + searched + 1;
    if (cut > searched) {
      let start = 0;
      if (skipping) {
        start = window.indexOf(NEWLINE) + 1;
        skipping = false;
        line++;
      }
      line = onBlock(window, start, cut, line);
      window.copyWithin(0, cut, have);
      have -= cut;
    } else if (have === window.length) {
      if (skipping || window.length >= LONGEST_LINE) {
        if (!skipping) {
          notes.add(
            "skipped",
            "line-too-long",
            `a line is longer than ${LONGEST_LINE} bytes: it was skipped`,
            {
              line: line + 1,
            },
          );
        }
        skipping = true;
        have = 0;
      } else window = enlarged(window);
    }
  }
  if (have > 0 && !skipping) line = onBlock(window, 0, have, line);
  return line;
}

/** Splits `bytes[start, end)`; a line end at the very end does not begin another line. */
function handOver(bytes: Uint8Array, start: number, end: number, line: number, onLine: OnLine): number {
  const text = decodeUtf8(bytes.subarray(start, end));
  let from = 0;
  while (from < text.length) {
    const newline = text.indexOf("\n", from);
    const to = newline < 0 ? text.length : newline;
    const last = to > from && text.charCodeAt(to - 1) === RETURN ? to - 1 : to;
    onLine(text.slice(from, last), ++line);
    from = to + 1;
  }
  return line;
}

function enlarged(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}
