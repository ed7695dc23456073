import { Inflate } from "fflate";
import { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { encodeUtf8 } from "../util/platform.ts";
import { type ByteSource, readAll, sourceOfChunks } from "../util/source.ts";
import { packageOf, tarHeader, tarPadding } from "./package.ts";
import { type ZipEntry, zipDirectory } from "./zip-directory.ts";

/** Packed bytes per step: at most a thousandfold comes out of it, so that memory stays bounded for a bomb. */
const PIECE = 1 << 14;
/** A file of a package is kept in memory whole. */
const LARGEST_PART = 1 << 28;
/** Names that an error message lists. */
const MOST_NAMES = 8;
/** First bytes of a file that show what it is. */
const HEAD = 1 << 16;
/** Files of an archive that are looked at to find the profile among them. */
const MOST_LOOKED_AT = 1000;

/** Which file of an archive is wanted. */
export interface ZipChoice {
  /** Its path in the archive, or the end of it behind a slash; default: the only file there is. */
  readonly entry?: string | undefined;
  /** Of several files, the one whose first bytes fit is taken, if there is one alone. */
  readonly isProfile?: ((head: Uint8Array) => boolean) | undefined;
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
  const folder = choice.entry === undefined && !cutOff ? packageOf(entries) : undefined;
  if (folder !== undefined) {
    yield* asTar(bytes, folder, notes);
    return;
  }
  const parts = choice.entry === undefined ? oneProfile(entries) : [];
  for (const part of parts) {
    yield encodeUtf8(`==> ${part.name} <==\n`);
    yield* contents(bytes, part, notes, cutOff);
    yield encodeUtf8("\n");
  }
  if (parts.length > 0) return;
  const entry = onlyProfile(bytes, entries, choice, notes) ?? chosen(entries, choice.entry);
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

/** What is in a file of the archive. */
function* contents(bytes: Uint8Array, entry: ZipEntry, notes: Notes, cutOff: boolean): Generator<Uint8Array> {
  if (entry.encrypted)
    throw new FlambeauError("unsupported", `${entry.name} in the zip archive is encrypted`, {
      hint: "Unpack it first: unzip FILE.",
    });
  if (cutOff) notes.add("truncated", "zip-truncated", "the zip archive ends too early; what came is kept");
  const packed = bytes.subarray(entry.offset, Math.min(bytes.length, entry.offset + entry.size));
  if (entry.method === 8) yield* inflated(packed, notes, cutOff);
  else if (entry.method === 0) yield packed;
  else {
    const message = `${entry.name} in the zip archive is packed by method ${entry.method}, which is not known here`;
    throw new FlambeauError("unsupported", message, { hint: "Unpack it first: unzip FILE." });
  }
}

/** Files of Very Sleepy's archives, which are one profile together. */
const SLEEPY: readonly string[] = ["Stats.txt", "Symbols.txt", "Callstacks.txt"];

/**
 * The files that are read one behind another, each below a line with its name, as `tail -n +1 *.txt` prints them:
 * the profile is in all of them. Empty where the archive is not of such a format.
 */
function oneProfile(entries: readonly ZipEntry[]): readonly ZipEntry[] {
  const parts = SLEEPY.map((name) => entries.find((entry) => entry.name === name));
  const found = parts.filter((part) => part !== undefined);
  return found.length === SLEEPY.length ? found : [];
}

/** The only profile among several files; undefined where one is asked for, or where it is not clear. */
function onlyProfile(
  bytes: Uint8Array,
  entries: readonly ZipEntry[],
  { entry, isProfile }: ZipChoice,
  notes: Notes,
): ZipEntry | undefined {
  if (entry !== undefined || isProfile === undefined) return undefined;
  if (entries.length < 2 || entries.length > MOST_LOOKED_AT) return undefined;
  const profiles = entries.filter((file) => !file.encrypted && isProfile(headOf(bytes, file)));
  if (profiles.length !== 1) return undefined;
  const [only] = profiles;
  const others = entries.length - 1;
  const rest = others === 1 ? "the other file is" : `the other ${others} files are`;
  notes.add("information", "zip-entry", `Of the zip archive, ${only!.name} was read: ${rest} no profile.`);
  return only;
}

/** The first bytes of a file in the archive; none where it cannot be unpacked. */
function headOf(bytes: Uint8Array, { method, offset, size }: ZipEntry): Uint8Array {
  const packed = bytes.subarray(offset, Math.min(bytes.length, offset + size));
  if (method === 0) return packed.subarray(0, HEAD);
  const head = new Uint8Array(HEAD);
  let have = 0;
  if (method !== 8) return head.subarray(0, 0);
  try {
    for (const piece of inflated(packed, new Notes(), true)) {
      const room = piece.subarray(0, HEAD - have);
      head.set(room, have);
      have += room.length;
      if (have === HEAD) break;
    }
  } catch {
    // Damaged at its beginning: then it is none that could be read.
  }
  return head.subarray(0, have);
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
