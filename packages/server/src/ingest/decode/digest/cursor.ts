/**
 * Thrown where a file is not of the usual shape: the general reader takes it then, and says what is wrong with it, if
 * anything is. One object, because nobody looks at where it was thrown.
 */
export const UNUSUAL: Error = new Error("not of the usual shape");

/** Reads protobuf's varints; whatever is out of bounds is {@link UNUSUAL}. */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Halves of the number that `wide` read. */
  low = 0;
  high = 0;

  /** A number up to 2⁵³. */
  varint(): number {
    const first = this.bytes[this.at]!;
    if (first < 128 && this.at < this.end) {
      this.at++;
      return first;
    }
    return this.#long();
  }

  #long(): number {
    const { bytes, end } = this;
    let value = 0;
    let scale = 1;
    for (let at = this.at; at < end; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte >= 128 && scale < 2 ** 49) continue;
      if (byte >= 128 || value > Number.MAX_SAFE_INTEGER) break;
      this.at = at;
      return value;
    }
    throw UNUSUAL;
  }

  /** A number of 64 bits into `low` and `high`. */
  wide(): void {
    const { bytes, end } = this;
    let [low, high] = [0, 0];
    for (let shift = 0, at = this.at; at < end && shift < 70; shift += 7) {
      const byte = bytes[at++]!;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte >= 128) continue;
      this.at = at;
      this.low = low >>> 0;
      this.high = high >>> 0;
      return;
    }
    throw UNUSUAL;
  }

  /** Where the field that has a length ends; the cursor is at its start then. */
  field(): number {
    const length = this.varint();
    if (length > this.end - this.at) throw UNUSUAL;
    return this.at + length;
  }
}
