import { eachBlob } from "./blobs.ts";
import type { Fields } from "./fields.ts";

/** What an event is: who sends it, and its number and name there. */
export interface EventType {
  readonly provider: string;
  readonly id: number;
  readonly name: string;
}

/** Descriptions of events by their number in the file. */
export class EventTypes {
  readonly #types = new Map<number, EventType>();

  get(number: number): EventType | undefined {
    return this.#types.get(number);
  }

  /** A block of descriptions. */
  addBlock(block: Fields, version: number): void {
    if (version >= 6) this.#addRows(block);
    else eachBlob(block, version, ({ payload }) => this.add(payload));
  }

  /** A description as versions 3 to 5 have it. */
  add(payload: Fields): void {
    const number = payload.u32();
    const provider = payload.text16();
    const id = payload.u32();
    const name = payload.text16();
    this.#types.set(number, { provider, id, name });
  }

  #addRows(block: Fields): void {
    block.skip(block.u16());
    while (block.left > 1) {
      const row = block.part(block.u16());
      const number = row.varuint();
      const provider = row.text8(row.varuint());
      const id = row.varuint();
      const name = row.text8(row.varuint());
      this.#types.set(number, { provider, id, name });
    }
  }
}
