import type { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { type ByteSource, sourceOfChunks } from "../util/source.ts";
import { ByteWindow } from "../util/window.ts";

/** How far back a block may reach into the blocks before it. */
const HISTORY = 1 << 16;
const MAGIC = 0x184d2204;

/** Why reading stopped before the end. */
type Fault = "ends too early" | "is damaged";

/** What a frame says about its blocks. */
interface Frame {
  readonly blockSize: number;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
}

/**
 * Takes an LZ4 frame (or several after each other) off a source, block by block: memory is one block and 64 KiB of
 * history. Checksums are passed over. There is no maintained library that unpacks LZ4 as a stream in Node and in
 * browsers; the format is doc/lz4_Frame_format.md and doc/lz4_Block_format.md of lz4/lz4.
 */
export function unlz4(source: ByteSource, notes: Notes): ByteSource {
  return sourceOfChunks(blocks(new ByteWindow(source), notes), source.name?.replace(/\.lz4$/i, ""));
}

async function* blocks(window: ByteWindow, notes: Notes): AsyncGenerator<Uint8Array> {
  let produced = 0;
  let fault: Fault | undefined;
  while (fault === undefined && (await window.ensure(1))) {
    const frame = await frameHeader(window);
    if (frame === "skipped") continue;
    if (typeof frame === "string") {
      fault = frame;
      break;
    }
    const content = frameContent(window, frame);
    let next = await content.next();
    for (; next.done !== true; next = await content.next()) {
      produced += next.value.length;
      yield next.value;
    }
    fault = next.value;
  }
  if (fault === undefined) return;
  if (produced === 0) {
    const words = fault === "is damaged" ? fault : "ends";
    throw new FlambeauError("malformed", `the LZ4 data ${words} at its beginning`, { offset: window.offset });
  }
  const code = fault === "is damaged" ? "lz4-damaged" : "lz4-truncated";
  notes.add("truncated", code, `the LZ4 data ${fault}; what came before is kept`, { offset: produced });
}

async function* frameContent(
  window: ByteWindow,
  frame: Frame,
): AsyncGenerator<Uint8Array, Fault | undefined> {
  const buffer = new Uint8Array(HISTORY + frame.blockSize);
  const checksum = frame.blockChecksum ? 4 : 0;
  for (let history = 0; ; ) {
    if (!(await window.ensure(4))) return "ends too early";
    const word = u32(window.bytes, window.at);
    window.at += 4;
    if (word === 0) break;
    const size = word & 0x7fffffff;
    if (size > frame.blockSize) return "is damaged";
    if (!(await window.ensure(size + checksum))) return "ends too early";
    const block = window.bytes.subarray(window.at, window.at + size);
    window.at += size + checksum;
    const length = word < 0x80000000 ? unpackBlock(block, buffer, history) : copied(block, buffer);
    if (length < 0) return "is damaged";
    yield buffer.slice(HISTORY, HISTORY + length);
    history = Math.min(HISTORY, history + length);
    buffer.copyWithin(HISTORY - history, HISTORY + length - history, HISTORY + length);
  }
  return !frame.contentChecksum || (await window.skip(4)) ? undefined : "ends too early";
}

async function frameHeader(window: ByteWindow): Promise<Frame | "skipped" | Fault> {
  if (!(await window.ensure(7))) return "ends too early";
  const { bytes, at } = window;
  const magic = u32(bytes, at);
  if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
    if (!(await window.ensure(8))) return "ends too early";
    const size = u32(window.bytes, window.at + 4);
    return (await window.skip(8 + size)) ? "skipped" : "ends too early";
  }
  const flags = bytes[at + 4]!;
  const code = (bytes[at + 5]! >> 4) & 7;
  if (magic !== MAGIC || flags >> 6 !== 1 || code < 4) return "is damaged";
  if ((flags & 1) !== 0) {
    throw new FlambeauError("unsupported", "the LZ4 data was packed with a dictionary, which is not here");
  }
  if (!(await window.skip(7 + ((flags & 8) === 0 ? 0 : 8)))) return "ends too early";
  return {
    blockSize: 1 << (8 + 2 * code),
    blockChecksum: (flags & 16) !== 0,
    contentChecksum: (flags & 4) !== 0,
  };
}

function copied(block: Uint8Array, buffer: Uint8Array): number {
  buffer.set(block, HISTORY);
  return block.length;
}

/**
 * Unpacks a block to `buffer[HISTORY…]`, of which the `history` bytes before belong to earlier blocks. Returns the
 * length, or -1 where the block reaches beyond what is there.
 */
function unpackBlock(block: Uint8Array, buffer: Uint8Array, history: number): number {
  const input: Input = { bytes: block, at: 0 };
  let to = HISTORY;
  while (input.at < block.length) {
    const token = block[input.at++]!;
    const literals = lengthOf(input, token >> 4);
    if (literals > block.length - input.at || literals > buffer.length - to) return -1;
    buffer.set(block.subarray(input.at, input.at + literals), to);
    input.at += literals;
    to += literals;
    if (input.at === block.length) return to - HISTORY;
    if (input.at + 2 > block.length) return -1;
    const distance = block[input.at]! | (block[input.at + 1]! << 8);
    input.at += 2;
    const length = lengthOf(input, token & 15) + 4;
    if (distance === 0 || to - distance < HISTORY - history || length > buffer.length - to) return -1;
    repeat(buffer, to, distance, length);
    to += length;
  }
  return -1;
}

interface Input {
  readonly bytes: Uint8Array;
  at: number;
}

/** A length of four bits, which goes on in the following bytes where all are set; Infinity where it breaks off. */
function lengthOf(input: Input, start: number): number {
  if (start < 15) return start;
  for (let length = start; input.at < input.bytes.length; ) {
    const more = input.bytes[input.at++]!;
    length += more;
    if (more < 255) return length;
  }
  return Infinity;
}

/** Copies what lies `distance` back; where that overlaps, the copy goes on with what it has just written. */
function repeat(buffer: Uint8Array, to: number, distance: number, length: number): void {
  if (distance >= length) buffer.copyWithin(to, to - distance, to - distance + length);
  else for (let i = to; i < to + length; i++) buffer[i] = buffer[i - distance]!;
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
