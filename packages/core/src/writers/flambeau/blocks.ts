import { packColumn, packedBound } from "../../codec/flambeau/column.ts";
import { BLOCK_HEAD, BLOCK_ROWS, BlockKind, MAGIC } from "../../codec/flambeau/format.ts";
import { encodeUtf8 } from "../../util/platform.ts";
import type { ByteSink } from "../../util/sink.ts";

/** The larger of the two varints before a column's values: ids and rows stay far below 2^28. */
const MAX_VARINT = 4;

/** Writes the blocks of a `flambeau` file; one buffer serves all columns. */
export class BlockWriter {
  readonly #sink: ByteSink;
  readonly #values = new Float64Array(BLOCK_ROWS);
  readonly #buffer = new Uint8Array(BLOCK_HEAD + 2 * MAX_VARINT + packedBound(BLOCK_ROWS));

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  async magic(): Promise<void> {
    await this.#sink.write(encodeUtf8(MAGIC));
  }

  async json(value: object): Promise<void> {
    await this.bytes(BlockKind.json, encodeUtf8(JSON.stringify(value)));
  }

  /** Long lists in several blocks, so that no text becomes too long. */
  async jsonList(key: string, list: readonly unknown[]): Promise<void> {
    const step = 4096;
    for (let start = 0; start < list.length; start += step) {
      await this.json({ [key]: list.slice(start, start + step) });
    }
  }

  async bytes(kind: number, body: Uint8Array): Promise<void> {
    await this.#sink.write(this.#head(kind, body.length));
    await this.#sink.write(body);
  }

  async end(): Promise<void> {
    await this.#sink.write(this.#head(BlockKind.end, 0));
  }

  /** Rows `[start, end)` of a column, at most {@link BLOCK_ROWS}; `fill` copies them into the front of its argument. */
  async column(id: number, start: number, end: number, fill: (values: Float64Array) => void): Promise<void> {
    const rows = end - start;
    fill(this.#values);
    const buffer = this.#buffer;
    let at = varint(buffer, BLOCK_HEAD, id);
    at = varint(buffer, at, rows);
    at = packColumn(this.#values, rows, buffer, at);
    this.#head(BlockKind.column, at - BLOCK_HEAD);
    await this.#sink.write(buffer.subarray(0, at));
  }

  /** Puts the head of a block at the front of the buffer. */
  #head(kind: number, length: number): Uint8Array {
    const buffer = this.#buffer;
    buffer[0] = kind;
    for (let i = 0; i < 4; i++) buffer[1 + i] = length >>> (8 * i);
    return buffer.subarray(0, BLOCK_HEAD);
  }
}

function varint(out: Uint8Array, at: number, value: number): number {
  for (; value >= 128; value >>>= 7) out[at++] = (value & 127) | 128;
  out[at++] = value;
  return at;
}
