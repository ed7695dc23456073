import type { ByteSource } from "./source.ts";

/** Bytes asked of the source at once. */
const PIECE = 1 << 16;
const SMALLEST = 1 << 12;

/**
 * A part of a source that moves on as it is used: for binary formats that are read front to back. Look at
 * `bytes[at]` up to `end`, and move `at`.
 */
export class ByteWindow {
  bytes: Uint8Array;
  at = 0;
  end = 0;
  readonly #source: ByteSource;
  /** Offset of `bytes[0]` in the source. */
  #base = 0;
  #ended = false;

  constructor(source: ByteSource) {
    this.#source = source;
    // A small input needs no more room than it has bytes; what a source says of its size may be wrong.
    this.bytes = new Uint8Array(Math.min(2 * PIECE, Math.max(SMALLEST, (source.size ?? 2 * PIECE) + 1)));
  }

  /** Offset of `at` in the source. */
  get offset(): number {
    return this.#base + this.at;
  }

  /** Bytes from `at` that are in the window. */
  get left(): number {
    return this.end - this.at;
  }

  /**
   * Brings at least `count` bytes into the window; false where the source ends before. Memory grows with the bytes
   * that come, not with the number asked for, which an input may make up.
   */
  async ensure(count: number): Promise<boolean> {
    while (this.end - this.at < count) {
      if (this.#ended) return false;
      this.#makeRoom(count);
      const answer = this.#source.read(this.bytes.subarray(this.end));
      const read = typeof answer === "number" ? answer : await answer;
      if (read === 0) this.#ended = true;
      this.end += read;
    }
    return true;
  }

  /** Moves on by `count` bytes without keeping them; false where the source ends before. */
  async skip(count: number): Promise<boolean> {
    let rest = count;
    while (rest > this.left) {
      rest -= this.left;
      this.at = this.end;
      if (!(await this.ensure(1))) return false;
    }
    this.at += rest;
    return true;
  }

  #makeRoom(count: number): void {
    if (this.at > 0 && (this.at === this.end || this.bytes.length - this.at < count)) {
      this.bytes.copyWithin(0, this.at, this.end);
      this.#base += this.at;
      this.end -= this.at;
      this.at = 0;
    }
    if (this.end < this.bytes.length) return;
    const bigger = new Uint8Array(this.bytes.length * 2);
    bigger.set(this.bytes);
    this.bytes = bigger;
  }
}
