import { FlambeauError } from "./errors.ts";
/**
 * Bytes to read, front to back, once. A source fills the reader's own buffer, so that a reader can parse where
 * the bytes land (in a kernel's memory) without a copy in between.
 */
export interface ByteSource {
  /** For messages and for breaking a tie between formats; never trusted. */
  readonly name: string | undefined;
  /** Bytes in all, where known before reading (a file that is not compressed). */
  readonly size: number | undefined;
  /**
   * Fills `target` from its start and returns how many bytes were written; 0 means the end. It may write fewer
   * than fit. A file answers at once; a pipe or a decompressor answers with a promise.
   */
  read(target: Uint8Array): number | Promise<number>;
}

/** A source over bytes that are in memory. */
export function sourceOfBytes(bytes: Uint8Array, name?: string): ByteSource {
  let at = 0;
  return {
    name,
    size: bytes.length,
    read(target) {
      const count = Math.min(target.length, bytes.length - at);
      target.set(bytes.subarray(at, at + count));
      at += count;
      return count;
    },
  };
}

/** A source over chunks as they come: a web or Node stream, a decompressor. */
export function sourceOfChunks(chunks: AsyncIterable<Uint8Array>, name?: string): ByteSource {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    name,
    size: undefined,
    async read(target) {
      while (rest.length === 0) {
        const next = await iterator.next();
        if (next.done === true) return 0;
        rest = next.value;
      }
      const count = Math.min(target.length, rest.length);
      target.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
  };
}

/** Puts bytes that were already taken (to sniff the format) back in front of a source. */
export function withHead(head: Uint8Array, rest: ByteSource): ByteSource {
  let at = 0;
  return {
    name: rest.name,
    size: rest.size,
    read(target) {
      if (at >= head.length) return rest.read(target);
      const count = Math.min(target.length, head.length - at);
      target.set(head.subarray(at, at + count));
      at += count;
      return count;
    },
  };
}

/** Reads until `target` is full or the source ends; returns the bytes read. */
export async function readFully(source: ByteSource, target: Uint8Array): Promise<number> {
  let have = 0;
  while (have < target.length) {
    const answer = source.read(target.subarray(have));
    const count = typeof answer === "number" ? answer : await answer;
    if (count === 0) break;
    have += count;
  }
  return have;
}

/** Inputs that are read as a whole may be this long; what a few compressed bytes can claim ends here as well. */
const MOST_WHOLE = 2 ** 31;

function tooLarge(size: number): FlambeauError {
  const message = `the input has ${size} bytes or more, and this format is read as a whole`;
  return new FlambeauError("too-large", message, { hint: `At most ${MOST_WHOLE} bytes can be read so.` });
}

/** Everything that is left, in one array. For formats that cannot be read front to back. */
export async function readAll(source: ByteSource): Promise<Uint8Array> {
  if ((source.size ?? 0) > MOST_WHOLE) throw tooLarge(source.size!);
  let buffer = new Uint8Array(source.size === undefined ? 1 << 16 : source.size + 1);
  let have = 0;
  for (;;) {
    const count = await readFully(source, buffer.subarray(have));
    have += count;
    if (have < buffer.length) return buffer.subarray(0, have);
    if (have >= MOST_WHOLE) throw tooLarge(have);
    const bigger = new Uint8Array(Math.min(buffer.length * 2, MOST_WHOLE + 1));
    bigger.set(buffer);
    buffer = bigger;
  }
}
