import { Decompress } from "fzstd";
import type { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { type ByteSource, sourceOfChunks } from "../util/source.ts";
import { ByteWindow } from "../util/window.ts";

/** What zstd itself takes without being told: more is memory that a few bytes could ask for. */
const MOST_WINDOW = 1 << 27;
/** The format's limit for what one block holds. */
const MOST_BLOCK = 1 << 17;

/** Sequences of a block at most: each copies three bytes or more. */
const MOST_SEQUENCES = Math.floor(MOST_BLOCK / 3);
/** And for each of its packed bytes: half a bit says neither where from nor how much, and no packer spends so little. */
const MOST_IN_BYTE = 16;
/**
 * Milliseconds for one block, a thousand times what it takes. The library does not notice that the lengths in a damaged
 * block exceed what a block may hold and copies on, up to seconds for a few bytes: the first such block is the last.
 */
const LONGEST_BLOCK = 1000;

/** Why reading stopped before the end. */
type Fault = "ends too early" | "is damaged";

/**
 * Takes zstd frames off a source. The frames are walked here, so that the library is handed one block at a time
 * (128 KiB come out of it at most) and no frame asks for more memory than zstd's own default allows.
 */
export function unzstd(source: ByteSource, notes: Notes): ByteSource {
  return sourceOfChunks(new Frames(source, notes).chunks(), source.name?.replace(/\.zstd?$/i, ""));
}

class Frames {
  readonly #window: ByteWindow;
  readonly #notes: Notes;
  readonly #ready: Uint8Array[] = [];
  readonly #library = new Decompress((data) => {
    if (data.length > 0) this.#ready.push(data);
  });
  #produced = 0;

  constructor(source: ByteSource, notes: Notes) {
    this.#window = new ByteWindow(source);
    this.#notes = notes;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    let fault: Fault | undefined;
    while (fault === undefined && (await this.#window.ensure(1))) {
      const frame = await this.#header();
      if (typeof frame === "string") {
        if (frame !== "skipped") fault = frame;
        continue;
      }
      for (let last = false; !last && fault === undefined; ) {
        const block = await this.#block();
        if (typeof block === "string") fault = block;
        else last = block;
        yield* this.#taken();
      }
      if (fault === undefined && frame.checksum && !(await this.#push(4))) fault = "ends too early";
    }
    fault ??= this.#finish();
    yield* this.#taken();
    if (fault !== undefined) this.#broken(fault);
  }

  *#taken(): Generator<Uint8Array> {
    for (const chunk of this.#ready) {
      this.#produced += chunk.length;
      yield chunk;
    }
    this.#ready.length = 0;
  }

  /** Looks at a frame's header and hands it on; frames with foreign data are passed over. */
  async #header(): Promise<{ readonly checksum: boolean } | "skipped" | Fault> {
    const window = this.#window;
    if (!(await window.ensure(6))) return "ends too early";
    const magic = u32(window.bytes, window.at);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      if (!(await window.ensure(8))) return "ends too early";
      return (await window.skip(8 + u32(window.bytes, window.at + 4))) ? "skipped" : "ends too early";
    }
    if (magic !== 0xfd2fb528) return "is damaged";
    const flags = window.bytes[window.at + 4]!;
    const single = (flags >> 5) & 1;
    if ((flags & 3) !== 0) {
      throw new FlambeauError(
        "unsupported",
        "the zstd data was packed with a dictionary, which is not here",
        {
          hint: "Decompress it first: zstd -d -D DICTIONARY.",
        },
      );
    }
    if ((flags & 8) !== 0) return "is damaged";
    const sizeBytes = flags >> 6 === 0 ? single : 1 << (flags >> 6);
    const length = 6 - single + sizeBytes;
    if (!(await window.ensure(length))) return "ends too early";
    if (single === 0) checkWindow(windowSize(window.bytes[window.at + 5]!));
    else checkWindow(contentSize(window.bytes, window.at + 5, sizeBytes));
    if (!(await this.#push(length))) return "is damaged";
    return { checksum: (flags & 4) !== 0 };
  }

  /** Hands one block on; returns whether it is its frame's last. */
  async #block(): Promise<boolean | Fault> {
    const window = this.#window;
    if (!(await window.ensure(3))) return "ends too early";
    const { bytes, at } = window;
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    const type = (word >> 1) & 3;
    const size = word >> 3;
    if (size > MOST_BLOCK || type === 3) return "is damaged";
    const length = 3 + (type === 1 ? 1 : size);
    if (!(await window.ensure(length))) return "ends too early";
    const packed = type === 2 ? window.bytes.subarray(window.at + 3, window.at + length) : undefined;
    if (packed !== undefined && sequencesOf(packed) > Math.min(MOST_SEQUENCES, MOST_IN_BYTE * size))
      return "is damaged";
    const start = Date.now();
    const taken = await this.#push(length);
    return taken && Date.now() - start < LONGEST_BLOCK ? (word & 1) === 1 : "is damaged";
  }

  /** False where the bytes are not there, or the library finds them damaged. */
  async #push(length: number): Promise<boolean> {
    const window = this.#window;
    if (!(await window.ensure(length))) return false;
    // The library may keep what it gets.
    const piece = window.bytes.slice(window.at, window.at + length);
    window.at += length;
    try {
      this.#library.push(piece);
      return true;
    } catch {
      return false;
    }
  }

  #finish(): Fault | undefined {
    try {
      this.#library.push(new Uint8Array(0), true);
      return undefined;
    } catch {
      return "is damaged";
    }
  }

  #broken(fault: Fault): void {
    if (this.#produced === 0) {
      const words = fault === "is damaged" ? fault : "ends";
      throw new FlambeauError("malformed", `the zstd data ${words} at its beginning`, {
        offset: this.#window.offset,
      });
    }
    const code = fault === "is damaged" ? "zstd-damaged" : "zstd-truncated";
    this.#notes.add("truncated", code, `the zstd data ${fault}; what came before is kept`, {
      offset: this.#produced,
    });
  }
}

