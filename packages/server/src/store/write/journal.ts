import { mkdir, readdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../log.ts";
import type { JournalState } from "../store.ts";
import { StoreError } from "../store.ts";
import { Batch } from "./batch.ts";
import {
  JOURNAL_ENDING,
  type JournalFile,
  readJournal,
  setAside,
  UNFINISHED_ENDING,
  writeJournal,
} from "./journal-file.ts";
import { SpareBuffers } from "./row-buffer.ts";

/** Bounds of the journal. */
export interface JournalLimits {
  /** Milliseconds that rows may wait for others, so that one sync serves them all. */
  readonly commitInterval: number;
  /** Bytes after which a batch is written at once. */
  readonly commitBytes: number;
  /** Rows of samples after which a batch is written at once. */
  readonly commitRows: number;
  /** Bytes that may wait for the engine, on disk and in memory together. */
  readonly bound: number;
  /** Bytes that stay free on the disk: the engine needs room to merge. */
  readonly reserve: number;
}

/** Bytes in memory that wait for the disk. */
const MEMORY_BOUND = 96 << 20;

/**
 * The write-ahead log: batches of rows become files, which a loader takes into the engine. A write is acknowledged
 * when its file is synced.
 */
export class Journal {
  readonly #folder: string;
  readonly #limits: JournalLimits;
  readonly #log: Log;
  readonly #onFile: (file: JournalFile) => void;
  readonly #onLost: () => void;
  readonly #files = new Map<string, JournalFile>();
  readonly #spare = new SpareBuffers();
  #fileBytes = 0;
  #sequence = 0;
  #open: OpenBatch | undefined;
  #writing: OpenBatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(
    folder: string,
    limits: JournalLimits,
    log: Log,
    onFile: (file: JournalFile) => void,
    onLost: () => void,
  ) {
    this.#folder = folder;
    this.#limits = limits;
    this.#log = log;
    this.#onFile = onFile;
    this.#onLost = onLost;
  }

  /**
   * Opens the folder, hands what an earlier process left to `onFile` and sets aside what is garbled. `onLost` is
   * called when a batch could not be written.
   */
  static async open(
    folder: string,
    limits: JournalLimits,
    log: Log,
    onFile: (file: JournalFile) => void,
    onLost: () => void,
  ): Promise<Journal> {
    await mkdir(join(folder, "set-aside"), { recursive: true });
    const journal = new Journal(folder, limits, log, onFile, onLost);
    await journal.#recover();
    return journal;
  }

  async #recover(): Promise<void> {
    for (const name of (await readdir(this.#folder)).sort()) {
      const path = join(this.#folder, name);
      if (name.endsWith(UNFINISHED_ENDING)) {
        await rm(path, { force: true });
        this.#log("info", "removed an unfinished journal file: nothing in it was acknowledged", {
          file: name,
        });
      }
      if (!name.endsWith(JOURNAL_ENDING)) continue;
      this.#sequence = Math.max(this.#sequence, Number.parseInt(name, 10) + 1 || 0);
      try {
        this.#accept(await readJournal(path));
      } catch (error) {
        const file = await setAside(path);
        this.#log("error", "set a journal file aside that cannot be read", { file, reason: String(error) });
      }
    }
    if (this.#files.size > 0) this.#log("info", "replaying the journal", { files: this.#files.size });
  }

  state(): JournalState {
    const waiting = [this.#open, this.#writing].filter((open) => open !== undefined);
    let rows = 0;
    let bytes = this.#fileBytes;
    let oldest = Number.POSITIVE_INFINITY;
    for (const file of this.#files.values()) {
      rows += file.samples;
      oldest = Math.min(oldest, file.opened);
    }
    for (const { batch } of waiting) {
      rows += batch.samples;
      bytes += batch.bytes;
      oldest = Math.min(oldest, batch.opened);
    }
    const age = Number.isFinite(oldest) ? Math.max(Date.now() - oldest, 0) : 0;
    return { files: this.#files.size, bytes, rows, oldest: age };
  }

  /**
   * Adds rows to the open batch; resolves when they are on disk.
   * @throws StoreError `overloaded`, `disk-full`, `closed`, or what `fill` throws
   */
  async append(fill: (batch: Batch) => void): Promise<void> {
    if (this.#closed) throw new StoreError("closed", "the store is closing");
    this.#refuseBeyondBound();
    this.#open ??= new OpenBatch(this.#spare);
    const open = this.#open;
    const undo = open.batch.mark();
    try {
      fill(open.batch);
    } catch (error) {
      undo();
      throw error;
    }
    this.#schedule(open.batch);
    await open.written;
  }

  /** Resolves when what was appended so far is on disk. */
  async sync(): Promise<void> {
    const waiting = [this.#writing?.written, this.#open?.written];
    this.#commitNow();
    await Promise.allSettled(waiting);
  }

  /** Takes a file that the engine has off the books. */
  forget(file: JournalFile): void {
    if (this.#files.delete(file.path)) this.#fileBytes -= file.bytes;
  }

  /** Writes what is open and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.sync();
  }

  #refuseBeyondBound(): void {
    const inMemory = (this.#open?.batch.bytes ?? 0) + (this.#writing?.batch.bytes ?? 0);
    if (inMemory > MEMORY_BOUND) {
      throw new StoreError(
        "overloaded",
        `${inMemory} bytes wait for the disk: more than it takes at the moment`,
        1,
      );
    }
    if (this.#fileBytes + inMemory <= this.#limits.bound) return;
    throw new StoreError(
      "overloaded",
      `${this.#files.size} journal files wait to be loaded: the journal is at its bound of ${this.#limits.bound} bytes`,
      2,
    );
  }

  #schedule(batch: Batch): void {
    const { commitInterval, commitBytes, commitRows } = this.#limits;
    if (batch.bytes >= commitBytes || batch.samples >= commitRows) this.#commitNow();
    else this.#timer ??= setTimeout(() => this.#commitNow(), commitInterval);
  }

  /** Starts writing the open batch, unless another one is being written: then it follows by itself. */
  #commitNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#open === undefined) return;
    const open = this.#open;
    this.#open = undefined;
    this.#writing = open;
    void this.#write(open).finally(() => {
      this.#writing = undefined;
      open.batch.release();
      if (this.#open !== undefined) this.#commitNow();
    });
  }

  async #write(open: OpenBatch): Promise<void> {
    try {
      if (!open.batch.empty) {
        await this.#refuseFullDisk(open.batch.bytes);
        this.#accept(await writeJournal(this.#folder, this.#sequence++, open.batch));
      }
      open.resolve();
    } catch (error) {
      this.#onLost();
      open.reject(refusal(error));
      // What came meanwhile takes for granted that the lost rows are there: its stacks may be among them.
      this.#open?.reject(refusal(error));
      this.#open = undefined;
      this.#log("error", "a batch could not be written to the journal", { reason: String(error) });
    }
  }

  async #refuseFullDisk(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#folder);
    const free = bavail * bsize;
    if (free - bytes >= this.#limits.reserve) return;
    throw new StoreError(
      "disk-full",
      `${free} bytes are free on the disk and ${this.#limits.reserve} are to stay free`,
      30,
    );
  }

  #accept(file: JournalFile): void {
    this.#files.set(file.path, file);
    this.#fileBytes += file.bytes;
    this.#onFile(file);
  }
}

/** Codes of a disk without room for more: full, over its quota, or at the file size limit. */
const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

function refusal(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || !FULL.has(code)) return error;
  return new StoreError("disk-full", `the disk is full: ${String(error)}`, 30);
}

/** A batch and the promise that those who filled it wait for. */
class OpenBatch {
  readonly batch: Batch;
  readonly written: Promise<void>;
  resolve!: () => void;
  reject!: (reason: unknown) => void;

  constructor(spare: SpareBuffers) {
    this.batch = new Batch(spare);
    this.written = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Whoever appended hears of a failure; a batch that nobody waits for any more must not end the process.
    this.written.catch(() => undefined);
  }
}
