import type { NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";

/** `0x109ABC: name (w.c:12)`, `0x109ABC: name (in /usr/bin/w)`; Rust adds a column: `(src/main.rs:12:5)`. */
const FRAME = /^(?:0x([0-9a-f]{1,16}): )?(.*?)(?: \((?:in (.+)|([^()]+?):(\d{1,9})(?::(\d{1,9}))?)\))?$/is;

/** The builder's frames for the entries of `ftbl`, made when a stack first needs one. */
export class FrameList {
  readonly #builder: ProfileBuilder;
  /** The builder's string ids. */
  readonly #texts: NumberColumn;
  readonly #known: Int32Array;

  constructor(builder: ProfileBuilder, texts: NumberColumn) {
    this.#builder = builder;
    this.#texts = texts;
    this.#known = new Int32Array(texts.length);
  }

  /** -1 where the list has no such entry. */
  row(index: number): number {
    if (!(index >= 0 && index < this.#known.length)) return -1;
    if (this.#known[index] === 0)
      this.#known[index] = this.#make(this.#builder.text(this.#texts.at(index))) + 1;
    return this.#known[index]! - 1;
  }

  #make(text: string): number {
    const builder = this.#builder;
    const [, address, name = text, module, file, line, column] = FRAME.exec(text) ?? [];
    return builder.frame({
      name: builder.string(name === "" || name === "???" ? "[unknown]" : name),
      file: builder.string(file ?? ""),
      line: Number(line ?? 0),
      column: Number(column ?? 0),
      mapping: module === undefined ? -1 : builder.mapping({ path: module }),
      address: address === undefined ? 0n : BigInt(`0x${address}`),
    });
  }
}
