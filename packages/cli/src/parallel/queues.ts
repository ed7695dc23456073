/** Bytes taken at a time: small enough to share the work evenly, large enough to make seams rare. */
export const CHUNK: number = 4 << 20;

/** A queue's front in the upper, its back in the lower half of one word, so that both change in one step. */
const SHIFT = 16;
const MASK = 0xffff;
/** Chunks grow with the file, so that a queue's numbers fit into 16 bits. */
const MOST_CHUNKS = 0x7fff;

/** The chunks of a file: shared by all threads. */
export interface Queues {
  /** Bytes per chunk. */
  readonly chunk: number;
  /** One word per thread: `front << 16 | back`, chunk numbers. */
  readonly words: Int32Array;
}

/** Shares a file's chunks: a run of neighbours for each thread, because what lies together in time shares stacks. */
export function makeQueues(size: number, threads: number): Queues {
  const chunk = Math.max(CHUNK, Math.ceil(size / MOST_CHUNKS));
  const chunks = Math.ceil(size / chunk);
  const words = new Int32Array(new SharedArrayBuffer(threads * 4));
  for (let thread = 0; thread < threads; thread++) {
    const front = Math.floor((chunks * thread) / threads);
    const back = Math.floor((chunks * (thread + 1)) / threads);
    words[thread] = (front << SHIFT) | back;
  }
  return { chunk, words };
}

/**
 * The next chunk of a thread's own queue; when that is empty, the last one of another's: threads start at
 * different times, and the machine may be busy with other things. -1 when all are taken.
 */
export function takeChunk({ words }: Queues, thread: number): number {
  for (let turn = 0; turn < words.length; turn++) {
    const queue = (thread + turn) % words.length;
    for (;;) {
      const word = Atomics.load(words, queue);
      const front = word >>> SHIFT;
      const back = word & MASK;
      if (front >= back) break;
      const rest = turn === 0 ? ((front + 1) << SHIFT) | back : (front << SHIFT) | (back - 1);
      if (Atomics.compareExchange(words, queue, word, rest) === word) return turn === 0 ? front : back - 1;
    }
  }
  return -1;
}

/** How many chunks nobody has taken yet. */
export function chunksLeft({ words }: Queues): number {
  return words.reduce((sum, word) => sum + Math.max(0, (word & MASK) - (word >>> SHIFT)), 0);
}
