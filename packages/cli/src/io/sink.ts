import { closeSync, openSync, writeSync } from "node:fs";
import type { ByteSink } from "@flambeau/core";
import { codeOf, ioError } from "./source.ts";

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
 * Writes at once and in full: back-pressure is the blocking write. The file is made when the first bytes come, so
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
    return this.#from(bytes, 0);
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
        const code = codeOf(error);
        if (code === "EPIPE") throw new ClosedPipe();
        if (code !== "EAGAIN") throw ioError(error, `cannot write ${this.#name}`);
        return this.#later(bytes, at);
      }
    }
  }

  /** A pipe in non-blocking mode that is full: tries again a little later. */
  async #later(bytes: Uint8Array, at: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 2));
    await this.#from(bytes, at);
  }
}
