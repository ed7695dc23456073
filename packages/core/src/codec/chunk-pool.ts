/** Who takes memory that is not needed any more; see `ProfileBuilder.recycle`. */
export interface Recycler {
  recycle(buffer: ArrayBuffer): void;
}

/**
 * Memory of columns that are done with, for others that begin: a file with many threads has the same columns again and
 * again, and new memory costs the collector's time and the host's.
 */
export class ChunkPool implements Recycler {
  readonly #free = new Map<number, ArrayBuffer[]>();

  recycle(buffer: ArrayBuffer): void {
    const free = this.#free.get(buffer.byteLength);
    if (free === undefined) this.#free.set(buffer.byteLength, [buffer]);
    else free.push(buffer);
  }

  /** A buffer of this size; what stands in it is anything. */
  take(bytes: number): ArrayBuffer {
    return this.#free.get(bytes)?.pop() ?? new ArrayBuffer(bytes);
  }
}
