import { grown } from "../util/growable.ts";

/** The data cannot be decoded, or is too much. */
export class LzmaDamage extends Error {
  readonly tooLarge: boolean;

  constructor(tooLarge: boolean) {
    super(tooLarge ? "too large" : "damaged");
    this.tooLarge = tooLarge;
  }
}

const HALF = 1024;
const STATES = 12;
const POSITION_STATES = 16;
const LOW_LENGTHS = 8;
const SHORTEST = 2;

/** Probabilities of the lengths of matches: up to 9, up to 17, up to 273. */
class Lengths {
  readonly choice: Uint16Array = probabilities(2);
  readonly low: Uint16Array = probabilities(POSITION_STATES * LOW_LENGTHS);
  readonly middle: Uint16Array = probabilities(POSITION_STATES * LOW_LENGTHS);
  readonly high: Uint16Array = probabilities(256);
}

function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(HALF);
}

/** What a state reset sets back. */
class Model {
  readonly isMatch: Uint16Array = probabilities(STATES * POSITION_STATES);
  readonly isRepeat: Uint16Array = probabilities(STATES);
  readonly isRepeat0: Uint16Array = probabilities(STATES);
  readonly isRepeat1: Uint16Array = probabilities(STATES);
  readonly isRepeat2: Uint16Array = probabilities(STATES);
  readonly isLong: Uint16Array = probabilities(STATES * POSITION_STATES);
  readonly slots: Uint16Array = probabilities(4 * 64);
  readonly distances: Uint16Array = probabilities(128);
  readonly align: Uint16Array = probabilities(16);
  readonly lengths: Lengths = new Lengths();
  readonly repeatLengths: Lengths = new Lengths();
  readonly literals: Uint16Array;
  state = 0;
  readonly repeats: [number, number, number, number] = [0, 0, 0, 0];

  constructor(literalBits: number) {
    this.literals = probabilities(0x300 << literalBits);
  }
}

/**
 * Decodes LZMA2 as it stands in xz files: chunks, each stored or a range-coded LZMA stream (Igor Pavlov's LZMA
 * specification; The .xz File Format, 5.3.1). The dictionary is what was decoded so far.
 */
export class Lzma {
  readonly #input: Uint8Array;
  readonly #limit: number;
  #at = 0;
  #out = new Uint8Array(1 << 16);
  #length = 0;
  /** Where the dictionary begins: nothing refers to what is before. */
  #dictionary = 0;
  #range = 0;
  #code = 0;
  #context = 0;
  #literalPosition = 0;
  #positionMask = 0;
  #model: Model | undefined;

  constructor(input: Uint8Array, limit: number) {
    this.#input = input;
    this.#limit = limit;
  }

  output(): Uint8Array {
    return this.#out.subarray(0, this.#length);
  }

  /** Decodes the chunks at `start`; where they end. @throws LzmaDamage */
  block(start: number): number {
    this.#at = start;
    for (let control = this.#byte(); control !== 0; control = this.#byte()) {
      if (control >= 0x80) this.#compressed(control);
      else if (control <= 2) this.#stored(control === 1);
      else throw new LzmaDamage(false);
    }
    return this.#at;
  }

  #byte(): number {
    if (this.#at >= this.#input.length) throw new LzmaDamage(false);
    return this.#input[this.#at++]!;
  }

  #room(more: number): void {
    if (this.#length + more > this.#limit) throw new LzmaDamage(true);
    this.#out = grown(this.#out, this.#length + more);
  }

