import { encodeUtf8 } from "./platform.ts";

/** Where a writer's bytes go. A sink that is full (a pipe) answers with a promise, which the writer awaits. */
export interface ByteSink {
  /** Takes the bytes before it returns or resolves: the caller may reuse the array afterwards. */
  write(bytes: Uint8Array): void | Promise<void>;
}

/** A sink that keeps everything, for tests and small results. */
export class MemorySink implements ByteSink {
  readonly #parts: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
  }

  bytes(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** Gathers text into pieces of about 64 KiB before it is encoded and handed on. */
export class TextSink {
  readonly #sink: ByteSink;
  #text = "";

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Adds text; resolves at once unless a full piece has to wait for the sink. */
  write(text: string): void | Promise<void> {
    this.#text += text;
    if (this.#text.length >= 1 << 16) return this.flush();
  }

  flush(): void | Promise<void> {
    if (this.#text === "") return;
    const bytes = encodeUtf8(this.#text);
    this.#text = "";
    return this.#sink.write(bytes);
  }
}