/** How many sequences a packed block says that it has. Source: RFC 8878, 3.1.1.3. */
function sequencesOf(block: Uint8Array): number {
  const at = (block[0]! & 3) < 2 ? plainLiterals(block) : packedLiterals(block);
  const count = block[at] ?? 0;
  if (count < 128) return count;
  if (count < 255) return ((count - 128) << 8) | (block[at + 1] ?? 0);
  return ((block[at + 1] ?? 0) | ((block[at + 2] ?? 0) << 8)) + 0x7f00;
}

/** Bytes of literals as they are, or of one that is repeated, with their header. */
function plainLiterals(block: Uint8Array): number {
  const format = (block[0]! >> 2) & 3;
  const header = format === 3 ? 3 : format === 1 ? 2 : 1;
  const word = block[0]! | ((block[1] ?? 0) << 8) | ((block[2] ?? 0) << 16);
  const size = header === 1 ? block[0]! >> 3 : header === 2 ? (word & 0xffff) >> 4 : word >> 4;
  return header + ((block[0]! & 3) === 0 ? size : 1);
}

/** Bytes of packed literals with their header: four bits, then the unpacked and the packed size of 10 to 18 bits. */
function packedLiterals(block: Uint8Array): number {
  const format = (block[0]! >> 2) & 3;
  const bits = format < 2 ? 10 : format === 2 ? 14 : 18;
  let word = 0;
  for (let i = 4; i >= 0; i--) word = word * 256 + (block[i] ?? 0);
  return Math.max(3, format + 2) + (Math.floor(word / 2 ** (4 + bits)) % 2 ** bits);
}

function checkWindow(size: number): void {
  if (size <= MOST_WINDOW) return;
  throw new FlambeauError("too-large", `the zstd data wants a window of ${size} bytes to be unpacked`, {
    hint: "Decompress it first: zstd -d --long=31.",
  });
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(bytes: Uint8Array, at: number, count: number): number {
  let size = count === 2 ? 256 : 0;
  for (let i = 0; i < count; i++) size += bytes[at + i]! * 2 ** (8 * i);
  return size;
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
