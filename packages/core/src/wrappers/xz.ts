import { unxzed } from "../codec/xz.ts";
import type { Notes } from "../model/notes.ts";
import { type ByteSource, readAll, sourceOfChunks } from "../util/source.ts";

/** The result is held in memory. */
const MOST = 1 << 30;
/** Bytes handed on at a time. */
const PIECE = 1 << 20;

/** Takes xz off a source. Damaged data ends where the damage begins; a note says so. */
export function unxzSource(source: ByteSource, notes: Notes): ByteSource {
  return sourceOfChunks(chunks(source, notes), source.name?.replace(/\.xz$/i, ""));
}

async function* chunks(source: ByteSource, notes: Notes): AsyncGenerator<Uint8Array> {
  const { bytes, fault } = unxzed(await readAll(source), MOST);
  if (fault !== undefined) {
    if (bytes.length === 0) throw fault;
    notes.add("truncated", "xz-damaged", `${fault.message}; what comes before was read`);
  }
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}
