import { closeSync, openSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";
import type { ByteSink } from "@flambeau/core";
import { codeOf, ioError } from "./source.ts";

const writeAsync = promisify(write);
/** From here on a write takes longer than handing it to another thread. */
const LARGE = 1 << 18;

/** Where a command's result goes. */
export interface OutputSink extends ByteSink {
  /** Bytes written so far. */
  readonly written: number;
  close(): void | Promise<void>;
}

/** Thrown when the reader of our output has gone (`| head -1`): the command ends at once, without a word. */
export class ClosedPipe extends Error {}

/** A sink to a file, or to standard output for "-" or no name. */
export function openOutput(path: string | undefined): OutputSink {
  return path === undefined || path === "-"
    ? new DescriptorSink("standard output", 1)
    : new DescriptorSink(path);
}

/**
 * Writes in full: small pieces at once, so that back-pressure is the blocking write. The file is made when the first bytes come, so
 * that an input that cannot be read leaves an older result alone.
 */
class DescriptorSink implements OutputSink {
  written = 0;
  readonly #name: string;
  #descriptor: number | undefined;

  constructor(name: string, descriptor?: number) {
    this.#name = name;
    this.#descriptor = descriptor;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return bytes.length < LARGE ? this.#from(bytes, 0) : this.#inBackground(bytes);
  }

  /** Large pieces are written by another thread, while the writer goes on with the next one. */
  async #inBackground(bytes: Uint8Array): Promise<void> {
    const descriptor = this.#open();
    for (let at = 0; at < bytes.length; ) {
      try {
        const { bytesWritten } = await writeAsync(descriptor, bytes, at, bytes.length - at);
        at += bytesWritten;
        this.written += bytesWritten;
      } catch (error) {
        await this.#retry(error);
      }
    }
  }

  close(): void {
    this.#open();
    if (this.#descriptor !== undefined && this.#descriptor > 2) closeSync(this.#descriptor);
  }

  #open(): number {
    try {
      this.#descriptor ??= openSync(this.#name, "w");
    } catch (error) {
      throw ioError(error, `cannot write ${this.#name}`);
    }
    return this.#descriptor;
  }

  #from(bytes: Uint8Array, start: number): void | Promise<void> {
    const descriptor = this.#open();
    let at = start;
    while (at < bytes.length) {
      try {
        const count = writeSync(descriptor, bytes, at, bytes.length - at);
        at += count;
        this.written += count;
      } catch (error) {
        return this.#retry(error).then(() => this.#from(bytes, at));
      }
    }
  }

  /** Waits a little where a pipe in non-blocking mode is full; any other error is final. */
  async #retry(error: unknown): Promise<void> {
    const code = codeOf(error);
    if (code === "EPIPE") throw new ClosedPipe();
    if (code !== "EAGAIN") throw ioError(error, `cannot write ${this.#name}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
