import { BLOCK_HEAD, MAGIC } from "../../codec/flambeau/format.ts";
import { type ByteSource, readFully } from "../../util/source.ts";

/** A block whose body lies in `bytes` from `start` to `end`, until the next one is read. */
export interface Block {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Of the block's head in the input. */
  readonly offset: number;
}

/** Memory grows by this much at most before the bytes for it have come: a length may lie. */
const STEP = 1 << 22;

/** Cuts a source into blocks. */
export class BlockReader {
  readonly #source: ByteSource;
  #buffer: Uint8Array = new Uint8Array(1 << 20);
  #start = 0;
  #end = 0;
  #offset = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes read so far: where the next block begins. */
  get offset(): number {
    return this.#offset;
  }

  /** True where the source begins with the format's first bytes, which are then passed. */
  async magic(): Promise<boolean> {
    if (!(await this.#have(MAGIC.length))) return false;
    const at = this.#start;
    this.#pass(MAGIC.length);
    return isMagic(this.#buffer, at);
  }

  /** The next block; undefined where the source ends, "cut" where it ends within a block. */
  async next(): Promise<Block | "cut" | undefined> {
    if (!(await this.#have(BLOCK_HEAD))) return this.#end > this.#start ? "cut" : undefined;
    const head = this.#buffer.subarray(this.#start, this.#start + BLOCK_HEAD);
    const kind = head[0]!;
    const length = (head[1]! | (head[2]! << 8) | (head[3]! << 16) | (head[4]! << 24)) >>> 0;
    if (!(await this.#have(BLOCK_HEAD + length))) return "cut";
    const offset = this.#offset;
    const start = this.#start + BLOCK_HEAD;
    this.#pass(BLOCK_HEAD + length);
    return { kind, bytes: this.#buffer, start, end: start + length, offset };
  }

  /** True where anything is left. */
  async more(): Promise<boolean> {
    return this.#have(1);
  }

  #pass(count: number): void {
    this.#start += count;
    this.#offset += count;
  }

  /** Makes sure that `count` bytes are in the buffer from `#start`; false where the source ends before. */
  async #have(count: number): Promise<boolean> {
    while (this.#end - this.#start < count) {
      this.#makeRoom(count);
      const read = await readFully(this.#source, this.#buffer.subarray(this.#end));
      this.#end += read;
      if (read === 0) return false;
    }
    return true;
  }

  #makeRoom(count: number): void {
    const have = this.#end - this.#start;
    // What was handed out before lies in front of `#start` and is no longer needed.
    const wanted = Math.min(count, have + STEP);
    if (this.#start + wanted <= this.#buffer.length && this.#end < this.#buffer.length) return;
    const target = wanted > this.#buffer.length ? new Uint8Array(wanted + (wanted >> 1)) : this.#buffer;
    if (target === this.#buffer) target.copyWithin(0, this.#start, this.#end);
    else target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = have;
  }
}

/** True where `bytes` hold the format's first bytes at `at`. */
export function isMagic(bytes: Uint8Array, at = 0): boolean {
  for (let i = 0; i < MAGIC.length; i++) if (bytes[at + i] !== MAGIC.charCodeAt(i)) return false;
  return true;
}
