import { createGzip } from "node:zlib";
import type { OutputSink } from "./sink.ts";

/** Compresses what is written on its way to another sink. */
export function gzipped(inner: OutputSink): OutputSink {
  return new GzipSink(inner);
}

class GzipSink implements OutputSink {
  readonly #inner: OutputSink;
  readonly #zlib = createGzip({ chunkSize: 1 << 18 });
  readonly #ready: Uint8Array[] = [];

  constructor(inner: OutputSink) {
    this.#inner = inner;
    this.#zlib.on("data", (data: Uint8Array) => this.#ready.push(data));
  }

  /** Compressed bytes handed on so far. */
  get written(): number {
    return this.#inner.written;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#zlib.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    await this.#handOn();
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#zlib.once("close", resolve).end());
    await this.#handOn();
    await this.#inner.close();
  }

  async #handOn(): Promise<void> {
    for (const part of this.#ready.splice(0)) await this.#inner.write(part);
  }
}
