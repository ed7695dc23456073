import { FlambeauError } from "../util/errors.ts";
import { decodeUtf8 } from "../util/platform.ts";

/** A file in a zip archive, as the archive's directory (or, where that is lost, the file's own header) has it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflate; others are refused when the entry is opened. */
  readonly method: number;
  readonly encrypted: boolean;
  /** Of the data, from the archive's start. */
  readonly offset: number;
  /** Packed bytes; Infinity where they are known only by their end. */
  readonly size: number;
}

/** The files of an archive, and whether they were found without its directory, which a truncated file has lost. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  readonly cutOff: boolean;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
/** An end record and the longest comment behind it. */
const END_REACH = 22 + 0xffff;

/** Entries of an archive in memory, without folders and what macOS adds. Format: PKWARE's APPNOTE 6.3.10. */
export function zipDirectory(bytes: Uint8Array): ZipDirectory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = endRecord(view);
  const entries = end === undefined ? localEntries(view, bytes) : centralEntries(view, bytes, end);
  return { entries: entries.filter(({ name }) => isFile(name)), cutOff: end === undefined };
}

function isFile(name: string): boolean {
  const base = name.slice(name.lastIndexOf("/") + 1);
  return (
    base !== "" && base !== ".DS_Store" && !name.startsWith("__MACOSX/") && name !== "META-INF/MANIFEST.MF"
  );
}

/** Where the central directory starts and how many entries it has. */
interface End {
  readonly start: number;
  readonly count: number;
}

function endRecord(view: DataView): End | undefined {
  const lowest = Math.max(0, view.byteLength - END_REACH);
  for (let at = view.byteLength - 22; at >= lowest; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const end = { start: view.getUint32(at + 16, true), count: view.getUint16(at + 10, true) };
    const wide = end64(view, at);
    return wide ?? end;
  }
  return undefined;
}

function end64(view: DataView, end: number): End | undefined {
  if (end < 20 || view.getUint32(end - 20, true) !== LOCATOR_64) return undefined;
  const at = Number(view.getBigUint64(end - 12, true));
  if (at + 56 > view.byteLength || view.getUint32(at, true) !== END_64) return undefined;
  return {
    start: Number(view.getBigUint64(at + 48, true)),
    count: Number(view.getBigUint64(at + 32, true)),
  };
}

function centralEntries(view: DataView, bytes: Uint8Array, end: End): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = end.start;
  for (let i = 0; i < end.count; i++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== CENTRAL) {
      throw damaged("the archive's directory breaks off", at);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const nameAt = at + 46;
    const next = nameAt + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > view.byteLength) throw damaged("the archive's directory breaks off", at);
    const wide = wideFields(view, nameAt + nameLength, extraLength, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]);
    const size = wide[1]!;
    const offset = dataOffset(view, wide[2]!);
    entries.push({
      name: decodeUtf8(bytes.subarray(nameAt, nameAt + nameLength)),
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      offset,
      size: Math.min(size, view.byteLength - offset),
    });
    at = next;
  }
  return entries;
}

/** Fields of 32 bits that are all ones stand in the zip64 extra field instead, in their order. */
function wideFields(view: DataView, start: number, length: number, fields: readonly number[]): number[] {
  let at = start;
  const end = start + length;
  while (at + 4 <= end) {
    const id = view.getUint16(at, true);
    const fieldEnd = Math.min(end, at + 4 + view.getUint16(at + 2, true));
    at += 4;
    if (id === 1) {
      return fields.map((field) => {
        if (field !== 0xffffffff || at + 8 > fieldEnd) return field;
        at += 8;
        return Number(view.getBigUint64(at - 8, true));
      });
    }
    at = fieldEnd;
  }
  return [...fields];
}

/** Where the data behind a local header starts: its name and extra field may differ from the directory's. */
function dataOffset(view: DataView, at: number): number {
  if (at + 30 > view.byteLength || view.getUint32(at, true) !== LOCAL) {
    throw damaged("an entry of the archive is not where its directory says", at);
  }
  const offset = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (offset > view.byteLength) throw damaged("an entry of the archive breaks off", at);
  return offset;
}

/** Entries by their own headers, up to the first whose length is known only by its end. */
function localEntries(view: DataView, bytes: Uint8Array): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at + 30 <= view.byteLength && view.getUint32(at, true) === LOCAL) {
    const nameLength = view.getUint16(at + 26, true);
    const extraLength = view.getUint16(at + 28, true);
    const offset = at + 30 + nameLength + extraLength;
    if (offset >= view.byteLength) break;
    const flags = view.getUint16(at + 6, true);
    const fields = [view.getUint32(at + 22, true), view.getUint32(at + 18, true)];
    const size =
      (flags & 8) !== 0 ? Infinity : wideFields(view, at + 30 + nameLength, extraLength, fields)[1]!;
    entries.push({
      name: decodeUtf8(bytes.subarray(at + 30, at + 30 + nameLength)),
      method: view.getUint16(at + 8, true),
      encrypted: (flags & 1) !== 0,
      offset,
      size,
    });
    at = offset + size;
  }
  return entries;
}

function damaged(message: string, offset: number): FlambeauError {
  return new FlambeauError("malformed", message, { offset });
}