  #stored(reset: boolean): void {
    const size = ((this.#byte() << 8) | this.#byte()) + 1;
    if (reset) this.#dictionary = this.#length;
    if (this.#at + size > this.#input.length) throw new LzmaDamage(false);
    this.#room(size);
    this.#out.set(this.#input.subarray(this.#at, this.#at + size), this.#length);
    this.#length += size;
    this.#at += size;
  }

  #compressed(control: number): void {
    const size = (((control & 0x1f) << 16) | (this.#byte() << 8) | this.#byte()) + 1;
    const packed = ((this.#byte() << 8) | this.#byte()) + 1;
    const reset = (control >> 5) & 3;
    if (reset === 3) this.#dictionary = this.#length;
    if (reset >= 2) this.#properties(this.#byte());
    if (reset > 0) this.#model = new Model(this.#context + this.#literalPosition);
    if (this.#model === undefined) throw new LzmaDamage(false);
    const end = this.#at + packed;
    if (this.#byte() !== 0) throw new LzmaDamage(false);
    this.#range = 0xffffffff;
    this.#code = 0;
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.#byte()) >>> 0;
    this.#room(size);
    this.#decode(this.#model, this.#length + size);
    if (this.#at > end) throw new LzmaDamage(false);
    this.#at = end;
  }

  #properties(byte: number): void {
    if (byte >= 9 * 5 * 5) throw new LzmaDamage(false);
    this.#context = byte % 9;
    this.#literalPosition = Math.floor(byte / 9) % 5;
    this.#positionMask = (1 << Math.floor(byte / 45)) - 1;
    if (this.#context + this.#literalPosition > 4) throw new LzmaDamage(false);
  }

  #decode(model: Model, end: number): void {
    while (this.#length < end) {
      const position = (this.#length - this.#dictionary) & this.#positionMask;
      const { state } = model;
      if (this.#bit(model.isMatch, state * POSITION_STATES + position) === 0) this.#literal(model);
      else if (this.#bit(model.isRepeat, state) === 0) this.#match(model, position, end);
      else this.#repeat(model, position, end);
    }
  }

  #bit(table: Uint16Array, index: number): number {
    if (this.#range < 0x1000000) this.#shift();
    const probability = table[index]!;
    const bound = (this.#range >>> 11) * probability;
    if (this.#code < bound) {
      this.#range = bound;
      table[index] = probability + ((2048 - probability) >> 5);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    table[index] = probability - (probability >> 5);
    return 1;
  }

  #shift(): void {
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#byte()) >>> 0;
  }

  /** Bits that are as likely 0 as 1, the highest first. */
  #even(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      if (this.#range < 0x1000000) this.#shift();
      this.#range >>>= 1;
      const one = this.#code >= this.#range;
      if (one) this.#code -= this.#range;
      value = value * 2 + (one ? 1 : 0);
    }
    return value;
  }

  /** A number of `bits` bits, the highest first, out of a tree of probabilities at `base`. */
  #tree(table: Uint16Array, base: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i++) node = node * 2 + this.#bit(table, base + node);
    return node - (1 << bits);
  }

  /** The same with the lowest bit first. */
  #reversed(table: Uint16Array, base: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(table, base + node);
      node = node * 2 + bit;
      value |= bit << i;
    }
    return value;
  }

  #literal(model: Model): void {
    const position = this.#length - this.#dictionary;
    const before = position > 0 ? this.#out[this.#length - 1]! : 0;
    const low = position & ((1 << this.#literalPosition) - 1);
    const base = 0x300 * ((low << this.#context) + (before >> (8 - this.#context)));
    let symbol = 1;
    if (model.state >= 7) {
      let matched = this.#copied(model.repeats[0]);
      while (symbol < 0x100) {
        const expected = (matched >> 7) & 1;
        matched <<= 1;
        const bit = this.#bit(model.literals, base + ((1 + expected) << 8) + symbol);
        symbol = symbol * 2 + bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = symbol * 2 + this.#bit(model.literals, base + symbol);
    this.#out[this.#length++] = symbol & 0xff;
    model.state = model.state < 4 ? 0 : model.state < 10 ? model.state - 3 : model.state - 6;
  }

  /** The byte that lies `distance + 1` back. */
  #copied(distance: number): number {
    if (distance >= this.#length - this.#dictionary) throw new LzmaDamage(false);
    return this.#out[this.#length - 1 - distance]!;
  }

  #match(model: Model, position: number, end: number): void {
    const { repeats } = model;
    repeats[3] = repeats[2];
    repeats[2] = repeats[1];
    repeats[1] = repeats[0];
    const length = this.#lengthOf(model.lengths, position);
    model.state = model.state < 7 ? 7 : 10;
    repeats[0] = this.#distance(model, Math.min(length - SHORTEST, 3));
    this.#copy(repeats[0], length, end);
  }

  #repeat(model: Model, position: number, end: number): void {
    const { repeats, state } = model;
    if (this.#bit(model.isRepeat0, state) === 0) {
      if (this.#bit(model.isLong, state * POSITION_STATES + position) === 0) {
        model.state = state < 7 ? 9 : 11;
        this.#out[this.#length] = this.#copied(repeats[0]);
        this.#length++;
        return;
      }
    } else {
      const which =
        this.#bit(model.isRepeat1, state) === 0 ? 1 : this.#bit(model.isRepeat2, state) === 0 ? 2 : 3;
      const distance = repeats[which];
      for (let i = which; i > 0; i--) repeats[i] = repeats[i - 1]!;
      repeats[0] = distance;
    }
    const length = this.#lengthOf(model.repeatLengths, position);
    model.state = state < 7 ? 8 : 11;
    this.#copy(repeats[0], length, end);
  }

  #lengthOf({ choice, low, middle, high }: Lengths, position: number): number {
    const base = position * LOW_LENGTHS;
    if (this.#bit(choice, 0) === 0) return SHORTEST + this.#tree(low, base, 3);
    if (this.#bit(choice, 1) === 0) return SHORTEST + 8 + this.#tree(middle, base, 3);
    return SHORTEST + 16 + this.#tree(high, 0, 8);
  }

  #distance(model: Model, lengthState: number): number {
    const slot = this.#tree(model.slots, lengthState * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const start = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return start + this.#reversed(model.distances, start - slot, bits);
    return start + this.#even(bits - 4) * 16 + this.#reversed(model.align, 0, 4);
  }

  #copy(distance: number, length: number, end: number): void {
    if (distance >= this.#length - this.#dictionary || this.#length + length > end)
      throw new LzmaDamage(false);
    const out = this.#out;
    for (let i = 0; i < length; i++) {
      out[this.#length] = out[this.#length - 1 - distance]!;
      this.#length++;
    }
  }
}
