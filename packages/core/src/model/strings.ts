import { grown } from "../util/growable.ts";
import { hashBytes } from "../util/hash.ts";
import { decodeUtf8, encodeUtf8 } from "../util/platform.ts";

/**
 * Every name of a profile once, as the bytes that the profiler wrote. Text is decoded only when asked for,
 * and then kept. String 0 is always empty: in a column that refers to strings, 0 means "not known".
 *
 * ```
 * bytes    m a i n f o o
 * offsets  0 0 4 7          string i is bytes[offsets[i] .. offsets[i + 1])
 * ```
 */
export class StringTable {
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly #decoded: (string | undefined)[] = [];

  constructor(bytes: Uint8Array, offsets: Uint32Array) {
    this.bytes = bytes;
    this.offsets = offsets;
    this.length = offsets.length - 1;
  }

  /** The text of string `id`; invalid UTF-8 shows as U+FFFD. */
  get(id: number): string {
    let text = this.#decoded[id];
    if (text === undefined) {
      text = decodeUtf8(this.view(id));
      this.#decoded[id] = text;
    }
    return text;
  }

  /** The bytes of string `id`, as the profiler wrote them. */
  view(id: number): Uint8Array {
    return this.bytes.subarray(this.offsets[id]!, this.offsets[id + 1]!);
  }
}

/** Interns byte strings: the same bytes get the same id, in order of first appearance. */
export class StringInterner {
  #bytes: Uint8Array = new Uint8Array(1 << 10);
  #used = 0;
  #offsets: Uint32Array = new Uint32Array(1 << 6);
  #hashes: Int32Array = new Int32Array(1 << 6);
  /** Open addressing; 0 = empty slot, because string 0 (empty) is answered before the look-up. */
  #slots: Int32Array = new Int32Array(1 << 7);
  #length = 1;
  /** Texts seen as JavaScript strings, so that repeated ones are not encoded again. */
  readonly #byText = new Map<string, number>([["", 0]]);

  get length(): number {
    return this.#length;
  }

  /** Id of a JavaScript string. */
  add(text: string): number {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const bytes = encodeUtf8(text);
    const id = this.addBytes(bytes, 0, bytes.length);
    this.#byText.set(text, id);
    return id;
  }

  /** Id of the bytes in `[start, end)`; they are copied the first time. */
  addBytes(bytes: Uint8Array, start: number, end: number): number {
    if (end <= start) return 0;
    const hash = hashBytes(bytes, start, end);
    const slot = this.#slotOf(bytes, start, end, hash);
    return this.#slots[slot]! || this.#append(bytes, start, end, hash, slot);
  }

  /** Id of the bytes in `[start, end)`, or -1 where they were never added. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (end <= start) return 0;
    return this.#slots[this.#slotOf(bytes, start, end, hashBytes(bytes, start, end))]! || -1;
  }

  /** Text of a string already interned. */
  get(id: number): string {
    return decodeUtf8(this.#bytes.subarray(this.#offsets[id]!, this.#offsets[id + 1]!));
  }

  /** The finished table. The interner must not be used afterwards. */
  finish(): StringTable {
    return new StringTable(this.#bytes.slice(0, this.#used), this.#offsets.slice(0, this.#length + 1));
  }

  /** The slot that holds these bytes, or the empty one where they would go. */
  #slotOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const id = this.#slots[slot]!;
      if (id === 0 || (this.#hashes[id] === hash && this.#equals(id, bytes, start, end))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const offset = this.#offsets[id]!;
    if (this.#offsets[id + 1]! - offset !== end - start) return false;
    for (let i = start, j = offset; i < end; i++, j++) if (bytes[i] !== this.#bytes[j]) return false;
    return true;
  }

  #append(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const id = this.#length++;
    const used = this.#used + (end - start);
    this.#bytes = grown(this.#bytes, used);
    this.#offsets = grown(this.#offsets, id + 2);
    this.#hashes = grown(this.#hashes, id + 1);
    this.#bytes.set(bytes.subarray(start, end), this.#used);
    this.#used = used;
    this.#offsets[id + 1] = used;
    this.#hashes[id] = hash;
    this.#slots[slot] = id;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let id = 1; id < this.#length; id++) {
      let slot = this.#hashes[id]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}
