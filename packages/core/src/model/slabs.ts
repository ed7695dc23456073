const SLAB = 1 << 18;
/** Buffers that wait to be used again; more are left to the garbage collector. */
const SPARE = 16;

/** Memory in large pieces for many small arrays; buffers that somebody has done with are used again. */
export class Slabs {
  #buffer: ArrayBuffer = new ArrayBuffer(0);
  #used = 0;
  readonly #spare: ArrayBuffer[] = [];

  /** Takes a buffer that nobody looks into any more. */
  give(buffer: ArrayBuffer): void {
    if (this.#spare.length < SPARE) this.#spare.push(buffer);
  }

  /** Lets go of what was given and not used. */
  forget(): void {
    this.#spare.length = 0;
  }

  /** Calls `make` with a place for `bytes` bytes; what stands there is anything. */
  place<T>(bytes: number, make: (buffer: ArrayBuffer, offset: number) => T): T {
    while (this.#used + bytes > this.#buffer.byteLength) {
      this.#buffer = this.#spare.pop() ?? new ArrayBuffer(Math.max(SLAB, bytes));
      this.#used = 0;
    }
    const offset = this.#used;
    this.#used = (offset + bytes + 7) & ~7;
    return make(this.#buffer, offset);
  }
}
