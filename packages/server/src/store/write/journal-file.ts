import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { WrittenRange } from "../store.ts";
import type { Batch } from "./batch.ts";
import type { Section } from "./sections.ts";

/**
 * A journal file: what one group commit wrote.
 *
 * ```
 * "FLBJ0001"  header length:u32  header (JSON)  sections…  SHA-256 of all before: 32 bytes
 * ```
 * Written under another name, synced, then renamed: a file with the right name is whole, unless the disk lies. The
 * header holds a nonce: the same rows pushed twice are two files with different hashes, and both count.
 */
export interface JournalFile {
  readonly path: string;
  readonly bytes: number;
  /** Rows of samples. */
  readonly samples: number;
  /** When its first rows came, in milliseconds since the epoch. */
  readonly opened: number;
  readonly sections: readonly Section[];
  /** Names the file's contents, for deduplication. */
  readonly token: string;
  /** What its samples are of; undefined where an earlier process wrote the file. */
  readonly written?: readonly WrittenRange[];
}

const MAGIC = Buffer.from("FLBJ0001", "latin1");
const FIXED = MAGIC.length + 4;
const DIGEST = 32;
const MAX_HEADER = 1 << 24;

/** Ending of journal files. */
export const JOURNAL_ENDING = ".journal";
/** Ending of journal files that are not finished, and therefore not acknowledged. */
export const UNFINISHED_ENDING = ".part";

interface Header {
  readonly opened: number;
  readonly samples: number;
  readonly nonce: string;
  readonly sections: readonly Section[];
}

/** Writes a batch and syncs file and folder; afterwards it survives a crash. Leaves nothing behind when it fails. */
export async function writeJournal(folder: string, sequence: number, batch: Batch): Promise<JournalFile> {
  const name = String(sequence).padStart(12, "0");
  const path = join(folder, `${name}${JOURNAL_ENDING}`);
  const unfinished = join(folder, `${name}${UNFINISHED_ENDING}`);
  const { pieces, header } = assemble(batch);
  const digest = createHash("sha256");
  for (const piece of pieces) digest.update(piece);
  const sum = digest.digest();
  try {
    const file = await open(unfinished, "wx");
    try {
      await writeAll(file, [...pieces, sum]);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
  const bytes = pieces.reduce((length, piece) => length + piece.length, sum.length);
  return {
    ...described(header),
    path,
    bytes,
    token: sum.toString("hex").slice(0, 40),
    written: batch.written,
  };
}

function assemble(batch: Batch): { readonly pieces: Uint8Array[]; readonly header: Header } {
  const build = (start: number): { header: Header; text: Buffer; bytes: Uint8Array[] } => {
    const { sections, bytes } = batch.finish(start);
    const nonce = randomBytes(16).toString("hex");
    const header = { opened: batch.opened, samples: batch.samples, nonce, sections };
    return { header, text: Buffer.from(JSON.stringify(header)), bytes };
  };
  // Offsets stand in the header and depend on its length: leave room for larger numbers, and pad with spaces.
  const length = build(0).text.length + 24 * (batch.finish(0).sections.length + 1);
  const { header, text, bytes } = build(FIXED + length);
  const fixed = Buffer.alloc(FIXED + length, " ");
  MAGIC.copy(fixed);
  fixed.writeUInt32LE(length, MAGIC.length);
  text.copy(fixed, FIXED);
  return { pieces: [fixed, ...bytes], header };
}

async function writeAll(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    for (let done = 0; done < piece.length; ) {
      const { bytesWritten } = await file.write(piece, done);
      done += bytesWritten;
    }
  }
}

/** Makes renames and removals in a folder last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function described({
  opened,
  samples,
  sections,
}: Header): Pick<JournalFile, "opened" | "samples" | "sections"> {
  return { opened, samples, sections };
}

/**
 * Reads a journal file's header after checking every byte of the file.
 * @throws Error that says what is wrong with the file
 */
export async function readJournal(path: string): Promise<JournalFile> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size < FIXED + DIGEST) throw new Error(`${basename(path)} is torn: ${size} bytes`);
    const token = await checkedDigest(file, size);
    const start = Buffer.alloc(FIXED);
    await file.read(start, 0, FIXED, 0);
    const length = start.readUInt32LE(MAGIC.length);
    if (
      !start.subarray(0, MAGIC.length).equals(MAGIC) ||
      length > Math.min(MAX_HEADER, size - FIXED - DIGEST)
    ) {
      throw new Error(`${basename(path)} is not a journal file of this version`);
    }
    const text = Buffer.alloc(length);
    await file.read(text, 0, length, FIXED);
    const header = JSON.parse(text.toString()) as Header;
    return { ...described(header), path, bytes: size, token };
  } finally {
    await file.close();
  }
}

/** Token of a file whose last 32 bytes are the SHA-256 of the others. */
async function checkedDigest(file: FileHandle, size: number): Promise<string> {
  const digest = createHash("sha256");
  const piece = Buffer.alloc(1 << 20);
  const end = size - DIGEST;
  for (let at = 0; at < end; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, end - at), at);
    if (bytesRead === 0) throw new Error("the file ends early");
    digest.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  const stored = Buffer.alloc(DIGEST);
  await file.read(stored, 0, DIGEST, end);
  const sum = digest.digest();
  if (!sum.equals(stored)) throw new Error("the checksum does not agree: torn or garbled");
  return sum.toString("hex").slice(0, 40);
}

/** Removes a loaded file. */
export async function removeJournal({ path }: JournalFile): Promise<void> {
  await rm(path, { force: true });
}

/** Moves a file that cannot be read out of the way, into a folder beside the others; its new path. */
export async function setAside(path: string): Promise<string> {
  const target = join(dirname(path), "set-aside", `${Date.now()}-${basename(path)}`);
  await rename(path, target);
  return target;
}
