import { Inflate } from "fflate";
import type { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { type ByteSource, readAll, sourceOfChunks } from "../util/source.ts";
import { packageOf, tarHeader, tarPadding } from "./package.ts";
import { type ZipEntry, zipDirectory } from "./zip-directory.ts";

/** Packed bytes per step: at most a thousandfold comes out of it, so that memory stays bounded for a bomb. */
const PIECE = 1 << 14;
/** A file of a package is kept in memory whole. */
const LARGEST_PART = 1 << 28;
/** Names that an error message lists. */
const MOST_NAMES = 8;

/** Which file of an archive is wanted. */
export interface ZipChoice {
  /** Its path in the archive, or the end of it behind a slash; default: the only file there is. */
  readonly entry?: string | undefined;
}

/**
 * The one file in a zip archive, or the one that is asked for. What an archive holds stands at its end, so the
 * packed bytes are kept in memory; the file itself is unpacked piece by piece.
 */
export function unzip(source: ByteSource, notes: Notes, choice: ZipChoice): ByteSource {
  return sourceOfChunks(unpacked(source, notes, choice), source.name?.replace(/\.zip$/i, ""));
}

async function* unpacked(source: ByteSource, notes: Notes, choice: ZipChoice): AsyncGenerator<Uint8Array> {
  const bytes = await readAll(source);
  const { entries, cutOff } = zipDirectory(bytes);
  const parts = choice.entry === undefined && !cutOff ? packageOf(entries) : undefined;
  if (parts !== undefined) {
    yield* asTar(bytes, parts, notes);
    return;
  }
  const entry = chosen(entries, choice.entry);
  if (entry === undefined) return;
  yield* contents(bytes, entry, notes, cutOff);
}

/** Recordings that are folders: their files one after the other, as a tar archive, for a reader that knows them. */
function* asTar(bytes: Uint8Array, parts: readonly ZipEntry[], notes: Notes): Generator<Uint8Array> {
  for (const part of parts) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (const chunk of contents(bytes, part, notes, false)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LARGEST_PART)
        throw new FlambeauError("too-large", `${part.name} in the zip archive is too large`);
    }
    yield tarHeader(part.name, size);
    yield* chunks;
    yield tarPadding(size);
  }
}

function* contents(bytes: Uint8Array, entry: ZipEntry, notes: Notes, cutOff: boolean): Generator<Uint8Array> {
  if (entry.encrypted)
    throw new FlambeauError("unsupported", `${entry.name} in the zip archive is encrypted`);
  if (cutOff) notes.add("truncated", "zip-truncated", "the zip archive ends too early; what came is kept");
  const packed = bytes.subarray(entry.offset, Math.min(bytes.length, entry.offset + entry.size));
  if (entry.method === 8) yield* inflated(packed, notes, cutOff);
  else if (entry.method === 0) yield packed;
  else {
    const message = `${entry.name} in the zip archive is packed by method ${entry.method}, which is not known here`;
    throw new FlambeauError("unsupported", message, { hint: "Unpack it first: unzip FILE." });
  }
}

function chosen(entries: readonly ZipEntry[], wanted: string | undefined): ZipEntry | undefined {
  if (wanted === undefined && entries.length < 2) return entries[0];
  const fitting = entries.filter(({ name }) => name === wanted || name.endsWith(`/${wanted}`));
  if (wanted !== undefined && fitting.length === 1) return fitting[0];
  const exact = entries.find(({ name }) => name === wanted);
  if (exact !== undefined) return exact;
  const names = entries.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = entries.length > MOST_NAMES ? ` and ${entries.length - MOST_NAMES} more` : "";
  const files = entries.length === 1 ? "1 file" : `${entries.length} files`;
  const without = wanted === undefined ? "" : `, none of them ${wanted}`;
  throw new FlambeauError("usage", `the zip archive holds ${files}${without}: ${names.join(", ")}${more}`, {
    hint: "Choose one with --entry NAME, or unpack the archive first.",
  });
}

function* inflated(packed: Uint8Array, notes: Notes, cutOff: boolean): Generator<Uint8Array> {
  const ready: Uint8Array[] = [];
  let ended = false;
  let produced = 0;
  const inflate = new Inflate((data, final) => {
    ended ||= final;
    if (data.length > 0) ready.push(data);
  });
  let fault: unknown;
  for (let at = 0; at < packed.length && !ended && fault === undefined; at += PIECE) {
    const piece = packed.subarray(at, at + PIECE);
    try {
      inflate.push(piece, at + PIECE >= packed.length && !cutOff);
    } catch (error) {
      fault = error;
    }
    for (const chunk of ready) {
      produced += chunk.length;
      yield chunk;
    }
    ready.length = 0;
  }
  if (fault === undefined) return;
  if (produced === 0) {
    throw new FlambeauError("malformed", "the file in the zip archive is damaged at its beginning", {
      cause: fault,
    });
  }
  const message = "the file in the zip archive is damaged; what came before is kept";
  notes.add("truncated", "zip-damaged", message, { offset: produced });
}
