import {
  type ByteSource,
  detect,
  FlambeauError,
  type Note,
  Notes,
  type Reader,
  sourceOfBytes,
} from "@flambeau/core";
import { unpackers } from "@flambeau/core/wrappers";

/** What was inside, and what the wrappers had to say. */
export interface Unwrapped {
  readonly bytes: Uint8Array;
  readonly reader: Reader;
  readonly notes: readonly Note[];
}

/**
 * Takes the wrappers of a file off (zstd, LZ4, bzip2, xz, zip) that are not of HTTP: memray writes LZ4 by itself.
 * @param most bytes that may come out
 * @throws FlambeauError too-large, or what is wrong with the file
 */
export async function unwrapped(
  bytes: Uint8Array,
  from: string | undefined,
  most: number,
): Promise<Unwrapped> {
  const notes = new Notes();
  const { source, reader, wrappers } = await detect(sourceOfBytes(bytes), notes, { from, unpackers });
  if (wrappers.length === 0) return { bytes, reader, notes: [] };
  const inside = await bounded(source, most, wrappers.join(" in "));
  return { bytes: inside, reader, notes: notes.list() };
}

async function bounded(source: ByteSource, most: number, wrapper: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const piece = new Uint8Array(1 << 16);
    const count = await source.read(piece);
    if (count === 0) return Buffer.concat(pieces, length);
    length += count;
    if (length > most) {
      throw new FlambeauError("too-large", `the ${wrapper} data holds more than ${most} bytes`, {
        hint: "The limit is the tenant's for one body, unpacked.",
      });
    }
    pieces.push(piece.subarray(0, count));
  }
}
