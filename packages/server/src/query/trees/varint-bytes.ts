const encoder = new TextEncoder();
const TWO_28 = 2 ** 28;
const MOST_INT64 = 2n ** 63n - 1n;

/** Bytes that grow, with the numbers and texts of protobuf and of Pyroscope's trees. */
export class VarintBytes {
  #buffer = new Uint8Array(1 << 16);
  #length = 0;

  /** What was written, which stays until more is written. */
  get written(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Bytes after their length. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** UTF-8 after its length. */
  text(text: string): void {
    // In place, behind room for a length of up to five bytes, and then moved up to it.
    this.#room(text.length * 3 + 5);
    const from = this.#length + 5;
    const { written } = encoder.encodeInto(text, this.#buffer.subarray(from));
    this.varint(written);
    this.#buffer.copyWithin(this.#length, from, from + written);
    this.#length += written;
  }

  /** A number of at least 0, rounded to a whole one. */
  varint(value: number): void {
    this.#room(10);
    let rest = Math.round(value);
    let at = this.#length;
    const buffer = this.#buffer;
    while (rest >= TWO_28) {
      const above = Math.floor(rest / TWO_28);
      let low = rest - above * TWO_28;
      for (let i = 0; i < 4; i++) {
        buffer[at++] = (low & 0x7f) | 0x80;
        low >>>= 7;
      }
      rest = above;
    }
    while (rest >= 0x80) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.#length = at;
  }

  /** A signed number of 64 bits, rounded to a whole one; beyond the range its end. */
  int64(value: number): void {
    if (value >= 0 && value < 2 ** 63) {
      this.varint(value);
      return;
    }
    const whole = BigInt(Math.round(value));
    let rest = BigInt.asUintN(
      64,
      whole > MOST_INT64 ? MOST_INT64 : whole < -MOST_INT64 ? -MOST_INT64 : whole,
    );
    this.#room(10);
    while (rest >= 0x80n) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#buffer[this.#length++] = Number(rest);
  }

  /** The same for many numbers, one after the other. */
  int64s(values: readonly number[]): void {
    this.#room(values.length * 10);
    const buffer = this.#buffer;
    for (let i = 0; i < values.length; i++) {
      let rest = values[i]!;
      // Most numbers are small or whole: the others go the long way.
      if (rest < 0 || rest >= TWO_28 || rest !== (rest | 0)) {
        this.int64(rest);
        continue;
      }
      while (rest >= 0x80) {
        buffer[this.#length++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      buffer[this.#length++] = rest;
    }
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #room(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const bigger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + more));
    bigger.set(this.written);
    this.#buffer = bigger;
  }
}
