import type { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { grown } from "../util/growable.ts";
import { type ByteSource, sourceOfChunks } from "../util/source.ts";
import { ByteWindow } from "../util/window.ts";
import { BitReader, Damaged, HuffmanTable, OutOfBits } from "./bzip2-bits.ts";

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
/** Symbols of a block share six tables at most, each for fifty symbols. */
const MOST_TABLES = 6;
const GROUP = 50;
/** Bits of the longest code. */
const LONGEST = 20;
const RUN_A = 0;
const RUN_B = 1;
/** Bytes handed on at a time: runs make a block much longer. */
const PIECE = 1 << 16;

/** Why reading stopped before the end. */
type Fault = "ends too early" | "is damaged";

/** Block by block: at most this many bytes per unit of the level, before runs are undone. */
const UNIT = 100_000;

/**
 * Takes bzip2 data (one stream, or several after each other, as pbzip2 writes) off a source, block by block; a block's
 * checksum is checked before it is handed on. No maintained library unpacks bzip2 in Node and in browsers. Format: Joe
 * Tsai, "BZIP2 Format Specification", 2016; https://sourceware.org/bzip2/
 */
export function unbzip2(source: ByteSource, notes: Notes): ByteSource {
  return sourceOfChunks(blocks(new ByteWindow(source), notes), source.name?.replace(/\.bz2$/i, ""));
}

async function* blocks(window: ByteWindow, notes: Notes): AsyncGenerator<Uint8Array> {
  let produced = 0;
  let fault: Fault | undefined;
  const block = new Block();
  while (fault === undefined && (await window.ensure(1))) {
    const level = (await window.ensure(4)) ? levelOf(window) : "ends too early";
    if (typeof level === "string") {
      fault = level;
      break;
    }
    window.at += 4;
    const bits = new BitReader(window);
    for (let more = true; more && fault === undefined; ) {
      // A block that does not get smaller has 20 bits for each of its bytes.
      await window.ensure(level * UNIT * 3);
      const found = attempt(() => block.read(bits, level * UNIT));
      if (typeof found === "string") fault = found;
      else if (found) {
        for (const chunk of block.content()) {
          produced += chunk.length;
          yield chunk;
        }
        bits.settle();
      } else more = false;
    }
    bits.align();
  }
  if (fault !== undefined) broken(fault, produced, window, notes);
}

/** `BZh9` */
function levelOf({ bytes, at }: ByteWindow): number | Fault {
  const level = bytes[at + 3]! - 0x30;
  const right = bytes[at] === 0x42 && bytes[at + 1] === 0x5a && bytes[at + 2] === 0x68;
  return right && level >= 1 && level <= 9 ? level : "is damaged";
}

function attempt(read: () => boolean): boolean | Fault {
  try {
    return read();
  } catch (error) {
    if (error instanceof OutOfBits) return "ends too early";
    if (error instanceof Damaged) return "is damaged";
    throw error;
  }
}

function broken(fault: Fault, produced: number, window: ByteWindow, notes: Notes): void {
  if (produced === 0) {
    const words = fault === "is damaged" ? fault : "ends";
    throw new FlambeauError("malformed", `the bzip2 data ${words} at its beginning`, {
      offset: window.offset,
    });
  }
  const code = fault === "is damaged" ? "bzip2-damaged" : "bzip2-truncated";
  notes.add("truncated", code, `the bzip2 data ${fault}; what came before is kept`, { offset: produced });
}

/** The byte at a place of the list of recent ones, of which it becomes the first. */
function movedToFront(recent: Uint8Array, place: number): number {
  const byte = recent[place];
  if (byte === undefined) throw new Damaged();
  recent.copyWithin(1, 0, place);
  recent[0] = byte;
  return byte;
}

/** One block: sorted rotations of its bytes (Burrows and Wheeler), recent bytes first, in Huffman's code. */
class Block {
  /** The block's last column, and in the upper bits where each of its bytes goes on. */
  #rows = new Uint32Array(1 << 12);
  #length = 0;
  #start = 0;

  /** Reads the next block; false at the end of the stream. */
  read(bits: BitReader, most: number): boolean {
    const magic = bits.read(24) * 2 ** 24 + bits.read(24);
    const checksum = bits.read(16) * 2 ** 16 + bits.read(16);
    if (magic === END_MAGIC) return false;
    // The bit is set in blocks of version 0.9.0 and before, which shuffled them.
    if (magic !== BLOCK_MAGIC || bits.read(1) === 1) throw new Damaged();
    this.#start = bits.read(24);
    this.#readColumn(bits, most);
    if (this.#start >= this.#length) throw new Damaged();
    this.#link();
    let sum = 0xffffffff;
    for (const chunk of this.content()) sum = crc(chunk, sum);
    if (~sum >>> 0 !== checksum) throw new Damaged();
    return true;
  }

  #readColumn(bits: BitReader, most: number): void {
    const recent = usedBytes(bits);
    const endOfBlock = recent.length + 1;
    const tables = readTables(bits, endOfBlock + 1);
    let [run, place, length] = [0, 1, 0];
    const put = (byte: number, count: number): void => {
      if (length + count > most) throw new Damaged();
      this.#rows = grown(this.#rows, length + count);
      this.#rows.fill(byte, length, length + count);
      length += count;
    };
    for (let group = 0; ; group++) {
      const table = tables.all[tables.order[group] ?? -1];
      if (table === undefined) throw new Damaged();
      for (let i = 0; i < GROUP; i++) {
        const symbol = table.next(bits);
        if (symbol <= RUN_B) {
          // How long a run of the most recent byte is, in digits 1 and 2 of base 2.
          run += (symbol === RUN_A ? 1 : 2) * place;
          place *= 2;
          if (run > most) throw new Damaged();
          continue;
        }
        if (run > 0) put(recent[0]!, run);
        [run, place] = [0, 1];
        if (symbol === endOfBlock) {
          this.#length = length;
          return;
        }
        put(movedToFront(recent, symbol - 1), 1);
      }
    }
  }

  /** Where each byte of the last column stands in the first, which is the same bytes sorted. */
  #link(): void {
    const rows = this.#rows;
    const next = new Uint32Array(257);
    for (let i = 0; i < this.#length; i++) next[(rows[i]! & 255) + 1]!++;
    for (let byte = 0; byte < 256; byte++) next[byte + 1]! += next[byte]!;
    for (let i = 0; i < this.#length; i++) {
      const row = next[rows[i]! & 255]!++;
      rows[row] = (rows[row]! | (i << 8)) >>> 0;
    }
  }

  /** The block's bytes; behind four equal ones stands how many more there are. */
  *content(): Generator<Uint8Array> {
    const rows = this.#rows;
    let row = rows[this.#start]! >>> 8;
    let out = new Uint8Array(PIECE);
    let [at, same, before] = [0, 0, -1];
    for (let i = 0; i < this.#length; i++) {
      const entry = rows[row]!;
      row = entry >>> 8;
      const byte = entry & 255;
      if (at + 256 > PIECE) {
        yield out.subarray(0, at);
        out = new Uint8Array(PIECE);
        at = 0;
      }
      if (same === 4) {
        out.fill(before, at, at + byte);
        at += byte;
        same = 0;
        before = -1;
        continue;
      }
      same = byte === before ? same + 1 : 1;
      before = byte;
      out[at++] = byte;
    }
    if (at > 0) yield out.subarray(0, at);
  }
}

/** Which bytes the block has: a bit for each sixteen, and then a bit for each of those. */
function usedBytes(bits: BitReader): Uint8Array {
  const ranges = bits.read(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const mask = bits.read(16);
    for (let i = 0; i < 16; i++) if ((mask & (0x8000 >> i)) !== 0) used.push(range * 16 + i);
  }
  if (used.length === 0) throw new Damaged();
  return Uint8Array.from(used);
}

interface Tables {
  readonly all: readonly HuffmanTable[];
  /** Which table each group of symbols has. */
  readonly order: Uint8Array;
}

function readTables(bits: BitReader, symbols: number): Tables {
  const count = bits.read(3);
  const groups = bits.read(15);
  if (count < 2 || count > MOST_TABLES || groups === 0) throw new Damaged();
  const recent = Array.from({ length: count }, (_, table) => table);
  const order = new Uint8Array(groups);
  for (let group = 0; group < groups; group++) {
    let at = 0;
    while (bits.read(1) === 1) if (++at >= count) throw new Damaged();
    const [table] = recent.splice(at, 1);
    recent.unshift(table!);
    order[group] = table!;
  }
  const all: HuffmanTable[] = [];
  for (let table = 0; table < count; table++) all.push(new HuffmanTable(codeLengths(bits, symbols), LONGEST));
  return { all, order };
}

/** Each length is said as steps up and down from the one before. */
function codeLengths(bits: BitReader, symbols: number): Uint8Array {
  const lengths = new Uint8Array(symbols);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbols; symbol++) {
    while (bits.read(1) === 1) length += bits.read(1) === 1 ? -1 : 1;
    if (length < 1 || length > LONGEST) throw new Damaged();
    lengths[symbol] = length;
  }
  return lengths;
}

const CRC_TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let i = 0; i < 8; i++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** The checksum goes on with more bytes: CRC-32 with the highest bit first. */
function crc(bytes: Uint8Array, sum: number): number {
  let value = sum;
  for (const byte of bytes) value = (value << 8) ^ CRC_TABLE[((value >>> 24) ^ byte) & 255]!;
  return value;
}
