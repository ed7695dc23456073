import { FlambeauError } from "../../util/errors.ts";
import { grown } from "../../util/growable.ts";
import { type ByteSource, readFully } from "../../util/source.ts";
import { FORMAT } from "./bytes.ts";

/** Bytes of a chunk's header. */
export const HEADER_SIZE = 68;

/** What stands at the start of a chunk, big-endian. */
export interface ChunkHeader {
  readonly major: number;
  readonly minor: number;
  /** Bytes of the chunk with its header; 0 where the JVM had no time to fill it in. */
  readonly size: number;
  /** Where in the chunk its description of types is; 0 or anything where the JVM had no time to fill it in. */
  readonly metadataAt: number;
  /** Nanoseconds since the Unix epoch. */
  readonly startNanos: bigint;
  readonly durationNanos: number;
  readonly startTicks: number;
  readonly ticksPerSecond: number;
  /** Integers are varints. */
  readonly compressed: boolean;
}

/** A chunk's bytes with its header. */
export interface ChunkBytes {
  readonly header: ChunkHeader;
  readonly bytes: Uint8Array;
  /** Offset in the file. */
  readonly offset: number;
  /** False where the file ends earlier than the header says, or the header says nothing. */
  readonly complete: boolean;
}

/** A chunk is held in memory as a whole; the JVM's are 12 MB, async-profiler's 100 MB unless asked otherwise. */
const MAX_CHUNK = 0x7fffffff;

/** Cuts a recording into its chunks, one in memory at a time: the bytes of a chunk are valid until the next. */
export class ChunkInput {
  readonly #source: ByteSource;
  readonly #onProgress: ((bytes: number) => void) | undefined;
  #buffer: Uint8Array = new Uint8Array(1 << 16);
  /** Bytes that were read but belong to the next chunk. */
  #rest: Uint8Array = new Uint8Array(0);
  #offset = 0;

  constructor(source: ByteSource, onProgress?: (bytes: number) => void) {
    this.#source = source;
    this.#onProgress = onProgress;
  }

  /** Offset of the next chunk. */
  get offset(): number {
    return this.#offset;
  }

  /** The next chunk; undefined at the end; "garbage" where something else stands there. */
  async next(): Promise<ChunkBytes | "garbage" | undefined> {
    this.#buffer.copyWithin(0, this.#rest.byteOffset, this.#rest.byteOffset + this.#rest.length);
    let length = await this.#fill(this.#rest.length, HEADER_SIZE);
    if (length === 0) return undefined;
    if (!isChunk(this.#buffer, 0) || length < HEADER_SIZE) return "garbage";
    const header = readHeader(this.#buffer, this.#offset);
    const open = header.size < HEADER_SIZE;
    if (header.size > MAX_CHUNK) throw tooLarge(header.size, this.#offset);
    length = await this.#fill(length, open ? MAX_CHUNK : header.size);
    const complete = !open && length >= header.size;
    const used = complete ? header.size : length;
    const chunk = { header, bytes: this.#buffer.subarray(0, used), offset: this.#offset, complete };
    this.#rest = this.#buffer.subarray(used, length);
    this.#offset += used;
    this.#onProgress?.(this.#offset);
    return chunk;
  }

  /** Gives bytes of an unfinished chunk back: from `count` on they are another chunk. */
  giveBack(chunk: ChunkBytes, count: number): void {
    this.#rest = chunk.bytes.subarray(count);
    this.#offset = chunk.offset + count;
  }

  /** Reads until the buffer holds `size` bytes, or all that are left; a size that lies costs no memory. */
  async #fill(have: number, size: number): Promise<number> {
    const known = this.#source.size;
    const likely = known === undefined ? 0 : Math.min(size, Math.max(0, known - this.#offset));
    let length = have;
    while (length < size) {
      if (length === this.#buffer.length || likely > this.#buffer.length) {
        this.#buffer = grown(this.#buffer, Math.max(likely, Math.min(size, this.#buffer.length * 2)));
      }
      const count = await readFully(this.#source, this.#buffer.subarray(length, size));
      if (count === 0) break;
      length += count;
    }
    return length;
  }
}

/** True where a chunk starts at `at`. */
export function isChunk(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x46 && bytes[at + 1] === 0x4c && bytes[at + 2] === 0x52 && bytes[at + 3] === 0;
}

function readHeader(bytes: Uint8Array, offset: number): ChunkHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = {
    major: view.getUint16(4),
    minor: view.getUint16(6),
    size: Number(view.getBigUint64(8)),
    metadataAt: Number(view.getBigUint64(24)),
    startNanos: view.getBigInt64(32),
    durationNanos: Number(view.getBigInt64(40)),
    startTicks: Number(view.getBigInt64(48)),
    ticksPerSecond: Number(view.getBigInt64(56)),
    compressed: (bytes[67]! & 1) === 1,
  };
  if (header.major !== 1 && header.major !== 2) {
    throw new FlambeauError("unsupported", `JFR version ${header.major}.${header.minor} is not supported`, {
      format: FORMAT,
      offset,
      hint:
        header.major === 0
          ? "It was written by Oracle's JDK 7 or 8: that is --from jfr-0."
          : "Only versions 1 and 2 are known.",
    });
  }
  if (!(header.ticksPerSecond > 0)) {
    throw new FlambeauError("malformed", `a chunk has ${header.ticksPerSecond} ticks per second`, {
      format: FORMAT,
      offset,
    });
  }
  return header;
}

function tooLarge(size: number, offset: number): FlambeauError {
  return new FlambeauError("too-large", `a chunk of ${size} bytes: at most 2 GiB can be held in memory`, {
    format: FORMAT,
    offset,
  });
}
