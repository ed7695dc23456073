import { constants, createGunzip } from "node:zlib";
import { type ByteSource, FlambeauError, type Notes } from "@flambeau/core";

/** Compressed bytes per step: at most a thousandfold comes out of it, so memory stays bounded even for a bomb. */
const PIECE = 1 << 17;

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
    if (count > 0) await this.#settled((done) => this.#zlib.write(this.#piece.subarray(0, count), done));
    else await this.#finish();
    if (this.#failure !== undefined) this.#broken(this.#failure);
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
    const early = "code" in failure && failure.code === "Z_BUF_ERROR";
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
    const message = early
      ? "the gzip data ends too early; what came before is kept"
      : "the gzip data is damaged; what came before is kept";
    this.#notes.add("truncated", early ? "gzip-truncated" : "gzip-damaged", message, {
      offset: this.#produced,
    });
  }
}
