import { encodeUtf8 } from "../util/platform.ts";

/** What {@link JsonKeys.find} answers for a key that the reader did not ask for. */
export const OTHER_KEY = "";

/**
 * The keys of an object that a reader wants, found by their bytes: no text is decoded. The answer is one of the
 * texts given here, so that a `switch` over it reads like the format's description.
 */
export class JsonKeys<Key extends string> {
  readonly #names: readonly Key[];
  readonly #bytes: readonly Uint8Array[];
  /** Open addressing; a slot holds index + 1. */
  readonly #slots: Uint8Array;

  constructor(...names: readonly Key[]) {
    this.#names = names;
    this.#bytes = names.map((name) => encodeUtf8(name));
    let size = 16;
    while (size < names.length * 4) size *= 2;
    this.#slots = new Uint8Array(size);
    this.#bytes.forEach((bytes, index) => {
      let slot = hashKey(bytes, 0, bytes.length) & (size - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.#slots[slot] = index + 1;
    });
  }

  /** The key that stands in `[start, end)`, or {@link OTHER_KEY}. */
  find(bytes: Uint8Array, start: number, end: number): Key | typeof OTHER_KEY {
    const mask = this.#slots.length - 1;
    let slot = hashKey(bytes, start, end) & mask;
    for (;;) {
      const index = this.#slots[slot]! - 1;
      if (index < 0) return OTHER_KEY;
      if (equals(this.#bytes[index]!, bytes, start, end)) return this.#names[index]!;
      slot = (slot + 1) & mask;
    }
  }
}

/** First and last byte and the length tell the keys of one object apart nearly always. */
function hashKey(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start) return 0;
  return (end - start) * 5 + bytes[start]! * 3 + bytes[end - 1]! * 7;
}

function equals(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}
