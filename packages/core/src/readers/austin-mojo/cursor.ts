import { decodeUtf8 } from "../../util/platform.ts";

/** A text longer than this is none that austin wrote. */
const LONGEST_TEXT = 1 << 20;

/** Takes fields from bytes; once they run out, `starved` is set and every further field is empty. */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  starved = false;
  /** A field that no writer makes. */
  broken = false;

  reset(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.starved = false;
  }

  byte(): number {
    if (this.at < this.end) return this.bytes[this.at++]!;
    this.starved = true;
    return 0;
  }

  /** Six bits and the sign in the first byte, seven in each that follows. */
  integer(): number {
    let byte = this.byte();
    let value = byte & 0x3f;
    const negative = (byte & 0x40) !== 0;
    for (let scale = 64; (byte & 0x80) !== 0; scale *= 128) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (scale > 2 ** 64) {
        this.broken = true;
        return 0;
      }
    }
    return negative ? -value : value;
  }

  /** Up to the next zero. */
  text(): string {
    const start = this.at;
    const zero = this.bytes.indexOf(0, start);
    if (zero < 0 || zero >= this.end) {
      this.starved = true;
      if (this.end - start > LONGEST_TEXT) this.broken = true;
      return "";
    }
    this.at = zero + 1;
    return decodeUtf8(this.bytes.subarray(start, zero));
  }
}
