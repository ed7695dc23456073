import { emptied, grown } from "../../util/growable.ts";
import { hashPair } from "../../util/hash.ts";

/** Rows of the profile's frames by what a recording says of one: nearly every frame was seen before. */
export class FrameRows {
  #method: Float64Array = new Float64Array(64);
  #line: Int32Array = new Int32Array(64);
  #type: Int32Array = new Int32Array(64);
  #row: Int32Array = new Int32Array(64);
  #length = 0;
  /** Open addressing; a slot holds the place + 1. */
  #slots: Int32Array = new Int32Array(256);

  /** Forgets all frames. */
  clear(): void {
    this.#slots = emptied(this.#slots, this.#length * 2, 256);
    this.#length = 0;
  }

  /** Row of the frame, or -1; a method or type that is no number is never found. `line`: below 2^31. */
  find(method: number, line: number, type: number): number {
    const place = this.#slots[this.#slotOf(method, line, type)]!;
    return place === 0 ? -1 : this.#row[place - 1]!;
  }

  /** Keeps the row of a frame that `find` did not find, where it can. */
  add(method: number, line: number, type: number, row: number): void {
    if (Number.isNaN(method) || (type | 0) !== type) return;
    const slot = this.#slotOf(method, line, type);
    const place = this.#length++;
    this.#method = grown(this.#method, place + 1);
    this.#line = grown(this.#line, place + 1);
    this.#type = grown(this.#type, place + 1);
    this.#row = grown(this.#row, place + 1);
    this.#method[place] = method;
    this.#line[place] = line;
    this.#type[place] = type;
    this.#row[place] = row;
    this.#slots[slot] = place + 1;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
  }

  #slotOf(method: number, line: number, type: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashPair(method | 0, (line << 4) ^ type) & mask;
    for (;;) {
      const place = slots[slot]! - 1;
      if (
        place < 0 ||
        (this.#method[place] === method && this.#line[place] === line && this.#type[place] === type)
      )
        return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    for (let place = 0; place < this.#length; place++) {
      const slot = this.#slotOf(this.#method[place]!, this.#line[place]!, this.#type[place]!);
      this.#slots[slot] = place + 1;
    }
  }
}
