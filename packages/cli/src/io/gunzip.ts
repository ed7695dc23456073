import { constants, createGunzip } from "node:zlib";
import { type ByteSource, FlambeauError, type Notes } from "@flambeau/core";

/** Compressed bytes per step: at most a thousandfold comes out of it, so memory stays bounded even for a bomb. */
const PIECE = 1 << 17;
/** Up to here the compressed bytes are kept, so that damage costs nothing of what stands before it. */
const KEPT = 1 << 20;

/**
 * Takes gzip off a source with Node's zlib, on the thread pool, one piece ahead of the reader. Members that follow
 * each other are joined, as gzip does. Data that ends early or is damaged keeps what came before, with a note.
 */
export function gunzip(source: ByteSource, notes: Notes): ByteSource {
  const decompressor = new Decompressor(source, notes);
  return { name: innerName(source.name), size: undefined, read: (target) => decompressor.read(target) };
}

function innerName(name: string | undefined): string | undefined {
  return name?.replace(/\.gz$/i, "");
}

class Decompressor {
  readonly #source: ByteSource;
  readonly #notes: Notes;
  // Large output pieces: twice the default's speed.
  readonly #zlib = createGunzip({ chunkSize: 1 << 20 });
  readonly #piece = new Uint8Array(PIECE);
  readonly #ready: Uint8Array[] = [];
  /** What was put in so far, or undefined where that is too much. */
  #kept: Uint8Array[] | undefined = [];
  #put = 0;
  #produced = 0;
  #failure: Error | undefined;
  #ended = false;
  #step: Promise<void> | undefined;
  /** Ends the wait for a call of zlib's that has failed. */
  #wake: (() => void) | undefined;

  constructor(source: ByteSource, notes: Notes) {
    this.#source = source;
    this.#notes = notes;
    this.#zlib.on("data", (data: Uint8Array) => {
      this.#ready.push(data);
      this.#produced += data.length;
    });
    this.#zlib.on("error", (error) => {
      this.#failure ??= error;
      this.#wake?.();
    });
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#ready.length === 0) {
      if (this.#ended) return 0;
      this.#step ??= this.#feed();
      await this.#step;
      this.#step = undefined;
    }
    const first = this.#ready[0]!;
    const count = Math.min(target.length, first.length);
    target.set(first.subarray(0, count));
    if (count === first.length) this.#ready.shift();
    else this.#ready[0] = first.subarray(count);
    if (this.#ready.length === 0 && !this.#ended && this.#step === undefined) {
      this.#step = this.#feed();
      // A failure is met again where the step is awaited.
      this.#step.catch(() => {});
    }
    return count;
  }

  /** Puts one piece in; at the end of the source, finds out whether the data was whole. */
  async #feed(): Promise<void> {
    const answer = this.#source.read(this.#piece);
    const count = typeof answer === "number" ? answer : await answer;
    if (count > 0) {
      const piece = this.#piece.subarray(0, count);
      this.#put += count;
      if (this.#put > KEPT) this.#kept = undefined;
      this.#kept?.push(piece.slice());
      await this.#settled((done) => this.#zlib.write(piece, done));
    } else await this.#finish();
    if (this.#failure === undefined) return;
    await this.#recover();
    this.#broken(this.#failure);
  }

  /** zlib keeps what it had of the piece in which it fails: that is unpacked once more, up to the failure. */
  async #recover(): Promise<void> {
    if (this.#kept === undefined || isEarly(this.#failure)) return;
    for (const data of await beforeDamage(Buffer.concat(this.#kept), this.#produced)) {
      this.#ready.push(data);
      this.#produced += data.length;
    }
  }

  /**
   * Flushes first, which hands out everything that came, and only then ends, which fails if the last member is
   * not complete: ending alone would lose the last piece of a truncated file.
   */
  async #finish(): Promise<void> {
    await this.#settled((done) => this.#zlib.flush(constants.Z_SYNC_FLUSH, done));
    if (this.#failure === undefined) {
      await new Promise((resolve) => this.#zlib.once("close", resolve).end());
    }
    this.#ended = true;
  }

  /** Waits for a call of zlib's to be done or to fail. */
  #settled(call: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      if (this.#failure !== undefined) return resolve();
      this.#wake = resolve;
      call(() => {
        // Data that this call produced is announced before the next turn.
        setImmediate(resolve);
      });
    });
  }

  #broken(failure: Error): void {
    this.#ended = true;
    const early = isEarly(failure);
    if (this.#produced === 0) {
      throw new FlambeauError(
        "malformed",
        `the gzip data is ${early ? "cut off" : "damaged"} at its beginning`,
        {
          offset: 0,
          cause: failure,
        },
      );
    }
    if (failure.message === "incorrect header check") {
      const text = "what follows the gzip data is not gzip: it was left out";
      this.#notes.add("skipped", "gzip-trailing", text, { offset: this.#produced });
      return;
    }
    const message = early
      ? "the gzip data ends too early; what came before is kept"
      : "the gzip data is damaged; what came before is kept";
    this.#notes.add("truncated", early ? "gzip-truncated" : "gzip-damaged", message, {
      offset: this.#produced,
    });
  }
}

function isEarly(failure: Error | undefined): boolean {
  return failure !== undefined && "code" in failure && failure.code === "Z_BUF_ERROR";
}

/** What comes out of damaged data before its damage, without the first `skip` bytes: ever smaller steps find the place. */
async function beforeDamage(bytes: Uint8Array, skip: number): Promise<Uint8Array[]> {
  let good = 0;
  let output: Uint8Array[] = [];
  for (const step of [1 << 14, 1 << 9, 1 << 4, 1]) {
    ({ good, output } = await unpackedInSteps(bytes, good, step, skip));
  }
  return output;
}

/** Unpacks `start` bytes at once, the rest in steps, and ends with the first step that fails. */
async function unpackedInSteps(
  bytes: Uint8Array,
  start: number,
  step: number,
  skip: number,
): Promise<{ readonly good: number; readonly output: Uint8Array[] }> {
  const zlib = createGunzip({ chunkSize: 1 << 16 });
  const output: Uint8Array[] = [];
  let left = skip;
  zlib.on("data", (data: Uint8Array) => {
    if (data.length > left) output.push(data.subarray(left));
    left = Math.max(0, left - data.length);
  });
  const put = (from: number, to: number): Promise<boolean> =>
    new Promise((resolve) => {
      zlib.once("error", () => resolve(false));
      zlib.write(bytes.subarray(from, to), (error) => {
        zlib.removeAllListeners("error");
        setImmediate(resolve, !error);
      });
    });
  let good = 0;
  if (start > 0) await put(0, start);
  for (good = start; good < bytes.length && (await put(good, good + step)); ) good += step;
  zlib.on("error", () => {});
  zlib.destroy();
  return { good: Math.min(good, bytes.length), output };
}
