import { FlambeauError } from "../../util/errors.ts";

/** Characters that stand for those that HTML would change: NUL, CR, `&`, `<`, `>`. */
const STANDS_FOR: ReadonlyMap<number, number> = new Map([
  [127, 0],
  [126, 13],
  [125, 38],
  [124, 60],
  [123, 62],
]);

/**
 * Numbers in the text of a page, between an `S` and an `E`. Each character is a digit; how many values it has depends on
 * what is written. Format: async-profiler, src/converter/one/heatmap/HtmlOut.java
 */
export class PackedNumbers {
  readonly #text: string;
  #pos = 1;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  /** Base 61, lowest digit first; 61 more where another digit follows. */
  varint(): number {
    let result = 0;
    let scale = 1;
    for (;;) {
      const digit = this.byte();
      result += (digit % 61) * scale;
      if (digit < 61) return result;
      scale *= 61;
      if (scale > Number.MAX_SAFE_INTEGER) throw damaged("a number in it is too long");
    }
  }

  /** Four digits of base 123, highest first, as 32 bits. */
  base123(): number {
    let bits = 0;
    for (let i = 0; i < 4; i++) bits = (Math.imul(bits, 123) + this.byte()) | 0;
    return bits;
  }

  bits18(): number {
    return this.byte() | (this.byte() << 6) | (this.byte() << 12);
  }

  byte(): number {
    return this.#at(this.#pos++);
  }

  /** The number of 30 bits that is the `fromEnd`th before the end (1: the last). */
  bits30FromEnd(fromEnd: number): number {
    let at = this.#text.length - 1 - 5 * fromEnd;
    let result = 0;
    for (let shift = 0; shift < 30; shift += 6) result |= this.#at(at++) << shift;
    return result;
  }

  #at(pos: number): number {
    const code = this.#text.charCodeAt(pos);
    // Past the end this is NaN.
    if (!(code < 128) || pos < 1) throw damaged("it ends too early");
    return STANDS_FOR.get(code) ?? code;
  }
}

/** The error for a heatmap that cannot be unpacked. */
export function damaged(how: string): FlambeauError {
  return new FlambeauError("malformed", `the heatmap's data is damaged: ${how}`, {
    format: "async-profiler-html",
  });
}
